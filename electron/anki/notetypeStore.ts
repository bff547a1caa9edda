/** Notetypes of imported notes in the deck: which one a package's stands for, by Anki's own rules. */
import type { Db } from '../sqlite/openDatabase.ts';
import { contentId } from './ankiIds.ts';
import type { AnkiNotetype } from './ankiTypes.ts';
import { toNotetype, toNotetypeRow } from './deckNotes.ts';
import type { NotetypeRow } from './deckNotes.ts';
import { remoteReferences, renameReferences } from './mediaNames.ts';
import { OWN_NOTETYPES } from './notetypes.ts';

export type NotetypeStore = ReturnType<typeof createNotetypeStore>;

/**
 * @param renamed media files that have another name here
 * @param refuse is told what of a style is not shown
 */
export function createNotetypeStore(
  db: Db,
  renamed: ReadonlyMap<string, string>,
  refuse: (reason: string) => void,
) {
  const find = db.prepare<[number], NotetypeRow>('SELECT * FROM notetypes WHERE id = ?');
  const put = db.prepare(
    `INSERT INTO notetypes (id, name, kind, fields, templates, css, extra)
     VALUES (:id, :name, :kind, :fields, :templates, :css, :extra)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, fields = excluded.fields,
       templates = excluded.templates, css = excluded.css, extra = excluded.extra`,
  );
  const resolved = new Map<number, AnkiNotetype>();
  /** Those whose cards look otherwise since a newer version of them came. */
  const changed = new Set<number>();

  const get = (id: number): AnkiNotetype | null => {
    const row = find.get(id);
    return row === undefined ? null : toNotetype(row);
  };

  return {
    get,
    changed: changed as ReadonlySet<number>,

    /**
     * The deck's notetype for one of a package: the same id and the same fields and templates by name is the same one,
     * and the newer of the two counts; with other fields it is another one, under an id that follows from both.
     */
    resolve(incoming: AnkiNotetype): AnkiNotetype {
      const known = resolved.get(incoming.id);
      if (known !== undefined) return known;
      const own = OWN_NOTETYPES.find(({ id }) => id === incoming.id);
      const there = get(incoming.id) ?? own ?? null;
      const id = there === null || sameSchema(there, incoming) ? incoming.id : otherId(incoming);
      const stored = get(id);
      let result = stored;
      if (stored === null || incoming.mod > stored.mod) {
        const [remote, ...more] = remoteReferences(incoming.css);
        if (remote !== undefined) {
          const others = more.length === 0 ? '' : ` and ${more.length} more`;
          refuse(
            `The style of ${incoming.name} asks the network for ${remote.slice(0, 200)}${others}: it is not shown.`,
          );
        }
        result = { ...withRenamed(incoming, renamed), id };
        put.run(toNotetypeRow(result));
        if (stored !== null && sidesOf(stored) !== sidesOf(result)) changed.add(id);
      }
      resolved.set(incoming.id, result!);
      return result!;
    },
    /** After a transaction was rolled back. */
    forget: (): void => resolved.clear(),
  };
}

function sidesOf({ templates, kind }: AnkiNotetype): string {
  return JSON.stringify([kind, templates.map(({ front, back }) => [front, back])]);
}

function schemaOf({ kind, fields, templates }: AnkiNotetype): string {
  return JSON.stringify([kind, fields.map(({ name }) => name), templates.map(({ name }) => name)]);
}

function sameSchema(a: AnkiNotetype, b: AnkiNotetype): boolean {
  return schemaOf(a) === schemaOf(b);
}

/** The same for the same notetype with the same fields, whenever it comes. */
function otherId(notetype: AnkiNotetype): number {
  return contentId(`${notetype.id} ${schemaOf(notetype)}`);
}

function withRenamed(notetype: AnkiNotetype, renamed: ReadonlyMap<string, string>): AnkiNotetype {
  if (renamed.size === 0) return notetype;
  return {
    ...notetype,
    css: renameReferences(notetype.css, renamed),
    templates: notetype.templates.map((template) => ({
      ...template,
      front: renameReferences(template.front, renamed),
      back: renameReferences(template.back, renamed),
    })),
  };
}
