/** What was pushed, and what waits to be: the deck's own tables. */
import { createHash } from 'node:crypto';
import type { Db } from '../sqlite/openDatabase.ts';

export type PushRecord = {
  readonly noteId: string;
  readonly piece: number;
  readonly ankiId: number;
  /** Of the fields that were sent, and of what Anki made of them: tells whose hand changed a note since. */
  readonly sentHash: string;
  readonly storedHash: string;
  readonly sentTags: readonly string[];
  readonly sentDeck: string;
};

export type PushRecords = ReturnType<typeof createPushRecords>;

export function createPushRecords(db: Db) {
  const find = db.prepare<[string, number], Omit<PushRecord, 'sentTags'> & { tags: string }>(`
    SELECT note_uuid AS noteId, piece, anki_id AS ankiId, sent_hash AS sentHash, stored_hash AS storedHash,
      sent_tags AS tags, sent_deck AS sentDeck
    FROM anki_pushes WHERE note_uuid = ? AND piece = ?`);
  const put = db.prepare(`
    INSERT INTO anki_pushes (note_uuid, piece, anki_id, sent_hash, stored_hash, sent_tags, sent_deck, pushed_ms)
    VALUES (:noteId, :piece, :ankiId, :sentHash, :storedHash, :tags, :sentDeck, :nowMs)
    ON CONFLICT DO UPDATE SET anki_id = excluded.anki_id, sent_hash = excluded.sent_hash,
      stored_hash = excluded.stored_hash, sent_tags = excluded.sent_tags, sent_deck = excluded.sent_deck,
      pushed_ms = excluded.pushed_ms`);
  const lastPush = db.prepare<[], number | null>('SELECT max(pushed_ms) FROM anki_pushes').pluck();
  const enqueue = db.prepare(`
    INSERT INTO anki_queue (note_uuid, queued_ms, attempts, problem) VALUES (:noteId, :nowMs, 0, :problem)
    ON CONFLICT DO UPDATE SET attempts = attempts + 1, problem = excluded.problem`);
  const dequeue = db.prepare('DELETE FROM anki_queue WHERE note_uuid = ?');
  const waiting = db.prepare<[], number>('SELECT count(*) FROM anki_queue').pluck();
  const queued = db
    .prepare<[number], string>('SELECT note_uuid FROM anki_queue ORDER BY queued_ms, note_uuid LIMIT ?')
    .pluck();

  return {
    find(noteId: string, piece: number): PushRecord | null {
      const row = find.get(noteId, piece);
      if (row === undefined) return null;
      const { tags, ...record } = row;
      return { ...record, sentTags: JSON.parse(tags) as string[] };
    },
    /** Keeps records of one batch, and takes its notes off the queue, in one transaction. */
    save(records: readonly PushRecord[], finished: readonly string[], nowMs: number): void {
      db.transaction(() => {
        for (const { sentTags, ...record } of records) {
          put.run({ ...record, tags: JSON.stringify(sentTags), nowMs });
        }
        for (const noteId of finished) dequeue.run(noteId);
      }).immediate();
    },
    lastPushMs: (): number | null => lastPush.get() ?? null,
    enqueue(noteIds: Iterable<string>, problem: string, nowMs: number): number {
      let count = 0;
      db.transaction(() => {
        for (const noteId of noteIds) {
          enqueue.run({ noteId, nowMs, problem });
          count += 1;
        }
      }).immediate();
      return count;
    },
    waiting: (): number => waiting.get() ?? 0,
    queued: (limit: number): readonly string[] => queued.all(limit),
    forget(noteIds: readonly string[]): void {
      db.transaction(() => noteIds.forEach((noteId) => dequeue.run(noteId))).immediate();
    },
  };
}

/** Of the fields of a note that are ours; fields that a person added to the notetype do not count. */
export function hashOf(notetype: string, fields: Readonly<Record<string, string>>): string {
  const text = JSON.stringify([
    notetype,
    ...Object.entries(fields).map(([name, value]) => [name, nfc(value)]),
  ]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

export function nfc(text: string): string {
  return text.normalize('NFC');
}
