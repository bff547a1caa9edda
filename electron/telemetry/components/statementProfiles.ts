/** One profile for every text of SQL: its operations, made once, and what its slow runs are told with. */
import { ATTR, METRIC } from '../../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import type { Component, HistogramCell, Operation, Telemetry } from '../api.ts';
import { sqliteErrorType } from './sqliteTypes.ts';
import { describeSql } from './sqlText.ts';
import type { SqlFacts } from './sqlText.ts';

/** Seconds from 1 µs on: the advised buckets begin at 1 ms, where a local database has long answered. */
export const MICROSECOND_BUCKETS: readonly number[] = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5,
];
/** Programs that build their SQL piece by piece: what comes later shares one profile a summary. */
const MAX_PROFILES = 1000;
/** Longer texts share one from the start: they are scripts, run once and not worth keeping. */
const MAX_KEPT_SQL = 20_000;
/** What shares a profile when there are too many summaries as well. */
const OTHER = { summary: 'other', operation: 'OTHER', collection: null };

export type StatementProfile = {
  readonly sql: string;
  readonly facts: SqlFacts;
  /** Begins and ends within one call. */
  readonly call: Operation;
  /** From `iterate` to the last row that is taken. */
  readonly stream: Operation;
  /**
   * States what was thrown, for an operation that began with either; its seconds, where it was timed.
   * @param rows - that came before the failure, of a stream
   */
  failed(token: number, thrown: unknown, rows?: number): number | null;
  /** Around something that is no prepared statement. @param onFailed - gets the seconds, where they are known */
  run<T>(work: () => T, onFailed?: (thrown: unknown, seconds: number | null) => void): T;
  /** When its plan was last told, in `performance.now()`; minus infinity before. */
  toldMs: number;
};
/** Statements that failed in one way. */
type Failure = { readonly operation: Operation; readonly duration: HistogramCell };
/** Told of everything that is timed; `isAtMost` where the statement was one of a slow turn and not timed itself. */
export type OnTimed = (profile: StatementProfile, seconds: number, isAtMost: boolean) => void;

export function createStatementProfiles(
  telemetry: Telemetry,
  component: Component,
  namespace: string,
  orphans: 'keep' | 'drop',
  onTimed: OnTimed,
) {
  const profiles = new Map<string, StatementProfile>();
  const sharedProfiles = new Map<string, StatementProfile>();
  const durations = telemetry.metrics.histogram(METRIC.dbDuration, {
    unit: 's',
    description:
      'Database statements; where not all of them are timed, those that are stand for the others (counts are exact).',
    boundaries: MICROSECOND_BUCKETS,
  });

  function make(sql: string, facts: SqlFacts, isReader: boolean, withText: boolean): StatementProfile {
    const tags: Record<string, AttributeValue> = {
      [ATTR.dbSystem]: 'sqlite',
      [ATTR.dbNamespace]: namespace,
      [ATTR.dbOperation]: facts.operation,
      [ATTR.dbQuerySummary]: facts.summary,
    };
    if (facts.collection !== null) tags[ATTR.dbCollection] = facts.collection;
    const attributes = { ...tags };
    if (withText) attributes[ATTR.dbQueryText] = facts.text;
    if (facts.statements > 1) attributes[ATTR.dbBatchSize] = facts.statements;
    const name = facts.summary === '' ? facts.operation : facts.summary;
    const options = {
      kind: 'client',
      attributes,
      orphans,
      onTimed(seconds: number) {
        lastSeconds = seconds;
        onTimed(profile, seconds, false);
      },
      onSlow: (atMostMs: number) => onTimed(profile, atMostMs / 1000, true),
    } as const;
    const duration = durations.cell(tags);
    const failures = new Map<string, Failure>();
    let stream: Operation | null = null;
    let lastSeconds: number | null = null;

    /** The conventions want the error in the histogram as well. */
    function failureOf(type: string): Failure {
      const status: Attributes = type.startsWith('SQLITE_') ? { [ATTR.dbStatus]: type } : {};
      return {
        operation: component.operation(name, {
          ...options,
          attributes: { ...attributes, ...status },
          facts: [ATTR.dbReturnedRows],
        }),
        duration: durations.cell({ ...tags, ...status, [ATTR.errorType]: type }),
      };
    }
    /** What its duration was, where it was timed. */
    function fail({ operation }: Failure, token: number, type: string, rows?: number): number | null {
      lastSeconds = null;
      operation.fail(token, type, rows);
      return lastSeconds;
    }
    const profile: StatementProfile = {
      sql,
      facts,
      call: component.operation(name, {
        ...options,
        duration,
        facts: [isReader ? ATTR.dbReturnedRows : ATTR.dbChanges],
        synchronous: true,
      }),
      get stream() {
        return (stream ??= component.operation(name, { ...options, duration, facts: [ATTR.dbReturnedRows] }));
      },
      failed(token, thrown, rows) {
        const type = sqliteErrorType(thrown);
        let failure = failures.get(type);
        if (failure === undefined) failures.set(type, (failure = failureOf(type)));
        const before = lastSeconds;
        const seconds = fail(failure, token, type, rows);
        lastSeconds ??= before;
        // Where not all are timed, one that was not is counted with the latest duration, as all of them are.
        const counted = seconds ?? (component.mode === 'sampled' ? before : null);
        if (counted !== null) failure.duration.record(counted);
        return seconds;
      },
      run(work, onFailed) {
        const token = profile.call.begin();
        try {
          const result = work();
          profile.call.end(token);
          return result;
        } catch (thrown) {
          const seconds = profile.failed(token, thrown);
          onFailed?.(thrown, seconds);
          throw thrown;
        }
      },
      toldMs: Number.NEGATIVE_INFINITY,
    };
    return profile;
  }

  /** Of all statements with the same summary: what differs between them is not told. */
  function sharedProfile(facts: SqlFacts, isReader: boolean): StatementProfile {
    const keyOf = ({ operation, summary }: Pick<SqlFacts, 'operation' | 'summary'>) =>
      `${isReader} ${operation} ${summary}`;
    const isRoom = sharedProfiles.has(keyOf(facts)) || sharedProfiles.size < MAX_PROFILES;
    const about = { ...facts, ...(isRoom ? {} : OTHER) };
    let profile = sharedProfiles.get(keyOf(about));
    if (profile === undefined) {
      const told = {
        ...about,
        text: about.summary,
        statements: 1,
        explain: null,
        step: null,
        savepoint: null,
      };
      profile = make('', told, isReader, false);
      sharedProfiles.set(keyOf(about), profile);
    }
    if (facts.step === null) return profile;
    // What it does to the transaction is its own: its savepoint has a name.
    const own: StatementProfile = Object.create(profile, {
      facts: { value: { ...profile.facts, ...stepOf(facts) } },
    });
    return own;
  }
  const stepOf = ({ step, savepoint }: SqlFacts) => ({ step, savepoint });

  return {
    /** @param prepared - `false` for what is executed as text: its values are left out of it */
    of(sql: string, prepared: boolean, isReader: boolean): StatementProfile {
      const key = prepared ? sql : `\0${sql}`;
      let profile = profiles.get(key);
      if (profile !== undefined) return profile;
      const facts = describeSql(sql, prepared);
      if (profiles.size >= MAX_PROFILES || sql.length > MAX_KEPT_SQL) return sharedProfile(facts, isReader);
      profile = make(sql, facts, isReader, true);
      profiles.set(key, profile);
      return profile;
    },
  };
}
