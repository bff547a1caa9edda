/** What a batch of spans says about its traces: the summary row of each, brought up to date span by span. */
import { ATTR, SPAN, SPAN_STATUSES } from '../../../shared/span.ts';
import { VALUE } from '../blockTypes.ts';
import type { SpanColumns } from './spanColumns.ts';

const STATUS_ERROR = SPAN_STATUSES.indexOf('error');

/** Rank of the span that names a trace: a run's (which a click may have begun), a root, any other. */
export const RANK = { run: 2, root: 1, any: 0 } as const;

export type TraceHead = {
  startUs: number;
  endUs: number;
  rank: number;
  /** Start of the span that names it; of equals the earliest names it. */
  nameUs: number;
  name: number;
  origin: number;
  runId: string | null;
  spans: number;
  errors: number;
  open: number;
};

export const emptyHead = (): TraceHead => ({
  startUs: Infinity,
  endUs: -Infinity,
  rank: -1,
  nameUs: Infinity,
  name: 0,
  origin: 0,
  runId: null,
  spans: 0,
  errors: 0,
  open: 0,
});

/** Run ids by row, of the spans that may name a trace. @param find - number of a text */
export function runIdsOf(columns: SpanColumns, find: (text: string) => number | null): Map<number, string> {
  const found = new Map<number, string>();
  const key = find(ATTR.runId);
  const column = key === null ? undefined : columns.attributes.get(key);
  if (column === undefined) return found;
  const run = find(SPAN.run);
  for (const [i, row] of column.rows.entries()) {
    if (column.type[i] === VALUE.string && (columns.name[row] === run || isRoot(columns, row))) {
      found.set(row, column.texts[column.value[i]!]!);
    }
  }
  return found;
}

export const isRoot = ({ parentId }: Pick<SpanColumns, 'parentId'>, row: number): boolean =>
  (parentId[row * 2]! | parentId[row * 2 + 1]!) === 0;

/** Counts a span in (`by` 1), or one that it replaces out (`by` -1: what it named and spanned stays). */
export function countSpan(
  head: TraceHead,
  columns: Pick<SpanColumns, 'flags' | 'durationUs'>,
  row: number,
  by: 1 | -1,
): void {
  head.spans += by;
  if (columns.flags[row]! >> 3 === STATUS_ERROR) head.errors += by;
  if (Number.isNaN(columns.durationUs[row]!)) head.open += by;
}

export function seeSpan(
  head: TraceHead,
  columns: SpanColumns,
  row: number,
  runIds: ReadonlyMap<number, string>,
): void {
  countSpan(head, columns, row, 1);
  const startUs = columns.startUs[row]!;
  const durationUs = columns.durationUs[row]!;
  const endUs = startUs + (durationUs > 0 ? durationUs : 0);
  if (startUs < head.startUs) head.startUs = startUs;
  if (endUs > head.endUs) head.endUs = endUs;
  const runId = runIds.size === 0 ? undefined : runIds.get(row);
  const rank = runId !== undefined ? RANK.run : isRoot(columns, row) ? RANK.root : RANK.any;
  if (rank > head.rank || (rank === head.rank && startUs <= head.nameUs)) {
    head.rank = rank;
    head.nameUs = startUs;
    head.name = columns.name[row]!;
    head.origin = columns.origin[row]!;
  }
  if (runId !== undefined) head.runId = runId;
}

/** Epoch milliseconds; `null` while a span is open, or before the trace's root is there. */
export function durationOf({ rank, open, startUs, endUs }: TraceHead): number | null {
  return rank > RANK.any && open === 0 ? (endUs - startUs) / 1000 : null;
}

/** Adds what a batch says to what was known. */
export function mergeHead(known: TraceHead, batch: TraceHead): void {
  known.startUs = Math.min(known.startUs, batch.startUs);
  known.endUs = Math.max(known.endUs, batch.endUs);
  if (batch.rank > known.rank || (batch.rank === known.rank && batch.nameUs <= known.nameUs)) {
    known.rank = batch.rank;
    known.nameUs = batch.nameUs;
    known.name = batch.name;
    known.origin = batch.origin;
  }
  known.runId = batch.runId ?? known.runId;
  known.spans += batch.spans;
  known.errors += batch.errors;
  known.open += batch.open;
}
