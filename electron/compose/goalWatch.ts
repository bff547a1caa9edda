/** Looks how goals are while the app is there, and tells of each that is missed, or whose budget burns. */
import { BURN_LEVELS } from '../../shared/analysis/goalBurn.ts';
import { goalWarningText } from '../../shared/analysis/goalText.ts';
import { askGoal } from '../../shared/analysis/judgeGoal.ts';
import type { JudgedGoal } from '../../shared/analysis/judgeGoal.ts';
import type { Goal } from '../../shared/goals.ts';
import type { Logger } from '../telemetry/logs/logger.ts';
import type { TraceStore } from '../traces/traceStore.ts';

const EVERY_MS = 60_000;

export type GoalWatch = {
  /** Spans came in: goals are looked at when it is time. */
  changed(): void;
  /** Now, or with the look that is under way. Resolves when all have been judged. */
  look(): Promise<readonly JudgedGoal[]>;
  close(): void;
};

export function startGoalWatch(parts: {
  readonly goals: () => readonly Goal[];
  readonly traces: Pick<TraceStore, 'ask'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly onWarning?: (judged: JudgedGoal) => void;
  readonly everyMs?: number;
}): GoalWatch {
  const { goals, traces, logger, onWarning } = parts;
  /** How grave it was at the last look, by the goal as it was set then; only what is to be warned of. */
  let warned = new Map<string, number>();
  let hasNews = false;
  let looking: Promise<readonly JudgedGoal[]> | null = null;
  let isClosed = false;

  async function lookOnce(): Promise<readonly JudgedGoal[]> {
    hasNews = false;
    const judged: JudgedGoal[] = [];
    for (const goal of goals()) {
      if (!goal.enabled || isClosed) continue;
      // A query that is no query is said where goals are edited.
      const each = await askGoal(goal, (search) => traces.ask('spanSteps', search)).catch(() => null);
      if (each !== null) judged.push(each);
    }
    if (!isClosed) tell(judged);
    return judged;
  }

  function tell(judged: readonly JudgedGoal[]): void {
    const before = warned;
    warned = new Map();
    for (const each of judged) {
      const grave = graveness(each);
      const warning = goalWarningText(each);
      if (warning === null) continue;
      const key = JSON.stringify(each.goal);
      warned.set(key, grave);
      if (grave <= (before.get(key) ?? 0)) continue;
      logger.warn(`${warning.title} (${warning.detail}).`);
      onWarning?.(each);
    }
  }

  /** One at a time: questions that take longer than the time between two looks do not pile up. */
  function look(): Promise<readonly JudgedGoal[]> {
    looking ??= lookOnce().finally(() => (looking = null));
    return looking;
  }

  const timer = setInterval(() => {
    if (looking !== null) return;
    // What is bad may be good by now, since time passes; what was good stays so without news.
    if (hasNews || warned.size > 0) void look();
  }, parts.everyMs ?? EVERY_MS);
  timer.unref();
  return {
    changed() {
      hasNews = true;
    },
    look,
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

/** A missed goal is graver than one whose budget burns; 0 is nothing. */
function graveness({ state, burn }: JudgedGoal): number {
  return state === 'missed' ? BURN_LEVELS.length : BURN_LEVELS.indexOf(burn.level);
}
