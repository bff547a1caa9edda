/**
 * One trace of a `SpanTable` as a tree with a place for every span in the picture, which grows with the trace. Growth
 * is worked in span by span; only what moves spans already placed (a parent that arrives after its children, a
 * corrected start) builds the tree anew, at most four times a second and never for more than about a tenth of the time.
 */
import { lengthMs } from '../../shared/nanoseconds.ts';
import { BATCH_BYTES } from './batchRoom.ts';
import type { TraceRows } from './heldTraces.ts';
import { makeNodes, newBatch } from './newNodes.ts';
import { entryFlags, NODE } from './nodeFlags.ts';
import { colourIndex } from './palette.ts';
import { TrackPlacer } from './trackPlacer.ts';
import type { SpanBatch, TrackSet } from './tracks.ts';
import { TreeNodes } from './treeNodes.ts';

const MIN_REBUILD_GAP_MS = 250;
const REBUILD_SHARE = 10;

export class TraceTree extends TreeNodes {
  /** Grows with every change of the tree. */
  revision = 0;
  /** Grows when nodes were placed anew, and with it everything a view remembers by node. */
  rebuilds = 0;

  #restructured = 0;
  #traceVersion = -1;
  #stale = false;
  #lastRebuildMs = -Infinity;
  #rebuildTookMs = 0;
  readonly #placer = new TrackPlacer();
  /** What the last call of `update` took in, until somebody takes it or something changes. */
  #fresh: SpanBatch | null = null;
  #colours: (number | undefined)[] = [];
  #orphans: number[] = [];
  /** Spans came since the orphans were last looked at. */
  #mayHaveParents = false;

  /**
   * Takes in what the table got since the last call. `nowMs` is a monotonic clock and only paces rebuilding.
   * `true` where something changed.
   */
  update(nowMs: number = performance.now()): boolean {
    const trace = this.table.trace(this.traceId);
    if (trace === null) {
      if (this.held === null) return false;
      this.#clear(null);
      return true;
    }
    if (trace !== this.held) {
      this.#rebuild(trace, nowMs);
      return true;
    }
    if (trace.version === this.#traceVersion && !this.isStale) return false;
    const mayRebuild =
      nowMs - this.#lastRebuildMs >= Math.max(MIN_REBUILD_GAP_MS, this.#rebuildTookMs * REBUILD_SHARE);
    if (trace.restructured !== this.#restructured) this.#stale = true;
    if (trace.rows.length > this.size && this.#orphans.length > 0) this.#mayHaveParents = true;
    if (mayRebuild && this.#mayHaveParents) {
      this.#mayHaveParents = false;
      this.#stale ||= this.#orphanFoundParent();
    }
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
   * The nodes from `from` on, as the picture needs them. It is the caller's: its buffers may be handed over.
   */
  batch(from: number): SpanBatch {
    const fresh = this.#fresh;
    this.#fresh = null;
    if (fresh !== null && fresh.from === from && from + fresh.startMs.length === this.size) return fresh;
    const batch = newBatch(from, this.size - from);
    const { startMs, endMs, parent, depth, flags, colour, name } = batch;
    this.table.readRows(this.held!, from, { startMs, endMs, parent, name, state: flags });
    for (let i = 0; i < startMs.length; i += 1) {
      const start = lengthMs(this.originMs, startMs[i]!);
      const end = lengthMs(this.originMs, endMs[i]!);
      startMs[i] = start;
      endMs[i] = Number.isNaN(end) ? Infinity : end < start ? start : end;
      // As it was cut, and not as the span says it.
      parent[i] = this.parents.get(from + i);
      depth[i] = this.depths.get(from + i);
      flags[i] = entryFlags(this.marks.get(from + i));
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
      flags: entryFlags(this.marks.get(node)),
      colour: this.colourOf(name),
      name,
    };
  }

  /** A name's place in the palette: hashed once and not for every span; names are numbered anew when all are gone. */
  colourOf(nameId: number): number {
    return (this.#colours[nameId] ??= colourIndex(this.table.nameOf(nameId)));
  }

  /** `true` while a rebuild waits for its turn, or may be due: call `update` again soon. */
  get isStale(): boolean {
    return this.#stale || this.#mayHaveParents;
  }

  /** Row of the picture, counted from the top. */
  pictureRow(node: number): number {
    return this.tracks.rows.length === 0 ? -1 : this.#placer.rowOf(node);
  }

  /** Bytes of the tree and, where they were asked for, the tracks; the table's columns are not counted. */
  bytes(): number {
    return (
      this.#placer.bytes() +
      (this.#fresh?.startMs.length ?? 0) * BATCH_BYTES +
      this.parents.bytes() +
      this.depths.bytes() +
      this.marks.bytes() +
      (this.links?.bytes() ?? 0)
    );
  }

  #clear(trace: TraceRows | null): void {
    this.held = trace;
    this.#stale = false;
    this.#traceVersion = -1;
    this.#restructured = trace?.restructured ?? 0;
    for (const column of [this.parents, this.depths, this.marks]) column.clear();
    this.links = null;
    this.open = [];
    this.#orphans = [];
    this.#mayHaveParents = false;
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
    for (const node of this.open) {
      const row = this.row(node);
      if (Number.isNaN(this.table.endMs(row)) && !this.table.isError(row)) {
        this.open[kept++] = node;
        continue;
      }
      const isOpen = Number.isNaN(this.table.endMs(row));
      const flags = this.#stateFlags(row) | (this.marks.get(node) & ~(NODE.open | NODE.error));
      this.marks.set(node, flags);
      const end = isOpen ? Infinity : this.endMs(node, 0);
      this.#placer.settle(
        node,
        this.startMs(node),
        end,
        entryFlags(flags),
        this.colourOf(this.table.nameId(row)),
      );
      if (isOpen) this.open[kept++] = node;
    }
    this.open.length = kept;
  }

  #ingest(trace: TraceRows): void {
    const from = this.size;
    const n = trace.rows.length - from;
    this.#traceVersion = trace.version;
    if (n === 0) return;
    // Read once for the tree and for the picture: at a million spans either is a tenth of a second.
    const batch = newBatch(from, n);
    const { startMs, endMs, parent, name } = batch;
    this.table.readRows(trace, from, { startMs, endMs, parent, name, state: batch.flags });
    const colours = this.#coloursOf(name);
    const { originMs, depths, open } = this;
    const flags = makeNodes(batch, { originMs, depths, colours, open, orphans: this.#orphans });
    this.parents.append(parent);
    this.depths.append(batch.depth);
    this.marks.take(flags);
    this.links?.grow(this.parents, this.size);
    this.#fresh = batch;
    // Once asked for, kept up: work by the batch instead of all at once when the next frame is due.
    if (from > 0 && this.#placer.size === from) this.#placer.add(this.batch(from));
  }

  /** Colours by name number: of the names given, or of all there are where those are fewer. */
  #coloursOf(names: Int32Array): Uint8Array {
    const count = this.table.nameCount;
    const colours = new Uint8Array(count);
    // Numbers of names that this trace does not have may mean others later: those are not remembered.
    if (names.length > count)
      for (let id = 0; id < count; id += 1) colours[id] = colourIndex(this.table.nameOf(id));
    else for (const id of names) colours[id] = this.colourOf(id);
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

  #orphanFoundParent(): boolean {
    return this.#orphans.some((node) => this.table.parentRow(this.row(node)) >= 0);
  }
}
