/**
 * Transactions as spans: those of `db.transaction(fn)` are active while `fn` runs, those of BEGIN and COMMIT are
 * not, since what lies between them is in no function. One connection does one thing at a time, so it is its own
 * pool: used inside a transaction, idle outside, and waiting while it asks for the lock that others hold.
 */
import { ATTR, METRIC } from '../../../shared/span.ts';
import type { AttributeValue } from '../../../shared/span.ts';
import type { Component, Telemetry } from '../api.ts';
import type { SpanHandle } from '../tracing/spanHandle.ts';
import { countedSpans } from './countedSpans.ts';
import type { SqliteDatabase, TransactionFunction } from './sqliteTypes.ts';
import { MICROSECOND_BUCKETS } from './statementProfiles.ts';
import type { StatementProfile } from './statementProfiles.ts';

export type TransactionOutcome = 'commit' | 'rollback';

type Open = {
  /** `null` for the transaction itself. */
  readonly savepoint: string | null;
  /** `null` where the component's mode wants no span. */
  readonly span: SpanHandle | null;
  readonly startedMs: number;
  readonly executedBefore: number;
};
export type TransactionTools = {
  readonly telemetry: Telemetry;
  readonly component: Component;
  readonly namespace: string;
  readonly database: SqliteDatabase;
  /** Statements begun on this connection so far. */
  readonly executed: () => number;
  readonly isOn: () => boolean;
};

export type TransactionWatch = ReturnType<typeof createTransactionWatch>;

export function createTransactionWatch(tools: TransactionTools) {
  const { telemetry, component, namespace, database } = tools;
  const { metrics } = telemetry;
  const spans = countedSpans(telemetry, component);
  const pool = { [ATTR.dbPoolName]: namespace };
  const connections = metrics.upDownCounter(METRIC.dbConnections, {
    unit: '{connection}',
    description: 'Database connections by state.',
  });
  const used = connections.cell({ ...pool, [ATTR.dbConnectionState]: 'used' });
  const idle = connections.cell({ ...pool, [ATTR.dbConnectionState]: 'idle' });
  const limit = metrics
    .upDownCounter(METRIC.dbConnectionLimit, { unit: '{connection}', description: 'Connections allowed.' })
    .cell(pool);
  const pending = metrics
    .upDownCounter(METRIC.dbPending, {
      unit: '{request}',
      description: 'Transactions that wait for the lock.',
    })
    .cell(pool);
  const seconds = { unit: 's', boundaries: MICROSECOND_BUCKETS };
  const waitTime = metrics
    .histogram(METRIC.dbWaitTime, { ...seconds, description: 'Until a transaction had its lock.' })
    .cell(pool);
  const useTime = metrics
    .histogram(METRIC.dbUseTime, { ...seconds, description: 'Transactions, from their lock to their end.' })
    .cell(pool);
  const attributesOf = (operation: string): Record<string, AttributeValue> => ({
    [ATTR.dbSystem]: 'sqlite',
    [ATTR.dbNamespace]: namespace,
    [ATTR.dbOperation]: operation,
    [ATTR.dbQuerySummary]: operation,
  });
  const TRANSACTION = { name: `transaction ${namespace}`, attributes: attributesOf('BEGIN') };
  const SAVEPOINT = { name: `savepoint ${namespace}`, attributes: attributesOf('SAVEPOINT') };
  /** Begun by BEGIN or SAVEPOINT, outermost first. */
  const open: Open[] = [];
  let depth = 0;
  let isCounted = false;

  /** Outside any span nothing of a database is recorded: a transaction is no trace of its own. */
  const wantsSpan = (): boolean =>
    component.mode !== 'off' && component.mode !== 'counted' && telemetry.currentTraceId() !== null;
  function enter(): void {
    depth += 1;
    if (depth > 1) return;
    idle.add(-1);
    used.add(1);
  }
  function leave(): void {
    depth -= 1;
    if (depth > 0) return;
    used.add(-1);
    idle.add(1);
  }
  function state(span: SpanHandle | null, outcome: TransactionOutcome | null, executedBefore: number): void {
    if (span === null) return;
    span.set(ATTR.dbStatements, tools.executed() - executedBefore);
    if (outcome !== null) span.set(ATTR.dbOutcome, outcome);
  }

  function close(outcome: TransactionOutcome, fromIndex = 0): void {
    while (open.length > fromIndex) {
      const { span, startedMs, executedBefore } = open.pop()!;
      state(span, outcome, executedBefore);
      span?.end();
      if (open.length > 0) continue;
      leave();
      // What lay inside a transaction function leaves the connection to that.
      if (depth === 0) useTime.record((performance.now() - startedMs) / 1000);
    }
  }

  /** The commit's error, or SQLite's own, has undone what was open. */
  function dropUndone(): void {
    if (open.length > 0 && !database.inTransaction) close('rollback');
  }

  function begun(savepoint: string | null, run: () => unknown): unknown {
    dropUndone();
    const about = savepoint === null ? TRANSACTION : SAVEPOINT;
    const span = wantsSpan()
      ? telemetry.startSpan(about.name, { kind: 'client', attributes: about.attributes })
      : null;
    spans.began(span);
    const startedMs = performance.now();
    const executedBefore = tools.executed();
    pending.add(1);
    try {
      const result = run();
      if (open.length === 0) enter();
      open.push({ savepoint, span, startedMs: performance.now(), executedBefore });
      return result;
    } catch (thrown) {
      spans.threw(thrown);
      span?.recordError(thrown);
      span?.end();
      throw thrown;
    } finally {
      pending.add(-1);
      if (savepoint === null) waitTime.record((performance.now() - startedMs) / 1000);
    }
  }

  function watched(variant: TransactionFunction, self: unknown, args: unknown[], entered: Entered): unknown {
    const isNested = database.inTransaction;
    const about = isNested ? SAVEPOINT : TRANSACTION;
    const executedBefore = tools.executed();
    const run = (span: SpanHandle | null): unknown => {
      spans.began(span);
      const { atMs: outerMs, waits: outerWaits } = entered;
      const startedMs = performance.now();
      entered.atMs = 0;
      entered.waits = !isNested;
      let outcome: TransactionOutcome = 'rollback';
      let lockedMs = 0;
      if (!isNested) pending.add(1);
      enter();
      try {
        const result = variant.apply(self, args);
        outcome = 'commit';
        return result;
      } catch (thrown) {
        spans.threw(thrown);
        throw thrown;
      } finally {
        lockedMs = entered.atMs;
        entered.atMs = outerMs;
        entered.waits = outerWaits;
        const wasBegun = lockedMs > 0;
        state(span, wasBegun ? outcome : null, executedBefore);
        if (!isNested) {
          if (!wasBegun) pending.add(-1);
          waitTime.record(((wasBegun ? lockedMs : performance.now()) - startedMs) / 1000);
          if (wasBegun) useTime.record((performance.now() - lockedMs) / 1000);
        }
        leave();
      }
    };
    if (!wantsSpan()) return run(null);
    return telemetry.withSpan(about.name, { kind: 'client', attributes: about.attributes }, run);
  }

  return {
    /** Counts the connection while it is watched and open. */
    count(isThere: boolean): void {
      if (isThere === isCounted) return;
      isCounted = isThere;
      idle.add(isThere ? 1 : -1);
      limit.add(isThere ? 1 : -1);
    },

    /** `db.transaction`, with everything that the driver puts on the function it returns. */
    wrap(bare: (fn: TransactionFunction) => object, fn: TransactionFunction): object {
      // The driver says what is wrong with it.
      if (typeof fn !== 'function') return bare.call(database, fn);
      const entered: Entered = { atMs: NOT_WATCHED, waits: false };
      const made = bare.call(database, function inside(this: unknown, ...args: unknown[]) {
        if (entered.atMs === 0) {
          entered.atMs = performance.now();
          if (entered.waits) pending.add(-1);
        }
        return fn.apply(this, args);
      }) as TransactionFunction & Record<(typeof VARIANTS)[number], TransactionFunction>;
      const wrapped = VARIANTS.map((name) => {
        const variant = made[name];
        return function sqliteTransaction(this: unknown, ...args: unknown[]) {
          if (!tools.isOn() || component.mode === 'off') return variant.apply(this, args);
          return watched(variant, this, args, entered);
        };
      });
      const properties: PropertyDescriptorMap = { database: { value: database, enumerable: true } };
      for (const [index, name] of VARIANTS.entries()) properties[name] = { value: wrapped[index] };
      for (const one of wrapped) Object.defineProperties(one, properties);
      return wrapped[0]!;
    },

    /** Around a statement that begins or ends a transaction or a savepoint. */
    step<T>(profile: StatementProfile, run: () => T): T {
      const { step, savepoint } = profile.facts;
      const operate = (): T => profile.run(run);
      if (component.mode === 'off') return operate();
      if (step === 'begin') return begun(null, operate) as T;
      if (step === 'savepoint') return begun(savepoint, operate) as T;
      try {
        const result = operate();
        const at = open.findLastIndex((one) => one.savepoint === savepoint);
        if (step === 'release' && at >= 0) close('commit', at);
        if (step === 'rollback to' && at >= 0) {
          close('rollback', at + 1);
          open[at]!.span?.addEvent('rollback to');
        }
        if (!database.inTransaction) close(step === 'rollback' ? 'rollback' : 'commit');
        return result;
      } catch (thrown) {
        open[0]?.span?.recordError(thrown);
        dropUndone();
        throw thrown;
      }
    },

    /** A statement failed, after so long where it was timed: SQLite may have undone the transaction by itself. */
    failed(errorType: string, seconds: number | null): void {
      // A statement outside a transaction asks for its lock by itself.
      if (seconds !== null && errorType.startsWith('SQLITE_BUSY')) waitTime.record(seconds);
      dropUndone();
    },
    /** The connection closes or is no longer watched: what is open ends as it will. */
    abandon(): void {
      close('rollback');
    },
  };
}

/** When the body of a transaction function began, 0 while its BEGIN is under way; and whether that may wait. */
type Entered = { atMs: number; waits: boolean };
const NOT_WATCHED = -1;
const VARIANTS = ['default', 'deferred', 'immediate', 'exclusive'] as const;
