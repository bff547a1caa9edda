/** Spans as columns in memory, in the making of a block: gathered, put together, chosen from and put in order. */
import { VALUE } from '../blockTypes.ts';
import type { AttributeColumn, SpanExtra } from '../blockTypes.ts';

/** One entry a span, as in `SpanBlock`; parents by id alone. */
export type SpanColumns = {
  readonly count: number;
  readonly trace: Uint32Array;
  readonly startUs: Float64Array;
  readonly durationUs: Float64Array;
  readonly name: Uint32Array;
  readonly origin: Uint32Array;
  readonly flags: Uint8Array;
  readonly spanId: Uint32Array;
  readonly parentId: Uint32Array;
  /** Of times in nanoseconds (`shared/nanoseconds.ts`); `null` where none has one. */
  readonly startRestNs: Int16Array | null;
  readonly endRestNs: Int16Array | null;
  /** By the number of the key. */
  readonly attributes: ReadonlyMap<number, AttributeColumn>;
  /** By row. */
  readonly extras: ReadonlyMap<number, SpanExtra>;
};

/** Gathers one attribute, row by row in ascending order. */
export class ColumnBuilder {
  #rows = new Uint32Array(64);
  #type = new Uint8Array(64);
  #value = new Float64Array(64);
  #count = 0;
  #texts: string[] = [];
  #byText = new Map<string, number>();
  /** Where the last text of a source came from, so that most are not looked up by their letters. */
  readonly #bySource = new Map<number, number>();

  #add(row: number, type: number, value: number): void {
    const at = this.#count;
    if (at > 0 && this.#rows[at - 1] === row) {
      // A key that a span has twice: the last one holds.
      this.#type[at - 1] = type;
      this.#value[at - 1] = value;
      return;
    }
    if (at === this.#rows.length) {
      const grow = <T extends Uint32Array | Uint8Array | Float64Array>(next: T, old: T): T => {
        next.set(old as never);
        return next;
      };
      this.#rows = grow(new Uint32Array(at * 2), this.#rows);
      this.#type = grow(new Uint8Array(at * 2), this.#type);
      this.#value = grow(new Float64Array(at * 2), this.#value);
    }
    this.#rows[at] = row;
    this.#type[at] = type;
    this.#value[at] = value;
    this.#count = at + 1;
  }
  #textOf(text: string): number {
    let index = this.#byText.get(text);
    if (index === undefined) {
      index = this.#texts.length;
      this.#byText.set(text, index);
      this.#texts.push(text);
    }
    return index;
  }

  text(row: number, text: string): void {
    this.#add(row, VALUE.string, this.#textOf(text));
  }
  /** A text under a number that stands for it. */
  textFrom(row: number, source: number, text: string): void {
    let index = this.#bySource.get(source);
    if (index === undefined) this.#bySource.set(source, (index = this.#textOf(text)));
    this.#add(row, VALUE.string, index);
  }
  number(row: number, value: number): void {
    const isInt = Number.isSafeInteger(value) && Math.abs(value) < 2 ** 52 && !Object.is(value, -0);
    this.#add(row, isInt ? VALUE.int : VALUE.float, value);
  }
  boolean(row: number, value: boolean): void {
    this.#add(row, value ? VALUE.true : VALUE.false, value ? 1 : 0);
  }
  list(row: number, value: unknown): void {
    this.#add(row, VALUE.list, this.#textOf(JSON.stringify(value)));
  }
  /** Entries of another column, their rows moved by `offset`. */
  append(column: AttributeColumn, offset: number): void {
    const { rows, type, value, texts } = column;
    const places = new Int32Array(texts.length).fill(-1);
    for (let i = 0; i < rows.length; i += 1) {
      const kind = type[i]!;
      if (kind !== VALUE.string && kind !== VALUE.list) {
        this.#add(rows[i]! + offset, kind, value[i]!);
        continue;
      }
      const text = value[i]!;
      if (places[text] === -1) places[text] = this.#textOf(texts[text]!);
      this.#add(rows[i]! + offset, kind, places[text]!);
    }
  }
  finish(): AttributeColumn {
    return {
      rows: this.#rows.subarray(0, this.#count),
      type: this.#type.subarray(0, this.#count),
      value: this.#value.subarray(0, this.#count),
      texts: this.#texts,
    };
  }
}

/** The rows of `order`, in that order. */
export function selectRows(columns: SpanColumns, order: Uint32Array): SpanColumns {
  const count = order.length;
  const newRow = new Int32Array(columns.count).fill(-1);
  for (let row = 0; row < count; row += 1) newRow[order[row]!] = row;
  const gather = <T extends Uint32Array | Uint8Array | Float64Array | Int16Array>(from: T, to: T): T => {
    for (let row = 0; row < count; row += 1) to[row] = from[order[row]!]!;
    return to;
  };
  const gatherIds = (from: Uint32Array): Uint32Array => {
    const to = new Uint32Array(count * 2);
    for (let row = 0; row < count; row += 1) {
      to[row * 2] = from[order[row]! * 2]!;
      to[row * 2 + 1] = from[order[row]! * 2 + 1]!;
    }
    return to;
  };
  const attributes = new Map<number, AttributeColumn>();
  const place = new Int32Array(count).fill(-1);
  for (const [key, column] of columns.attributes) {
    const chosen = selectEntries(column, newRow, place);
    if (chosen.rows.length > 0) attributes.set(key, chosen);
  }
  const extras = new Map<number, SpanExtra>();
  for (const [row, extra] of columns.extras) if (newRow[row]! >= 0) extras.set(newRow[row]!, extra);
  return {
    count,
    trace: gather(columns.trace, new Uint32Array(count)),
    startUs: gather(columns.startUs, new Float64Array(count)),
    durationUs: gather(columns.durationUs, new Float64Array(count)),
    name: gather(columns.name, new Uint32Array(count)),
    origin: gather(columns.origin, new Uint32Array(count)),
    flags: gather(columns.flags, new Uint8Array(count)),
    spanId: gatherIds(columns.spanId),
    parentId: gatherIds(columns.parentId),
    startRestNs: columns.startRestNs && gather(columns.startRestNs, new Int16Array(count)),
    endRestNs: columns.endRestNs && gather(columns.endRestNs, new Int16Array(count)),
    attributes,
    extras,
  };
}

/** @param place - scratch, one entry a new row, all -1 before and after */
export function selectEntries(
  column: AttributeColumn,
  newRow: Int32Array,
  place: Int32Array,
): AttributeColumn {
  const { rows, texts } = column;
  let kept = 0;
  let last = -1;
  let isSorted = true;
  for (let i = 0; i < rows.length; i += 1) {
    const to = newRow[rows[i]!]!;
    if (to < 0) continue;
    place[to] = i;
    kept += 1;
    if (to < last) isSorted = false;
    last = to;
  }
  const out = {
    rows: new Uint32Array(kept),
    type: new Uint8Array(kept),
    value: new Float64Array(kept),
    texts,
  };
  const put = (at: number, to: number, i: number): void => {
    out.rows[at] = to;
    out.type[at] = column.type[i]!;
    out.value[at] = column.value[i]!;
    place[to] = -1;
  };
  let at = 0;
  if (isSorted || kept * 16 < place.length) {
    const targets = new Uint32Array(kept);
    for (let i = 0; i < rows.length; i += 1) {
      const to = newRow[rows[i]!]!;
      if (to >= 0) targets[at++] = to;
    }
    if (!isSorted) targets.sort();
    for (let k = 0; k < kept; k += 1) put(k, targets[k]!, place[targets[k]!]!);
  } else {
    for (let to = 0; at < kept; to += 1) if (place[to] !== -1) put(at++, to, place[to]!);
  }
  return out;
}

/** Rows by trace, then by start; rows that begin together keep their order. `dead` rows are left out. */
export function clusterOrder(
  columns: Pick<SpanColumns, 'count' | 'trace' | 'startUs'>,
  dead: Uint8Array | null = null,
): Uint32Array {
  const { count, trace, startUs } = columns;
  const order = new Uint32Array(count);
  let kept = 0;
  let isSorted = true;
  let last = -1;
  for (let row = 0; row < count; row += 1) {
    if (dead?.[row] === 1) continue;
    if (
      last >= 0 &&
      (trace[row]! < trace[last]! || (trace[row] === trace[last] && startUs[row]! < startUs[last]!))
    ) {
      isSorted = false;
    }
    last = row;
    order[kept++] = row;
  }
  const chosen = order.subarray(0, kept);
  return isSorted ? chosen : mergeRuns(chosen, trace, startUs);
}

/** Sorts rows by trace and start, equal ones as they stand: what comes is a few sorted blocks, or nearly sorted. */
function mergeRuns(rows: Uint32Array, trace: Uint32Array, startUs: Float64Array): Uint32Array {
  const isBefore = (a: number, b: number): boolean =>
    trace[a]! < trace[b]! || (trace[a] === trace[b] && startUs[a]! < startUs[b]!);
  let ends: number[] = [];
  for (let at = 1; at <= rows.length; at += 1)
    if (at === rows.length || isBefore(rows[at]!, rows[at - 1]!)) ends.push(at);
  let from: Uint32Array = rows;
  let to: Uint32Array = new Uint32Array(rows.length);
  // Two neighbours become one, until there is one.
  while (ends.length > 1) {
    const merged: number[] = [];
    let begin = 0;
    for (let pair = 0; pair < ends.length; pair += 2) {
      const middle = ends[pair]!;
      const end = ends[pair + 1] ?? middle;
      let [left, right] = [begin, middle];
      for (let at = begin; at < end; at += 1) {
        const takesRight = left === middle || (right < end && isBefore(from[right]!, from[left]!));
        to[at] = takesRight ? from[right++]! : from[left++]!;
      }
      merged.push(end);
      begin = end;
    }
    ends = merged;
    [from, to] = [to, from];
  }
  return from;
}
