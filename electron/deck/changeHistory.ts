/** Reads the change log of one note, and throws away what is too old to be taken back. */
import type { NoteChange, NoteFrom } from '../../shared/deck.ts';
import { placeText } from '../../shared/placeText.ts';
import type { Db } from '../sqlite/openDatabase.ts';

type Row = {
  changeSetId: number;
  label: string;
  atMs: number;
  undone: 0 | 1;
  entity: 'note' | 'card';
  ordinal: number | null;
  before: string | null;
  after: string | null;
};
type Parts = Readonly<Record<string, unknown>>;

const DAY_MS = 86_400_000;
const HISTORY_MAX = 1000;
/** Follow from the other parts. */
const UNSAID = new Set(['warnings', 'key', 'stageResultId']);

export type PurgeLimits = {
  /** A set is kept while it is one of the newest so many, or younger than `keepMs`. */
  readonly keepSets?: number;
  readonly keepMs?: number;
  /** No more single changes than this, but for the newest sets: a change is about 150 bytes. */
  readonly keepChanges?: number;
};
/** However large they are. */
const ALWAYS_KEPT = 20;

export function createChangeHistory(db: Db, { now = Date.now }: { readonly now?: () => number } = {}) {
  const ofNote = db.prepare<[string, number], Row>(
    `SELECT change_sets.id AS changeSetId, label, at_ms AS atMs, undone_ms IS NOT NULL AS undone, entity,
       cards.ordinal, before, after
     FROM changes JOIN change_sets ON change_sets.id = changes.change_set_id
       LEFT JOIN cards ON entity = 'card' AND cards.id = entity_id
     WHERE note_uuid = ? ORDER BY changes.change_set_id DESC, changes.id LIMIT ?`,
  );
  const fieldNames = db
    .prepare<[string], string>(
      `SELECT notetypes.fields FROM notes JOIN notetypes ON notetypes.id = notes.notetype_id WHERE notes.uuid = ?`,
    )
    .pluck();
  const cutSets = db
    .prepare<[number, number], number>(
      `SELECT coalesce(max(id), 0) FROM change_sets
       WHERE at_ms < ? AND id <= (SELECT id FROM change_sets ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    )
    .pluck();
  const sizes = db.prepare<[], { id: number; changes: number }>(
    `SELECT change_sets.id, count(changes.id) AS changes FROM change_sets
       LEFT JOIN changes ON changes.change_set_id = change_sets.id
     GROUP BY change_sets.id ORDER BY change_sets.id DESC`,
  );
  const deleteSets = db.prepare('DELETE FROM change_sets WHERE id <= ?');
  const deleteCards = db.prepare(
    `DELETE FROM cards WHERE status = 'deleted'
       AND id NOT IN (SELECT entity_id FROM changes WHERE entity = 'card')`,
  );
  const deleteNotes = db.prepare(
    'DELETE FROM notes WHERE NOT EXISTS (SELECT 1 FROM cards WHERE note_id = notes.id)',
  );
  const deleteTags = db.prepare(
    'DELETE FROM tags WHERE NOT EXISTS (SELECT 1 FROM note_tags WHERE tag_id = tags.id)',
  );
  const deleteDecks = db.prepare(
    `DELETE FROM decks WHERE removed = 1
       AND NOT EXISTS (SELECT 1 FROM cards WHERE deck_id = decks.id)
       AND NOT EXISTS (SELECT 1 FROM notes WHERE deck_id = decks.id)
       AND NOT EXISTS (SELECT 1 FROM runs WHERE deck_id = decks.id)
       AND id NOT IN (SELECT entity_id FROM changes WHERE entity = 'deck')`,
  );

  return {
    /** What was changed on a note by hand or import, newest first; texts as they were stored. */
    history(noteId: string): readonly NoteChange[] {
      const json = fieldNames.get(noteId);
      const names =
        json === undefined ? [] : (JSON.parse(json) as { name?: string }[]).map(({ name }) => name);
      const changes: (Omit<NoteChange, 'parts'> & { parts: NoteChange['parts'][number][] })[] = [];
      for (const { changeSetId, label, atMs, undone, ...row } of ofNote.all(noteId, HISTORY_MAX)) {
        let change = changes.at(-1);
        if (change?.changeSetId !== changeSetId) {
          change = { changeSetId, label, atMs, undone: undone === 1, parts: [] };
          changes.push(change);
        }
        change.parts.push(...partsOf(row, names));
      }
      return changes.filter(({ parts }) => parts.length > 0);
    },

    /**
     * Forgets sets that are too old, and with them what only they could bring back: deleted cards, notes without
     * cards, removed decks. Meant for the start of the program; reads all deleted cards.
     */
    purge({ keepSets = 1000, keepMs = 90 * DAY_MS, keepChanges = 3_000_000 }: PurgeLimits = {}): {
      readonly sets: number;
      readonly cards: number;
      readonly notes: number;
    } {
      return db
        .transaction(() => {
          let cut = cutSets.get(now() - keepMs, keepSets) ?? 0;
          let total = 0;
          for (const [index, { id, changes }] of sizes.all().entries()) {
            total += changes;
            if (index >= ALWAYS_KEPT && total > keepChanges) {
              cut = Math.max(cut, id);
              break;
            }
          }
          const sets = cut > 0 ? deleteSets.run(cut).changes : 0;
          const cards = deleteCards.run().changes;
          const notes = cards > 0 ? deleteNotes.run().changes : 0;
          deleteTags.run();
          deleteDecks.run();
          return { sets, cards, notes };
        })
        .immediate();
    },
  };
}

function partsOf(
  { entity, ordinal, before, after }: Pick<Row, 'entity' | 'ordinal' | 'before' | 'after'>,
  fieldNames: readonly (string | undefined)[],
): NoteChange['parts'][number][] {
  const was = before === null ? null : (JSON.parse(before) as Parts);
  const is = after === null ? null : (JSON.parse(after) as Parts);
  const ofCard = entity === 'card' ? `card ${ordinal === null ? '' : ordinal + 1}`.trim() : '';
  if (was === null && is !== null) {
    // Made by this change: its question says which one it is.
    return [
      { part: ofCard || 'note', before: null, after: textOf(entity === 'card' ? is['front'] : is['term']) },
    ];
  }
  const parts: NoteChange['parts'][number][] = [];
  for (const part of new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])) {
    if (UNSAID.has(part)) continue;
    const old = was?.[part];
    const made = is?.[part];
    if (part === 'fields' && Array.isArray(old) && Array.isArray(made)) {
      for (let i = 0; i < Math.max(old.length, made.length); i += 1) {
        if (old[i] === made[i]) continue;
        parts.push({
          part: fieldNames[i] ?? `field ${i + 1}`,
          before: textOf(old[i]),
          after: textOf(made[i]),
        });
      }
      continue;
    }
    const name = part === 'memory' ? 'schedule' : part === 'from' ? 'source' : part;
    const say = part === 'memory' ? scheduleText : part === 'from' ? fromText : textOf;
    parts.push({ part: ofCard === '' ? name : `${ofCard}: ${name}`, before: say(old), after: say(made) });
  }
  return parts;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.join(' ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fromText(from: unknown): string | null {
  if (typeof from !== 'object' || from === null) return null;
  const { name, place } = from as NoteFrom;
  return place === null ? name : `${name}: ${placeText(place)}`;
}

function scheduleText(memory: unknown): string | null {
  if (typeof memory !== 'object' || memory === null) return null;
  const { reps, lapses, due_ms: dueMs } = memory as Record<string, unknown>;
  const due = typeof dueMs === 'number' ? new Date(dueMs).toISOString().slice(0, 10) : '?';
  return `due ${due}, ${String(reps)} reviews, ${String(lapses)} lapses`;
}
