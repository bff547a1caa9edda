/**
 * One kind of operation of a component, in whatever mode the component is. The hot path is `begin` and `end`:
 * a switch over a number, one or two readings of the clock, a row. What `begin` found out travels in its token,
 * so that a change of mode in between changes nothing for what is under way:
 *
 *   token > 0                 a reading of the clock: to be recorded
 *   token >= TIMED            TIMED + a reading: to be recorded only if it was slow
 *   token = 0                 to be counted
 *   -OFF_TOKEN < token < 0    untimed; minus the number of its interval (slowWatch.ts). A small integer: it is
 *                             handed on without memory being taken for it
 *   token = -OFF_TOKEN        off
 *   token < -TIMED            -TIMED - a reading: to become a full span
 */
import { ATTR } from '../../../shared/span.ts';
import type { Operation as OperationApi } from '../api.ts';
import type { LeafRing } from '../spans/leafRing.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';
import { isSpanWanted, recordSpan, runInSpan } from './fullSpan.ts';
import type { ErrorFacts } from './fullSpan.ts';
import type { CurrentParent, LeafParent } from './leafParent.ts';
import { OperationCounts } from './operationCounts.ts';
import type { OperationSpec, OperationTools } from './operationSpec.ts';
import { watchOutcome } from './outcome.ts';
import { readClock } from './readClock.ts';
import { INTERVALS } from './slowWatch.ts';
import type { SlowWatch, Watched } from './slowWatch.ts';

export const FULL = 0;
export const LEAF = 1;
export const SAMPLED = 2;
export const COUNTED = 3;
export const OFF = 4;

/** Two years of milliseconds; beyond it a reading still resolves 15 ns. */
const TIMED = 2 ** 36;
const OFF_TOKEN = -INTERVALS;
/** Executions that are timed one by one after a slow interval. */
const ARMED = 64;

export class Operation extends OperationCounts implements OperationApi, Watched {
  #mode = OFF;
  #every = 1;
  /** Operations until the next one that is recorded, counting those alone that are not in `#untimed`. */
  #untilTurn = 1;
  /** So many operations from here on need no reading of the clock. */
  #untimed = 0;
  #armed = 0;
  slowMs = Infinity;
  interval = 0;
  noted = 0;
  leftOutBefore = 0;

  readonly #no: number;
  readonly #isSynchronous: boolean;
  /** Somebody wants to know durations. */
  readonly #isTold: boolean;
  readonly #leaves: LeafRing;
  readonly #watch: SlowWatch;
  readonly #currentParent: CurrentParent;
  readonly #tools: OperationTools;

  constructor(spec: OperationSpec, watch: SlowWatch, tools: OperationTools) {
    super(spec);
    this.#tools = tools;
    this.#watch = watch;
    this.#leaves = tools.leaves;
    this.#currentParent = tools.currentParent;
    this.#isSynchronous = spec.isSynchronous;
    this.#isTold = spec.durations !== null || spec.onTimed !== null;
    this.#no = tools.leaves.operationNo(spec);
  }

  configure(mode: number, every: number, slowMs: number): void {
    this.settleDurations();
    // What was counted alone has no durations, now or later.
    if (this.#mode === COUNTED) this.forgetUntimed();
    this.#mode = mode;
    this.#every = every;
    // The first one is recorded: what is rare is seen soon.
    this.#untilTurn = 1;
    this.#untimed = 0;
    this.slowMs = slowMs;
    // The first is slower than all others, and must not stand for them in a histogram: the second is timed as well.
    this.#armed = this.spec.durations === null ? 0 : 2;
  }

  /** Before metrics are read. */
  settleDurations(): void {
    if (this.#mode !== COUNTED) this.settleUntimed();
  }

  begin(): number {
    if (this.#untimed > 0) {
      this.#untimed -= 1;
      const { token } = this.#watch;
      return token === 0 ? this.#watch.open() : token;
    }
    const mode = this.#mode;
    if (mode === COUNTED) return 0;
    if (mode === LEAF) return this.#reading();
    if (mode === SAMPLED) return this.#beginSampled();
    return mode === FULL ? -TIMED - readClock() : OFF_TOKEN;
  }

  /** Small enough to become a part of whoever calls it: nearly all operations end in the first two lines. */
  end(token: number, first = NaN, second = NaN): void {
    if (token === 0 || (token === this.noted && token === this.#watch.token)) this.leftOut += 1;
    else if (token > 0 && token < TIMED) this.#endTurn(token, first, second);
    else if (token !== OFF_TOKEN) this.#endOther(token, first, second);
  }

  #endTurn(startMs: number, first: number, second: number): void {
    try {
      const durationMs = this.#reading() - startMs;
      if (durationMs >= 0) {
        if (this.#isTold) this.timed(durationMs / 1000, true);
        this.#addRow(startMs, durationMs, 0, first, second);
      } else this.leftOut += 1;
    } catch {
      // What is recorded is counted last.
      this.leftOut += 1;
      this.#tools.onFault?.();
    }
  }

  #endOther(token: number, first: number, second: number): void {
    try {
      if (token > 0) this.#endTimed(token, 0, first, second);
      else if (token > OFF_TOKEN) this.#endUntimed(token);
      else if (token < -TIMED) this.#endSpan(token, null, first, second);
    } catch {
      if (token > 0 || token < -TIMED) this.leftOut += 1;
      this.#tools.onFault?.();
    }
  }

  fail(token: number, errorType: string, first = NaN, second = NaN): void {
    this.#failSafely(token, () => ({ type: String(errorType), expected: false }), first, second);
  }

  run<T>(fn: () => T): T {
    const mode = this.#mode;
    if (mode === OFF) return fn();
    if (mode === FULL) return runInSpan(this.spec, this.#tools, this, fn);
    const token = this.begin();
    return watchOutcome(
      fn,
      () => this.end(token),
      (thrown) => this.#failSafely(token, () => toErrorFacts(thrown), NaN, NaN),
    );
  }

  arm(): void {
    // What is timed from here on stands for itself: what came before must not be taken for as slow.
    this.settleUntimed();
    this.#armed = ARMED;
    // Those that were to pass untimed are timed now, and count towards the next turn as they did.
    this.#untilTurn += this.#untimed;
    this.#untimed = 0;
  }

  promote(
    parent: LeafParent,
    startMs: number,
    durationMs: number,
    operations: number,
    isMixed: boolean,
  ): void {
    const { name, kind, attributes } = this.spec;
    // Made once: the ring knows it again.
    const no = this.#leaves.operationNo(
      isMixed
        ? { name: 'several operations', kind: 'internal', attributes: {}, facts: [ATTR.operations] }
        : { name, kind, attributes, facts: [ATTR.operations] },
    );
    this.#leaves.add(parent, no, startMs, durationMs, 0, operations, NaN);
    this.leftOut -= 1;
    this.rows += 1;
    this.slow += 1;
    if (!isMixed && operations === 1) this.spec.onSlow?.(durationMs);
  }

  /** Any reading divides the turn. */
  #reading(): number {
    const now = readClock();
    this.#watch.cut(now);
    return now;
  }

  #beginSampled(): number {
    if (this.#armed > 0) this.#armed -= 1;
    const isTurn = this.#untilTurn <= 1;
    this.#untilTurn = isTurn ? this.#every : this.#untilTurn - 1;
    if (this.#isSynchronous && this.#armed === 0) {
      this.#untimed = this.#untilTurn - 1;
      this.#untilTurn = 1;
    }
    const now = this.#reading();
    return isTurn ? now : TIMED + now;
  }

  #endUntimed(token: number): void {
    const watch = this.#watch;
    if (token === watch.token) {
      watch.note(this);
      this.leftOut += 1;
      return;
    }
    // Something inside it took a reading, or its turn is over: no single interval says how long it was.
    const startMs = watch.openedMs(token);
    const durationMs = this.#reading() - startMs;
    this.leftOut += 1;
    if (durationMs < this.slowMs) return;
    this.arm();
    const parent = this.#currentParent();
    if (parent !== null && parent.sampled) this.promote(parent, startMs, durationMs, 1, false);
  }

  #endTimed(token: number, errorNo: number, first: number, second: number): void {
    const now = this.#reading();
    const isTurn = token < TIMED;
    const startMs = isTurn ? token : token - TIMED;
    const durationMs = now - startMs;
    if (!(durationMs >= 0)) {
      // A token of nobody.
      this.leftOut += 1;
      return;
    }
    if (this.#isTold) this.timed(durationMs / 1000, isTurn);
    if (!isTurn && errorNo === 0) {
      if (durationMs < this.slowMs) {
        this.leftOut += 1;
        return;
      }
      this.arm();
    }
    const isRecorded = this.#addRow(startMs, durationMs, errorNo, first, second);
    if (isRecorded && !isTurn && durationMs >= this.slowMs) this.slow += 1;
  }

  /** Records it where somebody recorded is above it, and counts it in either case. */
  #addRow(startMs: number, durationMs: number, errorNo: number, first: number, second: number): boolean {
    const parent = this.#currentParent();
    if (parent === null || !parent.sampled) {
      this.leftOut += 1;
      return false;
    }
    this.#leaves.add(parent, this.#no, startMs, durationMs, errorNo, first, second);
    this.#tools.onRow?.(parent.traceId, this.spec.attributes);
    this.rows += 1;
    return true;
  }

  #failSafely(token: number, factsOf: () => ErrorFacts, first: number, second: number): void {
    // Off, or a token of nobody.
    if (token === OFF_TOKEN || Number.isNaN(token)) return;
    const before = this.total;
    try {
      this.#fail(token, factsOf(), first, second);
    } catch {
      if (this.total === before) this.leftOut += 1;
      this.#tools.onFault?.();
    }
  }

  /** Failures are recorded in every mode but `off`. One that was not timed has its end alone. */
  #fail(token: number, error: ErrorFacts, first: number, second: number): void {
    const { type, expected } = error;
    if (!expected) this.errors += 1;
    if (token < -TIMED) {
      this.#endSpan(token, error, first, second);
      return;
    }
    const parent = this.#currentParent();
    const isRecorded = parent !== null && parent.sampled;
    const errorNo = this.#leaves.errorNo(type, expected);
    if (token > 0) this.#endTimed(token, errorNo, first, second);
    else if (isRecorded) {
      this.#leaves.add(parent, this.#no, this.#reading(), 0, errorNo, first, second);
      this.rows += 1;
    } else this.leftOut += 1;
    if (isRecorded && !expected) this.#tools.onRowError?.(parent.traceId);
  }

  #endSpan(token: number, error: ErrorFacts | null, first: number, second: number): void {
    const startedMs = -TIMED - token;
    this.timed((readClock() - startedMs) / 1000, true);
    if (isSpanWanted(this.spec, this.#tools)) {
      recordSpan(this.spec, this.#tools, startedMs, error, first, second);
      this.spans += 1;
    } else this.leftOut += 1;
  }
}
