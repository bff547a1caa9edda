/** Tells of slow statements, with the plan that SQLite follows for them. */
import { ATTR } from '../../../shared/span.ts';
import type { Telemetry } from '../api.ts';
import type { StatementProfile } from './statementProfiles.ts';

export type SlowQuery = {
  readonly summary: string;
  /** Without values. */
  readonly text: string;
  readonly ms: number;
  /** It was not timed itself: the turn of the event loop that it was alone in took so long. */
  readonly isAtMost: boolean;
  /** A line a step, indented; `null` for what has no plan. */
  readonly plan: readonly string[] | null;
};
export type SlowQueryOptions = {
  readonly slowQueryMs: number;
  /** May throw. */
  readonly explain: (profile: StatementProfile) => readonly string[] | null;
  readonly onSlowQuery?: (slow: SlowQuery) => void;
};

const TOLD_EVERY_MS = 60_000;

export function createSlowQueryLog(telemetry: Telemetry, options: SlowQueryOptions) {
  let slowSeconds = options.slowQueryMs / 1000;

  function tell(profile: StatementProfile, seconds: number, isAtMost: boolean): void {
    let plan: readonly string[] | null = null;
    try {
      plan = options.explain(profile);
    } catch {
      // The connection is closed or busy: the rest is worth telling all the same.
    }
    const { summary, text } = profile.facts;
    const ms = Math.round(seconds * 1e6) / 1000;
    telemetry.logger.warn(`A database statement took ${isAtMost ? 'up to ' : ''}${ms} ms.`, {
      [ATTR.dbQuerySummary]: summary,
      [ATTR.dbQueryText]: text,
      [ATTR.dbDurationMs]: ms,
      ...(plan === null ? {} : { [ATTR.dbPlan]: plan.join('\n') }),
    });
    options.onSlowQuery?.({ summary, text, ms, isAtMost, plan });
  }

  return {
    configure(slowQueryMs: number): void {
      slowSeconds = slowQueryMs / 1000;
    },
    /** Told later, outside of the operation and of whatever it is part of. */
    timed(profile: StatementProfile, seconds: number, isAtMost: boolean): void {
      if (seconds < slowSeconds) return;
      const nowMs = performance.now();
      if (nowMs - profile.toldMs < TOLD_EVERY_MS) return;
      profile.toldMs = nowMs;
      setImmediate(() => telemetry.safely(() => tell(profile, seconds, isAtMost), undefined));
    },
  };
}
