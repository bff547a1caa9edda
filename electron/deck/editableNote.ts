/** A note with its cards, as edits need them. */
import type { CardType } from '../../shared/card.ts';
import type { Db } from '../sqlite/openDatabase.ts';

/** A notetype as the deck keeps it, its JSON read. */
export type StoredNotetype = {
  readonly id: number;
  readonly name: string;
  readonly kind: 'standard' | 'cloze';
  readonly css: string;
  readonly fields: readonly { readonly name: string; readonly [part: string]: unknown }[];
  readonly templates: readonly {
    readonly name: string;
    readonly front: string;
    readonly back: string;
    readonly [part: string]: unknown;
  }[];
  readonly extra: Readonly<Record<string, unknown>>;
};

export type EditableNote = {
  readonly id: number;
  readonly uuid: string;
  readonly term: string;
  readonly deck: string;
  readonly tags: readonly string[];
  readonly notetype: StoredNotetype | null;
  readonly fields: readonly string[] | null;
  readonly termLanguage: string;
  readonly meaningLanguage: string;
  /** Without deleted ones. */
  readonly cards: readonly EditableCard[];
};
export type EditableCard = {
  readonly id: number;
  readonly ordinal: number;
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly quote: string | null;
  readonly stageResultId: number | null;
  readonly deck: string;
  readonly status: 'proposed' | 'accepted' | 'rejected';
  readonly warnings: string | null;
};

type NoteRow = {
  id: number;
  uuid: string;
  term: string;
  deck: string;
  tags: string;
  notetypeId: number | null;
  fields: string | null;
  runId: string | null;
};
type NotetypeRow = Record<'name' | 'css' | 'fields' | 'templates' | 'extra', string> & {
  id: number;
  kind: 'standard' | 'cloze';
};

/** `null` for notes that are not there. */
export function createNoteReader(db: Db) {
  const selectNote = `SELECT notes.id, uuid, term, decks.name AS deck, notetype_id AS notetypeId, fields, run_id AS runId,
      (SELECT json_group_array(name) FROM (SELECT name FROM note_tags JOIN tags ON tags.id = tag_id
         WHERE note_id = notes.id ORDER BY name)) AS tags
    FROM notes JOIN decks ON decks.id = notes.deck_id`;
  const noteById = db.prepare<[number], NoteRow>(`${selectNote} WHERE notes.id = ?`);
  const noteByUuid = db.prepare<[string], NoteRow>(`${selectNote} WHERE uuid = ?`);
  const cardsOf = db.prepare<[number], EditableCard>(
    `SELECT cards.id, ordinal, type, front, back, cloze, quote, stage_result_id AS stageResultId, decks.name AS deck,
       status, warnings
     FROM cards JOIN decks ON decks.id = cards.deck_id
     WHERE note_id = ? AND status <> 'deleted' ORDER BY ordinal`,
  );
  const notetypeById = db.prepare<[number], NotetypeRow>('SELECT * FROM notetypes WHERE id = ?');
  const runSettings = db.prepare<[string], string>('SELECT settings FROM runs WHERE id = ?').pluck();

  function readNote(row: NoteRow): EditableNote {
    const { notetypeId, runId, fields, tags, ...note } = row;
    const settings = runId === null ? undefined : runSettings.get(runId);
    const { termLanguage = 'und', meaningLanguage = 'und' } = (
      settings === undefined ? {} : JSON.parse(settings)
    ) as { termLanguage?: string; meaningLanguage?: string };
    return {
      ...note,
      tags: JSON.parse(tags) as string[],
      fields: fields === null ? null : (JSON.parse(fields) as string[]),
      notetype: notetypeId === null ? null : readNotetype(notetypeId),
      termLanguage,
      meaningLanguage,
      cards: cardsOf.all(row.id),
    };
  }

  function readNotetype(id: number): StoredNotetype {
    const row = notetypeById.get(id);
    if (!row) throw new Error(`notetype ${id} is not there`);
    const { fields, templates, extra, ...rest } = row;
    return {
      ...rest,
      fields: JSON.parse(fields) as StoredNotetype['fields'],
      templates: JSON.parse(templates) as StoredNotetype['templates'],
      extra: JSON.parse(extra) as StoredNotetype['extra'],
    };
  }

  return {
    byId(noteId: number): EditableNote | null {
      const row = noteById.get(noteId);
      return row ? readNote(row) : null;
    },
    byUuid(uuid: string): EditableNote | null {
      const row = noteByUuid.get(uuid);
      return row ? readNote(row) : null;
    },
  };
}

/** Whether a notetype's cards say their note's tags or deck. */
export function showsTags({ templates }: StoredNotetype): boolean {
  return templates.some(({ front, back }) => /\{\{[^{}]*(?:Tags|Deck|Subdeck)\}\}/.test(front + back));
}
