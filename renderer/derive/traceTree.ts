/**
 * One trace of a `SpanTable` as a tree with a place for every span in the picture. A node is a span's place
 * among its trace's rows, so nodes stay the same while the trace grows. Growth is worked in span by span;
 * only what moves spans already placed (a parent that arrives after its children, a corrected start) builds
 * the tree anew, at most four times a second and never for more than about a tenth of the time.
 */
import { I32Column, U16Column, U8Column } from './chunkedColumn.ts';
import { colourIndex } from './palette.ts';
import { sortByStart } from './sortByStart.ts';
import { SPAN_STATE } from './spanTable.ts';
import type { SpanTable, TraceRows } from './spanTable.ts';
import { TrackPlacer } from './trackPlacer.ts';
import type { SpanBatch } from './trackPlacer.ts';
import { ENTRY_ERROR, ENTRY_OPEN } from './tracks.ts';
import type { TrackSet } from './tracks.ts';

export { sortByStart } from './sortByStart.ts';

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
const NO_COLOUR = 0xff;
const MIN_REBUILD_GAP_MS = 250;
const REBUILD_SHARE = 10;
const MAX_CLOCK_SKEW_MS = 5;

export class TraceTree {
  readonly table: SpanTable;
  readonly traceId: string;
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
  readonly #flags = new U8Column();
  /** Built when somebody asks for children: the flame graph alone needs none. */
  #firstChild: I32Column | null = null;
  #nextSibling: I32Column | null = null;
  #firstRoot = -1;
  #open: number[] = [];
  readonly #placer = new TrackPlacer();
  /** What the last call of `update` took in, until somebody takes it or something changes. */
  #fresh: SpanBatch | null = null;
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
    // Nobody wanted it, or it is no longer how things are.
    this.#fresh = null;
    this.#settleOpen();
    this.#ingest(trace);
    this.revision += 1;
    return true;
  }

  /** Rows of the picture. Made when first asked for: a picture that is drawn in a worker has them there. */
  get tracks(): TrackSet {
    if (this.#placer.size < this.size) this.#placer.add(this.batch(this.#placer.size));
    return this.#placer.tracks;
  }

  /** Spans without a row, as far as rows were asked for. */
  get overflowCount(): number {
    return this.#placer.tracks.overflowCount;
  }

  /** Gives the rows' memory back until they are asked for again. */
  forgetTracks(): void {
    this.#placer.clear();
  }

  /**
   * The nodes from `from` on, as the picture needs them. It is the caller's: all columns lie in one buffer, which may
   * be handed over.
   */
  batch(from: number): SpanBatch {
    const fresh = this.#fresh;
    this.#fresh = null;
    if (fresh !== null && fresh.from === from && from + fresh.startMs.length === this.size) return fresh;
    const batch = newBatch(from, this.size - from);
    const { startMs, endMs, parent, depth, flags, colour, name } = batch;
    this.table.readRows(this.#trace!, from, { startMs, endMs, parent, name, state: flags });
    for (let i = 0; i < startMs.length; i += 1) {
      const start = startMs[i]! - this.originMs;
      const end = endMs[i]! - this.originMs;
      startMs[i] = start;
      endMs[i] = Number.isNaN(end) ? Infinity : end < start ? start : end;
      // As it was cut, and not as the span says it.
      parent[i] = this.#parent.get(from + i);
      depth[i] = this.#depth.get(from + i);
      flags[i] = entryFlags(this.#flags.get(from + i));
      colour[i] = this.colourOf(name[i]!);
    }
    return batch;
  }

  /** A node that is in the picture already, as it is now. */
  entryOf(node: number): { startMs: number; endMs: number; flags: number; colour: number; name: number } {
    const name = this.nameId(node);
    return {
      startMs: this.startMs(node),
      endMs: this.endMs(node, Infinity),
      flags: entryFlags(this.#flags.get(node)),
      colour: this.colourOf(name),
      name,
    };
  }

  /** What is open, as nodes. */
  get openNodes(): readonly number[] {
    return this.#open;
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
    return this.tracks.rows.length === 0 ? -1 : this.#placer.rowOf(node);
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

  /** Bytes of the tree and, where they were asked for, the tracks; the table's columns are not counted. */
  bytes(): number {
    let bytes = this.#placer.bytes() + this.#parent.bytes() + this.#depth.bytes();
    bytes +=
      (this.#fresh?.startMs.length ?? 0) * 28 +
      this.#flags.bytes() +
      (this.#firstChild?.bytes() ?? 0) +
      (this.#nextSibling?.bytes() ?? 0);
    return bytes;
  }

  #clear(trace: TraceRows | null): void {
    this.#trace = trace;
    this.#stale = false;
    this.#traceVersion = -1;
    this.#restructured = trace?.restructured ?? 0;
    for (const column of [this.#parent, this.#depth, this.#flags]) column.clear();
    this.#firstChild = null;
    this.#nextSibling = null;
    this.#firstRoot = -1;
    this.#open = [];
    this.#orphans = [];
    this.#colours = [];
    this.#fresh = null;
    this.#placer.clear();
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
      this.#placer.settle(
        node,
        this.startMs(node),
        end,
        entryFlags(flags),
        this.colourOf(this.table.nameId(row)),
      );
      if (isOpen) this.#open[kept++] = node;
    }
    this.#open.length = kept;
  }

  #ingest(trace: TraceRows): void {
    const from = this.size;
    const n = trace.rows.length - from;
    this.#traceVersion = trace.version;
    if (n === 0) return;
    // Read once for the tree and for the picture: at a million spans either is a tenth of a second.
    const batch = newBatch(from, n);
    const { startMs, endMs, parent, depth, colour, name } = batch;
    this.table.readRows(trace, from, { startMs, endMs, parent, name, state: batch.flags });
    const flags = new Uint8Array(n);
    const { originMs } = this;
    const colours = this.#coloursOf(name);
    for (let i = 0; i < n; i += 1) {
      const state = batch.flags[i]!;
      const start = startMs[i]! - originMs;
      const end = endMs[i]! - originMs;
      let flag = 0;
      startMs[i] = start;
      if (Number.isNaN(end)) {
        flag = NODE.open;
        endMs[i] = Infinity;
        this.#open.push(from + i);
      } else if (end < start) {
        flag = NODE.negative;
        endMs[i] = start;
      } else endMs[i] = end;
      if ((state & SPAN_STATE.error) !== 0) flag |= NODE.error;
      if ((state & SPAN_STATE.duplicate) !== 0) flag |= NODE.duplicate;
      batch.flags[i] = entryFlags(flag);
      colour[i] = colours[name[i]!]!;
      const above = parent[i]!;
      depth[i] = UNKNOWN_DEPTH;
      if (above === -2) {
        flag |= NODE.orphan;
        this.#orphans.push(from + i);
        parent[i] = -1;
        depth[i] = 0;
      } else if (above === from + i) {
        flag |= NODE.cycle;
        parent[i] = -1;
        depth[i] = 0;
      } else if (above < 0) depth[i] = 0;
      else if (above < from + i) {
        // Parents mostly come before their children.
        const known = above < from ? this.#depth.get(above) : depth[above - from]!;
        if (known < MAX_DEPTH) depth[i] = known + 1;
      }
      flags[i] = flag;
    }
    for (let i = 0; i < n; i += 1)
      if (depth[i] === UNKNOWN_DEPTH) this.#findDepth(from, i, parent, depth, flags);
    this.#parent.append(parent);
    this.#depth.append(depth);
    this.#flags.append(flags);
    if (this.#firstChild !== null) for (let i = 0; i < n; i += 1) this.#link(from + i);
    this.#fresh = batch;
    // Once asked for, kept up: work by the batch instead of all at once when the next frame is due.
    if (from > 0 && this.#placer.size === from) this.#placer.add(this.batch(from));
  }

  /** A name's place in the palette: hashed once and not for every span; names are numbered anew when all are gone. */
  colourOf(nameId: number): number {
    return (this.#colours[nameId] ??= colourIndex(this.table.nameOf(nameId)));
  }

  /** Colours by name number, of the names given. */
  #coloursOf(names: Int32Array): Uint8Array {
    const colours = new Uint8Array(this.table.nameCount).fill(NO_COLOUR);
    for (let i = 0; i < names.length; i += 1) {
      const id = names[i]!;
      if (colours[id] === NO_COLOUR) colours[id] = this.colourOf(id);
    }
    return colours;
  }

  #stateFlags(row: number): number {
    const { table } = this;
    const end = table.endMs(row);
    let flags = Number.isNaN(end) ? NODE.open : end < table.startMs(row) ? NODE.negative : 0;
    if (table.isError(row)) flags |= NODE.error;
    if (table.isDuplicate(row)) flags |= NODE.duplicate;
    return flags;
  }

  /** Walks up from a new node to the first known depth, then down again; cuts a cycle where it closes. */
  #findDepth(from: number, first: number, parent: Int32Array, depth: Uint16Array, flags: Uint8Array): void {
    const path: number[] = [];
    let at = first;
    while (at >= 0 && depth[at] === UNKNOWN_DEPTH) {
      depth[at] = VISITING;
      path.push(at);
      const above = parent[at]!;
      if (above < from) {
        at = above < 0 ? -1 : -2 - this.#depth.get(above);
        break;
      }
      at = above - from;
    }
    // Below -1: the depth of a node that was there before.
    let above = at >= 0 ? depth[at]! : at === -1 ? -1 : -2 - at;
    if (above === VISITING) {
      const cut = path[path.length - 1]!;
      parent[cut] = -1;
      flags[cut] = flags[cut]! | NODE.cycle;
      above = -1;
    }
    for (let i = path.length - 1; i >= 0; i -= 1) {
      above = Math.min(MAX_DEPTH, above + 1);
      depth[path[i]!] = above;
    }
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

function newBatch(from: number, count: number): SpanBatch {
  const buffer = new ArrayBuffer(count * 28);
  return {
    from,
    startMs: new Float64Array(buffer, 0, count),
    endMs: new Float64Array(buffer, count * 8, count),
    parent: new Int32Array(buffer, count * 16, count),
    name: new Int32Array(buffer, count * 20, count),
    depth: new Uint16Array(buffer, count * 24, count),
    flags: new Uint8Array(buffer, count * 26, count),
    colour: new Uint8Array(buffer, count * 27, count),
  };
}
