/**
 * What a search finds in the store, for the lists and for every analysis that can be narrowed by a query.
 *
 * A span is found where its start is within the time of the search and the query holds. The trace around it counts as
 * a whole: parents, other sets and structure are looked at wherever they are in time. Figures of a pipe are over the
 * found spans.
 */
import { characterNo } from '../../../shared/characterNo.ts';
import { parseQuery } from '../../../shared/query/parseQuery.ts';
import type { Condition, Query, SetExpression } from '../../../shared/query/ast.ts';
import type { TraceSummary } from '../../../shared/span.ts';
import type { LeftOut, Search } from '../../../shared/traceQuery.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { compileFigures } from './figures.ts';
import type { FoundPart, TraceTest } from './figures.ts';
import { toNumber } from './fieldQuestion.ts';
import type { FilterContext } from './fieldQuestion.ts';
import { compileCondition } from './rowFilter.ts';
import type { RowFilter } from './rowSelects.ts';
import { between, livingRows, placeOf, rangeOf } from './rows.ts';
import type { Rows } from './rows.ts';
import { canHold, findSpans, leavesOf } from './setTest.ts';
import type { SpanSet } from './setTest.ts';
import { TraceViews } from './traceView.ts';

/** Rows of a block that were found, ascending; never a dead row. Do not write to `rows`. */
export type MatchedRows = { readonly block: SpanBlock; readonly rows: Uint32Array };

export type MatchOptions = {
  /** Stops after that long; what is left is in `unscanned`. */
  readonly budgetMs?: number;
  /** What relative times count from; epoch milliseconds. */
  readonly nowMs?: number;
};
const BUDGET_MS = 2000;

/** Found rows, block by block, newest blocks first. `leftOut` is complete once the iteration has ended. */
export interface SpanMatches extends Iterable<MatchedRows> {
  readonly leftOut: LeftOut;
}

/** Throws TracedeckError `query_invalid`. */
export function matchSpans(reader: SpanReader, search: Search, options: MatchOptions = {}): SpanMatches {
  return createMatcher(reader, search, options).matches();
}

/**
 * Numbers of the traces that have a found span, those of the newest blocks first, at most `maxTraces`.
 * Throws TracedeckError `query_invalid`.
 */
export function matchingTraces(
  reader: SpanReader,
  search: Search,
  maxTraces: number,
  options: MatchOptions & { readonly isHidden?: (trace: number) => boolean } = {},
): { readonly traces: readonly number[]; readonly leftOut: LeftOut } {
  const matches = createMatcher(reader, search, options).matches();
  const { isHidden } = options;
  const traces = new Set<number>();
  const hidden = new Set<number>();
  let more = false;
  search: for (const { block, rows } of matches) {
    const { trace } = block;
    // Later rows are of later traces, and those began later mostly: newest first.
    for (let at = rows.length - 1; at >= 0; at = placeOf(rows, placeOf(trace, trace[rows[at]!]!)) - 1) {
      const number = trace[rows[at]!]!;
      if (traces.has(number) || hidden.has(number)) continue;
      if (isHidden?.(number) === true) {
        hidden.add(number);
        continue;
      }
      if (traces.size === maxTraces) {
        more = true;
        break search;
      }
      traces.add(number);
    }
  }
  return { traces: [...traces], leftOut: { ...matches.leftOut, more } };
}

/** The query of a search; throws TracedeckError `query_invalid` with the first fault and its place. */
export function parseSearch(query: string, signal: 'spans' | 'logs' = 'spans'): Query {
  const parsed = parseQuery(query, signal);
  if (parsed.ok) return parsed.ast;
  const [first] = parsed.errors;
  const place = first === undefined ? '' : ` (at character ${characterNo(query, first.from)})`;
  throw new TracedeckError(
    'user',
    'query_invalid',
    `The query cannot be read: ${first?.message ?? 'unknown'}${place}.`,
    {
      hint: 'See docs/query-language.md for what can be asked.',
    },
  );
}

export function summariesOf(reader: SpanReader, traces: readonly number[]): readonly TraceSummary[] {
  if (traces.length === 0) return [];
  return reader.summaries?.(traces) ?? traces.map((trace) => reader.summary(trace));
}

/** Spans that cannot be read, where there are any. */
export function damagedOf(reader: SpanReader, fromUs: number, toUs: number): Pick<LeftOut, 'damaged'> {
  const damaged = reader.damagedWithin?.(fromUs, toUs) ?? 0;
  return damaged === 0 ? {} : { damaged };
}

type Narrow = (block: SpanBlock, rows: Rows) => Rows;

export type Matcher = {
  /** Nothing was asked but a time. */
  readonly isEmpty: boolean;
  /** Epoch microseconds. */
  readonly fromUs: number;
  readonly toUs: number;
  /**
   * @param goesOn - asked before each block, with the latest start that it and all after it have
   * @param narrow - those of a block's rows that still matter: others may be left out before more of them is read
   */
  matches(goesOn?: (lastUs: number) => boolean, narrow?: Narrow): SpanMatches;
  /** How many spans of a trace are found, all its blocks looked at. */
  countIn(trace: number): number;
};

export function createMatcher(reader: SpanReader, search: Search, options: MatchOptions = {}): Matcher {
  const { budgetMs = BUDGET_MS, nowMs = Date.now() } = options;
  const query = parseSearch(search.query);
  const context: FilterContext = { reader, nowMs, views: new TraceViews(reader, nowMs * 1000) };
  const plain = query.pipes.length === 0 && (query.set === null || query.set.type === 'spans');
  const where = plain && query.set?.type === 'spans' ? query.set.where : null;
  const needs = needsOf(where, nowMs);
  const fromUs = Math.max(toUs(search.fromMs) ?? -Infinity, needs.fromUs);
  const until = Math.min(toUs(search.toMs) ?? Infinity, needs.toUs);
  const isWithin = { fromUs, toUs: until };
  const finder = plain ? plainFinder(where, context, isWithin) : traceFinder(query, context, isWithin);

  function* blocksToAsk(): Generator<SpanBlock> {
    if (needs.traceId === null) {
      yield* reader.blocks(fromUs, until);
      return;
    }
    const trace = reader.traceNumber(needs.traceId);
    if (trace === null) return;
    for (const block of reader.blocksOf(trace).toReversed()) {
      if (block.lastUs >= fromUs && block.firstUs <= until) yield block;
    }
  }

  return {
    isEmpty: plain && where === null,
    fromUs,
    toUs: until,
    countIn: (trace) => finder.countIn(trace),
    matches(goesOn = () => true, narrow = (_, rows) => rows) {
      const counts = { scanned: 0, unscanned: 0 };
      let isDone = false;
      return {
        get leftOut() {
          const { prunedBeforeMs } = reader;
          return { more: false, ...counts, prunedBeforeMs, ...damagedOf(reader, fromUs, until) };
        },
        *[Symbol.iterator]() {
          if (isDone) throw new Error('A search can be gone through once.');
          isDone = true;
          const deadline = performance.now() + budgetMs;
          const blocks: (SpanBlock | null)[] = [...blocksToAsk()];
          const lastUs = latestFrom(blocks as SpanBlock[]);
          counts.unscanned = blocks.reduce((sum, block) => sum + block!.count, 0);
          for (let i = 0; i < blocks.length; i++) {
            const block = blocks[i]!;
            // A block that is behind us need not be kept.
            blocks[i] = null;
            if (performance.now() >= deadline || !goesOn(lastUs[i]!)) return;
            const rows = finder.rowsIn(block, deadline, narrow);
            if (rows === null) return;
            counts.scanned += block.count;
            counts.unscanned -= block.count;
            if (rows.length > 0) yield { block, rows };
          }
        },
      };
    },
  };
}

/** The latest start in each block and all that come after it. */
function latestFrom(blocks: readonly SpanBlock[]): Float64Array {
  const latest = new Float64Array(blocks.length);
  let lastUs = -Infinity;
  for (let i = blocks.length - 1; i >= 0; i--) {
    lastUs = Math.max(lastUs, blocks[i]!.lastUs);
    latest[i] = lastUs;
  }
  return latest;
}

type Times = { readonly fromUs: number; readonly toUs: number };
type Finder = {
  /** `null` where the time was up before the block was done. */
  rowsIn(block: SpanBlock, deadline: number, narrow: Narrow): Rows | null;
  countIn(trace: number): number;
};

const toUs = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1000));

/** What a condition asks of every span: found out before any block is read. */
function needsOf(where: Condition | null, nowMs: number): Times & { readonly traceId: string | null } {
  let fromUs = -Infinity;
  let until = Infinity;
  let traceId: string | null = null;
  const items = where === null ? [] : where.type === 'and' ? where.items : [where];
  for (const item of items) {
    if (item.type !== 'compare' || item.field.type !== 'intrinsic') continue;
    const { name } = item.field;
    const { op, value } = item;
    if (name === 'trace.id' && op === '=' && value.type === 'text') traceId ??= value.text.toLowerCase();
    if (name !== 'start') continue;
    const us = toNumber(value, true, nowMs);
    if (op === '>' || op === '>=' || op === '=') fromUs = Math.max(fromUs, us);
    if (op === '<' || op === '<=' || op === '=') until = Math.min(until, us);
  }
  return { fromUs, toUs: until, traceId };
}

/** Conditions on single spans: columns, block by block. */
function plainFinder(
  where: Condition | null,
  context: FilterContext,
  { fromUs, toUs: until }: Times,
): Finder {
  const filter = where === null ? null : compileCondition(where, context);
  return {
    rowsIn(block, _deadline, narrow) {
      const living = narrow(block, livingRows(block, fromUs, until));
      return filter === null ? living : filter.select(block, living);
    },
    countIn(trace) {
      let count = 0;
      for (const block of context.reader.blocksOf(trace)) {
        if (block.lastUs < fromUs || block.firstUs > until) continue;
        const { from, to } = rangeOf(block, trace);
        const living = livingRows(block, fromUs, until, from, to);
        count += (filter === null ? living : filter.select(block, living)).length;
      }
      return count;
    },
  };
}

/** Blocks whose leaves are kept while traces that lie in several blocks are looked at. */
const MAX_KEPT = 64;
const NOTHING: readonly FoundPart[] = [];

/** Structure, several sets and figures: trace by trace. */
function traceFinder({ set, pipes }: Query, context: FilterContext, { fromUs, toUs: until }: Times): Finder {
  const { views } = context;
  const root: SetExpression = set ?? { type: 'spans', where: null };
  const leaves = leavesOf(root);
  const filters = leaves.map(({ where }): RowFilter | null =>
    where === null ? null : compileCondition(where, context),
  );
  const tests: readonly TraceTest[] = pipes.map((pipe) => compileFigures(pipe, context));
  const kept = new Map<number, readonly Rows[]>();
  /** Of traces that lie in several blocks: each block asks again. */
  const found = new Map<number, readonly FoundPart[]>();

  const leafRows = (block: SpanBlock): readonly Rows[] => {
    let rows = kept.get(block.id);
    if (rows !== undefined) return rows;
    const living = livingRows(block, -Infinity, Infinity);
    rows = filters.map((filter) => (filter === null ? living : filter.select(block, living)));
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(block.id, rows);
    return rows;
  };

  /** What is found of a trace, within the time. */
  function ofTrace(trace: number): readonly FoundPart[] {
    const view = views.of(trace);
    const rowsOf = view.parts.map(({ block, from, to }) =>
      leafRows(block).map((rows) => between(rows, from, to)),
    );
    const isMet = (leaf: SetExpression) => {
      const at = leaves.indexOf(leaf as (typeof leaves)[number]);
      return rowsOf.some((rows) => rows[at]!.length > 0);
    };
    if (!canHold(root, isMet)) return NOTHING;
    const parts: FoundPart[] = [];
    if (root.type === 'spans') {
      for (const [i, { block }] of view.parts.entries()) {
        const rows = inTime(block, rowsOf[i]![0]!);
        if (rows.length > 0) parts.push({ block, rows });
      }
    } else {
      const sets = new Map<SetExpression, SpanSet>();
      for (const [at, leaf] of leaves.entries()) {
        const places = new Uint8Array(view.count);
        for (const [i, { offset, from }] of view.parts.entries()) {
          for (const row of rowsOf[i]![at]!) places[offset + row - from] = 1;
        }
        sets.set(leaf, places);
      }
      const result = findSpans(root, view, (leaf) => sets.get(leaf)!);
      if (result === null) return NOTHING;
      for (const { block, from, to, offset } of view.parts) {
        const living = livingRows(block, fromUs, until, from, to);
        const rows = result === 'trace' ? living : living.filter((row) => result[offset + row - from] === 1);
        if (rows.length > 0) parts.push({ block, rows });
      }
    }
    return parts.length > 0 && tests.every((test) => test(parts)) ? parts : NOTHING;
  }

  const inTime = (block: SpanBlock, rows: Rows): Rows =>
    block.firstUs >= fromUs && block.lastUs <= until
      ? rows
      : rows.filter((row) => block.startUs[row]! >= fromUs && block.startUs[row]! <= until);

  const cached = (trace: number): readonly FoundPart[] => {
    let parts = found.get(trace);
    if (parts === undefined) {
      parts = ofTrace(trace);
      if (views.of(trace).parts.length > 1) found.set(trace, parts);
    }
    return parts;
  };

  /** Whether a trace can be left out for want of any span that the expression is about. */
  const needsAny = !canHold(root, () => false);

  return {
    rowsIn(block, deadline) {
      const all = new Uint32Array(block.count);
      let length = 0;
      const leafs = needsAny ? leafRows(block) : null;
      const { trace } = block;
      for (let from = 0; from < block.count;) {
        const number = trace[from]!;
        const to = endOfRun(trace, from);
        if (leafs === null || leafs.some((rows) => hasBetween(rows, from, to))) {
          for (const part of cached(number)) {
            if (part.block.id !== block.id) continue;
            all.set(part.rows, length);
            length += part.rows.length;
          }
          if (performance.now() >= deadline) return to < block.count ? null : all.subarray(0, length);
        }
        from = to;
      }
      return all.subarray(0, length);
    },
    countIn: (trace) => cached(trace).reduce((sum, { rows }) => sum + rows.length, 0),
  };
}

function endOfRun(trace: Uint32Array, from: number): number {
  const number = trace[from]!;
  let to = from + 1;
  while (to < trace.length && trace[to] === number) to++;
  return to;
}

function hasBetween(rows: Rows, from: number, to: number): boolean {
  const at = placeOf(rows, from);
  return at < rows.length && rows[at]! < to;
}
