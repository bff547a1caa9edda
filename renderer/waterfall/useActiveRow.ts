import { useEffect, useState } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import { ROW, rowOfGroup, rowOfNode } from './waterfallRows.ts';
import type { SiblingGroup, WaterfallRows } from './waterfallRows.ts';

export type ActiveRow = {
  /** Place among the rows; -1 for none. */
  readonly active: number;
  /** Where it is that of folded siblings. */
  readonly group: SiblingGroup | null;
  /** Marks a row and selects its span. */
  readonly activate: (row: number) => void;
  readonly clear: () => void;
};

/** The marked row: that of the selected span, or one that stands for no span. */
export function useActiveRow(
  tree: TraceTree,
  rows: WaterfallRows,
  selected: number,
  onSelect: (node: number) => void,
): ActiveRow {
  const [groupKey, setGroupKey] = useState<string | null>(null);
  /** An event or a record, as its place among these rows. */
  const [entry, setEntry] = useState<{ readonly of: WaterfallRows; readonly row: number } | null>(null);
  /** What was selected by marking it here. */
  const [chosen, setChosen] = useState(-1);
  useEffect(() => {
    setGroupKey(null);
    setEntry(null);
  }, [tree, tree.rebuilds]);
  const isOther = selected >= 0 && selected !== chosen;
  const isEntry = !isOther && entry !== null && entry.of === rows;
  const isGroup = !isOther && groupKey !== null && selected < 0;
  const active = isEntry ? entry.row : isGroup ? rowOfGroup(rows, groupKey) : rowOfNode(rows, selected);
  return {
    active,
    group: isGroup && active >= 0 ? (rows.groups[-1 - rows.item[active]!] ?? null) : null,
    activate(row) {
      if (row < 0 || row >= rows.count) return;
      const item = rows.item[row]!;
      const kind = rows.kind[row];
      const node = kind === ROW.span ? item : kind === ROW.inPlace ? rows.entries[-1 - item]!.node : -1;
      setEntry(kind === ROW.inPlace ? { of: rows, row } : null);
      setGroupKey(kind === ROW.group ? rows.groups[-1 - item]!.key : null);
      setChosen(node);
      onSelect(node);
    },
    clear() {
      setEntry(null);
      setGroupKey(null);
    },
  };
}
