/** Whole traces merged by call path: those that a search finds, or those that are named. */
import { CallTreeBuilder } from '../../../shared/analysis/callTree.ts';
import type { CallTreeInput } from '../../../shared/analysis/callTree.ts';
import { clockShifts } from '../../../shared/analysis/clockShift.ts';
import { cutCycles } from '../../../shared/analysis/columnsOf.ts';
import { ownAmounts } from '../../../shared/analysis/ownAmounts.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { CallTreeSearch, FoundCallTree, LeftOut } from '../../../shared/traceQuery.ts';
import { PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { damagedOf, matchingTraces, summariesOf } from '../query/match.ts';
import { createNoise, createSpanNoise } from '../query/noise.ts';
import type { Noise, SpanNoise } from '../query/noise.ts';
import type { AskOptions } from './askOptions.ts';
import { OriginGroups } from './originGroups.ts';
import { ParentSearch } from './parentSearch.ts';
import { spanIdAt } from './spanIds.ts';
import { StatedAmounts, UsageReader } from './usageReader.ts';

const ERROR = SPAN_STATUSES.indexOf('error');
const SERVER = SPAN_KINDS.indexOf('server');
const CLIENT = SPAN_KINDS.indexOf('client');
/** As many as are put together at once, where traces lie across blocks: about 150 bytes a span. */
const MAX_SPANS = 2_000_000;
/** Blocks of so few traces are asked for one trace at a time. */
const FEW_TRACES = 50;

export type CallTreeOptions = AskOptions & { readonly maxSpans?: number };
type Part = { readonly block: SpanBlock; readonly rows: Uint32Array };
type Chosen = {
  readonly traces: readonly number[];
  /** By number of the trace; 0 for those that were not chosen. */
  readonly spanCounts: Float64Array;
  readonly fromUs: number;
  readonly toUs: number;
  readonly leftOut: LeftOut;
};

/**
 * A trace that has a match counts with all its spans. Traces are whole or left out: past `maxSpans`, the older ones
 * (`unscanned` counts their spans). An open span lasts until the latest moment that any span of its trace knows.
 */
export function callTree(
  reader: SpanReader,
  params: CallTreeSearch,
  options: CallTreeOptions = {},
): FoundCallTree {
  const beganMs = performance.now();
  const noise = params.traceIds.length > 0 ? null : createNoise(reader, params.hide, options);
  const spanNoise = createSpanNoise(reader, params.hideSpans, options);
  const chosen = chooseTraces(reader, params, options, noise);
  const services = new OriginGroups(reader, false);
  const usages = new UsageReader(reader.strings, options.prices ?? []);
  const builder = new CallTreeBuilder({
    nameOf: (name) => reader.strings.text(name),
    serviceOf: (service) => services.at(service).service,
  });
  // Traces that lie within a block are added block by block, which keeps the columns small; the others in the end.
  const scattered: Part[] = [];
  let scanned = 0;
  let skewedTraces = 0;
  const add = (parts: readonly Part[]): void => {
    const forest = assemble(reader, parts, services, usages, spanNoise);
    scanned += forest.columns.count;
    const skew = clockSkew(forest);
    skewedTraces += skew?.traces ?? 0;
    builder.add(skew !== null && params.adjustClocks === true ? skew.adjusted : forest);
  };
  for (const block of blocksOf(reader, chosen)) {
    const { whole, part } = splitRows(block, chosen.spanCounts);
    if (whole.length > 0) add([{ block, rows: whole }]);
    if (part.length > 0) scattered.push({ block, rows: part });
  }
  if (scattered.length > 0) add(scattered);
  const { leftOut } = chosen;
  const damaged = chosen.traces.length === 0 ? {} : damagedOf(reader, chosen.fromUs, chosen.toUs);
  return {
    tree: builder.tree(),
    leftOut: { ...leftOut, ...damaged, scanned: Math.max(leftOut.scanned, scanned) },
    tookMs: performance.now() - beganMs,
    ...(noise !== null && { hidden: noise.hidden }),
    ...(spanNoise !== null && { hiddenSpans: spanNoise.found }),
    ...(skewedTraces > 0 && { skewedTraces }),
  };
}

/** The same with the clocks of its services brought together; `null` where they agree. */
function clockSkew(forest: Forest): { readonly traces: number; readonly adjusted: CallTreeInput } | null {
  const { columns, service, trace, kind, services } = forest;
  if (services < 2) return null;
  const isServed = (span: number, caller: number) => kind[span] === SERVER && kind[caller] === CLIENT;
  const shifts = clockShifts(columns, service, isServed);
  if (shifts === null) return null;
  const { startMs, endMs } = columns;
  const traces = new Set<number>();
  for (const [span, by] of shifts.entries()) if (by !== 0) traces.add(trace[span]!);
  const moved = {
    ...columns,
    startMs: startMs.map((ms, span) => ms + shifts[span]!),
    endMs: endMs.map((ms, span) => ms + shifts[span]!),
  };
  return { traces: traces.size, adjusted: { ...forest, columns: moved } };
}

function chooseTraces(
  reader: SpanReader,
  { traceIds, maxTraces, ...search }: CallTreeSearch,
  options: CallTreeOptions,
  noise: Noise | null,
): Chosen {
  const { maxSpans = MAX_SPANS } = options;
  const found =
    traceIds.length === 0
      ? matchingTraces(reader, search, maxTraces, {
          ...options,
          ...(noise !== null && {
            isHidden: (trace: number) => noise.isHidden(trace, reader.summary(trace)),
          }),
        })
      : {
          traces: [...new Set(traceIds.flatMap((id) => reader.traceNumber(id) ?? []))],
          leftOut: { more: false, scanned: 0, unscanned: 0, prunedBeforeMs: reader.prunedBeforeMs },
        };
  const spanCounts = new Float64Array(found.traces.reduce((most, trace) => Math.max(most, trace), -1) + 1);
  const traces: number[] = [];
  let spans = 0;
  let unscanned = 0;
  let fromUs = Infinity;
  let toUs = -Infinity;
  const summaries = summariesOf(reader, found.traces);
  for (const [i, trace] of found.traces.entries()) {
    const { spanCount, startMs, durationMs } = summaries[i]!;
    // One trace is shown, however large it is.
    if (spans > 0 && spans + spanCount > maxSpans) {
      unscanned += spanCount;
      continue;
    }
    spans += spanCount;
    traces.push(trace);
    spanCounts[trace] = spanCount;
    // The summary's times are milliseconds with fractions.
    fromUs = Math.min(fromUs, startMs * 1000 - 1);
    toUs = Math.max(toUs, durationMs === null ? Infinity : (startMs + durationMs) * 1000 + 1);
  }
  const { leftOut } = found;
  return {
    traces,
    spanCounts,
    fromUs,
    toUs,
    leftOut: {
      ...leftOut,
      more: leftOut.more || unscanned > 0,
      unscanned: leftOut.unscanned + unscanned,
    },
  };
}

function blocksOf(reader: SpanReader, { traces, fromUs, toUs }: Chosen): Iterable<SpanBlock> {
  if (traces.length === 0) return [];
  if (traces.length > FEW_TRACES) return reader.blocks(fromUs, toUs);
  const blocks = new Map<number, SpanBlock>();
  for (const trace of traces) for (const block of reader.blocksOf(trace)) blocks.set(block.id, block);
  return blocks.values();
}

/** The living rows of chosen traces: of those that have all their spans here, and of the others. */
function splitRows(
  { count, trace, dead }: SpanBlock,
  spanCounts: Float64Array,
): { readonly whole: Uint32Array; readonly part: Uint32Array } {
  const whole = new Uint32Array(count);
  const part = new Uint32Array(count);
  let wholeCount = 0;
  let partCount = 0;
  for (let from = 0; from < count;) {
    const of = trace[from]!;
    let to = from + 1;
    while (to < count && trace[to] === of) to += 1;
    const wanted = spanCounts[of] ?? 0;
    if (wanted > 0) {
      const first = wholeCount;
      for (let row = from; row < to; row += 1) {
        if (dead?.[row] === 1) continue;
        whole[wholeCount] = row;
        wholeCount += 1;
      }
      if (wholeCount - first !== wanted) {
        part.set(whole.subarray(first, wholeCount), partCount);
        partCount += wholeCount - first;
        wholeCount = first;
      }
    }
    from = to;
  }
  return { whole: whole.subarray(0, wholeCount), part: part.subarray(0, partCount) };
}

type Forest = CallTreeInput & {
  readonly columns: {
    readonly count: number;
    readonly parent: Int32Array;
    readonly startMs: Float64Array;
    readonly endMs: Float64Array;
  };
  readonly trace: Uint32Array;
  readonly kind: Uint8Array;
  /** 2 for several. */
  readonly services: number;
};

/** All spans of the rows as one forest. */
function assemble(
  reader: SpanReader,
  parts: readonly Part[],
  groups: OriginGroups,
  usages: UsageReader,
  noise: SpanNoise | null,
): Forest {
  const count = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  const parent = new Int32Array(count).fill(-1);
  const startMs = new Float64Array(count);
  const endMs = new Float64Array(count);
  const name = new Uint32Array(count);
  const service = new Uint32Array(count);
  const trace = new Uint32Array(count);
  const error = new Uint8Array(count);
  const kind = new Uint8Array(count);
  let services = count === 0 ? 0 : 1;
  const partOf = new Uint32Array(count);
  const hidden = noise === null ? null : new Uint8Array(count);
  const amounts = new StatedAmounts(usages, count);
  const search = new ParentSearch();
  const orphans: number[] = [];
  const bases: number[] = [];
  // Small numbers keep their fractions; when it was is none of the tree's business.
  const originUs = parts.reduce((least, { block }) => Math.min(least, block.firstUs), Infinity);
  let hasOpen = false;
  let at = 0;
  for (const [part, { block, rows }] of parts.entries()) {
    const base = at;
    bases.push(base);
    const { startUs, durationUs, flags, origin, name: names, trace: traces, parent: parents } = block;
    const { rows: named, ids } = block.namedParents;
    let nextNamed = 0;
    const place = rows.length === block.count ? null : placesOf(rows, block.count);
    for (let i = 0; i < rows.length; i += 1, at += 1) {
      const row = rows[i]!;
      const above = parents[row]!;
      if (above >= 0) {
        const found = place === null ? above : place[above]!;
        if (found >= 0) parent[at] = base + found;
      } else if (above === PARENT_ELSEWHERE) {
        while (named[nextNamed]! < row) nextNamed += 1;
        search.want(traces[row]!, ids[nextNamed * 2]!, ids[nextNamed * 2 + 1]!);
        orphans.push(at);
      }
      const start = (startUs[row]! - originUs) / 1000;
      const us = durationUs[row]!;
      startMs[at] = start;
      endMs[at] = us > 0 ? start + us / 1000 : us !== us ? NaN : start;
      if (us !== us) hasOpen = true;
      name[at] = names[row]!;
      service[at] = groups.of(origin[row]!);
      if (service[at] !== service[0]) services = 2;
      kind[at] = flags[row]! & 7;
      trace[at] = traces[row]!;
      error[at] = flags[row]! >> 3 === ERROR ? 1 : 0;
      partOf[at] = part;
    }
    amounts.read(block, rows, base);
    if (hidden !== null) noise!.mark(block, rows, hidden, base);
  }
  if (hasOpen) endOpen(trace, startMs, endMs);
  if (orphans.length > 0 && parts.length > 1) {
    adopt(search, orphans, parts, parent);
    cutCycles(parent);
  }
  const columns = { count, parent, startMs, endMs };
  const { input, output, cost } = amounts;
  return {
    columns,
    name,
    service,
    services,
    kind,
    trace,
    error,
    ...(input === null ? {} : { inputTokens: ownAmounts(columns, input) }),
    ...(output === null ? {} : { outputTokens: ownAmounts(columns, output) }),
    ...(cost === null ? {} : { cost: ownAmounts(columns, cost) }),
    ...(hidden === null ? {} : { hidden }),
    idOf(span) {
      const part = partOf[span]!;
      const { block, rows } = parts[part]!;
      return {
        traceId: reader.traceId(trace[span]!),
        spanId: spanIdAt(block, rows[span - bases[part]!]!),
      };
    },
  };
}

function placesOf(rows: Uint32Array, count: number): Int32Array {
  const places = new Int32Array(count).fill(-1);
  for (let i = 0; i < rows.length; i += 1) places[rows[i]!] = i;
  return places;
}

/** Spans without an end (NaN) last until the latest moment that their trace knows. */
function endOpen(trace: Uint32Array, startMs: Float64Array, endMs: Float64Array): void {
  const latest = new Map<number, number>();
  for (let span = 0; span < trace.length; span += 1) {
    const end = endMs[span]!;
    const moment = end === end ? end : startMs[span]!;
    if (moment > (latest.get(trace[span]!) ?? -Infinity)) latest.set(trace[span]!, moment);
  }
  for (let span = 0; span < trace.length; span += 1) {
    if (endMs[span] !== endMs[span]) endMs[span] = latest.get(trace[span]!)!;
  }
}

/** Finds the parents that are in another block than their child. */
function adopt(
  search: ParentSearch,
  orphans: readonly number[],
  parts: readonly Part[],
  parent: Int32Array,
): void {
  let at = 0;
  for (const { block, rows } of parts) {
    const { trace: traces } = block;
    let spanId: Uint32Array | null = null;
    for (let i = 0; i < rows.length; i += 1, at += 1) {
      const row = rows[i]!;
      const trace = traces[row]!;
      if (!search.wants(trace)) continue;
      spanId ??= block.spanId;
      const high: number = spanId[row * 2]!;
      const low: number = spanId[row * 2 + 1]!;
      if (search.first(trace, high, low) < 0) continue;
      for (const no of search.matches(trace, high, low)) {
        const orphan = orphans[no]!;
        if (parent[orphan] === -1 && orphan !== at) parent[orphan] = at;
      }
    }
  }
}
