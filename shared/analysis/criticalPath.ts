/**
 * The chain of spans that a trace's length hangs on.
 *
 *     root   |=====-------------------==|        = on the path
 *     a           |-------|               (b was still running when a had ended)
 *     b           |===---------===|
 *     c                |====|
 *     d                            |==|
 *
 * Walked backwards from the end: of a span's children the one that finished last is on the path, then the one that
 * finished last before that one began, and so on; what lies between them is the span's own. This is the walk of
 * CRISP (Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice Architectures", USENIX ATC 2022)
 * and of Jaeger UI's critical path, with two differences:
 *  - A tree may end after its root (a click that set off a run). Jaeger cuts such children at the end of their
 *    parent; here the walk begins at the tree's latest end, goes down to the span that ended there, and treats what
 *    lies behind its start as before. Below a span that is walked within its own time, children are cut at its end.
 *  - Children may overlap by `OVERLAP_MS` and still count as one after the other: times are rounded to microseconds.
 */
import { childrenFirst, childrenOf, sortByKey } from './children.ts';
import type { TraceColumns } from './traceColumns.ts';

export type CriticalPath = {
  /** Of each span the time in which it is what is waited for; 0 off the path. */
  readonly ms: Float64Array;
  /** Pieces of the path: root by root, each from its beginning to its end. No two of a root overlap. */
  readonly segments: {
    readonly span: Int32Array;
    readonly fromMs: Float64Array;
    readonly toMs: Float64Array;
  };
  /** Time on the path in which no span of it ran: between a span's end and the start of a child that came later. */
  readonly idleMs: number;
};

const OVERLAP_MS = 0.002;

/**
 * Each root has a path of its own, so the columns may be those of many traces. A root's `ms` and idle time add up
 * to the time from its start to the latest end below it (its own end, where no descendant outlasts it). Children
 * that begin before their parent (skewed clocks) are cut at its start.
 */
export function criticalPath(columns: TraceColumns): CriticalPath {
  const { count, parent, startMs, endMs } = columns;
  const ms = new Float64Array(count);
  const lastMs = latestEnds(columns);
  const { from, spans } = childrenOf(columns);
  const segments = new SegmentList();
  const stack = new Stack();
  let idleMs = 0;

  /** Walks `span` backwards from `untilMs` to `floorMs`. */
  function enter(span: number, untilMs: number, floorMs: number): void {
    const isTail = untilMs > endMs[span]!;
    stack.push(span, untilMs, floorMs, isTail ? endMs[span]! : untilMs, isTail);
    order(span, isTail);
    stack.next[stack.depth - 1] = from[span + 1]! - 1;
  }
  /** Behind its own end a span's children are taken by what ended last below them, else by their own end. */
  function order(span: number, isTail: boolean): void {
    sortByKey(spans, from[span]!, from[span + 1]!, isTail ? lastMs : endMs);
  }
  /** The time from `fromAt` to `toAt` is the span's own, as far as it ran. */
  function own(span: number, fromAt: number, toAt: number): void {
    const to = Math.min(toAt, endMs[span]!);
    if (to < toAt) idleMs += toAt - Math.max(to, fromAt);
    if (to <= fromAt) return;
    ms[span]! += to - fromAt;
    segments.add(span, fromAt, to);
  }

  for (let root = count - 1; root >= 0; root -= 1) {
    if (parent[root]! >= 0) continue;
    enter(root, lastMs[root]!, startMs[root]!);
    while (stack.depth > 0) {
      const at = stack.depth - 1;
      const span = stack.span[at]!;
      const floor = stack.floorMs[at]!;
      const cap = stack.capMs[at]!;
      let until = stack.untilMs[at]!;
      const isTail = stack.isTail[at] === 1;
      const ends = isTail ? lastMs : endMs;
      const first = from[span]!;
      let chosen = -1;
      let chosenEnd = 0;
      let place = stack.next[at]!;
      if (!isTail || until > cap) {
        for (; place >= first && until > floor; place -= 1) {
          const child = spans[place]!;
          // A child that outlasts a span walked within its own time is cut where that ends.
          const childEnd = isTail ? ends[child]! : Math.min(ends[child]!, cap);
          if (childEnd <= floor || (isTail && childEnd <= cap)) break;
          if (childEnd > until + OVERLAP_MS) continue;
          if (Math.max(startMs[child]!, floor) >= Math.min(childEnd, until)) continue;
          chosen = child;
          chosenEnd = Math.min(childEnd, until);
          break;
        }
      }
      if (chosen < 0) {
        if (isTail) {
          // What came after the span is done: from here on within its own time.
          const end = Math.max(cap, floor);
          if (until > end) {
            idleMs += until - end;
            until = end;
          }
          stack.untilMs[at] = until;
          stack.isTail[at] = 0;
          order(span, false);
          stack.next[at] = from[span + 1]! - 1;
          continue;
        }
        if (until > floor) own(span, floor, until);
        stack.depth -= 1;
        continue;
      }
      // Of those that ended at the same moment the longest one.
      const endsAt = ends[chosen]!;
      for (place -= 1; place >= first; place -= 1) {
        const child = spans[place]!;
        if (ends[child] !== endsAt) break;
        if (startMs[child]! < startMs[chosen]!) chosen = child;
      }
      stack.next[at] = place;
      if (chosenEnd < until) own(span, chosenEnd, until);
      const childFloor = Math.max(startMs[chosen]!, floor);
      stack.untilMs[at] = childFloor;
      enter(chosen, chosenEnd, childFloor);
    }
  }
  return { ms, segments: segments.reversed(), idleMs };
}

/** Of each span the latest end of it and all below it. */
function latestEnds(columns: TraceColumns): Float64Array {
  const { count, parent, endMs } = columns;
  const last = endMs.slice(0, count);
  const order = childrenFirst(columns);
  for (let at = 0; at < count; at += 1) {
    const span = order === null ? count - 1 - at : order[at]!;
    const above = parent[span]!;
    if (above >= 0 && last[span]! > last[above]!) last[above] = last[span]!;
  }
  return last;
}

/** The spans from a root down to where the walk is. */
class Stack {
  depth = 0;
  span = new Int32Array(64);
  /** What lies after this is walked. */
  untilMs = new Float64Array(64);
  /** What lies before this is not the span's to explain. */
  floorMs = new Float64Array(64);
  /** Children are cut here: where the span ends, or its parent does. */
  capMs = new Float64Array(64);
  /** Place of the next child to look at, downwards. */
  next = new Int32Array(64);
  /** 1 while the walk is behind the span's own end. */
  isTail = new Uint8Array(64);

  push(span: number, untilMs: number, floorMs: number, capMs: number, isTail: boolean): void {
    if (this.depth === this.span.length) this.#grow();
    this.span[this.depth] = span;
    this.untilMs[this.depth] = untilMs;
    this.floorMs[this.depth] = floorMs;
    this.capMs[this.depth] = capMs;
    this.isTail[this.depth] = isTail ? 1 : 0;
    this.depth += 1;
  }

  #grow(): void {
    const length = this.depth * 2;
    this.span = moved(this.span, new Int32Array(length));
    this.untilMs = moved(this.untilMs, new Float64Array(length));
    this.floorMs = moved(this.floorMs, new Float64Array(length));
    this.capMs = moved(this.capMs, new Float64Array(length));
    this.next = moved(this.next, new Int32Array(length));
    this.isTail = moved(this.isTail, new Uint8Array(length));
  }
}

class SegmentList {
  #count = 0;
  #span = new Int32Array(64);
  #fromMs = new Float64Array(64);
  #toMs = new Float64Array(64);

  add(span: number, fromMs: number, toMs: number): void {
    if (this.#count === this.#span.length) {
      const length = this.#count * 2;
      this.#span = moved(this.#span, new Int32Array(length));
      this.#fromMs = moved(this.#fromMs, new Float64Array(length));
      this.#toMs = moved(this.#toMs, new Float64Array(length));
    }
    this.#span[this.#count] = span;
    this.#fromMs[this.#count] = fromMs;
    this.#toMs[this.#count] = toMs;
    this.#count += 1;
  }

  /** They were added backwards. */
  reversed(): CriticalPath['segments'] {
    return {
      span: this.#span.slice(0, this.#count).reverse(),
      fromMs: this.#fromMs.slice(0, this.#count).reverse(),
      toMs: this.#toMs.slice(0, this.#count).reverse(),
    };
  }
}

function moved<T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
