/**
 * A trace as it is shown: the same nodes as in its tree, without what noise rules hide and at times that are brought
 * together where clocks differ. What is below a hidden span stands below the nearest that is shown. Flame graphs, the
 * strip of the waterfall and merged paths draw this, so that all of them show the same.
 */
import { sortByStart } from './sortByStart.ts';
import { NOT_SHOWN, TrackPlacer } from './trackPlacer.ts';
import type { SpanBatch } from './trackPlacer.ts';
import type { TraceTree } from './traceTree.ts';
import { ENTRY_OPEN } from './tracks.ts';
import type { TrackSet } from './tracks.ts';

/** What drawing a trace takes of it: of the whole tree, or of what is shown of it. */
export type DrawnTrace = Pick<
  TraceTree,
  | 'batch'
  | 'childrenOf'
  | 'endMs'
  | 'entryOf'
  | 'extent'
  | 'flags'
  | 'forgetTracks'
  | 'isEarly'
  | 'name'
  | 'openNodes'
  | 'overflowCount'
  | 'parent'
  | 'pictureRow'
  | 'rebuilds'
  | 'revision'
  | 'row'
  | 'size'
  | 'startMs'
  | 'table'
  | 'tracks'
>;

export type Shown = {
  /** 1 for every node that is hidden; `null`: none. */
  readonly hidden: Uint8Array | null;
  /** A node that is shown all the same, as it is selected; -1: none. */
  readonly kept: number;
  /** What to add to the times of each node; `null`: nothing. */
  readonly shiftMs: Float64Array | null;
};

/** The whole trace as it was recorded. */
export const ALL_SHOWN: Shown = { hidden: null, kept: -1, shiftMs: null };

export function isHidden({ hidden, kept }: Shown, node: number): boolean {
  return hidden?.[node] === 1 && node !== kept;
}

/** Where spans that were shown turn out to be hidden while a trace grows: so often at most, and so little of the time. */
const MIN_REBUILD_GAP_MS = 250;
const REBUILD_SHARE = 10;

export class ShownTrace implements DrawnTrace {
  readonly tree: TraceTree;
  size = 0;
  revision = 0;
  rebuilds = 0;
  /** What is shown is not what it should be by now: call `update` again soon. */
  isStale = false;

  #shown = ALL_SHOWN;
  #treeRevision = -1;
  #treeRebuilds = -1;
  #lastRebuildMs = -Infinity;
  #placingTookMs = 0;
  #firstMs = Infinity;
  #lastMs = -Infinity;
  readonly #placer = new TrackPlacer();
  /** What was open when it was placed, with its flags. */
  readonly #open = new Map<number, number>();

  constructor(tree: TraceTree) {
    this.tree = tree;
  }

  /** Takes in how the tree is and what is shown of it. `true` where something changed; the same again changes nothing. */
  update(shown: Shown, nowMs: number = performance.now()): boolean {
    const { tree } = this;
    const isOther = tree.rebuilds !== this.#treeRebuilds || this.#differs(shown);
    this.isStale = false;
    if (isOther) {
      const gapMs = Math.max(MIN_REBUILD_GAP_MS, this.#placingTookMs * REBUILD_SHARE);
      // Nodes that mean something else cannot wait.
      if (tree.rebuilds === this.#treeRebuilds && nowMs - this.#lastRebuildMs < gapMs) {
        this.isStale = true;
        return false;
      }
      this.#lastRebuildMs = nowMs;
      this.#clear();
    } else if (tree.revision === this.#treeRevision && tree.size === this.size) return false;
    this.#shown = shown;
    this.#treeRevision = tree.revision;
    const from = this.size;
    this.size = tree.size;
    if (shown.shiftMs !== null) this.#widen(from);
    this.#settleOpen();
    this.revision += 1;
    return true;
  }

  /** Whether something was taken in, and its nodes still are those of the tree. */
  get fits(): boolean {
    return this.size > 0 && this.#treeRebuilds === this.tree.rebuilds;
  }

  get tracks(): TrackSet {
    if (this.#placer.size < this.size) {
      const began = performance.now();
      this.#placer.add(this.batch(this.#placer.size));
      this.#placingTookMs = performance.now() - began;
    }
    return this.#placer.tracks;
  }
  get overflowCount(): number {
    return this.#placer.tracks.overflowCount;
  }
  forgetTracks(): void {
    this.#placer.clear();
    this.#open.clear();
  }

  batch(from: number): SpanBatch {
    const whole = this.tree.batch(from);
    const count = this.size - from;
    // The tree may be ahead.
    const batch: SpanBatch = {
      from,
      startMs: whole.startMs.subarray(0, count),
      endMs: whole.endMs.subarray(0, count),
      parent: whole.parent.subarray(0, count),
      depth: whole.depth.subarray(0, count),
      flags: whole.flags.subarray(0, count),
      colour: whole.colour.subarray(0, count),
      name: whole.name.subarray(0, count),
    };
    const { startMs, endMs, parent, flags } = batch;
    for (let i = 0; i < count; i += 1) {
      const node = from + i;
      const shift = this.#shift(node);
      startMs[i] = startMs[i]! + shift;
      endMs[i] = endMs[i]! + shift;
      if ((flags[i]! & ENTRY_OPEN) !== 0) this.#open.set(node, flags[i]!);
      parent[i] = isHidden(this.#shown, node) ? NOT_SHOWN : this.#lifted(parent[i]!);
    }
    return batch;
  }

  entryOf(node: number): ReturnType<TraceTree['entryOf']> {
    const entry = this.tree.entryOf(node);
    const shift = this.#shift(node);
    return { ...entry, startMs: entry.startMs + shift, endMs: entry.endMs + shift };
  }
  get openNodes(): readonly number[] {
    return this.tree.openNodes.filter((node) => node < this.size && !isHidden(this.#shown, node));
  }

  /** Row of the picture, counted from the top; -1 for what is hidden. */
  pictureRow(node: number): number {
    return this.tracks.rows.length === 0 ? -1 : this.#placer.rowOf(node);
  }
  parent(node: number): number {
    return this.#lifted(this.tree.parent(node));
  }
  /** Those that are shown, in order of their shown start; of -1: the roots. */
  childrenOf(node: number): Int32Array {
    const found: number[] = [];
    const pending = [...this.tree.childrenOf(node)];
    for (let child = pending.pop(); child !== undefined; child = pending.pop()) {
      if (isHidden(this.#shown, child)) pending.push(...this.tree.childrenOf(child));
      else if (child < this.size) found.push(child);
    }
    return sortByStart(Int32Array.from(found), (child) => this.startMs(child));
  }
  startMs(node: number): number {
    return this.tree.startMs(node) + this.#shift(node);
  }
  endMs(node: number, openEndMs: number): number {
    // What is open ends now, by whichever clock.
    const end = this.tree.endMs(node, NaN);
    return Number.isNaN(end) ? Math.max(this.startMs(node), openEndMs) : end + this.#shift(node);
  }
  /** Of the whole trace, hidden spans included: hiding moves nothing. */
  extent(openEndMs: number): readonly [startMs: number, endMs: number] {
    if (this.#shown.shiftMs === null || this.size === 0) return this.tree.extent(openEndMs);
    return [this.#firstMs, Math.max(this.#lastMs, this.tree.openCount > 0 ? openEndMs : this.#firstMs)];
  }

  get table() {
    return this.tree.table;
  }
  row(node: number): number {
    return this.tree.row(node);
  }
  name(node: number): string {
    return this.tree.name(node);
  }
  flags(node: number): number {
    return this.tree.flags(node);
  }
  isEarly(node: number): boolean {
    // What was moved was moved into its caller.
    return this.#shift(node) === 0 && this.tree.isEarly(node);
  }

  #shift(node: number): number {
    return this.#shown.shiftMs?.[node] ?? 0;
  }
  #lifted(parent: number): number {
    let above = parent;
    while (above >= 0 && isHidden(this.#shown, above)) above = this.tree.parent(above);
    return above;
  }

  /** Whether nodes that were taken in are to be shown otherwise. */
  #differs({ hidden, kept, shiftMs }: Shown): boolean {
    const { size } = this;
    const was = this.#shown;
    if (size === 0) return false;
    if (shiftMs !== was.shiftMs) return true;
    if (kept !== was.kept) return true;
    if (hidden === was.hidden) return false;
    for (let node = 0; node < size; node += 1)
      if ((hidden?.[node] ?? 0) !== (was.hidden?.[node] ?? 0)) return true;
    return false;
  }

  #clear(): void {
    this.#treeRebuilds = this.tree.rebuilds;
    this.size = 0;
    this.rebuilds += 1;
    this.#firstMs = Infinity;
    this.#lastMs = -Infinity;
    this.forgetTracks();
  }

  #widen(from: number): void {
    for (let node = from; node < this.size; node += 1) {
      const startMs = this.startMs(node);
      const endMs = this.endMs(node, startMs);
      if (startMs < this.#firstMs) this.#firstMs = startMs;
      if (endMs > this.#lastMs) this.#lastMs = endMs;
    }
  }

  /** Open spans that have ended since they were placed. */
  #settleOpen(): void {
    for (const [node, flags] of this.#open) {
      const entry = this.entryOf(node);
      if (entry.flags === flags) continue;
      if ((entry.flags & ENTRY_OPEN) === 0) {
        this.#open.delete(node);
        // Known only now.
        if (this.#shown.shiftMs !== null) this.#lastMs = Math.max(this.#lastMs, entry.endMs);
      } else this.#open.set(node, entry.flags);
      this.#placer.settle(node, entry.startMs, entry.endMs, entry.flags, entry.colour);
    }
  }
}
