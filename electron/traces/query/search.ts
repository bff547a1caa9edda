/** Lists of what a search finds: traces and spans, best first, with the limit applied before anything is loaded. */
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { Attributes, AttributeValue, TraceSummary } from '../../../shared/span.ts';
import type {
  Found,
  FoundSpan,
  FoundTrace,
  FoundTraces,
  LeftOut,
  SpanSearch,
  TraceSearch,
} from '../../../shared/traceQuery.ts';
import { VALUE } from '../blockTypes.ts';
import type { AttributeColumn, SpanBlock, SpanFacts, SpanReader, SummaryOrder } from '../blockTypes.ts';
import type { AskOptions } from '../analyses/askOptions.ts';
import { isUsageOrder, tracesByUsage } from '../analyses/tracesByUsage.ts';
import { readList } from './attributeRows.ts';
import { createMatcher, damagedOf, summariesOf } from './match.ts';
import type { Matcher, MatchOptions } from './match.ts';
import { createNoise } from './noise.ts';
import type { Noise } from './noise.ts';
import { hexId } from './rowSelects.ts';
import type { Rows } from './rows.ts';

/** To find out what is to be hidden; a list of what was found by then is better than none. */
const NOISE_MS = 2000;

/**
 * Traces that have a found span; where nothing is asked, those that begin within the time. Of what is to be hidden
 * only that counts which the list would have had.
 * Throws TracedeckError `query_invalid`.
 */
export function searchTraces(reader: SpanReader, search: TraceSearch, options: AskOptions = {}): FoundTraces {
  const began = performance.now();
  const matcher = createMatcher(reader, search, options);
  const noise = createNoise(reader, search.hide, options);
  const { order } = search;
  const { items, leftOut } = isUsageOrder(order)
    ? tracesByUsage(reader, search, order, matcher, noise, options)
    : !matcher.isEmpty
      ? matchedTraces(reader, { ...search, order }, matcher, noise)
      : noise === null
        ? everyTrace(reader, { ...search, order }, matcher)
        : everyQuietTrace(
            reader,
            { ...search, order },
            matcher,
            noise,
            began + (options.budgetMs ?? NOISE_MS),
          );
  const tookMs = performance.now() - began;
  return noise === null ? { items, leftOut, tookMs } : { items, leftOut, tookMs, hidden: noise.hidden };
}

type SummarySearch = TraceSearch & { readonly order: SummaryOrder };

/** As many as are looked at together. */
const PAGE = 1000;

/** Goes on until the list is full or all have been looked at. */
function everyQuietTrace(
  reader: SpanReader,
  { order, limit }: SummarySearch,
  { fromUs, toUs }: Matcher,
  noise: Noise,
  deadline: number,
) {
  const items: FoundTrace[] = [];
  let scanned = 0;
  let more = false;
  let traces: readonly number[] = [];
  let at = 0;
  let wanted = Math.max(PAGE, limit + 1);
  search: for (;;) {
    traces = reader.traces(order, fromUs, toUs, wanted);
    while (at < traces.length) {
      const page = traces.slice(at, at + PAGE);
      for (const [i, summary] of summariesOf(reader, page).entries()) {
        if (performance.now() >= deadline) break search;
        at += 1;
        if (noise.isHidden(page[i]!, summary)) continue;
        more = items.length === limit;
        if (more) break search;
        scanned += summary.spanCount;
        items.push({ ...summary, matched: summary.spanCount });
      }
    }
    if (traces.length < wanted) break;
    wanted *= 4;
  }
  const isCut = !more && at < traces.length;
  const leftOut: LeftOut = {
    more: more || isCut,
    scanned,
    unscanned: isCut ? spansOf(reader, traces.slice(at)) : 0,
    prunedBeforeMs: reader.prunedBeforeMs,
    ...damagedOf(reader, fromUs, toUs),
  };
  return { items, leftOut };
}

const spansOf = (reader: SpanReader, traces: readonly number[]): number =>
  summariesOf(reader, traces).reduce((sum, { spanCount }) => sum + spanCount, 0);

function everyTrace(reader: SpanReader, { order, limit }: SummarySearch, { fromUs, toUs }: Matcher) {
  const traces = reader.traces(order, fromUs, toUs, limit + 1);
  const items = traces.slice(0, limit).map((trace): FoundTrace => {
    const summary = reader.summary(trace);
    return { ...summary, matched: summary.spanCount };
  });
  const leftOut: LeftOut = {
    more: traces.length > limit,
    scanned: items.reduce((sum, { spanCount }) => sum + spanCount, 0),
    unscanned: 0,
    prunedBeforeMs: reader.prunedBeforeMs,
    ...damagedOf(reader, fromUs, toUs),
  };
  return { items, leftOut };
}

const ORDERS: { readonly [O in SummaryOrder]: (trace: TraceSummary) => number } = {
  newest: ({ startMs }) => startMs,
  longest: ({ durationMs }) => durationMs ?? -1,
  errors: ({ errorCount }) => errorCount,
  spans: ({ spanCount }) => spanCount,
};

function matchedTraces(
  reader: SpanReader,
  { order, limit }: SummarySearch,
  matcher: Matcher,
  noise: Noise | null,
) {
  const keyOf = ORDERS[order];
  const matched = new Map<number, number>();
  const best = new Best<{ trace: number; summary: TraceSummary }>(
    limit,
    ({ summary }) => keyOf(summary),
    ({ summary }) => summary.startMs,
  );
  // A trace begins before its spans: blocks whose spans all begin before the last of the best have none for the list.
  const goesOn = (lastUs: number) => order !== 'newest' || best.count <= limit || lastUs >= best.least * 1000;
  const matches = matcher.matches(goesOn);
  for (const { block, rows } of matches) {
    const { trace } = block;
    const fresh: number[] = [];
    for (let at = 0; at < rows.length;) {
      const number = trace[rows[at]!]!;
      let next = at + 1;
      while (next < rows.length && trace[rows[next]!] === number) next += 1;
      const known = matched.get(number);
      matched.set(number, (known ?? 0) + next - at);
      if (known === undefined) fresh.push(number);
      at = next;
    }
    for (const [i, summary] of summariesOf(reader, fresh).entries()) {
      const trace = fresh[i]!;
      if (noise?.isHidden(trace, summary) !== true) best.add({ trace, summary });
    }
  }
  const { leftOut } = matches;
  const items = best.list().map(({ trace, summary }): FoundTrace => ({
    ...summary,
    // Where the search ended early, older blocks may hold more of the trace's spans.
    matched: leftOut.unscanned > 0 ? matcher.countIn(trace) : matched.get(trace)!,
  }));
  return { items, leftOut: { ...leftOut, more: best.count > limit } };
}

/** Throws TracedeckError `query_invalid`. */
export function searchSpans(
  reader: SpanReader,
  search: SpanSearch,
  options: MatchOptions = {},
): Found<FoundSpan> {
  const began = performance.now();
  const { order, limit } = search;
  const matcher = createMatcher(reader, search, options);
  const best = new Best<{ block: SpanBlock; row: number; key: number; startUs: number }>(
    limit,
    ({ key }) => key,
    ({ startUs }) => startUs,
  );
  const goesOn = (lastUs: number) => order !== 'newest' || best.count <= limit || lastUs >= best.least;
  // Once there is more than the list takes, nobody asks how many are shorter than its last one.
  const narrow = (block: SpanBlock, rows: Rows): Rows =>
    order === 'newest' || best.count <= limit ? rows : notShorter(block.durationUs, rows, best.least);
  const matches = matcher.matches(goesOn, narrow);
  for (const { block, rows } of matches) {
    const { startUs, durationUs } = block;
    for (const row of rows) {
      const key = order === 'newest' ? startUs[row]! : Number.isNaN(durationUs[row]!) ? -1 : durationUs[row]!;
      if (best.takes(key)) best.add({ block, row, key, startUs: startUs[row]! });
      else best.passed++;
    }
  }
  const items = foundSpans(reader, best.list());
  const leftOut = { ...matches.leftOut, more: best.count > limit };
  return { items, leftOut, tookMs: performance.now() - began };
}

/** @param leastUs - below 0 where open ones are among the wanted */
function notShorter(durationUs: Float64Array, rows: Rows, leastUs: number): Rows {
  if (leastUs < 0) return rows;
  const found = new Uint32Array(rows.length);
  let length = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (durationUs[row]! >= leastUs) found[length++] = row;
  }
  return found.subarray(0, length);
}

/** The largest of what is added, cut back now and then. */
class Best<T> {
  passed = 0;
  #items: T[] = [];
  #added = 0;
  /** How many were added when it was cut last. */
  #cutAt = 0;
  #least = -Infinity;
  readonly #limit: number;
  readonly #key: (item: T) => number;
  readonly #tie: (item: T) => number;

  constructor(limit: number, key: (item: T) => number, tie: (item: T) => number) {
    this.#limit = limit;
    this.#key = key;
    this.#tie = tie;
  }
  /** Of all that were offered. */
  get count(): number {
    return this.#added + this.passed;
  }
  /** The key of the last one on the list, if that were to end here; -Infinity while there is room. */
  get least(): number {
    this.#cut();
    return this.#least;
  }
  /** Whether one with this key may still come onto the list. */
  takes(key: number): boolean {
    return key >= this.#least;
  }
  add(item: T): void {
    this.#items.push(item);
    this.#added++;
    if (this.#items.length > 2 * this.#limit + 1000) this.#cut();
  }
  list(): readonly T[] {
    this.#cut();
    return this.#items;
  }
  #cut(): void {
    if (this.#added === this.#cutAt) return;
    this.#cutAt = this.#added;
    this.#items.sort((a, b) => this.#key(b) - this.#key(a) || this.#tie(b) - this.#tie(a));
    if (this.#items.length >= this.#limit) {
      this.#items.length = this.#limit;
      this.#least = this.#key(this.#items.at(-1)!);
    }
  }
}

/** Block by block, so that of each column only the rows that are shown are read. */
function foundSpans(
  reader: SpanReader,
  chosen: readonly { readonly block: SpanBlock; readonly row: number }[],
): FoundSpan[] {
  const rowsOf = new Map<SpanBlock, number[]>();
  for (const { block, row } of chosen) {
    const rows = rowsOf.get(block);
    if (rows === undefined) rowsOf.set(block, [row]);
    else rows.push(row);
  }
  const facts = new Map<SpanBlock, SpanFacts>();
  for (const [block, unsorted] of rowsOf) {
    const rows = Uint32Array.from(unsorted).sort();
    facts.set(block, block.spansAt(rows));
  }
  const traces = [...new Set([...facts.values()].flatMap(({ trace }) => [...trace]))];
  const ids = new Map(summariesOf(reader, traces).map(({ traceId }, i) => [traces[i]!, traceId]));
  const found = new Map<SpanBlock, ReadonlyMap<number, FoundSpan>>();
  for (const [block, of] of facts) found.set(block, foundIn(reader, block, of, ids));
  return chosen.map(({ block, row }) => found.get(block)!.get(row)!);
}

/** By row. */
function foundIn(
  reader: SpanReader,
  block: SpanBlock,
  facts: SpanFacts,
  traceIds: ReadonlyMap<number, string>,
): ReadonlyMap<number, FoundSpan> {
  const { strings } = reader;
  const { rows } = facts;
  const attributes = attributesOf(reader, block, rows);
  const found = new Map<number, FoundSpan>();
  for (const [at, row] of rows.entries()) {
    const flags = facts.flags[at]!;
    const durationUs = block.durationUs[row]!;
    found.set(row, {
      traceId: traceIds.get(facts.trace[at]!)!,
      spanId: hexId(facts.spanId, at),
      parentSpanId:
        (facts.parentId[at * 2]! | facts.parentId[at * 2 + 1]!) === 0 ? null : hexId(facts.parentId, at),
      name: strings.text(facts.name[at]!),
      service: strings.origin(facts.origin[at]!).service,
      kind: SPAN_KINDS[flags & 7] ?? 'internal',
      status: SPAN_STATUSES[(flags >> 3) & 3] ?? 'unset',
      startMs: block.startUs[row]! / 1000,
      durationMs: Number.isNaN(durationUs) ? null : durationUs / 1000,
      attributes: attributes.get(row) ?? {},
    });
  }
  return found;
}

function attributesOf({ strings }: SpanReader, block: SpanBlock, rows: Uint32Array): Map<number, Attributes> {
  const all = new Map<number, [key: string, value: AttributeValue][]>();
  for (const key of block.keys) {
    const column = block.attributeOf(key, rows);
    if (column === null) continue;
    const text = strings.text(key);
    for (const [entry, row] of column.rows.entries()) {
      let attributes = all.get(row);
      if (attributes === undefined) all.set(row, (attributes = []));
      attributes.push([text, valueOf(column, entry)]);
    }
  }
  // Unlike an assignment, this makes an own property of `__proto__` as well.
  return new Map([...all].map(([row, entries]) => [row, Object.fromEntries(entries)]));
}

function valueOf({ type, value, texts }: AttributeColumn, entry: number): AttributeValue {
  const of = value[entry]!;
  const kind = type[entry]!;
  if (kind === VALUE.string) return texts[of]!;
  if (kind === VALUE.list) return readList(texts[of]!) as readonly string[];
  return kind === VALUE.true || kind === VALUE.false ? kind === VALUE.true : of;
}
