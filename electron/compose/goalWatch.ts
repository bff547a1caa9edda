/** Looks whether goals are still met while the app is there, and tells of each that is missed. */
import { goalBoundText, goalSearch, goalValueText, judgeGoal } from '../../shared/analysis/judgeGoal.ts';
import type { JudgedGoal } from '../../shared/analysis/judgeGoal.ts';
import type { Goal } from '../../shared/goals.ts';
import type { Logger } from '../telemetry/logs/logger.ts';
import type { TraceStore } from '../traces/traceStore.ts';

const EVERY_MS = 60_000;

export type GoalWatch = {
  /** Spans came in: goals are looked at when it is time. */
  changed(): void;
  /** Now. Resolves when all have been judged. */
  look(): Promise<readonly JudgedGoal[]>;
  close(): void;
};

export function startGoalWatch(parts: {
  readonly goals: () => readonly Goal[];
  readonly traces: Pick<TraceStore, 'ask'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly onMissed?: (missed: JudgedGoal) => void;
  readonly everyMs?: number;
}): GoalWatch {
  const { goals, traces, logger, onMissed } = parts;
  /** What was missed at the last look, as it was set then. */
  let missed = new Set<string>();
  let hasNews = false;

  async function look(): Promise<readonly JudgedGoal[]> {
    hasNews = false;
    const judged: JudgedGoal[] = [];
    for (const goal of goals()) {
      if (!goal.enabled) continue;
      // A query that is no query is said where goals are edited.
      const found = await traces.ask('operations', goalSearch(goal, Date.now())).catch(() => null);
      if (found !== null) judged.push(judgeGoal(goal, found));
    }
    const before = missed;
    const nowMissed = judged.filter(({ state }) => state === 'missed');
    missed = new Set(nowMissed.map(({ goal }) => JSON.stringify(goal)));
    for (const each of nowMissed) {
      if (before.has(JSON.stringify(each.goal))) continue;
      const { goal, value } = each;
      logger.warn(
        `A goal is missed: ${goal.name} (${goalBoundText(goal)}, now ${goalValueText(goal, value)}).`,
      );
      onMissed?.(each);
    }
    return judged;
  }

  const timer = setInterval(() => {
    // What was missed may be met by now, since time passes; what was met stays so without news.
    if (hasNews || missed.size > 0) void look();
  }, parts.everyMs ?? EVERY_MS);
  timer.unref();
  return {
    changed() {
      hasNews = true;
    },
    look,
    close: () => clearInterval(timer),
  };
}
