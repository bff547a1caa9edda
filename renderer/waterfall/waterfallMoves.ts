/** From row to row, and what commands do to the folds. */
import {
  ALL_COLLAPSED,
  ALL_EXPANDED,
  nextLevels,
  unfolded,
  withLevels,
  withName,
  withService,
} from './folds.ts';
import type { FoldState } from './folds.ts';
import { withAncestors } from './waterfallIndex.ts';
import type { TraceIndex } from './waterfallIndex.ts';
import type { WaterfallCommand } from './waterfallKeys.ts';
import { foldOf, ROW } from './waterfallRows.ts';
import type { WaterfallRows } from './waterfallRows.ts';

type Step = Extract<WaterfallCommand, { readonly kind: 'move' }>['to'];

export function movedTo(step: Step, active: number, count: number, page: number): number {
  switch (step) {
    case 'next':
      return Math.min(count - 1, active + 1);
    case 'previous':
      return Math.max(0, active - 1);
    case 'first':
      return 0;
    case 'last':
      return count - 1;
    case 'pageDown':
      return Math.min(count - 1, active + page);
    case 'pageUp':
      return Math.max(0, active - page);
  }
}

/** The row that a row is below of; -1 for the outermost. */
export function rowAbove({ level }: WaterfallRows, at: number): number {
  const own = level[at]!;
  let up = at - 1;
  while (up >= 0 && level[up]! >= own) up -= 1;
  return up;
}

/** The span of a row: of a group the first one; -1 for none. */
export function nodeAt(rows: WaterfallRows, at: number): number {
  if (at < 0 || at >= rows.count) return -1;
  const item = rows.item[at]!;
  if (rows.kind[at] === ROW.span) return item;
  return rows.kind[at] === ROW.group ? rows.groups[-1 - item]!.nodes[0]! : rows.entries[-1 - item]!.node;
}

/** `null` for commands that fold nothing. */
export function foldedBy(
  command: WaterfallCommand,
  folds: FoldState,
  index: TraceIndex,
  node: number,
  nameOf: (name: number) => string,
): FoldState | null {
  switch (command.kind) {
    case 'expandAll':
      return ALL_EXPANDED;
    case 'collapseAll':
      return ALL_COLLAPSED;
    case 'levels':
      return withLevels(folds, nextLevels(folds, index, command.step));
    case 'collapseAlike':
      return node < 0 ? null : withName(folds, index, nameOf(index.name[node]!), nameOf);
    case 'collapseService':
      return node < 0 ? null : withService(folds, index, index.service[node]!);
    default:
      return null;
  }
}

/** The folds with a row for the node, where the filter leaves it one. */
export function showing(
  index: TraceIndex,
  folds: FoldState,
  node: number,
  nameOf: (name: number) => string,
  wanted: Uint8Array | null,
): FoldState {
  if (node < 0 || node >= index.count) return folds;
  const shown = wanted === null ? null : withAncestors(index, wanted);
  return unfolded(index, folds, node, nameOf, (at) => foldOf(index, at, shown));
}
