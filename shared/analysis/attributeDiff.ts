/** What attributes the spans of the same call path have in one trace (or set of traces) and not in the other. */
import type { AttributeValue, SpanRecord } from '../span.ts';
import { columnsOf } from './columnsOf.ts';

/** The most frequent values of a key, as text, with the number of spans that have each. */
export type ValueCounts = readonly { readonly value: string; readonly spans: number }[];
export type AttributeSide = {
  /** Spans of the path, and those of them with the key. */
  readonly spans: number;
  readonly withKey: number;
  /** At most five. */
  readonly values: ValueCounts;
  readonly differentValues: number;
  /** Of numbers; `null` where any value is something else. */
  readonly mean: number | null;
};
export type AttributeDelta = {
  /** Names from the root down. */
  readonly path: readonly string[];
  readonly service: string;
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Every span has a value of its own on both sides, as ids have: that they differ says nothing. */
  readonly isUnique: boolean;
  readonly a: AttributeSide;
  readonly b: AttributeSide;
};

type Values = { withKey: number; readonly counts: Map<string, number>; sum: number; isNumber: boolean };
type PathSide = { spans: number; readonly keys: Map<string, Values> };
type Path = {
  readonly names: readonly string[];
  readonly service: string;
  readonly sides: [PathSide, PathSide];
};

const MAX_VALUES = 5;
const MAX_TEXT = 200;
/** From so many spans on, values that are all different are an id's. */
const MIN_UNIQUE = 3;

export type AttributeDiffOptions = {
  /** Of spans that name none. */
  readonly service?: string;
  /** Left out: what is below one counts as below the nearest that is not. */
  readonly isHidden?: (span: SpanRecord) => boolean;
};

/**
 * Only paths that both have are compared: what a path has that the other side lacks is told by the tree's diff.
 * Changed values first, ids last.
 */
export function diffAttributes(
  a: readonly SpanRecord[],
  b: readonly SpanRecord[],
  { service = '', isHidden = () => false }: AttributeDiffOptions = {},
): AttributeDelta[] {
  const paths = new Map<string, Path>();
  collect(paths, 0, a, service, isHidden);
  collect(paths, 1, b, service, isHidden);
  const deltas: AttributeDelta[] = [];
  for (const { names, service: of, sides } of paths.values()) {
    const [left, right] = sides;
    if (left.spans === 0 || right.spans === 0) continue;
    for (const key of new Set([...left.keys.keys(), ...right.keys.keys()])) {
      const [inA, inB] = [left.keys.get(key), right.keys.get(key)];
      const change = inA === undefined ? 'added' : inB === undefined ? 'removed' : 'changed';
      if (inA !== undefined && inB !== undefined && isSame(left, inA, right, inB)) continue;
      deltas.push({
        path: names,
        service: of,
        key,
        change,
        isUnique: isUnique(inA) && isUnique(inB),
        a: sideOf(left, inA),
        b: sideOf(right, inB),
      });
    }
  }
  const rank = ({ isUnique: unique, change }: AttributeDelta) => (unique ? 2 : change === 'changed' ? 1 : 0);
  return deltas.sort((x, y) => rank(x) - rank(y) || x.path.length - y.path.length);
}

function collect(
  paths: Map<string, Path>,
  side: 0 | 1,
  records: readonly SpanRecord[],
  own: string,
  isHidden: (span: SpanRecord) => boolean,
): void {
  const { parent } = columnsOf(records);
  const keys = new Array<string | undefined>(records.length);
  const pathOf = new Array<Path | undefined>(records.length);
  for (let first = 0; first < records.length; first += 1) {
    const waiting: number[] = [];
    for (let span = first; span >= 0 && keys[span] === undefined; span = parent[span]!) waiting.push(span);
    for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
      const { name, origin } = records[span]!;
      const service = String(origin?.resource['service.name'] ?? own);
      const above = parent[span]!;
      if (isHidden(records[span]!)) {
        keys[span] = above < 0 ? '' : keys[above]!;
        pathOf[span] = above < 0 ? undefined : pathOf[above];
        continue;
      }
      const key = `${above < 0 ? '' : keys[above]!}\n${JSON.stringify([service, name])}`;
      keys[span] = key;
      let path = paths.get(key);
      if (path === undefined) {
        const names = [...(pathOf[above]?.names ?? []), name];
        const empty = (): PathSide => ({ spans: 0, keys: new Map() });
        paths.set(key, (path = { names, service, sides: [empty(), empty()] }));
      }
      pathOf[span] = path;
      count(path.sides[side], records[span]!);
    }
  }
}

function count(side: PathSide, { attributes }: SpanRecord): void {
  side.spans += 1;
  for (const [key, value] of Object.entries(attributes)) {
    let values = side.keys.get(key);
    if (values === undefined) {
      side.keys.set(key, (values = { withKey: 0, counts: new Map(), sum: 0, isNumber: true }));
    }
    const text = textOf(value);
    values.withKey += 1;
    values.counts.set(text, (values.counts.get(text) ?? 0) + 1);
    if (typeof value === 'number') values.sum += value;
    else values.isNumber = false;
  }
}

/** The same values as often, of as many spans. */
function isSame(left: PathSide, a: Values, right: PathSide, b: Values): boolean {
  if (a.counts.size !== b.counts.size || a.withKey * right.spans !== b.withKey * left.spans) return false;
  for (const [value, spans] of a.counts) {
    if (spans * right.spans !== (b.counts.get(value) ?? 0) * left.spans) return false;
  }
  return true;
}

function isUnique(values: Values | undefined): boolean {
  if (values === undefined || values.isNumber) return false;
  return values.withKey >= MIN_UNIQUE && values.counts.size === values.withKey;
}

function sideOf({ spans }: PathSide, values: Values | undefined): AttributeSide {
  if (values === undefined) return { spans, withKey: 0, values: [], differentValues: 0, mean: null };
  return {
    spans,
    withKey: values.withKey,
    values: [...values.counts]
      .sort((x, y) => y[1] - x[1] || (x[0] < y[0] ? -1 : 1))
      .slice(0, MAX_VALUES)
      .map(([value, of]) => ({ value, spans: of })),
    differentValues: values.counts.size,
    mean: values.isNumber ? values.sum / values.withKey : null,
  };
}

function textOf(value: AttributeValue): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
