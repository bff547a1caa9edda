/**
 * One trace of a `SpanTable` as a tree with a place for every span in the picture. A node is a span's place
 * among its trace's rows, so nodes stay the same while the trace grows. Growth is worked in span by span;
 * only what moves spans already placed (a parent that arrives after its children, a corrected start) builds
 * the tree anew, at most four times a second and never for more than about a tenth of the time.
 */
import { I32Column, U16Column, U8Column } from './chunkedColumn.ts';
import { colourIndex } from './palette.ts';
import type { SpanTable, TraceRows } from './spanTable.ts';
import { ENTRY_ERROR, ENTRY_OPEN, TrackSet } from './tracks.ts';

export const NODE = {
  open: 1,
  error: 2,
  /** Its parent is not held: shown among the roots. */
  orphan: 4,
  /** Its parents lead back to it: cut here and shown among the roots. */
  cycle: 8,
  /** It ended before it started: drawn without width. */
  negative: 16,
  /** Another span of the trace has the same id. */
  duplicate: 32,
} as const;

/** What is wrong with a trace, as counts of spans. */
export type TraceFaults = Readonly<Record<'orphan' | 'cycle' | 'negative' | 'outside' | 'duplicate', number>>;

const UNKNOWN_DEPTH = 0xffff;
const VISITING = 0xfffe;
const MAX_DEPTH = 0xfffd;
const MIN_REBUILD_GAP_MS = 250;
const REBUILD_SHARE = 10;
const MAX_CLOCK_SKEW_MS = 5;

export class TraceTree {
  readonly table: SpanTable;
  readonly traceId: string;
  readonly tracks = new TrackSet();
  /** Epoch milliseconds that the tracks' times count from. */
  originMs = 0;
  /** Grows with every change of the tree. */
  revision = 0;
  /** Grows when nodes were placed anew, and with it everything a view remembers by node. */
  rebuilds = 0;

  #trace: TraceRows | null = null;
  #restructured = 0;
  #traceVersion = -1;
  #stale = false;
  #lastRebuildMs = -Infinity;
  #rebuildTookMs = 0;
  readonly #parent = new I32Column();
  readonly #depth = new U16Column();
  readonly #track = new U16Column();
  readonly #flags = new U8Column();
  /** Built when somebody asks for children: the flame graph alone needs none. */
  #firstChild: I32Column | null = null;
  #nextSibling: I32Column | null = null;
  #firstRoot = -1;
  #open: number[] = [];
  #colours: (number | undefined)[] = [];
  #orphans: number[] = [];

  constructor(table: SpanTable, traceId: string) {
    this.table = table;
    this.traceId = traceId;
  }

  /** Spans in the tree. */
  get size(): number {
    return this.#parent.length;
  }
  get openCount(): number {
    return this.#open.length;
  }
  get errorCount(): number {
    return this.#trace?.errorCount ?? 0;
  }
  /** When something was last heard of the trace, in ms after the origin. */
  get latestMs(): number {
    return this.#trace === null ? 0 : this.#trace.latestMs - this.originMs;
  }
  /** Whether the trace is held at all. */
  get exists(): boolean {
    return this.#trace !== null;
  }

  /**
   * Takes in what the table got since the last call. `nowMs` is a monotonic clock and only paces rebuilding.
   * `true` where something changed.
   */
  update(nowMs: number = performance.now()): boolean {
    const trace = this.table.trace(this.traceId);
    if (trace === null) {
      if (this.#trace === null) return false;
      this.#clear(null);
      return true;
    }
    if (trace !== this.#trace) {
      this.#rebuild(trace, nowMs);
      return true;
    }
    if (trace.version === this.#traceVersion && !this.#stale) return false;
    const mayRebuild =
      nowMs - this.#lastRebuildMs >= Math.max(MIN_REBUILD_GAP_MS, this.#rebuildTookMs * REBUILD_SHARE);
    if (trace.restructured !== this.#restructured) this.#stale = true;
    if (!this.#stale && mayRebuild && trace.rows.length > this.size) this.#stale = this.#orphanFoundParent();
    if (this.#stale && mayRebuild) {
      this.#rebuild(trace, nowMs);
      return true;
    }
    if (trace.version === this.#traceVersion) return false;
    this.#settleOpen();
    this.#ingest(trace);
    this.revision += 1;
    return true;
  }

  /** `true` while a rebuild waits for its turn: call `update` again soon. */
  get isStale(): boolean {
    return this.#stale;
  }

  row(node: number): number {
    return this.#trace!.rows.get(node);
  }
  /** -1 for what is shown as a root. */
  parent(node: number): number {
    return this.#parent.get(node);
  }
  depth(node: number): number {
    return this.#depth.get(node);
  }
  flags(node: number): number {
    return this.#flags.get(node);
  }
  name(node: number): string {
    return this.table.name(this.row(node));
  }
  nameId(node: number): number {
    return this.table.nameId(this.row(node));
  }
  /** Row of the picture, counted from the top. */
  pictureRow(node: number): number {
    return this.tracks.rowOf(this.#track.get(node));
  }
  /** Node of a span id; -1 where it is not in the tree. */
  nodeOf(spanId: string): number {
    const row = this.table.rowOf(this.traceId, spanId);
    if (row < 0 || this.#trace === null) return -1;
    const node = this.table.positionOf(row);
    return node < this.size ? node : -1;
  }

  /** Ms after the origin. */
  startMs(node: number): number {
    return this.table.startMs(this.row(node)) - this.originMs;
  }
  /** Ms after the origin; never before the start. `openEndMs` is the end of what is still open. */
  endMs(node: number, openEndMs: number): number {
    const row = this.row(node);
    const end = this.table.endMs(row);
    const start = this.table.startMs(row) - this.originMs;
    return Math.max(start, Number.isNaN(end) ? openEndMs : end - this.originMs);
  }

  /** Earliest start and latest known end, in ms after the origin. */
  extent(openEndMs: number): readonly [startMs: number, endMs: number] {
    const trace = this.#trace;
    if (trace === null || this.size === 0) return [0, 0];
    const start = trace.startMs - this.originMs;
    const end = trace.endMs - this.originMs;
    return [start, Math.max(start, end, this.#open.length > 0 ? openEndMs : start)];
  }

  /** Children in order of start; of -1: the roots. */
  childrenOf(node: number): Int32Array {
    this.#linkChildren();
    let count = 0;
    const first = node < 0 ? this.#firstRoot : this.#firstChild!.get(node);
    for (let child = first; child >= 0; child = this.#nextSibling!.get(child)) count += 1;
    const children = new Int32Array(count);
    // The links run from the latest arrival back.
    for (let child = first; child >= 0; child = this.#nextSibling!.get(child)) children[(count -= 1)] = child;
    return sortByStart(children, (child) => this.startMs(child));
  }

  hasChildren(node: number): boolean {
    this.#linkChildren();
    return this.#firstChild!.get(node) >= 0;
  }

  /** Time in which the span ran and none of its children did, in ms. */
  selfMs(node: number, openEndMs: number): number {
    const start = this.startMs(node);
    const end = this.endMs(node, openEndMs);
    let self = end - start;
    let covered = start;
    for (const child of this.childrenOf(node)) {
      const from = Math.max(covered, this.startMs(child));
      const to = Math.min(end, this.endMs(child, openEndMs));
      if (to <= from) continue;
      self -= to - from;
      covered = to;
    }
    return Math.max(0, self);
  }

  /**
   * Whether it starts before its parent or ends after it. Two such cases are in order: what a served request set off
   * (a click's call and its run) outlasts it, and the clocks of two processes differ a little.
   */
  isOutsideParent(node: number): boolean {
    const parent = this.#parent.get(node);
    if (parent < 0) return false;
    const slackMs = this.table.kind(this.row(node)) === 'server' ? MAX_CLOCK_SKEW_MS : 0;
    if (this.startMs(node) < this.startMs(parent) - slackMs) return true;
    if (this.table.kind(this.row(parent)) === 'server') return false;
    return this.endMs(node, -Infinity) > this.endMs(parent, Infinity) + slackMs;
  }

  /** Counted over the whole tree: some 10 ms at a million spans. */
  faults(): TraceFaults {
    const faults = { orphan: 0, cycle: 0, negative: 0, outside: 0, duplicate: 0 };
    for (let node = 0; node < this.size; node += 1) {
      if (this.isOutsideParent(node)) faults.outside += 1;
      const flags = this.#flags.get(node);
      if (flags < NODE.orphan) continue;
      for (const key of ['orphan', 'cycle', 'negative', 'duplicate'] as const) {
        if ((flags & NODE[key]) !== 0) faults[key] += 1;
      }
    }
    return faults;
  }

  /** Bytes of the tree and the tracks; the table's columns are not counted. */
  bytes(): number {
    let bytes = this.tracks.bytes() + this.#parent.bytes() + this.#depth.bytes() + this.#track.bytes();
    bytes += this.#flags.bytes() + (this.#firstChild?.bytes() ?? 0) + (this.#nextSibling?.bytes() ?? 0);
    return bytes;
  }

  #clear(trace: TraceRows | null): void {
    this.#trace = trace;
    this.#stale = false;
    this.#traceVersion = -1;
    this.#restructured = trace?.restructured ?? 0;
    for (const column of [this.#parent, this.#depth, this.#track, this.#flags]) column.clear();
    this.#firstChild = null;
    this.#nextSibling = null;
    this.#firstRoot = -1;
    this.#open = [];
    this.#orphans = [];
    this.#colours = [];
    this.tracks.clear();
    this.revision += 1;
    this.rebuilds += 1;
  }

  #rebuild(trace: TraceRows, nowMs: number): void {
    const began = performance.now();
    this.#clear(trace);
    this.originMs = trace.startMs;
    this.#ingest(trace);
    this.#lastRebuildMs = nowMs;
    this.#rebuildTookMs = performance.now() - began;
  }

  /** Open spans that have ended since. */
  #settleOpen(): void {
    let kept = 0;
    for (const node of this.#open) {
      const row = this.row(node);
      if (Number.isNaN(this.table.endMs(row)) && !this.table.isError(row)) {
        this.#open[kept++] = node;
        continue;
      }
      const isOpen = Number.isNaN(this.table.endMs(row));
      const flags = this.#stateFlags(row) | (this.#flags.get(node) & ~(NODE.open | NODE.error));
      this.#flags.set(node, flags);
      const end = isOpen ? Infinity : this.endMs(node, 0);
      this.tracks.settle(
        this.#track.get(node),
        this.startMs(node),
        end,
        node,
        entryFlags(flags),
        this.#colour(row),
      );
      if (isOpen) this.#open[kept++] = node;
    }
    this.#open.length = kept;
  }

  #ingest(trace: TraceRows): void {
    const { table } = this;
    const from = this.size;
    const to = trace.rows.length;
    this.#traceVersion = trace.version;
    const starts = new Float64Array(to - from);
    const ends = new Float64Array(to - from);
    const colours = new Uint8Array(to - from);
    for (let node = from; node < to; node += 1) {
      const row = trace.rows.get(node);
      const parentRow = table.parentRow(row);
      let parent = parentRow < 0 ? -1 : table.positionOf(parentRow);
      let flags = this.#stateFlags(row);
      if (parent < 0 && table.hasParent(row)) {
        flags |= NODE.orphan;
        this.#orphans.push(node);
      }
      if (parent === node) {
        flags |= NODE.cycle;
        parent = -1;
      }
      this.#parent.push(parent);
      this.#depth.push(UNKNOWN_DEPTH);
      this.#track.push(0);
      this.#flags.push(flags);
      const start = table.startMs(row) - this.originMs;
      starts[node - from] = start;
      colours[node - from] = this.#colour(row);
      ends[node - from] = Math.max(start, table.endMs(row) - this.originMs);
      if ((flags & NODE.open) !== 0) {
        this.#open.push(node);
        ends[node - from] = Infinity;
      }
    }
    for (let node = from; node < to; node += 1) this.#findDepth(node);
    if (this.#firstChild !== null) for (let node = from; node < to; node += 1) this.#link(node);
    for (const place of this.#placingOrder(from, starts)) {
      const node = from + place;
      const parent = this.#parent.get(node);
      const above = parent < 0 ? -1 : this.#track.get(parent);
      const flags = entryFlags(this.#flags.get(node));
      this.#track.set(
        node,
        this.tracks.place(above, starts[place]!, ends[place]!, node, flags, colours[place]!),
      );
    }
  }

  /** By name number, as a name is hashed once and not for every span; names are numbered anew when all are gone. */
  #colour(row: number): number {
    const id = this.table.nameId(row);
    return (this.#colours[id] ??= colourIndex(this.table.nameOf(id)));
  }

  #stateFlags(row: number): number {
    const { table } = this;
    const end = table.endMs(row);
    let flags = Number.isNaN(end) ? NODE.open : end < table.startMs(row) ? NODE.negative : 0;
    if (table.isError(row)) flags |= NODE.error;
    if (table.isDuplicate(row)) flags |= NODE.duplicate;
    return flags;
  }

  /** Walks up to the first known depth, then down again; cuts a cycle where it closes. */
  #findDepth(node: number): void {
    if (this.#depth.get(node) !== UNKNOWN_DEPTH) return;
    const parent = this.#parent.get(node);
    const above = parent < 0 ? -1 : this.#depth.get(parent);
    if (above < MAX_DEPTH) {
      this.#depth.set(node, above + 1);
      return;
    }
    const path: number[] = [];
    let at = node;
    while (at >= 0 && this.#depth.get(at) === UNKNOWN_DEPTH) {
      this.#depth.set(at, VISITING);
      path.push(at);
      at = this.#parent.get(at);
    }
    let depth = -1;
    if (at >= 0 && this.#depth.get(at) === VISITING) {
      const cut = path[path.length - 1]!;
      this.#parent.set(cut, -1);
      this.#flags.set(cut, this.#flags.get(cut) | NODE.cycle);
    } else if (at >= 0) depth = this.#depth.get(at);
    for (let i = path.length - 1; i >= 0; i -= 1) {
      depth = Math.min(MAX_DEPTH, depth + 1);
      this.#depth.set(path[i]!, depth);
    }
  }

  /** Nodes after `from` as places in `starts`: parents before children, then by start, as lanes want them. */
  #placingOrder(from: number, starts: Float64Array): Uint32Array {
    const sorted = orderOf(starts);
    let least = UNKNOWN_DEPTH;
    let most = 0;
    for (let place = 0; place < starts.length; place += 1) {
      const depth = this.#depth.get(from + place);
      if (depth < least) least = depth;
      if (depth > most) most = depth;
    }
    const places = new Uint32Array(Math.max(0, most - least) + 2);
    for (const place of sorted) places[this.#depth.get(from + place) - least + 1]! += 1;
    for (let d = 1; d < places.length; d += 1) places[d]! += places[d - 1]!;
    const ordered = new Uint32Array(starts.length);
    for (const place of sorted) ordered[places[this.#depth.get(from + place) - least]!++] = place;
    return ordered;
  }

  #orphanFoundParent(): boolean {
    return this.#orphans.some((node) => this.table.parentRow(this.row(node)) >= 0);
  }

  #linkChildren(): void {
    if (this.#firstChild !== null) return;
    this.#firstChild = new I32Column();
    this.#nextSibling = new I32Column();
    this.#firstRoot = -1;
    for (let node = 0; node < this.size; node += 1) this.#link(node);
  }

  #link(node: number): void {
    const firsts = this.#firstChild!;
    // A parent may come later than its child in the same batch.
    const parent = this.#parent.get(node);
    while (firsts.length <= Math.max(node, parent)) firsts.push(-1);
    const next = this.#nextSibling!;
    next.push(parent < 0 ? this.#firstRoot : firsts.get(parent));
    if (parent < 0) this.#firstRoot = node;
    else firsts.set(parent, node);
  }
}

function entryFlags(flags: number): number {
  return ((flags & NODE.open) !== 0 ? ENTRY_OPEN : 0) | ((flags & NODE.error) !== 0 ? ENTRY_ERROR : 0);
}

/** Sorts in place by start; stable. */
export function sortByStart(items: Int32Array, startMs: (item: number) => number): Int32Array {
  const starts = new Float64Array(items.length);
  let isSorted = true;
  for (let i = 0; i < items.length; i += 1) {
    starts[i] = startMs(items[i]!);
    if (i > 0 && starts[i]! < starts[i - 1]!) isSorted = false;
  }
  if (isSorted) return items;
  const copy = items.slice();
  const order = orderOf(starts);
  for (let i = 0; i < items.length; i += 1) items[i] = copy[order[i]!]!;
  return items;
}

/**
 * Places of `starts` in rising order; stable. One pass where they are in order already, as spans mostly are;
 * else a radix sort over 32 bits of the range and an insertion pass for what those do not tell apart.
 */
function orderOf(starts: Float64Array): Uint32Array {
  const n = starts.length;
  let isSorted = true;
  let least = Infinity;
  let most = -Infinity;
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) {
    const start = starts[i]!;
    order[i] = i;
    if (start < most) isSorted = false;
    if (start > most) most = start;
    if (start < least) least = start;
  }
  if (isSorted) return order;
  if (n > 512 && most - least < Infinity) {
    const scale = 0xffffffff / (most - least);
    const keys = new Uint32Array(n);
    for (let i = 0; i < n; i += 1) keys[i] = (starts[i]! - least) * scale;
    let other = new Uint32Array(n);
    for (const shift of [0, 16]) {
      const counts = new Uint32Array(65_537);
      for (let i = 0; i < n; i += 1) counts[((keys[i]! >>> shift) & 0xffff) + 1]! += 1;
      for (let k = 1; k < counts.length; k += 1) counts[k]! += counts[k - 1]!;
      for (let i = 0; i < n; i += 1) {
        const index = order[i]!;
        other[counts[(keys[index]! >>> shift) & 0xffff]!++] = index;
      }
      [order, other] = [other, order];
    }
  }
  if (n <= 512 || isFarFromSorted(order, starts)) order.sort((a, b) => starts[a]! - starts[b]! || a - b);
  else insertionSort(order, starts);
  return order;
}

/** One outlier (a clock a year off) leaves all others in one bucket, where insertion would be quadratic. */
function isFarFromSorted(order: Uint32Array, starts: Float64Array): boolean {
  let inversions = 0;
  for (let i = 1; i < order.length; i += 1) if (starts[order[i]!]! < starts[order[i - 1]!]!) inversions += 1;
  return inversions > 64;
}

function insertionSort(order: Uint32Array, starts: Float64Array): void {
  for (let i = 1; i < order.length; i += 1) {
    const index = order[i]!;
    const start = starts[index]!;
    let at = i;
    while (at > 0 && starts[order[at - 1]!]! > start) {
      order[at] = order[at - 1]!;
      at -= 1;
    }
    order[at] = index;
  }
}
