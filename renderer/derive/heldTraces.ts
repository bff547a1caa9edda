/** The traces of a table: by id in order of their last change, and by a number that each keeps while it is held. */
import { RowList } from './chunkedColumn.ts';

/** A trace's rows in order of arrival. `rows` only ever grows while the trace is held. */
export type TraceRows = {
  readonly traceId: string;
  readonly slot: number;
  readonly rows: RowList;
  /** Epoch milliseconds of the earliest start. */
  startMs: number;
  /** Epoch milliseconds of the latest end; -Infinity while no span has ended. */
  endMs: number;
  /** Epoch milliseconds of the latest start or end: when something was last heard of the trace. */
  latestMs: number;
  openCount: number;
  errorCount: number;
  /** Grows when a span's start or parent changed, or an end was moved: what was derived must be built anew. */
  restructured: number;
  /** Grows with every change. */
  version: number;
};

export class HeldTraces {
  /** Least recently changed first. */
  readonly #byId = new Map<string, TraceRows>();
  readonly #bySlot: (TraceRows | undefined)[] = [];

  get(traceId: string): TraceRows | undefined {
    return this.#byId.get(traceId);
  }

  at(slot: number): TraceRows | undefined {
    return this.#bySlot[slot];
  }

  /** Least recently changed first. */
  ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  /** The trace that is about to change, made where it is not held. */
  touch(traceId: string): TraceRows {
    let trace = this.#byId.get(traceId);
    if (trace === undefined) {
      const free = this.#bySlot.indexOf(undefined);
      trace = newTrace(traceId, free === -1 ? this.#bySlot.length : free);
      this.#bySlot[trace.slot] = trace;
    } else {
      this.#byId.delete(traceId);
    }
    this.#byId.set(traceId, trace);
    trace.version += 1;
    return trace;
  }

  remove({ traceId, slot }: TraceRows): void {
    this.#byId.delete(traceId);
    this.#bySlot[slot] = undefined;
  }

  /** The trace changed longest ago, but neither the watched one nor the one being written. */
  oldestBut(writing: TraceRows, watched: string | null): TraceRows | null {
    for (const trace of this.#byId.values()) {
      if (trace !== writing && trace.traceId !== watched) return trace;
    }
    return null;
  }

  bytes(): number {
    let bytes = 0;
    for (const trace of this.#byId.values()) bytes += trace.rows.bytes();
    return bytes;
  }
}

/** Counts a state of a span, which may be the first or follow on one that was taken out of the counts. */
export function countState(trace: TraceRows, startMs: number, endMs: number, isError: boolean): void {
  if (Number.isNaN(endMs)) trace.openCount += 1;
  else {
    if (endMs > trace.endMs) trace.endMs = endMs;
    if (endMs > trace.latestMs) trace.latestMs = endMs;
  }
  if (startMs < trace.startMs) trace.startMs = startMs;
  if (startMs > trace.latestMs) trace.latestMs = startMs;
  if (isError) trace.errorCount += 1;
}

const newTrace = (traceId: string, slot: number): TraceRows => ({
  traceId,
  slot,
  rows: new RowList(),
  startMs: Infinity,
  endMs: -Infinity,
  latestMs: -Infinity,
  openCount: 0,
  errorCount: 0,
  restructured: 0,
  version: 0,
});
