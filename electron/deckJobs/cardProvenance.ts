/** Which run made a card, as a file of cards says it. */
import type { Provenance } from '../../shared/card.ts';
import { createIdentityIds } from '../deck/rowIdOf.ts';
import type { Db } from '../sqlite/openDatabase.ts';

export function createCardProvenance(db: Db) {
  const runs = db
    .prepare<[string], string>(
      'SELECT runs.id FROM json_each(?) AS wanted JOIN runs ON runs.id = wanted.value',
    )
    .pluck();
  const identityIdOf = createIdentityIds(db);
  type Result = Pick<Provenance, 'runId' | 'traceId' | 'row'> & { noteId: number; identityId: number };
  /** Of a note that was deleted and comes back: its prompt and answer are still there. */
  const resultOf = db
    .prepare<[Result], number>(
      `SELECT id FROM stage_results WHERE note_id = :noteId AND run_id = :runId AND stage = 'write'
         AND identity_id = :identityId AND trace_id = :traceId AND source_row = :row ORDER BY id LIMIT 1`,
    )
    .pluck();
  const addResult = db.prepare(
    `INSERT INTO stage_results (note_id, run_id, stage, identity_id, trace_id, source_row, cached, usage, created_ms)
     VALUES (:noteId, :runId, 'write', :identityId, :traceId, :row, :cached, NULL, :createdMs)`,
  );
  const hasRun = db.prepare<[string], number>('SELECT 1 FROM runs WHERE id = ?').pluck();

  return {
    /** Those that are runs of this deck. */
    knownRuns: (runIds: Iterable<string>): ReadonlySet<string> =>
      new Set(runs.all(JSON.stringify([...new Set(runIds)]))),

    /**
     * Row id of the stage result that made a card of this note; `null` where the run is none of this deck's. What was
     * billed is not of the card, and stays with the run.
     */
    resultFor(noteId: number, provenance: Provenance | null, createdMs: number): number | null {
      if (provenance === null || hasRun.get(provenance.runId) === undefined) return null;
      const { runId, traceId, row, cached } = provenance;
      const result = { noteId, runId, traceId, row, identityId: identityIdOf(provenance) };
      return (
        resultOf.get(result) ??
        Number(addResult.run({ ...result, cached: Number(cached), createdMs }).lastInsertRowid)
      );
    },
  };
}
