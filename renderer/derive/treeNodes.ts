/**
 * A trace as a tree, to be read: a node is a span's place among its trace's rows, so nodes stay the same while the
 * trace grows.
 */
import { lengthMs } from '../../shared/nanoseconds.ts';
import { U8Column, U16Column, I32Column } from './chunkedColumn.ts';
import { ChildLinks } from './childLinks.ts';
import type { TraceRows } from './heldTraces.ts';
import { NODE } from './nodeFlags.ts';
import { sortByStart } from './sortByStart.ts';
import type { SpanTable } from './spanTable.ts';

/** What is wrong with a trace, as counts of spans. */
export type TraceFaults = Readonly<Record<'orphan' | 'cycle' | 'negative' | 'early' | 'duplicate', number>>;

/** Clocks of two processes of one machine differ by less, and those of its threads. */
const PROCESS_SKEW_MS = 5;
const THREAD_SKEW_MS = 1;

export class TreeNodes {
  readonly table: SpanTable;
  readonly traceId: string;
  /** Epoch milliseconds that the tracks' times count from. */
  originMs = 0;

  protected held: TraceRows | null = null;
  protected readonly parents = new I32Column();
  protected readonly depths = new U16Column();
  /** `NODE` flags. */
  protected readonly marks = new U8Column();
  protected open: number[] = [];
  /** Built when somebody asks for children: the flame graph alone needs none. */
  protected links: ChildLinks | null = null;

  constructor(table: SpanTable, traceId: string) {
    this.table = table;
    this.traceId = traceId;
  }

  /** Spans in the tree. */
  get size(): number {
    return this.parents.length;
  }
  get openCount(): number {
    return this.open.length;
  }
  get errorCount(): number {
    return this.held?.errorCount ?? 0;
  }
  /** When something was last heard of the trace, in ms after the origin. */
  get latestMs(): number {
    return this.held === null ? 0 : this.held.latestMs - this.originMs;
  }
  /** Whether the trace is held at all. */
  get exists(): boolean {
    return this.held !== null;
  }

  /** What is open, as nodes. */
  get openNodes(): readonly number[] {
    return this.open;
  }

  row(node: number): number {
    return this.held!.rows.get(node);
  }
  /** -1 for what is shown as a root. */
  parent(node: number): number {
    return this.parents.get(node);
  }
  depth(node: number): number {
    return this.depths.get(node);
  }
  flags(node: number): number {
    return this.marks.get(node);
  }
  name(node: number): string {
    return this.table.name(this.row(node));
  }
  nameId(node: number): number {
    return this.table.nameId(this.row(node));
  }

  /** Node of a span id; -1 where it is not in the tree. */
  nodeOf(spanId: string): number {
    const row = this.table.rowOf(this.traceId, spanId);
    if (row < 0 || this.held === null) return -1;
    const node = this.table.positionOf(row);
    return node < this.size ? node : -1;
  }

  /** Ms after the origin. */
  startMs(node: number): number {
    return lengthMs(this.originMs, this.table.startMs(this.row(node)));
  }
  /** Ms after the origin; never before the start. `openEndMs` is the end of what is still open. */
  endMs(node: number, openEndMs: number): number {
    const row = this.row(node);
    const end = this.table.endMs(row);
    const start = lengthMs(this.originMs, this.table.startMs(row));
    return Math.max(start, Number.isNaN(end) ? openEndMs : lengthMs(this.originMs, end));
  }

  /** Earliest start and latest known end, in ms after the origin. */
  extent(openEndMs: number): readonly [startMs: number, endMs: number] {
    const trace = this.held;
    if (trace === null || this.size === 0) return [0, 0];
    const start = lengthMs(this.originMs, trace.startMs);
    const end = lengthMs(this.originMs, trace.endMs);
    return [start, Math.max(start, end, this.open.length > 0 ? openEndMs : start)];
  }

  /** Children in order of start; of -1: the roots. */
  childrenOf(node: number): Int32Array {
    return sortByStart(this.#linked().of(node), (child) => this.startMs(child));
  }

  hasChildren(node: number): boolean {
    return this.#linked().has(node);
  }

  #linked(): ChildLinks {
    if (this.links === null) {
      this.links = new ChildLinks();
      this.links.grow(this.parents, this.size);
    }
    return this.links;
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
   * Whether it starts before its parent by more than their clocks may differ. One that outlasts its parent is in order:
   * work goes on behind the back of who began it.
   */
  isEarly(node: number): boolean {
    const parent = this.parents.get(node);
    if (parent < 0) return false;
    const slackMs = this.table.kind(this.row(node)) === 'server' ? PROCESS_SKEW_MS : THREAD_SKEW_MS;
    return this.startMs(node) < this.startMs(parent) - slackMs;
  }

  /** Counted over the whole tree: some 10 ms at a million spans. */
  faults(): TraceFaults {
    const faults = { orphan: 0, cycle: 0, negative: 0, early: 0, duplicate: 0 };
    for (let node = 0; node < this.size; node += 1) {
      if (this.isEarly(node)) faults.early += 1;
      const flags = this.marks.get(node);
      if (flags < NODE.orphan) continue;
      for (const key of ['orphan', 'cycle', 'negative', 'duplicate'] as const) {
        if ((flags & NODE[key]) !== 0) faults[key] += 1;
      }
    }
    return faults;
  }
}
