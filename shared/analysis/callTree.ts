/**
 * Traces merged by call path: spans of the same service and name below the same path are one node.
 *
 * Durations and self times are those of the spans themselves, so a node's total holds its children's. Errors, tokens
 * and cost are a node's own: what its subtree has is the sum over it.
 */
import type { CallTree } from '../traceQuery.ts';
import { createInterner } from './interner.ts';
import { criticalPath } from './criticalPath.ts';
import { selfTimes } from './selfTimes.ts';
import type { TraceColumns } from './traceColumns.ts';

/** What stands for the names that found no room. */
export const OTHER_NAMES = '(other names)';

export type CallTreeInput = {
  /** Of one or several whole traces. */
  readonly columns: TraceColumns;
  /** Numbers of the builder's `nameOf` and `serviceOf`. */
  readonly name: ArrayLike<number>;
  readonly service: ArrayLike<number>;
  /** Which trace each span is of: the same number for the spans of one; not given: one trace. */
  readonly trace?: ArrayLike<number>;
  /** 1 where a span failed. */
  readonly error: ArrayLike<number>;
  /** A span's own, each token once (`ownAmounts`); not given: none. */
  readonly inputTokens?: ArrayLike<number>;
  readonly outputTokens?: ArrayLike<number>;
  /** US dollars. */
  readonly cost?: ArrayLike<number>;
  /**
   * 1 where a span is left out: what is below it counts as below the nearest that is not. The own times of others are
   * what they are; not given: none is.
   */
  readonly hidden?: ArrayLike<number>;
  readonly idOf: (span: number) => { readonly traceId: string; readonly spanId: string };
};
export type CallTreeOptions = {
  readonly nameOf: (name: number) => string;
  readonly serviceOf: (service: number) => string;
  /** Spans that are deeper count as children of the last node above the bound. */
  readonly maxDepth?: number;
  /** Names after so many nodes count as `OTHER_NAMES` of their parent. */
  readonly maxNodes?: number;
};

/** Numbers of a node, one column each. */
const NODE_COLUMNS = [
  'spans',
  'errors',
  'inTraces',
  'totalMs',
  'squaresMs',
  'selfMs',
  'criticalMs',
  'inputTokens',
  'outputTokens',
  'cost',
] as const;
type NodeColumn = (typeof NODE_COLUMNS)[number];
const OTHER = 0xffff_ffff;
const UNPLACED = -2;
const LEFT_OUT = -1;

export class CallTreeBuilder {
  readonly #options: CallTreeOptions;
  readonly #maxDepth: number;
  readonly #maxNodes: number;
  #nodes = 0;
  #traces = 0;
  #folded = 0;
  #room = 256;
  #parent = new Int32Array(this.#room);
  #depth = new Uint16Array(this.#room);
  #name = new Uint32Array(this.#room);
  #service = new Uint32Array(this.#room);
  #lastTrace = new Int32Array(this.#room);
  #longestMs = new Float64Array(this.#room);
  #columns = Object.fromEntries(NODE_COLUMNS.map((key) => [key, new Float64Array(this.#room)])) as Record<
    NodeColumn,
    Float64Array
  >;
  readonly #longest: CallTree['longest'][number][] = [];
  /** Open addressing over (parent, service, name); a node's number plus one. */
  #slots = new Int32Array(1024);

  constructor(options: CallTreeOptions) {
    this.#options = options;
    this.#maxDepth = options.maxDepth ?? 256;
    this.#maxNodes = options.maxNodes ?? 100_000;
  }

  /** Spans that are not at a node of their own path: too deep, or of a name that found no room. */
  get folded(): number {
    return this.#folded;
  }

  add(input: CallTreeInput): void {
    const { columns, trace, error } = input;
    const { count, startMs, endMs } = columns;
    if (count === 0) return;
    const self = selfTimes(columns);
    const critical = criticalPath(columns).ms;
    const nodes = this.#place(input);
    const traceNo = this.#numberTraces(trace, count);
    const { spans, errors, totalMs, squaresMs, selfMs, criticalMs, inTraces } = this.#columns;
    const longestOf = new Map<number, number>();
    for (let span = 0; span < count; span += 1) {
      const node = nodes[span]!;
      if (node === LEFT_OUT) continue;
      const ms = endMs[span]! - startMs[span]!;
      spans[node]! += 1;
      totalMs[node]! += ms;
      squaresMs[node]! += ms * ms;
      selfMs[node]! += self[span]!;
      criticalMs[node]! += critical[span]!;
      if (error[span] === 1) errors[node]! += 1;
      if (ms > this.#longestMs[node]!) {
        this.#longestMs[node] = ms;
        longestOf.set(node, span);
      }
    }
    for (const [node, span] of longestOf) this.#longest[node] = input.idOf(span);
    this.#countTraces(nodes, traceNo, inTraces);
    for (const key of ['inputTokens', 'outputTokens', 'cost'] as const) {
      const amounts = input[key];
      if (amounts === undefined) continue;
      const column = this.#columns[key];
      for (let span = 0; span < count; span += 1)
        if (nodes[span] !== LEFT_OUT) column[nodes[span]!]! += amounts[span]!;
    }
  }

  /** The tree so far: parents before children, brothers and sisters with the most time first. */
  tree(): CallTree {
    const { texts: strings, numberOf: intern } = createInterner();
    const labels = Array.from({ length: this.#nodes }, (_, node) => {
      const name = this.#name[node]!;
      return {
        name: name === OTHER ? OTHER_NAMES : this.#options.nameOf(name),
        service: name === OTHER ? '' : this.#options.serviceOf(this.#service[node]!),
      };
    });
    const { totalMs } = this.#columns;
    const order = preorder(this.#parent.subarray(0, this.#nodes), (a, b) => {
      if (totalMs[a] !== totalMs[b]) return totalMs[b]! - totalMs[a]!;
      const left = labels[a]!;
      const right = labels[b]!;
      if (left.name !== right.name) return left.name < right.name ? -1 : 1;
      return left.service < right.service ? -1 : 1;
    });
    const placeOf = new Int32Array(this.#nodes);
    for (const [place, node] of order.entries()) placeOf[node] = place;
    const column = (key: NodeColumn) => Float64Array.from(order, (node) => this.#columns[key][node]!);
    return {
      nodes: this.#nodes,
      traces: this.#traces,
      strings,
      parent: Int32Array.from(order, (node) => {
        const above = this.#parent[node]!;
        return above < 0 ? -1 : placeOf[above]!;
      }),
      name: Uint32Array.from(order, (node) => intern(labels[node]!.name)),
      service: Uint32Array.from(order, (node) => intern(labels[node]!.service)),
      ...(Object.fromEntries(NODE_COLUMNS.map((key) => [key, column(key)])) as Record<
        NodeColumn,
        Float64Array
      >),
      longest: Array.from(order, (node) => this.#longest[node]!),
      folded: this.#folded,
    };
  }

  /** The node of each span; `LEFT_OUT` for one that is hidden. */
  #place({ columns, name, service, hidden }: CallTreeInput): Int32Array {
    const { count, parent } = columns;
    const nodes = new Int32Array(count).fill(UNPLACED);
    const path: number[] = [];
    for (let first = 0; first < count; first += 1) {
      if (nodes[first] !== UNPLACED) continue;
      let span = first;
      path.push(span);
      for (let above = parent[span]!; above >= 0 && nodes[above] === UNPLACED; above = parent[span]!) {
        span = above;
        path.push(span);
      }
      while (path.length > 0) {
        const at = path.pop()!;
        const above = parent[at]! < 0 ? -1 : nodes[parent[at]!]!;
        // Until all are placed, a hidden span stands for the one above it.
        nodes[at] = hidden?.[at] === 1 ? above : this.#child(above, service[at]!, name[at]!);
      }
    }
    if (hidden !== undefined)
      for (let span = 0; span < count; span += 1) if (hidden[span] === 1) nodes[span] = LEFT_OUT;
    return nodes;
  }

  #child(parent: number, service: number, name: number): number {
    let above = parent;
    if (above >= 0) {
      if (this.#depth[above]! >= this.#maxDepth - 1) {
        this.#folded += 1;
        above = this.#parent[above]!;
      }
      // Whatever is below the other names is among them.
      if (above >= 0 && this.#name[above] === OTHER) {
        this.#folded += 1;
        return above;
      }
    }
    const found = this.#find(above, service, name);
    if (found >= 0) return found;
    if (this.#nodes < this.#maxNodes) return this.#make(above, service, name);
    this.#folded += 1;
    // One such node a parent.
    const other = this.#find(above, OTHER, OTHER);
    return other >= 0 ? other : this.#make(above, OTHER, OTHER);
  }

  #find(parent: number, service: number, name: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(parent, service, name) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot]! - 1;
      if (node < 0) return -1;
      if (this.#parent[node] === parent && this.#name[node] === name && this.#service[node] === service) {
        return node;
      }
    }
  }

  #make(parent: number, service: number, name: number): number {
    if (this.#nodes === this.#room) this.#grow();
    const node = this.#nodes;
    this.#nodes += 1;
    this.#parent[node] = parent;
    this.#depth[node] = parent < 0 ? 0 : this.#depth[parent]! + 1;
    this.#name[node] = name;
    this.#service[node] = service;
    this.#longestMs[node] = -Infinity;
    this.#lastTrace[node] = -1;
    if (this.#nodes * 2 > this.#slots.length) this.#rehash();
    else this.#enter(node);
    return node;
  }

  #enter(node: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(this.#parent[node]!, this.#service[node]!, this.#name[node]!) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = node + 1;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let node = 0; node < this.#nodes; node += 1) this.#enter(node);
  }

  #grow(): void {
    this.#room *= 2;
    const grown = <T extends Int32Array | Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#parent = grown(this.#parent, new Int32Array(this.#room));
    this.#depth = grown(this.#depth, new Uint16Array(this.#room));
    this.#name = grown(this.#name, new Uint32Array(this.#room));
    this.#service = grown(this.#service, new Uint32Array(this.#room));
    this.#lastTrace = grown(this.#lastTrace, new Int32Array(this.#room));
    this.#longestMs = grown(this.#longestMs, new Float64Array(this.#room));
    for (const key of NODE_COLUMNS) {
      this.#columns[key] = grown(this.#columns[key], new Float64Array(this.#room));
    }
  }

  /** Traces by numbers from 0 on that no other call gave; counts them. */
  #numberTraces(trace: ArrayLike<number> | undefined, count: number): Int32Array {
    const numbers = new Int32Array(count);
    if (trace === undefined) {
      numbers.fill(this.#traces);
      this.#traces += 1;
      return numbers;
    }
    const known = new Map<number, number>();
    let last = -1;
    let lastNumber = -1;
    for (let span = 0; span < count; span += 1) {
      const of = trace[span]!;
      if (of !== last) {
        last = of;
        const found = known.get(of);
        if (found !== undefined) lastNumber = found;
        else {
          known.set(of, (lastNumber = this.#traces));
          this.#traces += 1;
        }
      }
      numbers[span] = lastNumber;
    }
    return numbers;
  }

  #countTraces(nodes: Int32Array, traceNo: Int32Array, inTraces: Float64Array): void {
    const count = nodes.length;
    let isGrouped = true;
    for (let span = 1; span < count && isGrouped; span += 1) isGrouped = traceNo[span]! >= traceNo[span - 1]!;
    const spans = isGrouped ? null : byTrace(traceNo, this.#traces);
    for (let at = 0; at < count; at += 1) {
      const span = spans === null ? at : spans[at]!;
      const node = nodes[span]!;
      if (node === LEFT_OUT || this.#lastTrace[node] === traceNo[span]) continue;
      this.#lastTrace[node] = traceNo[span]!;
      inTraces[node]! += 1;
    }
  }
}

/** All spans, trace by trace; their numbers are below `traces`. */
function byTrace(traceNo: Int32Array, traces: number): Int32Array {
  const next = new Int32Array(traces + 1);
  for (let span = 0; span < traceNo.length; span += 1) next[traceNo[span]! + 1]! += 1;
  for (let trace = 1; trace < traces; trace += 1) next[trace]! += next[trace - 1]!;
  const spans = new Int32Array(traceNo.length);
  for (let span = 0; span < traceNo.length; span += 1) {
    spans[next[traceNo[span]!]!] = span;
    next[traceNo[span]!]! += 1;
  }
  return spans;
}

function hash(parent: number, service: number, name: number): number {
  let mixed = Math.imul(parent + 1, 0x9e3779b1) ^ Math.imul(service + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (name + 1), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** All nodes, each before its children, the children of one in the order of `compare`. */
function preorder(parent: Int32Array, compare: (a: number, b: number) => number): Int32Array {
  const nodes = parent.length;
  const sorted = Array.from({ length: nodes }, (_, node) => node).sort(compare);
  const firstChild = new Int32Array(nodes + 1).fill(-1);
  const next = new Int32Array(nodes).fill(-1);
  // From the last to the first: each is put before those that are linked already. Entry `nodes` holds the roots.
  for (let at = nodes - 1; at >= 0; at -= 1) {
    const node = sorted[at]!;
    const above = parent[node]! < 0 ? nodes : parent[node]!;
    next[node] = firstChild[above]!;
    firstChild[above] = node;
  }
  const order = new Int32Array(nodes);
  const stack: number[] = [];
  let node = firstChild[nodes]!;
  for (let place = 0; place < nodes; place += 1) {
    order[place] = node;
    if (next[node]! >= 0) stack.push(next[node]!);
    if (firstChild[node]! >= 0) node = firstChild[node]!;
    else node = stack.pop() ?? -1;
  }
  return order;
}
