/**
 * Writes an import down as one change set, in the form that the deck's change log takes back (electron/deck/changeLog.ts):
 * parts before and after, `null` before what is new. Other than there, the set grows over many transactions: a large
 * package would hold the deck locked for as long as it takes.
 */
import type { Db } from '../sqlite/openDatabase.ts';

type Parts = Readonly<Record<string, unknown>>;

/** A row of `memory`, in the order of its columns: the log compares it as JSON. */
export type LoggedMemory = {
  readonly state: number;
  readonly due_ms: number;
  readonly stability: number;
  readonly difficulty: number;
  readonly reps: number;
  readonly lapses: number;
  readonly learning_step: number;
  readonly scheduled_days: number;
  readonly last_review_ms: number | null;
  readonly buried_until_ms: number | null;
  readonly imported: string | null;
};

export type ImportLog = ReturnType<typeof createImportLog>;

/** @param label what the set is called in the history */
export function createImportLog(db: Db, label: string, nowMs: number) {
  const insertSet = db.prepare('INSERT INTO change_sets (label, at_ms) VALUES (?, ?)');
  const count = db.prepare('UPDATE change_sets SET notes = ?, cards = ? WHERE id = ?');
  const insert = db.prepare(
    'INSERT INTO changes (change_set_id, entity, entity_id, note_uuid, before, after) VALUES (?, ?, ?, ?, ?, ?)',
  );
  let setId: number | null = null;
  const notes = new Set<number>();
  const cards = new Set<number>();

  function write(entity: string, id: number, uuid: string | null, before: Parts | null, after: Parts): void {
    setId ??= Number(insertSet.run(label, nowMs).lastInsertRowid);
    insert.run(
      setId,
      entity,
      id,
      uuid,
      before === null ? null : JSON.stringify(before),
      JSON.stringify(after),
    );
  }

  return {
    note(id: number, uuid: string, before: Parts | null, after: Parts): void {
      write('note', id, uuid, before, after);
      notes.add(id);
    },
    card(id: number, noteId: number, uuid: string, before: Parts | null, after: Parts): void {
      write('card', id, uuid, before, after);
      cards.add(id);
      notes.add(noteId);
    },
    deck(id: number, before: Parts | null, after: Parts): void {
      write('deck', id, null, before, after);
    },
    /** At the end of each transaction. */
    settle(): void {
      if (setId !== null) count.run(notes.size, cards.size, setId);
    },
    /** Where the transaction was rolled back that began the set, there is none. */
    get changeSetId(): number | null {
      return setId;
    },
  };
}

/** The parts that are to change, as they are and as they will be; `null` for none. */
export function changedParts(before: Parts, wanted: Parts): { before: Parts; after: Parts } | null {
  const keys = Object.keys(wanted).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(wanted[key]),
  );
  if (keys.length === 0) return null;
  const pick = (of: Parts) => Object.fromEntries(keys.map((key) => [key, of[key]]));
  return { before: pick(before), after: pick(wanted) };
}
