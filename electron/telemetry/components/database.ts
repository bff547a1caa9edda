/**
 * Watches one connection of better-sqlite3: every statement is an operation of a component, transactions are
 * spans, slow statements are told with their plan, and statements prepared again come from a cache. The database
 * object stays the same; `disable` gives it its own methods back.
 */
import { ATTR, METRIC } from '../../../shared/span.ts';
import type { Attributes } from '../../../shared/span.ts';
import type { Telemetry } from '../api.ts';
import { createSlowQueryLog } from './slowQueries.ts';
import type { SlowQuery } from './slowQueries.ts';
import { sqliteErrorType } from './sqliteTypes.ts';
import type { SqliteDatabase, SqliteStatement, TransactionFunction } from './sqliteTypes.ts';
import { createStatementCache } from './statementCache.ts';
import type { StatementCacheCounts } from './statementCache.ts';
import { createStatementProfiles } from './statementProfiles.ts';
import type { StatementProfile } from './statementProfiles.ts';
import { createTransactionWatch } from './transactions.ts';
import { watchedStatement } from './watchedStatement.ts';
import type { Connection } from './watchedStatement.ts';

export type DatabaseOptions = {
  /** What the database is called in spans and metrics: `deck`. */
  readonly namespace: string;
  /** `database` where not given. */
  readonly component?: string;
  /** Told from here on: at most once a minute for each statement, and only of what the component's mode times. */
  readonly slowQueryMs?: number;
  /** Besides the log. */
  readonly onSlowQuery?: (slow: SlowQuery) => void;
  /** Prepared statements that are kept; 0 for none. */
  readonly statementCacheSize?: number;
  /**
   * In the mode `full`, statements outside any span: `drop` (where not given) counts them alone, as every other
   * mode does; `keep` makes each a trace of its own.
   */
  readonly orphans?: 'drop' | 'keep';
};
export type StatementCounts = StatementCacheCounts & {
  /** Run so far, in whatever mode. */
  readonly executed: number;
};
export interface DatabaseInstrumentation<Db> {
  /** The very object that was given. */
  readonly database: Db;
  readonly isEnabled: boolean;
  /** Statements that were prepared while it was disabled stay unwatched. */
  enable(): void;
  /** Statements that were prepared while it was enabled work on, unwatched. */
  disable(): void;
  setSlowQueryMs(slowQueryMs: number): void;
  statements(): StatementCounts;
}

/** Watches `database` from now on; statements prepared before stay as they are. */
export function instrumentDatabase<Db extends SqliteDatabase>(
  telemetry: Telemetry,
  database: Db,
  options: DatabaseOptions,
): DatabaseInstrumentation<Db> {
  const { namespace, statementCacheSize = 100 } = options;
  const component = telemetry.component(options.component ?? 'database');
  const slow = createSlowQueryLog(telemetry, {
    slowQueryMs: options.slowQueryMs ?? 100,
    explain: (profile) => explain(profile),
    ...(options.onSlowQuery === undefined ? {} : { onSlowQuery: options.onSlowQuery }),
  });
  const profiles = createStatementProfiles(
    telemetry,
    component,
    namespace,
    options.orphans ?? 'drop',
    slow.timed,
  );
  const bare = {
    prepare: database.prepare,
    exec: database.exec,
    pragma: database.pragma,
    transaction: database.transaction as unknown as (fn: TransactionFunction) => object,
    defaultSafeIntegers: database.defaultSafeIntegers,
    close: database.close,
  };
  const prepare = (sql: string) => bare.prepare.call(database, sql) as unknown as SqliteStatement;
  const asked = telemetry.metrics.counter(METRIC.dbStatementCache, {
    unit: '{statement}',
    description: 'Statements that were asked for, by whether they were prepared already.',
  });
  const cellOf = (outcome: string) =>
    asked.cell({ [ATTR.dbNamespace]: namespace, [ATTR.cacheOutcome]: outcome } satisfies Attributes);
  const cache = createStatementCache(prepare, statementCacheSize, {
    hit: cellOf('hit'),
    miss: cellOf('miss'),
  });
  const transactions = createTransactionWatch({
    telemetry,
    component,
    namespace,
    database,
    executed: () => connection.executed,
    isOn: () => connection.isOn,
  });
  const connection: Connection = { isOn: false, executed: 0, cache, transactions };

  function explain({ sql, facts }: StatementProfile): readonly string[] | null {
    if (facts.explain === null) return null;
    const rows = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...facts.explain) as readonly PlanRow[];
    const depths = new Map<number, number>([[0, 0]]);
    return rows.map(({ id, parent, detail }) => {
      const depth = depths.get(parent) ?? 0;
      depths.set(id, depth + 1);
      return `${'  '.repeat(depth)}${detail}`;
    });
  }

  /** Something that is no prepared statement, in one call. */
  function operate<T>(profile: StatementProfile, run: () => T): T {
    if (profile.facts.step !== null) return transactions.step(profile, run);
    connection.executed += 1;
    return profile.run(run, (thrown, seconds) => transactions.failed(sqliteErrorType(thrown), seconds));
  }

  const watched = {
    prepare(sql: string): object {
      const slot = cache.take(sql);
      return watchedStatement(connection, profiles.of(sql, true, slot.native.reader), slot);
    },
    exec(sql: string): unknown {
      // What is no text is the driver's to refuse.
      operate(profiles.of(String(sql), false, false), () => bare.exec.call(database, sql));
      return database;
    },
    pragma(sql: string, pragmaOptions?: object): unknown {
      return operate(profiles.of(`PRAGMA ${sql}`, false, true), () =>
        pragmaOptions === undefined
          ? bare.pragma.call(database, sql)
          : bare.pragma.call(database, sql, pragmaOptions),
      );
    },
    transaction(fn: TransactionFunction): object {
      return transactions.wrap(bare.transaction, fn);
    },
    defaultSafeIntegers(...on: readonly boolean[]): unknown {
      // Holds for what is prepared from now on.
      cache.clear();
      return bare.defaultSafeIntegers.call(database, ...on);
    },
    close(): unknown {
      disable();
      return bare.close.call(database);
    },
  };

  function enable(): void {
    if (connection.isOn || !telemetry.enabled || !database.open) return;
    connection.isOn = true;
    transactions.count(true);
    for (const [name, value] of Object.entries(watched)) {
      Object.defineProperty(database, name, { configurable: true, writable: true, enumerable: false, value });
    }
  }

  function disable(): void {
    if (!connection.isOn) return;
    connection.isOn = false;
    for (const name of Object.keys(watched)) delete (database as Record<string, unknown>)[name];
    cache.clear();
    transactions.abandon();
    transactions.count(false);
  }

  enable();
  return {
    database,
    get isEnabled() {
      return connection.isOn;
    },
    enable,
    disable,
    setSlowQueryMs: (slowQueryMs) => slow.configure(slowQueryMs),
    statements: () => ({ ...cache.counts(), executed: connection.executed }),
  };
}

type PlanRow = { readonly id: number; readonly parent: number; readonly detail: string };
