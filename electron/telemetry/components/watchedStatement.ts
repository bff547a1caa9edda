/**
 * A statement that counts and times what it does. Its prototype is that of the driver's own statements, so
 * `instanceof` holds, and the native statement behind it may be one that others use as well.
 */
import { sqliteErrorType } from './sqliteTypes.ts';
import type { SqliteStatement } from './sqliteTypes.ts';
import type { Slot, StatementCache } from './statementCache.ts';
import type { StatementProfile } from './statementProfiles.ts';
import type { TransactionWatch } from './transactions.ts';

/** What all statements of a connection share. */
export type Connection = {
  isOn: boolean;
  /** Statements begun so far. */
  executed: number;
  readonly cache: StatementCache;
  readonly transactions: TransactionWatch;
};

type MakeStatement = (connection: Connection, profile: StatementProfile, slot: Slot) => SqliteStatement;
const makers = new WeakMap<object, MakeStatement>();

/** Watches `slot.native`. Its class is made once for each copy of the driver. */
export const watchedStatement: MakeStatement = (connection, profile, slot) => {
  const prototype = Object.getPrototypeOf(slot.native) as object;
  let make = makers.get(prototype);
  if (make === undefined) makers.set(prototype, (make = defineClasses(prototype)));
  return make(connection, profile, slot);
};

function defineClasses(nativePrototype: object): MakeStatement {
  class Statement implements SqliteStatement {
    readonly reader: boolean;
    readonly readonly: boolean;
    readonly source: string;
    readonly database: unknown;
    readonly #connection: Connection;
    readonly #profile: StatementProfile;
    #slot: Slot;
    /** Has ways of its own: its slot is never given back. */
    #isChanged = false;

    constructor(connection: Connection, profile: StatementProfile, slot: Slot) {
      const { native } = slot;
      this.reader = native.reader;
      this.readonly = native.readonly;
      this.source = native.source;
      this.database = native.database;
      this.#connection = connection;
      this.#profile = profile;
      this.#slot = slot;
    }

    get busy(): boolean {
      return this.#slot.native.busy;
    }

    run(...params: readonly unknown[]): { readonly changes: number } {
      const { native } = this.#slot;
      const connection = this.#connection;
      if (!connection.isOn) return native.run(...params);
      const { call } = this.#profile;
      connection.executed += 1;
      const token = call.begin();
      let result: { readonly changes: number };
      try {
        result = native.run(...params);
      } catch (thrown) {
        this.#failed(token, thrown);
        throw thrown;
      }
      call.end(token, result.changes);
      return result;
    }

    get(...params: readonly unknown[]): unknown {
      const { native } = this.#slot;
      const connection = this.#connection;
      if (!connection.isOn) return native.get(...params);
      const { call } = this.#profile;
      connection.executed += 1;
      const token = call.begin();
      let row: unknown;
      try {
        row = native.get(...params);
      } catch (thrown) {
        this.#failed(token, thrown);
        throw thrown;
      }
      call.end(token, row === undefined ? 0 : 1);
      return row;
    }

    all(...params: readonly unknown[]): unknown[] {
      const { native } = this.#slot;
      const connection = this.#connection;
      if (!connection.isOn) return native.all(...params);
      const { call } = this.#profile;
      connection.executed += 1;
      const token = call.begin();
      let rows: unknown[];
      try {
        rows = native.all(...params);
      } catch (thrown) {
        this.#failed(token, thrown);
        throw thrown;
      }
      call.end(token, rows.length);
      return rows;
    }

    iterate(...params: readonly unknown[]): IterableIterator<unknown> {
      const connection = this.#connection;
      // A busy statement refuses everybody else, so nobody else may have it.
      this.#slot = connection.cache.own(this.#slot);
      const slot = this.#slot;
      const giveBack = () => {
        if (!this.#isChanged) connection.cache.giveBack(slot);
      };
      if (!connection.isOn) return slot.native.iterate(...params);
      const { stream } = this.#profile;
      connection.executed += 1;
      const token = stream.begin();
      let rows: IterableIterator<unknown>;
      try {
        rows = slot.native.iterate(...params);
      } catch (thrown) {
        this.#failed(token, thrown);
        throw thrown;
      }
      let count = 0;
      let isOver = false;
      const end = () => {
        if (isOver) return;
        isOver = true;
        stream.end(token, count);
        giveBack();
      };
      const watched: IterableIterator<unknown> = {
        next: () => {
          let step: IteratorResult<unknown>;
          try {
            step = rows.next();
          } catch (thrown) {
            if (!isOver) this.#failed(token, thrown, count);
            isOver = true;
            throw thrown;
          }
          if (step.done === true) end();
          else count += 1;
          return step;
        },
        return: () => {
          const done = rows.return?.() ?? { done: true, value: undefined };
          end();
          return done;
        },
        [Symbol.iterator]: () => watched,
      };
      return watched;
    }

    pluck(...on: readonly boolean[]): this {
      return this.#change((native) => native.pluck(...on));
    }
    expand(...on: readonly boolean[]): this {
      return this.#change((native) => native.expand(...on));
    }
    raw(...on: readonly boolean[]): this {
      return this.#change((native) => native.raw(...on));
    }
    safeIntegers(...on: readonly boolean[]): this {
      return this.#change((native) => native.safeIntegers(...on));
    }
    bind(...params: readonly unknown[]): this {
      return this.#change((native) => native.bind(...params));
    }
    /** Everything else that the driver's statements can do. */
    static forward(statement: Statement, name: string, params: readonly unknown[]): unknown {
      const { native } = statement.#slot;
      const method = (native as unknown as Record<string, (...params: readonly unknown[]) => unknown>)[name]!;
      return method.apply(native, [...params]);
    }

    #change(work: (native: SqliteStatement) => unknown): this {
      if (!this.#isChanged) this.#slot = this.#connection.cache.own(this.#slot);
      this.#isChanged = true;
      work(this.#slot.native);
      return this;
    }

    /** Runs it as what it is for the transaction. */
    static step(statement: Statement, params: readonly unknown[]): { readonly changes: number } {
      const { native } = statement.#slot;
      const { isOn, transactions } = statement.#connection;
      const run = () => native.run(...params);
      return isOn ? transactions.step(statement.#profile, run) : run();
    }

    #failed(token: number, thrown: unknown, rows?: number): void {
      const seconds = this.#profile.failed(token, thrown, rows);
      this.#connection.transactions.failed(sqliteErrorType(thrown), seconds);
    }
  }

  for (const name of Object.getOwnPropertyNames(nativePrototype)) {
    if (name === 'constructor' || Object.hasOwn(Statement.prototype, name)) continue;
    if (typeof Object.getOwnPropertyDescriptor(nativePrototype, name)?.value !== 'function') continue;
    Object.defineProperty(Statement.prototype, name, {
      configurable: true,
      writable: true,
      value(this: Statement, ...params: readonly unknown[]) {
        return Statement.forward(this, name, params);
      },
    });
  }
  Object.setPrototypeOf(Statement.prototype, nativePrototype);

  /** BEGIN, COMMIT and the like: a class of their own, so that every other statement need not ask whether it is one. */
  class TransactionStatement extends Statement {
    override run(...params: readonly unknown[]): { readonly changes: number } {
      return Statement.step(this, params);
    }
  }
  return (connection, profile, slot) =>
    profile.facts.step === null
      ? new Statement(connection, profile, slot)
      : new TransactionStatement(connection, profile, slot);
}
