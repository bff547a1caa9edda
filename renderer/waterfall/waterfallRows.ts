/**
 * A trace and what is folded -> the waterfall's rows, as columns. More than twenty siblings of one operation are one
 * group row until it is opened. Transactions are closed until they are opened, as their statements are many and
 * small; everything else is open until it is closed.
 */
import { isClosed, isGroupOpen } from './folds.ts';
import type { FoldState } from './folds.ts';
import { hasKids, kidsOf, withAncestors } from './waterfallIndex.ts';
import type { TraceIndex } from './waterfallIndex.ts';

const FOLD_ABOVE = 20;

/** Siblings of one operation under one parent. */
export type SiblingGroup = {
  readonly key: string;
  /** -1 for roots. */
  readonly parent: number;
  readonly name: string;
  /** In order of start. */
  readonly nodes: Int32Array;
};

/** An event or a log record that has a row of its own below its span. */
export type InPlace = {
  readonly kind: 'event' | 'log';
  /** -1 where the record belongs to no span of the trace. */
  readonly node: number;
  /** Place among the span's events, or among the records. */
  readonly at: number;
  /** After the trace's origin. */
  readonly ms: number;
};

export const ROW = { span: 0, group: 1, inPlace: 2 } as const;

export type WaterfallRows = {
  readonly count: number;
  /** One of `ROW`. */
  readonly kind: Uint8Array;
  /** A node; of a group -1 - its place in `groups`, of the others -1 - their place in `entries`. */
  readonly item: Int32Array;
  /** 1 for the outermost. */
  readonly level: Uint16Array;
  readonly groups: readonly SiblingGroup[];
  readonly entries: readonly InPlace[];
};

export type RowOptions = {
  readonly nameOf: (nameId: number) => string;
  /** 1 for what is looked for: it and what it is below are shown, and nothing else. Not given: everything. */
  readonly wanted?: Uint8Array | null;
  /** By node, in order of time; of -1 those without a span. */
  readonly inPlace?: ReadonlyMap<number, readonly InPlace[]> | null;
};

export function groupKey(parent: number, operation: number): string {
  return `${parent}/${operation}`;
}

/** One number for a name and a service. */
function operationOf({ name, service }: TraceIndex, node: number): number {
  return name[node]! * 4096 + service[node]!;
}

/** Key of the group that a node is in where it is folded; `null` where it stands alone. */
export function foldOf(index: TraceIndex, node: number, shown: Uint8Array | null = null): string | null {
  const parent = index.parent[node]!;
  const operation = operationOf(index, node);
  let alike = 0;
  for (const sibling of kidsOf(index, parent)) {
    if (operationOf(index, sibling) === operation && (shown === null || shown[sibling] === 1)) alike += 1;
  }
  return alike > FOLD_ABOVE ? groupKey(parent, operation) : null;
}

/** The rows in order, without recursion: a trace may be thousands of calls deep. */
export function waterfallRows(index: TraceIndex, folds: FoldState, options: RowOptions): WaterfallRows {
  const { inPlace = null, wanted = null } = options;
  const { from, kids } = index;
  const shown = wanted === null ? null : withAncestors(index, wanted);
  const withError = folds.errorsFirst ? withAncestors(index, index.isError) : null;
  const groups: SiblingGroup[] = [];
  const entries: InPlace[] = [];
  const out = new RowColumns(index.count + 16);
  const pending = new Pending();
  const isPlain = shown === null && withError === null && inPlace === null;

  const below = (parent: number, level: number) => {
    const first = parent < 0 ? 0 : from[parent]!;
    const last = parent < 0 ? index.roots.length : from[parent + 1]!;
    const list = parent < 0 ? index.roots : kids;
    const extras = inPlace?.get(parent);
    if (isPlain && last - first <= FOLD_ABOVE) {
      for (let place = last - 1; place >= first; place -= 1) pending.push(ROW.span, list[place]!, level);
      return;
    }
    let nodes = list.subarray(first, last);
    if (shown !== null) nodes = nodes.filter((node) => shown[node] === 1);
    if (withError !== null) nodes = errorsToFront(nodes, withError);
    const items = arrange(index, parent, nodes, groups, options.nameOf, folds.foldRepeats);
    if (extras === undefined) {
      for (let i = items.length - 1; i >= 0; i -= 1) pushItem(items[i]!, level);
      return;
    }
    pushMerged(items, extras, level);
  };
  const pushItem = (item: number, level: number) =>
    pending.push(item < 0 ? ROW.group : ROW.span, item, level);
  /** Backwards: the last one first. Where failures come first, what happened stands before all children. */
  const pushMerged = (items: ArrayLike<number>, extras: readonly InPlace[], level: number) => {
    let at = extras.length - 1;
    const entry = () => {
      entries.push(extras[at]!);
      pending.push(ROW.inPlace, -entries.length, level);
      at -= 1;
    };
    for (let i = items.length - 1; i >= 0; i -= 1) {
      const item = items[i]!;
      const node = item < 0 ? groups[-1 - item]!.nodes[0]! : item;
      while (withError === null && at >= 0 && extras[at]!.ms >= index.startMs[node]!) entry();
      pushItem(item, level);
    }
    while (at >= 0) entry();
  };

  below(-1, 1);
  while (pending.pop()) {
    const { kind, item, level } = pending;
    out.push(kind, item, level);
    if (kind === ROW.span) {
      if (!hasKids(index, item) && inPlace?.has(item) !== true) continue;
      if (!isClosed(index, folds, item, options.nameOf)) below(item, level + 1);
    } else if (kind === ROW.group) {
      const group = groups[-1 - item]!;
      if (!isGroupOpen(folds, group.key)) continue;
      const { nodes } = group;
      for (let i = nodes.length - 1; i >= 0; i -= 1) pending.push(ROW.span, nodes[i]!, level + 1);
    }
  }
  return { ...out.columns(), groups, entries };
}

/** Children with their repeats replaced by group items; new groups are added to `groups`. */
function arrange(
  index: TraceIndex,
  parent: number,
  nodes: Int32Array,
  groups: SiblingGroup[],
  nameOf: (nameId: number) => string,
  isFolding: boolean,
): ArrayLike<number> {
  if (!isFolding || nodes.length <= FOLD_ABOVE) return nodes;
  const alike = new Map<number, number[]>();
  for (const node of nodes) {
    const operation = operationOf(index, node);
    const of = alike.get(operation);
    if (of === undefined) alike.set(operation, [node]);
    else of.push(node);
  }
  const found: number[] = [];
  for (const node of nodes) {
    const operation = operationOf(index, node);
    const same = alike.get(operation)!;
    if (same.length <= FOLD_ABOVE) found.push(node);
    else if (same[0] === node) {
      const key = groupKey(parent, operation);
      groups.push({ key, parent, name: nameOf(index.name[node]!), nodes: Int32Array.from(same) });
      found.push(-groups.length);
    }
  }
  return found;
}

function errorsToFront(nodes: Int32Array, withError: Uint8Array): Int32Array {
  const sorted = new Int32Array(nodes.length);
  let at = 0;
  for (const node of nodes) if (withError[node] === 1) sorted[at++] = node;
  for (const node of nodes) if (withError[node] !== 1) sorted[at++] = node;
  return sorted;
}

/** What still has to be put out, the next one last. */
class Pending {
  kind: number = ROW.span;
  item = 0;
  level = 0;
  #values = new Int32Array(3 * 1024);
  #length = 0;

  push(kind: number, item: number, level: number): void {
    if (this.#length === this.#values.length) {
      const longer = new Int32Array(this.#length * 2);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#length] = kind;
    this.#values[this.#length + 1] = item;
    this.#values[this.#length + 2] = level;
    this.#length += 3;
  }
  /** Into the fields. */
  pop(): boolean {
    if (this.#length === 0) return false;
    this.#length -= 3;
    this.kind = this.#values[this.#length]!;
    this.item = this.#values[this.#length + 1]!;
    this.level = this.#values[this.#length + 2]!;
    return true;
  }
}

class RowColumns {
  #count = 0;
  #kind: Uint8Array;
  #item: Int32Array;
  #level: Uint16Array;

  constructor(room: number) {
    this.#kind = new Uint8Array(room);
    this.#item = new Int32Array(room);
    this.#level = new Uint16Array(room);
  }
  push(kind: number, item: number, level: number): void {
    const at = this.#count;
    if (at === this.#item.length) this.#grow();
    this.#kind[at] = kind;
    this.#item[at] = item;
    this.#level[at] = Math.min(level, 0xffff);
    this.#count = at + 1;
  }
  columns() {
    return { count: this.#count, kind: this.#kind, item: this.#item, level: this.#level };
  }
  #grow(): void {
    const length = this.#count * 2;
    const [kind, item, level] = [new Uint8Array(length), new Int32Array(length), new Uint16Array(length)];
    kind.set(this.#kind);
    item.set(this.#item);
    level.set(this.#level);
    [this.#kind, this.#item, this.#level] = [kind, item, level];
  }
}

/** The place of a span among the rows; -1 where it has none. */
export function rowOfNode({ item, count }: WaterfallRows, node: number): number {
  if (node < 0) return -1;
  const at = item.indexOf(node);
  return at < count ? at : -1;
}

/** The place of a group among the rows; -1 where it has none. */
export function rowOfGroup({ item, count, kind, groups }: WaterfallRows, key: string | null): number {
  if (key === null) return -1;
  const group = groups.findIndex((each) => each.key === key);
  if (group < 0) return -1;
  for (let at = 0; at < count; at += 1) if (item[at] === -1 - group && kind[at] === ROW.group) return at;
  return -1;
}
