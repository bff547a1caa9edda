/**
 * Runs and their work queue. One living process owns a run and hands out its pending rows; a row stays pending on
 * disk until it is settled, so what a killed process had claimed is simply still there.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SourceItem } from '../../shared/card.ts';
import {
  runSettingsSchema,
  type LeftRow,
  type RunProblem,
  type RunSettings,
  type StageStats,
} from '../../shared/run.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { RunLedger, RunQueue, SavedItem, SettledItem, StoredRun } from '../pipeline/ports.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createNoteStore, NOTE_OF_KEY } from './noteStore.ts';

/** A process that has given no sign of life for so long is dead, whoever has its process id now. */
const HEARTBEAT_STALE_MS = 60_000;

type RunRow = Omit<StoredRun, 'settings' | 'stages' | 'problem'> & {
  settings: string;
  stages: string;
  problem: string | null;
  deckId: number;
  ownerPid: number | null;
  heartbeatMs: number | null;
};
type ItemRow = { position: number; key: string; source: string; attempts: number; noteId: number | null };

const NO_ERROR = { code: null, message: null } as const;

const SELECT_RUN = `
  SELECT id AS runId, deck_id AS deckId, settings, source_name AS sourceName, state, trace_id AS traceId, stages,
    problem, started_ms AS startedMs, active_ms AS activeMs, terms, done, duplicates, skipped, failed, cards,
    owner_pid AS ownerPid, heartbeat_ms AS heartbeatMs
  FROM runs`;

export interface RunStore extends RunLedger, RunQueue {
  /** Runs whose process died become `interrupted`, half-written ones are deleted. Returns the interrupted ids. */
  markInterrupted(): readonly string[];
}

/** Runs over an open deck. `now` is in epoch milliseconds, `pid` the process that will own its runs. */
export function createRunStore(db: Db, { now = Date.now, pid = process.pid } = {}): RunStore {
  const notes = createNoteStore(db);
  const selectRun = db.prepare<[string], RunRow>(`${SELECT_RUN} WHERE id = ?`);
  const selectRuns = db.prepare<[number], RunRow>(
    `${SELECT_RUN} WHERE state <> 'preparing' ORDER BY started_ms DESC, rowid DESC LIMIT ?`,
  );
  const selectOwned = db.prepare<[], RunRow>(
    `${SELECT_RUN} WHERE state IN ('preparing', 'running', 'paused')`,
  );
  const addDeck = db.prepare(`INSERT INTO decks (name, created_ms) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET removed = 0 WHERE removed = 1`);
  const addRun = db.prepare(
    `INSERT INTO runs (id, deck_id, settings, source_name, state, trace_id, started_ms, owner_pid, heartbeat_ms)
     VALUES (?, (SELECT id FROM decks WHERE name = ?), ?, ?, 'preparing', '', ?, ?, ?)`,
  );
  const deleteRun = db.prepare('DELETE FROM runs WHERE id = ?');
  // Made in the very statement pair that made the run: an empty deck of the user's own stays.
  const deleteDeckOfRun = db.prepare<[number, number]>(
    `DELETE FROM decks WHERE id = ? AND created_ms = ?
       AND NOT EXISTS (SELECT 1 FROM notes WHERE deck_id = decks.id)
       AND NOT EXISTS (SELECT 1 FROM cards WHERE deck_id = decks.id)
       AND NOT EXISTS (SELECT 1 FROM runs WHERE deck_id = decks.id)`,
  );
  const addSource = db.prepare(
    'INSERT INTO run_sources (run_id, position, key, source) VALUES (?, ?, ?, ?) ON CONFLICT (run_id, key) DO NOTHING',
  );
  const addItem = db.prepare(
    `INSERT INTO run_items (run_id, position, row, state, error_code, error_message) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const setDuplicate = db.prepare(
    `UPDATE run_items SET state = 'duplicate' WHERE run_id = ? AND position = ?`,
  );
  const count = db.prepare(
    `UPDATE runs SET terms = terms + :terms, done = done + :done, duplicates = duplicates + :duplicates,
       skipped = skipped + :skipped, failed = failed + :failed, cards = cards + :cards WHERE id = :runId`,
  );
  const own = db.prepare(
    `UPDATE runs SET state = 'running', trace_id = ?, problem = NULL, owner_pid = ?, heartbeat_ms = ? WHERE id = ?`,
  );
  const requeueFailed = db.prepare(
    `UPDATE run_items SET state = 'pending', error_code = NULL, error_message = NULL
     WHERE run_id = ? AND state = 'failed'`,
  );
  const setState = db.prepare(
    `UPDATE runs SET state = ?, active_ms = ?, problem = ?, heartbeat_ms = ?,
       owner_pid = CASE WHEN ? IN ('running', 'paused') THEN owner_pid END
     WHERE id = ? AND coalesce(owner_pid, :pid) = :pid`,
  );
  const setInterrupted = db.prepare(`UPDATE runs SET state = 'interrupted', owner_pid = NULL WHERE id = ?`);
  const beat = db.prepare('UPDATE runs SET heartbeat_ms = ?, active_ms = ? WHERE id = ? AND owner_pid = ?');
  const setSettings = db.prepare('UPDATE runs SET settings = ? WHERE id = ?');
  const setStages = db.prepare('UPDATE runs SET stages = ?, heartbeat_ms = ? WHERE id = ?');
  const pendingItems = db.prepare<[string, number, number], ItemRow>(
    `SELECT position, key, source, attempts,
       (${NOTE_OF_KEY.replace(':deckId', 'runs.deck_id').replace(':key', 'run_sources.key')}) AS noteId
     FROM run_items JOIN run_sources USING (run_id, position) JOIN runs ON runs.id = run_items.run_id
     WHERE run_id = ? AND run_items.state = 'pending' AND position > ? ORDER BY position LIMIT ?`,
  );
  const settleItem = db.prepare(
    `UPDATE run_items SET state = ?, attempts = ?, error_code = ?, error_message = ?, note_id = ?
     WHERE run_id = ? AND position = ? AND state = 'pending'`,
  );
  const errorRows = db.prepare<[string, number], LeftRow>(
    `SELECT row, source ->> '$.term' AS term, error_code AS code, error_message AS message
     FROM run_items LEFT JOIN run_sources USING (run_id, position)
     WHERE run_id = ? AND state IN ('failed', 'skipped') ORDER BY position LIMIT ?`,
  );
  function runRow(runId: string): RunRow {
    const row = selectRun.get(runId);
    if (!row) {
      throw new TracedeckError('user', 'run_unknown', `There is no run ${runId}.`, {
        hint: 'The ids of all: npm run -s cli -- runs list',
      });
    }
    return row;
  }

  function settleOne(run: RunRow, settings: RunSettings, { queued, outcome }: SettledItem): SavedItem {
    let saved: SavedItem = { state: outcome.state, cards: [] };
    let { noteId } = queued;
    if (outcome.state === 'done') {
      const origin = { ...run, settings, nowMs: now() };
      // Another run may have written the note since this row was claimed, or a hand deleted it.
      noteId = notes.find(run.deckId, queued.noteKey);
      if (noteId === null) {
        const written = notes.insert(queued, outcome, origin);
        noteId = written.noteId;
        saved = { state: 'done', cards: written.cards };
      } else {
        const cards = settings.known === 'fill' ? notes.fill(noteId, queued, outcome, origin) : [];
        saved = { state: cards.length > 0 ? 'done' : 'duplicate', cards };
      }
    }
    const { code, message } = 'code' in outcome ? outcome : NO_ERROR;
    const { runId } = run;
    const { changes } = settleItem.run(
      saved.state,
      queued.attempt,
      code,
      message,
      noteId,
      runId,
      queued.itemId,
    );
    if (changes === 0) throw takenOver(runId);
    return saved;
  }

  /** Undoes a run that never came to be, and the deck that was made for it. */
  function discard(runId: string): void {
    inTransaction(() => {
      const run = selectRun.get(runId);
      // Another process may have thrown it away already, taking this one for dead.
      if (run === undefined) return;
      deleteRun.run(runId);
      deleteDeckOfRun.run(run.deckId, run.startedMs);
    });
  }

  const inTransaction = <T>(work: () => T): T => db.transaction(work).immediate();

  return {
    async create(settings, sourceName, rows) {
      const nowMs = now();
      const runId = newRunId(nowMs);
      inTransaction(() => {
        addDeck.run(settings.deck, nowMs);
        addRun.run(runId, settings.deck, JSON.stringify(settings), sourceName, nowMs, pid, nowMs);
      });
      let position = 0;
      try {
        for await (const batch of rows) {
          inTransaction(() => {
            const added = { terms: batch.length, done: 0, duplicates: 0, skipped: 0, failed: 0, cards: 0 };
            for (const row of batch) {
              position += 1;
              if ('code' in row) {
                addItem.run(runId, position, row.row, 'skipped', row.code, row.message);
                added.skipped += 1;
                continue;
              }
              addItem.run(runId, position, row.item.row, 'pending', null, null);
              if (addSource.run(runId, position, row.noteKey, JSON.stringify(row.item)).changes === 0) {
                setDuplicate.run(runId, position);
                added.duplicates += 1;
              }
            }
            count.run({ ...added, runId });
            beat.run(now(), 0, runId, pid);
          });
        }
        if (position === 0) throw new TracedeckError('user', 'no_rows', 'The list has no rows.');
        setState.run('paused', 0, null, now(), 'paused', runId, { pid });
      } catch (error) {
        discard(runId);
        throw error;
      }
      return runId;
    },

    take(runId, traceId, { retryFailed = false } = {}) {
      return inTransaction(() => {
        const run = runRow(runId);
        if (run.ownerPid !== null && run.ownerPid !== pid && isAlive(run, now())) {
          throw new TracedeckError(
            'user',
            'run_busy',
            `Run ${runId} is being worked on by another Tracedeck.`,
            {
              hint: `Its process id is ${run.ownerPid}. Pause or close it there first.`,
            },
          );
        }
        if (retryFailed) {
          const retried = requeueFailed.run(runId).changes;
          count.run({ runId, terms: 0, done: 0, duplicates: 0, skipped: 0, failed: -retried, cards: 0 });
        }
        own.run(traceId, pid, now(), runId);
        return toStoredRun(runRow(runId));
      });
    },

    markInterrupted() {
      return inTransaction(() => {
        // Called before this process takes any run: one that is owned by its very id is of an earlier process.
        const dead = selectOwned.all().filter((run) => run.ownerPid === pid || !isAlive(run, now()));
        for (const run of dead) {
          if ((run.state as string) === 'preparing') discard(run.runId);
          else setInterrupted.run(run.runId);
        }
        return dead.filter((run) => (run.state as string) !== 'preparing').map((run) => run.runId);
      });
    },

    setState(runId, state, activeMs, problem: RunProblem | null = null) {
      const json = problem === null ? null : JSON.stringify(problem);
      return setState.run(state, Math.round(activeMs), json, now(), state, runId, { pid }).changes > 0;
    },

    setBudget(runId, budget) {
      inTransaction(() => {
        const settings = runSettingsSchema.parse(JSON.parse(runRow(runId).settings));
        setSettings.run(JSON.stringify({ ...settings, budget }), runId);
      });
    },

    heartbeat: (runId, activeMs) => beat.run(now(), Math.round(activeMs), runId, pid).changes > 0,
    get: (runId) => toStoredRun(runRow(runId)),
    list: (limit) => selectRuns.all(limit).flatMap((row) => readable(row) ?? []),
    errors: (runId, limit = -1) => errorRows.all(runId, limit),

    // The queue is async for the pipeline's sake; each method is done within the call.

    async claim(runId, afterItemId, limit) {
      return pendingItems.all(runId, afterItemId, limit).map((row) => ({
        itemId: row.position,
        item: JSON.parse(row.source) as SourceItem,
        noteKey: row.key,
        noteId: row.noteId,
        attempt: row.attempts + 1,
      }));
    },

    async settle(runId, items, stages) {
      return inTransaction(() => {
        const run = runRow(runId);
        if (run.ownerPid !== pid) throw takenOver(runId);
        const settings = JSON.parse(run.settings) as RunSettings;
        const saved = items.map((item) => settleOne(run, settings, item));
        const of = (state: SavedItem['state']) => saved.filter((item) => item.state === state).length;
        count.run({
          runId,
          terms: 0,
          done: of('done'),
          duplicates: of('duplicate'),
          skipped: of('skipped'),
          failed: of('failed'),
          cards: saved.reduce((sum, item) => sum + item.cards.length, 0),
        });
        setStages.run(JSON.stringify(stages), now(), runId);
        return saved;
      });
    },
  };
}

/** Sortable by time, short enough to type: base-36 milliseconds and 20 random bits, e.g. `mi9k2v4x-7qd2`. */
function newRunId(nowMs: number): string {
  const random = randomBytes(3).readUIntBE(0, 3) & 0xfffff;
  return `${nowMs.toString(36)}-${random.toString(36).padStart(4, '0')}`;
}

/** Somebody else works on this run now: throwing undoes the whole group, so that nothing is doubled. */
function takenOver(runId: string): TracedeckError {
  return new TracedeckError('permanent', 'run_taken_over', `Another process works on run ${runId} now.`);
}

function isAlive({ ownerPid, heartbeatMs }: RunRow, nowMs: number): boolean {
  if (ownerPid === null || heartbeatMs === null || nowMs - heartbeatMs > HEARTBEAT_STALE_MS) return false;
  try {
    process.kill(ownerPid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const problemSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

/** One record that cannot be read must not hide all the others from a list. */
function readable(row: RunRow): StoredRun | null {
  try {
    return toStoredRun(row);
  } catch {
    return null;
  }
}

function toStoredRun(row: RunRow): StoredRun {
  const { settings, stages, problem, deckId: _deck, ownerPid: _pid, heartbeatMs: _beat, ...rest } = row;
  return {
    ...rest,
    settings: runSettingsSchema.parse(JSON.parse(settings)),
    stages: JSON.parse(stages) as StageStats[],
    problem: problem === null ? null : problemSchema.parse(JSON.parse(problem)),
  };
}
