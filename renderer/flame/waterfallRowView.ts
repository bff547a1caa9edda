/** What one waterfall row shows, as plain values: so that a row whose values did not change is not rendered. */
import { formatCount, formatDuration } from '../../shared/units.ts';
import { ATTR } from '../../shared/span.ts';
import { NODE } from '../derive/traceTree.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { nodeFaults } from './flameModel.ts';
import type { SearchResult } from './search.ts';
import type { TimeWindow } from './viewport.ts';
import type { RowView } from './WaterfallRow.tsx';
import type { WaterfallRows } from './waterfallRows.ts';

export type RowSource = {
  readonly tree: TraceTree;
  readonly rows: WaterfallRows;
  readonly index: number;
  readonly window: TimeWindow;
  readonly nowMs: number;
  readonly search: SearchResult | null;
  readonly colourOf: (name: string) => string;
};

/** Attributes that tell alike spans apart, best first. */
const TELLING = [
  ATTR.itemKey,
  ATTR.genAiRequestModel,
  ATTR.cacheOutcome,
  ATTR.dbQuerySummary,
  ATTR.dbOperation,
  ATTR.httpStatus,
  ATTR.itemRow,
] as const;

/** Everything but the fold and the focus, which the grid knows. */
export function rowView(source: RowSource): Omit<RowView, 'expanded' | 'isActive'> {
  const { tree, rows, index, window, nowMs, search, colourOf } = source;
  const item = rows.item[index]!;
  const length = window.toMs - window.fromMs;
  const place = (startMs: number, endMs: number) => ({
    left: ((startMs - window.fromMs) / length) * 100,
    width: ((endMs - startMs) / length) * 100,
  });
  if (item < 0) {
    const group = rows.groups[-1 - item]!;
    let hits = 0;
    if (search !== null) for (const node of group.nodes) hits += search.matches[node] ?? 0;
    const figures = `Σ ${formatDuration(group.totalMs)} · p50 ${formatDuration(group.p50Ms)} · p95 ${formatDuration(group.p95Ms)}`;
    return {
      index,
      level: rows.level[index]!,
      name: `${formatCount(group.nodes.length)} × ${group.name}`,
      detail: figures,
      duration: formatDuration((group.open > 0 ? nowMs : group.endMs) - group.startMs),
      colour: colourOf(group.name),
      isGroup: true,
      isError: group.errors > 0,
      errorText: `${formatCount(group.errors)} failed`,
      isOpen: group.open > 0,
      fault: '',
      isMatch: hits > 0,
      isDim: search !== null && hits === 0,
      ...place(group.startMs, group.open > 0 ? nowMs : group.endMs),
    };
  }
  const flags = tree.flags(item);
  const startMs = tree.startMs(item);
  const endMs = tree.endMs(item, nowMs);
  const isMatch = search !== null && search.matches[item] === 1;
  const row = tree.row(item);
  const isNegative = (flags & NODE.negative) !== 0;
  return {
    index,
    level: rows.level[index]!,
    name: tree.name(item),
    detail: telling(tree, row),
    duration: formatDuration(isNegative ? tree.table.endMs(row) - tree.table.startMs(row) : endMs - startMs),
    colour: colourOf(tree.name(item)),
    isGroup: false,
    isError: (flags & NODE.error) !== 0,
    errorText: 'error',
    isOpen: (flags & NODE.open) !== 0,
    fault: nodeFaults(tree, item).join('. '),
    isMatch,
    isDim: search !== null && !isMatch,
    ...place(startMs, endMs),
  };
}

function telling(tree: TraceTree, row: number): string {
  const attributes = tree.table.attributes(row);
  for (const key of TELLING) {
    const value = attributes[key];
    // A statement's name is its summary.
    if (value !== undefined && value !== tree.table.name(row)) return String(value).slice(0, 120);
  }
  return '';
}
