/**
 * The runs of this process: starts, pauses, resumes and cancels them, and says how they stand. A run is worked
 * on in sessions (one a start or resume); each session is one trace.
 */
import { STAGES, type Card } from '../../shared/card.ts';
import type { LeftRow, RunProblem, RunProgress, RunReport, RunSettings, RunState } from '../../shared/run.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { createBudget, requirePrices, type Budget, type CostOf } from './budget.ts';
import type { Generator, NewRow, RunFacts, RunLedger, RunQueue, StoredRun } from './ports.ts';
import type { ItemTools } from './processItem.ts';
import { toReport } from './runReport.ts';
import { runPipeline } from './runPipeline.ts';
import {
  countSaved,
  openSession,
  progressOf as runProgress,
  activeMs as sessionActiveMs,
  type Session,
} from './runSession.ts';
import { createRunStats } from './runStats.ts';

const HEARTBEAT_MS = 1000;

export type RunManagerOptions = Omit<ItemTools, 'generator'> & {
  readonly ledger: RunLedger;
  readonly queue: RunQueue;
  /** The generator a run's settings ask for. Throws TracedeckError where it is not ready to be used. */
  readonly generatorFor: (settings: RunSettings) => Generator;
  /** Every change of a run: each commit, each change of state. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** US dollars by the price table as it is now; a budget in dollars needs it. */
  readonly costOf?: CostOf;
  readonly onCards?: (runId: string, cards: readonly Card[]) => void;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
};

export type ResumeOptions = {
  readonly retryFailed?: boolean;
  readonly budget?: RunSettings['budget'];
};

export type RunManager = ReturnType<typeof createRunManager>;

export function createRunManager(options: RunManagerOptions) {
  const { ledger, queue, observer, generatorFor, onProgress, onCards } = options;
  const clock = options.clock ?? (() => performance.now());
  const sessions = new Map<string, Session>();

  /** `null` where nothing is paid, or nothing is to be held to. */
  function budgetOf(run: StoredRun): Budget | null {
    const { budget, generator } = run.settings;
    if (budget === undefined || generator === 'offline') return null;
    if (budget.dollars === null && budget.tokens === null) return null;
    return createBudget(budget, run.stages, options.costOf ?? (() => 0));
  }

  /** A run's generator, once it is sure that its budget can be kept. */
  function readyGenerator(settings: RunSettings): Generator {
    const generator = generatorFor(settings);
    if (settings.generator !== 'offline' && settings.generator !== 'local') {
      const models = new Set(STAGES.map((stage) => generator.identity(stage).model));
      requirePrices(settings, [...models], options.costOf);
    }
    return generator;
  }
  /** Runs whose rows are still being queued. */
  const startings = new Set<Promise<void>>();
  /** Runs at rest, or about to be, whose state the ledger could not take, as on a full disk. */
  const unsaved = new Map<string, StoredRun>();
  let isClosing = false;

  async function* untilClosed(rows: AsyncIterable<readonly NewRow[]>): AsyncGenerator<readonly NewRow[]> {
    for await (const batch of rows) {
      if (isClosing) throw new TracedeckError('transient', 'cancelled', 'Tracedeck was closed.');
      yield batch;
    }
  }

  const activeMs = (session: Session) => sessionActiveMs(session, clock());
  const progressOf = (run: StoredRun, session: Session | undefined) => runProgress(run, session, clock());

  const report = (session: Session) => onProgress?.(progressOf(session.run, session));

  /** Memory first: what the ledger cannot take (a full disk, a new owner) must not leave a run shown as running. */
  function changeState(session: Session, state: RunState, problem: RunProblem | null = null): void {
    const { runId } = session.run;
    // Read once, and as whole as the ledger has it: every list and report then shows the same time.
    const worked = Math.round(activeMs(session));
    session.activeMsBefore = worked;
    session.runningSince = state === 'running' ? clock() : null;
    session.run = { ...session.run, state, problem, activeMs: worked };
    try {
      const isOurs = ledger.setState(runId, state, worked, problem);
      if (!isOurs) session.run = ledger.get(runId);
      unsaved.delete(runId);
    } catch (thrown) {
      session.run = { ...session.run, problem: problem ?? toProblem(thrown) };
      unsaved.set(runId, session.run);
    }
    report(session);
  }

  /** A run as it is, whatever the ledger says; what the ledger could not take before is offered to it again. */
  function runOf(runId: string, inLedger?: StoredRun): StoredRun {
    const active = sessions.get(runId)?.run;
    if (active !== undefined) return active;
    const resting = unsaved.get(runId);
    if (resting === undefined) return inLedger ?? ledger.get(runId);
    try {
      ledger.setState(runId, resting.state, resting.activeMs, resting.problem);
      unsaved.delete(runId);
    } catch {
      return resting;
    }
    return ledger.get(runId);
  }

  /** In a timer nobody catches: a ledger that cannot be written ends the session with that as its problem. */
  function beat(session: Session): void {
    try {
      if (ledger.heartbeat(session.run.runId, activeMs(session))) return;
      session.fault = new TracedeckError(
        'permanent',
        'run_taken_over',
        'Another process works on this run now.',
      );
    } catch (thrown) {
      session.fault = thrown;
    }
    session.abort.abort();
  }

  /** Takes the run up and works it to its end; resolves when this session is over, never rejects for a run's fault. */
  async function work(runId: string, retryFailed: boolean, onTaken: () => void): Promise<void> {
    const before = ledger.get(runId);
    const generator = readyGenerator(before.settings);
    const plan = {
      runId,
      settings: before.settings,
      sourceName: before.sourceName,
      terms: before.terms,
      previousTraceId: before.traceId === '' ? null : before.traceId,
    };
    await observer.run(plan, async (traceId): Promise<RunFacts> => {
      const run = ledger.take(runId, traceId, { retryFailed });
      unsaved.delete(runId);
      const session = openSession(run, clock());
      sessions.set(runId, session);
      onTaken();
      report(session);
      const stats = createRunStats(run.stages);
      const heartbeat = setInterval(() => beat(session), HEARTBEAT_MS);
      heartbeat.unref();
      try {
        await runPipeline(
          {
            ...options,
            generator,
            queue,
            stats,
            budget: budgetOf(run),
            onSettled: (items, stages) => {
              countSaved(session, items, stages);
              const cards = items.flatMap((saved) => saved.cards);
              if (cards.length > 0) onCards?.(runId, cards);
              report(session);
            },
          },
          plan,
          session.gate,
          session.abort.signal,
        );
        if (session.fault !== null) throw session.fault;
        changeState(session, session.abort.signal.aborted ? session.ending : 'done');
      } catch (thrown) {
        changeState(session, 'paused', toProblem(thrown));
      } finally {
        clearInterval(heartbeat);
        sessions.delete(runId);
        session.close();
      }
      return session.run;
    });
  }

  /** Resolves once the run is taken up; it goes on by itself. */
  function begin(runId: string, retryFailed: boolean): Promise<void> {
    if (sessions.has(runId)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      work(runId, retryFailed, resolve).catch(reject);
    });
  }

  function sessionOf(runId: string): Session {
    const session = sessions.get(runId);
    if (session) return session;
    throw new TracedeckError('user', 'run_not_active', `Run ${runId} is not running here.`, {
      hint: 'Resume it first.',
    });
  }

  /** Like `cancel`, but it is not the user's last word: the run waits to be resumed. */
  async function interrupt(runId: string): Promise<void> {
    const session = sessions.get(runId);
    if (!session) return;
    session.ending = 'interrupted';
    session.abort.abort();
    await session.finished;
  }

  return {
    /** Queues the rows and starts the run; resolves with its id as soon as it runs. Rows are not kept in memory. */
    async start(
      settings: RunSettings,
      sourceName: string,
      rows: AsyncIterable<readonly NewRow[]>,
    ): Promise<string> {
      // Asked for before anything is written: a generator that is not ready leaves no trace in the deck.
      readyGenerator(settings);
      const starting = (async () => {
        const runId = await ledger.create(settings, sourceName, untilClosed(rows));
        await begin(runId, false);
        return runId;
      })();
      const settled = starting.then(
        () => undefined,
        () => undefined,
      );
      startings.add(settled);
      try {
        return await starting;
      } finally {
        startings.delete(settled);
      }
    },

    /** @throws TracedeckError what `start` would throw before it reads a row: a missing key, model or price */
    requireReady: (settings: RunSettings): void => void readyGenerator(settings),

    /** What a run was started with. @throws TracedeckError `run_unknown` */
    settings: (runId: string): RunSettings => ledger.get(runId).settings,

    /** Items in flight are finished, no new ones begun. */
    pause(runId: string): void {
      const session = sessionOf(runId);
      if (session.run.state !== 'running') return;
      session.gate.shut();
      changeState(session, 'paused');
    },

    /**
     * Goes on with a run, from a pause here or from wherever an earlier process left it; with another budget from now
     * on where one is given.
     */
    async resume(runId: string, { retryFailed = false, budget }: ResumeOptions = {}): Promise<void> {
      const session = sessions.get(runId);
      if (!session) {
        if (budget !== undefined) ledger.setBudget(runId, budget);
        return begin(runId, retryFailed);
      }
      if (budget !== undefined) {
        throw new TracedeckError(
          'user',
          'run_active',
          'The budget can be changed once the run has come to rest.',
          {
            hint: 'A run whose budget is spent rests by itself.',
          },
        );
      }
      if (retryFailed) {
        throw new TracedeckError(
          'user',
          'run_active',
          'Failed rows can be tried again once the run has ended.',
          {
            hint: 'Let it finish, or cancel it first.',
          },
        );
      }
      if (session.run.state !== 'paused') return;
      changeState(session, 'running');
      session.gate.unlock();
    },

    /** Stops as soon as calls in flight have let go; the rows left stay in the queue. */
    async cancel(runId: string): Promise<void> {
      const session = sessions.get(runId);
      if (session) {
        session.abort.abort();
        await session.finished;
        return;
      }
      const run = ledger.get(runId);
      if (run.state !== 'done' && !ledger.setState(runId, 'cancelled', run.activeMs)) {
        throw new TracedeckError(
          'user',
          'run_busy',
          `Run ${runId} is being worked on by another Tracedeck.`,
          {
            hint: 'Cancel it there.',
          },
        );
      }
      unsaved.delete(runId);
      onProgress?.(progressOf(ledger.get(runId), undefined));
    },

    interrupt,

    /** Resolves when the run's session here is over. */
    async finished(runId: string): Promise<void> {
      await sessions.get(runId)?.finished;
    },

    progress: (runId: string): RunProgress => progressOf(runOf(runId), sessions.get(runId)),

    /** Newest first. */
    list: (limit: number): RunProgress[] =>
      ledger.list(limit).map((run) => progressOf(runOf(run.runId, run), sessions.get(run.runId))),

    errors: (runId: string, limit?: number): readonly LeftRow[] => ledger.errors(runId, limit),

    report: (runId: string): RunReport => toReport(runOf(runId), ledger.errors(runId)),

    /** Whether any run is being worked on or queued here; a paused one is not. */
    isWorking: (): boolean =>
      startings.size > 0 || [...sessions.values()].some(({ run }) => run.state === 'running'),

    /** Ends all sessions so that each can be resumed later; resolves when all are at rest. */
    async close(): Promise<void> {
      isClosing = true;
      await Promise.all(startings);
      await Promise.all([...sessions.keys()].map(interrupt));
    },
  };
}

function toProblem(thrown: unknown): RunProblem {
  const { code, message, hint } = toTracedeckError(thrown);
  return { code, message, hint };
}
