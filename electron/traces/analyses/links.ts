import { PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { ParentSearch } from './parentSearch.ts';

/** Place of a span. */
export type Place = { readonly block: SpanBlock; readonly row: number };
export type Link = { readonly child: Place; readonly parent: Place };

/** More traces than that are not looked for outside the time that was asked for. */
const MAX_OUTSIDE = 1000;

/** A parent that is looked for, and whose. */
type Wanted = {
  readonly trace: number;
  readonly high: number;
  readonly low: number;
  readonly children: Place[];
};

/** Parents of a block that are elsewhere, by trace. */
type Elsewhere = readonly {
  readonly trace: number;
  readonly high: number;
  readonly low: number;
  readonly rows: number[];
}[];
/** Answers of a block that are kept: of more parents than that, it is asked anew. */
const MAX_KEPT = 4096;

function want(block: SpanBlock, into: Map<number, Wanted[]>): void {
  let elsewhere = block.memo.get<Elsewhere>('elsewhere');
  if (elsewhere === undefined) {
    elsewhere = findElsewhere(block);
    const rows = elsewhere.reduce((sum, each) => sum + each.rows.length, 0);
    block.memo.set('elsewhere', elsewhere, 100 + elsewhere.length * 120 + rows * 8);
  }
  for (const { trace, high, low, rows } of elsewhere) {
    let of = into.get(trace);
    if (of === undefined) into.set(trace, (of = []));
    let found = of.find((each) => each.low === low && each.high === high);
    if (found === undefined) of.push((found = { trace, high, low, children: [] }));
    for (const row of rows) found.children.push({ block, row });
  }
}

function findElsewhere(block: SpanBlock): Elsewhere {
  const { parent, namedParents, dead } = block;
  const { rows, ids } = namedParents;
  if (rows.length === 0) return [];
  const { trace } = block;
  type Parent = {
    readonly trace: number;
    readonly high: number;
    readonly low: number;
    readonly rows: number[];
  };
  const found = new Map<string, Parent>();
  let last: Parent | null = null;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i]!;
    if (parent[row] !== PARENT_ELSEWHERE || (dead !== null && dead[row] === 1)) continue;
    const of = trace[row]!;
    const high = ids[i * 2]!;
    const low = ids[i * 2 + 1]!;
    // Brothers and sisters stand together mostly.
    if (last === null || last.low !== low || last.high !== high || last.trace !== of) {
      const key: string = `${of} ${high} ${low}`;
      last = found.get(key) ?? { trace: of, high, low, rows: [] };
      found.set(key, last);
    }
    last.rows.push(row);
  }
  return [...found.values()];
}

/** Which of the wanted spans the block has. What it answered before it need not be read for again. */
function* lookUp(
  block: SpanBlock,
  wanted: ReadonlyMap<number, readonly Wanted[]>,
): Generator<{ readonly of: Wanted; readonly row: number }, void> {
  const asked = tracesOf(block).flatMap((trace) => wanted.get(trace) ?? []);
  if (asked.length === 0) return;
  const keyOf = ({ trace, high, low }: Wanted): string => `${trace} ${high} ${low}`;
  const known = block.memo.get<Map<string, number>>('lookUps') ?? new Map<string, number>();
  const open = asked.filter((of) => !known.has(keyOf(of)));
  if (open.length > 0) {
    const rows = rowsOf(block, open);
    for (const [i, of] of open.entries()) known.set(keyOf(of), rows[i]!);
    if (known.size <= MAX_KEPT) block.memo.set('lookUps', known, 100 + asked.length * 100);
  }
  for (const of of asked) {
    const row = known.get(keyOf(of))!;
    if (row >= 0) yield { of, row };
  }
}

/** The row of each span; -1 for one that is not in the block. */
function rowsOf(block: SpanBlock, wanted: readonly Wanted[]): Int32Array {
  const search = new ParentSearch();
  for (const { trace, high, low } of wanted) search.want(trace, high, low);
  const rows = new Int32Array(wanted.length).fill(-1);
  const { trace, spanId, dead } = block;
  let left = wanted.length;
  for (let row = 0; row < trace.length && left > 0; row += 1) {
    if (!search.wants(trace[row]!) || (dead !== null && dead[row] === 1)) continue;
    const no = search.first(trace[row]!, spanId[row * 2]!, spanId[row * 2 + 1]!);
    // Of several with one id the first.
    if (no < 0 || rows[no] !== -1) continue;
    rows[no] = row;
    left -= 1;
  }
  return rows;
}

/** Different traces of a block. */
function tracesOf(block: SpanBlock): number[] {
  let found = block.memo.get<number[]>('traces');
  if (found !== undefined) return found;
  found = different(block.trace);
  block.memo.set('traces', found, 100 + found.length * 8);
  return found;
}

function different(trace: Uint32Array): number[] {
  const found: number[] = [];
  let last = -1;
  for (let row = 0; row < trace.length; row += 1) {
    if (trace[row] === last) continue;
    last = trace[row]!;
    found.push(last);
  }
  return found;
}

/**
 * Parents that are in another block than their child: of spans that arrived in different batches and have not been
 * put together yet, and of traces that are larger than a block.
 */
export class Links {
  /** By block and row of the child. */
  readonly #parents = new Map<number, Map<number, Place>>();
  /** By block of the parent. */
  readonly #children = new Map<number, Link[]>();

  /**
   * All of the blocks that may hold starts within the time (epoch microseconds), and the parents wherever they are.
   * @param untilMs - of `performance.now()`: blocks that are not reached by then (the oldest) have no links
   */
  static find(reader: SpanReader, fromUs: number, toUs: number, untilMs = Infinity): Links {
    const links = new Links();
    const wanted = new Map<number, Wanted[]>();
    const blocks: SpanBlock[] = [];
    for (const block of reader.blocks(fromUs, toUs)) {
      if (performance.now() > untilMs) break;
      blocks.push(block);
      want(block, wanted);
    }
    if (wanted.size === 0) return links;

    const seen = new Set<number>();
    const offer = (block: SpanBlock): void => {
      if (seen.has(block.id)) return;
      seen.add(block.id);
      for (const { of, row } of lookUp(block, wanted)) {
        const parent: Place = { block, row };
        for (const child of of.children) {
          if (child.block !== block || child.row !== row) links.#add({ child, parent });
        }
        const others = wanted.get(of.trace)!;
        others.splice(others.indexOf(of), 1);
        if (others.length === 0) wanted.delete(of.trace);
      }
    };
    for (const block of blocks) offer(block);
    for (const trace of [...wanted.keys()].slice(0, MAX_OUTSIDE)) {
      if (performance.now() > untilMs) break;
      for (const block of reader.blocksOf(trace)) offer(block);
    }
    return links;
  }

  get count(): number {
    let count = 0;
    for (const [, links] of this.#children) count += links.length;
    return count;
  }

  /** Of a row whose parent is elsewhere; `null` where it is nowhere. */
  parentOf(block: SpanBlock, row: number): Place | null {
    return this.#parents.get(block.id)?.get(row) ?? null;
  }

  /** Whose parent is in this block. */
  childrenIn(block: SpanBlock): readonly Link[] {
    return this.#children.get(block.id) ?? [];
  }

  #add(link: Link): void {
    const { child, parent } = link;
    let rows = this.#parents.get(child.block.id);
    if (rows === undefined) this.#parents.set(child.block.id, (rows = new Map()));
    rows.set(child.row, parent);
    let links = this.#children.get(parent.block.id);
    if (links === undefined) this.#children.set(parent.block.id, (links = []));
    links.push(link);
  }
}

/** The parent of any row, here or elsewhere; `null` for none. */
export function parentPlace(links: Links, block: SpanBlock, row: number): Place | null {
  const parent = block.parent[row]!;
  if (parent >= 0) return { block, row: parent };
  return parent === PARENT_ELSEWHERE ? links.parentOf(block, row) : null;
}
