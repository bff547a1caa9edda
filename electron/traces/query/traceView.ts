/** One trace put together from the blocks it lies in: what structure, depth and self time are asked of. */
import { selfTimes } from '../../../shared/analysis/selfTimes.ts';
import { PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { ParentSearch } from '../analyses/parentSearch.ts';
import { placeOf, rangeOf } from './rows.ts';

/** Parents of spans in `TraceView.parent`: there is none, or the trace does not have it. */
export const ROOT = -1;
export const MISSING = -2;

export type TracePart = {
  readonly block: SpanBlock;
  /** Rows of the trace, the end not included. */
  readonly from: number;
  readonly to: number;
  /** The place of the first row among all spans of the trace. */
  readonly offset: number;
};

/** Spans are known by their place: part by part, row by row, dead rows included (`isDead`). */
export class TraceView {
  readonly trace: number;
  readonly parts: readonly TracePart[];
  readonly count: number;
  readonly #nowUs: number;
  #parent: Int32Array | null = null;
  #self: Float64Array | null = null;
  #depth: Int32Array | null = null;

  constructor(reader: SpanReader, trace: number, nowUs: number) {
    const parts: TracePart[] = [];
    let count = 0;
    for (const block of reader.blocksOf(trace)) {
      const { from, to } = rangeOf(block, trace);
      parts.push({ block, from, to, offset: count });
      count += to - from;
    }
    this.trace = trace;
    this.parts = parts;
    this.count = count;
    this.#nowUs = nowUs;
  }

  placeOf(block: SpanBlock, row: number): number {
    for (const part of this.parts) if (part.block.id === block.id) return part.offset + row - part.from;
    throw new RangeError(`Block ${block.id} has no span of trace ${this.trace}.`);
  }

  /** Place of the parent, or ROOT, or MISSING. There are no cycles. */
  get parent(): Int32Array {
    return (this.#parent ??= this.#findParents());
  }

  /** Microseconds in which no child ran; NaN while the span is open. */
  get selfUs(): Float64Array {
    if (this.#self !== null) return this.#self;
    const { count, parts } = this;
    const startUs = new Float64Array(count);
    const endUs = new Float64Array(count);
    // From the trace's first start, so that adding up loses nothing.
    const base = Math.min(...parts.map(({ block }) => block.firstUs));
    for (const { block, from, to, offset } of parts) {
      for (let row = from; row < to; row++) {
        const place = offset + row - from;
        const start = block.startUs[row]! - base;
        const durationUs = block.durationUs[row]!;
        const isGone = block.dead !== null && block.dead[row] === 1;
        startUs[place] = start;
        endUs[place] = isGone
          ? start
          : Number.isNaN(durationUs)
            ? Math.max(start, this.#nowUs - base)
            : start + Math.max(0, durationUs);
      }
    }
    const parent = this.parent.map((above) => Math.max(above, -1));
    const self = selfTimes({ count, parent, startMs: startUs, endMs: endUs });
    for (const { block, from, to, offset } of parts) {
      for (let row = from; row < to; row++) {
        if (Number.isNaN(block.durationUs[row]!)) self[offset + row - from] = Number.NaN;
      }
    }
    this.#self = self;
    return self;
  }

  /** Steps down from a root, or from a span whose parent is missing. */
  get depth(): Int32Array {
    if (this.#depth !== null) return this.#depth;
    const { parent } = this;
    const depth = new Int32Array(this.count).fill(-1);
    const path: number[] = [];
    for (let from = 0; from < this.count; from++) {
      let place = from;
      while (place >= 0 && depth[place] === -1) {
        path.push(place);
        place = parent[place]!;
      }
      let next = place < 0 ? 0 : depth[place]! + 1;
      while (path.length > 0) depth[path.pop()!] = next++;
    }
    this.#depth = depth;
    return depth;
  }

  #findParents(): Int32Array {
    const parent = new Int32Array(this.count);
    const elsewhere: { readonly place: number; readonly block: SpanBlock; readonly row: number }[] = [];
    for (const { block, from, to, offset } of this.parts) {
      const rows = block.parent;
      for (let row = from; row < to; row++) {
        const above = rows[row]!;
        const place = offset + row - from;
        if (above >= 0) parent[place] = offset + above - from;
        else if (above === PARENT_ELSEWHERE && block.dead?.[row] !== 1) elsewhere.push({ place, block, row });
        else parent[place] = ROOT;
      }
    }
    if (elsewhere.length === 0) return parent;
    for (const { place } of elsewhere) parent[place] = MISSING;
    if (this.parts.length === 1) return parent;
    const search = new ParentSearch();
    for (const { block, row } of elsewhere) {
      const { rows, ids } = block.namedParents;
      const at = placeOf(rows, row);
      search.want(this.trace, ids[at * 2]!, ids[at * 2 + 1]!);
    }
    // Of several spans with one id the first.
    for (const { block, from, to, offset } of this.parts) {
      const { spanId, dead } = block;
      for (let row = from; row < to; row++) {
        const high = spanId[row * 2]!;
        const low = spanId[row * 2 + 1]!;
        if (search.first(this.trace, high, low) < 0 || dead?.[row] === 1) continue;
        for (const no of search.matches(this.trace, high, low)) {
          const { place } = elsewhere[no]!;
          if (parent[place] === MISSING) parent[place] = offset + row - from;
        }
      }
    }
    cutCycles(parent);
    return parent;
  }
}

/** Makes a root of one span of each cycle: the one that stands first. */
function cutCycles(parent: Int32Array): void {
  const seen = new Int32Array(parent.length);
  for (let from = 0; from < parent.length; from++) {
    let place = from;
    while (place >= 0 && seen[place] === 0) {
      seen[place] = from + 1;
      place = parent[place]!;
    }
    if (place < 0 || seen[place] !== from + 1) continue;
    let first = place;
    for (let at = parent[place]!; at !== place; at = parent[at]!) first = Math.min(first, at);
    parent[first] = ROOT;
  }
}

/** Traces that were put together lately: rows of a block ask for the same one again and again. */
export class TraceViews {
  readonly #reader: SpanReader;
  readonly #nowUs: number;
  readonly #kept = new Map<number, TraceView>();
  #spans = 0;

  constructor(reader: SpanReader, nowUs: number) {
    this.#reader = reader;
    this.#nowUs = nowUs;
  }

  of(trace: number): TraceView {
    let view = this.#kept.get(trace);
    if (view !== undefined) return view;
    view = new TraceView(this.#reader, trace, this.#nowUs);
    if (this.#spans > 1_000_000 || this.#kept.size > 10_000) {
      this.#kept.clear();
      this.#spans = 0;
    }
    this.#kept.set(trace, view);
    this.#spans += view.count;
    return view;
  }
}
