/**
 * One operation of a call tree: who called it above, what it called below, each merged over all of its places in
 * the tree. Widths are those that the tree's own picture has, added up, so both sides add up to the operation:
 *
 *      caller 2 | caller 1 -----      row above
 *      operation ---------------      every outermost place of it
 *      callee -------- | callee       rows below
 *
 * A place below another place of the same operation (recursion) is shown among what that one called; it is in the
 * operation's width once.
 */
import type { CallTree } from '../../shared/traceQuery.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { colourIndex } from '../derive/palette.ts';
import { errorFlags, hasServices, withCount } from './aggregate.ts';
import type { FlameModel, ItemFact } from './flameModel.ts';
import { formatMeasure, formatShare, isTime, rootTotal, treeWidths } from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import { pathModel, SUM } from './pathModel.ts';
import { pathPicture } from './pathPicture.ts';
import type { PathPicture } from './pathPicture.ts';

/** Name and service as one key. */
export type Operation = { readonly name: string; readonly service: string };

export type OperationTotal = Operation & {
  /** Places in the tree. */
  readonly paths: number;
  readonly spans: number;
  readonly errors: number;
  /** Width of its outermost places. */
  readonly total: number;
  /** What its own spans have; of wall time their self time. */
  readonly self: number;
};

export function operationKey({ name, service }: Operation): string {
  return `${service}\u0000${name}`;
}

/** Every operation of a tree, the one with the largest total first. */
export function operationsOf(tree: CallTree, measure: Measure): readonly OperationTotal[] {
  const width = treeWidths(tree, measure);
  const own = ownOf(tree, measure);
  const names = operationNumbers(tree);
  const found = Array.from({ length: names.count }, (_, i) => ({
    name: names.operations[i]!.name,
    service: names.operations[i]!.service,
    paths: 0,
    spans: 0,
    errors: 0,
    total: 0,
    self: 0,
  }));
  for (let node = 0; node < tree.nodes; node += 1) {
    const operation = found[names.of[node]!]!;
    operation.paths += 1;
    operation.spans += tree.spans[node]!;
    operation.errors += tree.errors[node]!;
    operation.self += own[node]!;
    if (!isNested(tree, names.of, node)) operation.total += width[node]!;
  }
  return found.sort((a, b) => b.total - a.total || b.self - a.self || (a.name < b.name ? -1 : 1));
}

export type Sandwich = {
  readonly operation: Operation;
  readonly measure: Measure;
  /** Item 0 is the operation; then what it called, then its callers. */
  readonly picture: PathPicture;
  /** -1 for callers, 1 for what was called, 0 for the operation. */
  readonly side: Int8Array;
  /** Of callers: calls of the operation that came through them. */
  readonly spans: Float64Array;
  readonly errors: Float64Array;
  readonly nameOf: (item: number) => string;
  readonly operationOf: (item: number) => Operation;
  /** Of callers and the operation: the part of the operation's self time; of what was called: its own. */
  readonly own: Float64Array;
  /** Places in the tree that an item stands for. */
  readonly nodesOf: (item: number) => readonly number[];
  readonly model: FlameModel;
};

/** `null` where the tree has no such operation. */
export function sandwich(tree: CallTree, operation: Operation, measure: Measure): Sandwich | null {
  const names = operationNumbers(tree);
  const wanted = names.numberOf(operation);
  if (wanted < 0) return null;
  const width = treeWidths(tree, measure);
  const ownValue = ownOf(tree, measure);
  const items = new ItemTable();
  const root = items.add(-1, wanted, 0);
  // Below: the item of each node in the subtree of an outermost place.
  const itemOf = new Int32Array(tree.nodes).fill(-1);
  const places: number[] = [];
  for (let node = 0; node < tree.nodes; node += 1) {
    const up = tree.parent[node]!;
    const above = up < 0 ? -1 : itemOf[up]!;
    if (above < 0 && names.of[node] !== wanted) continue;
    const item = above < 0 ? root : items.child(above, names.of[node]!, 1);
    itemOf[node] = item;
    if (above < 0) places.push(node);
    items.count(item, width[node]!, ownValue[node]!, tree.spans[node]!, tree.errors[node]!, node);
  }
  // Above: every outermost place gives its figures to the chain of its callers.
  for (const node of places) {
    let item = root;
    for (let up = tree.parent[node]!; up >= 0; up = tree.parent[up]!) {
      item = items.child(item, names.of[up]!, -1);
      items.count(item, width[node]!, ownValue[node]!, tree.spans[node]!, tree.errors[node]!, up);
    }
  }
  const { parent, side, spans, errors, own, name } = items.columns();
  const itemWidth = items.widths();
  const labels = Array.from(name, (number) => names.operations[number]!);
  const picture = pathPicture({
    parent,
    width: itemWidth,
    side,
    colour: Uint8Array.from(labels, (label) => colourIndex(label.name)),
    flags: errorFlags(errors, spans, parent.length),
  });
  const whole = rootTotal(width, tree.parent);
  const whole0 = itemWidth[0]!;
  const services = hasServices(tree);
  const text = (item: number) => (isTime(measure) ? SUM : '') + formatMeasure(measure, itemWidth[item]!);
  const describe = (item: number): readonly ItemFact[] => [
    { label: side[item]! < 0 ? 'Caller' : 'Operation', value: labels[item]!.name },
    ...(services ? [{ label: 'Service', value: labels[item]!.service }] : []),
    {
      label: item === 0 ? 'Of all' : 'Width',
      value: item === 0 ? `${text(0)} (${formatShare(whole0, whole)})` : text(item),
    },
    ...(item === 0 ? [] : [{ label: `Of ${labels[0]!.name}`, value: formatShare(itemWidth[item]!, whole0) }]),
    {
      label: side[item]! < 0 ? `Calls of ${labels[0]!.name} from here` : 'Spans',
      value: formatCount(spans[item]!),
    },
    ...(side[item]! < 0
      ? []
      : [
          {
            label: measure === 'wall' ? 'Self time' : 'Its own',
            value: measure === 'wall' ? formatDuration(own[item]!) : formatMeasure(measure, own[item]!),
          },
        ]),
    ...(errors[item]! > 0
      ? [{ label: 'Failed', value: formatCount(errors[item]!), tone: 'danger' as const }]
      : []),
  ];
  const model = pathModel(picture, measure, picture, {
    // The middle is found at a glance, between the callers and the callees.
    labelOf: (item) => (item === 0 ? '◆ ' : '') + withCount(labels[item]!.name, spans[item]!),
    noteOf: (item) => `${text(item)} · ${formatShare(itemWidth[item]!, whole0)}`,
    describe,
  });
  return {
    operation,
    measure,
    picture,
    side,
    spans,
    errors,
    own,
    nameOf: (item) => labels[item]!.name,
    operationOf: (item) => labels[item]!,
    nodesOf: (item) => items.nodes[item]!,
    model,
  };
}

/** Self time where the width is wall time: a duration is not a path's own. */
function ownOf(tree: CallTree, measure: Measure): Float64Array {
  if (measure === 'count') return tree.spans;
  if (measure === 'critical') return tree.criticalMs;
  if (measure === 'cost') return tree.cost;
  if (measure === 'tokens') return tree.inputTokens.map((tokens, node) => tokens + tree.outputTokens[node]!);
  return tree.selfMs;
}

type OperationNumbers = {
  readonly count: number;
  /** Of each node. */
  readonly of: Int32Array;
  readonly operations: readonly Operation[];
  readonly numberOf: (operation: Operation) => number;
};

function operationNumbers(tree: CallTree): OperationNumbers {
  const known = new Map<number, number>();
  const operations: Operation[] = [];
  const of = new Int32Array(tree.nodes);
  for (let node = 0; node < tree.nodes; node += 1) {
    const key = tree.service[node]! * tree.strings.length + tree.name[node]!;
    let number = known.get(key);
    if (number === undefined) {
      known.set(key, (number = operations.length));
      operations.push({
        name: tree.strings[tree.name[node]!]!,
        service: tree.strings[tree.service[node]!]!,
      });
    }
    of[node] = number;
  }
  return {
    count: operations.length,
    of,
    operations,
    numberOf: ({ name, service }) =>
      operations.findIndex((other) => other.name === name && other.service === service),
  };
}

function isNested(tree: CallTree, of: Int32Array, node: number): boolean {
  for (let up = tree.parent[node]!; up >= 0; up = tree.parent[up]!) if (of[up] === of[node]) return true;
  return false;
}

/** Items that grow while nodes are merged into them. */
class ItemTable {
  readonly #parent: number[] = [];
  readonly #name: number[] = [];
  readonly #side: number[] = [];
  readonly #width: number[] = [];
  readonly #own: number[] = [];
  readonly #spans: number[] = [];
  readonly #errors: number[] = [];
  readonly #known = new Map<string, number>();
  readonly nodes: number[][] = [];

  add(parent: number, name: number, side: number): number {
    const item = this.#parent.length;
    this.#parent.push(parent);
    this.#name.push(name);
    this.#side.push(side);
    for (const column of [this.#width, this.#own, this.#spans, this.#errors]) column.push(0);
    this.nodes.push([]);
    return item;
  }

  child(parent: number, name: number, side: number): number {
    const key = `${parent} ${name} ${side}`;
    let item = this.#known.get(key);
    if (item === undefined) this.#known.set(key, (item = this.add(parent, name, side)));
    return item;
  }

  count(item: number, width: number, own: number, spans: number, errors: number, node: number): void {
    this.#width[item]! += width;
    this.#own[item]! += own;
    this.#spans[item]! += spans;
    this.#errors[item]! += errors;
    this.nodes[item]!.push(node);
  }

  widths(): Float64Array {
    return Float64Array.from(this.#width);
  }

  columns() {
    return {
      parent: Int32Array.from(this.#parent),
      side: Int8Array.from(this.#side),
      name: this.#name,
      own: Float64Array.from(this.#own),
      spans: Float64Array.from(this.#spans),
      errors: Float64Array.from(this.#errors),
    };
  }
}
