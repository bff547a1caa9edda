/** Where the new text of one card is from: a model call of its own, kept as one more result of the note's second stage. */
import type { StageIdentity } from '../../shared/card.ts';
import type { TokenUsage } from '../../shared/run.ts';
import { totalTokens } from '../../shared/run.ts';
import type { StageExchange } from '../pipeline/ports.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createIdentityIds } from './rowIdOf.ts';

/** One call that made a card anew. */
export type MadeAnew = {
  readonly traceId: string;
  /** When it was answered, in epoch milliseconds. */
  readonly atMs: number;
  readonly identity: StageIdentity;
  readonly usage: TokenUsage;
  readonly exchange?: StageExchange;
};

export function createAnewRecorder(db: Db) {
  const identityIdOf = createIdentityIds(db);
  const addResult = db.prepare(
    `INSERT INTO stage_results (note_id, run_id, stage, identity_id, trace_id, source_row, cached, usage, created_ms)
     SELECT before.note_id, before.run_id, 'write', :identityId, :traceId, before.source_row, 0, :usage, :atMs
     FROM cards JOIN stage_results AS before ON before.id = cards.stage_result_id
     WHERE cards.id = :cardId`,
  );
  const addTexts = db.prepare(
    'INSERT INTO stage_texts (stage_result_id, prompt, answer) VALUES (:id, :prompt, :answer)',
  );

  return {
    /** Row id of the result; `null` for a card that no run made. */
    record(cardId: number, { traceId, atMs, identity, usage, exchange }: MadeAnew): number | null {
      const billed = totalTokens(usage) === 0 ? null : JSON.stringify(usage);
      const added = addResult.run({
        identityId: identityIdOf(identity),
        cardId,
        traceId,
        usage: billed,
        atMs,
      });
      if (added.changes === 0) return null;
      const id = Number(added.lastInsertRowid);
      if (exchange !== undefined) addTexts.run({ id, ...exchange });
      return id;
    },
  };
}
