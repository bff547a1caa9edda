import { useCallback, useMemo, useState } from 'react';
import type { CallTree, LeftOut } from '../../shared/traceQuery.ts';
import { countOf, formatCount } from '../../shared/units.ts';
import { leftOutText } from '../derive/leftOutText.ts';
import { aggregate, nodeName } from './aggregate.ts';
import { FlamePane, NoPaths } from './FlamePane.tsx';
import type { PaneState } from './FlamePane.tsx';
import { MeasureSelect } from './MeasureSelect.tsx';
import {
  formatMeasure,
  isTime,
  MEASURE_HINTS,
  MEASURE_LABELS,
  measureTotals,
} from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import { pathColumns } from './pathTable.ts';
import type { TableItems } from './tableRows.ts';
import { useMeasure } from './useMeasure.ts';

export type SpanPlace = CallTree['longest'][number];

export type AggregateFlameProps = PaneState & {
  readonly tree: CallTree;
  readonly leftOut?: LeftOut;
  /** Not given: the graph keeps it. */
  readonly measure?: Measure;
  readonly onMeasure?: (measure: Measure) => void;
  /** A node of the tree; not given: the graph keeps it. -1 for none. */
  readonly selected?: number;
  readonly onSelect?: (node: number) => void;
  /** Goes to the longest span of a path. */
  readonly onOpenSpan?: (span: SpanPlace) => void;
  /** Shows an operation's callers and callees. */
  readonly onSandwich?: (operation: { readonly name: string; readonly service: string }) => void;
  readonly label?: string;
  /** 1 for every node that a search elsewhere found. */
  readonly matches?: Uint8Array | null;
  readonly fitRequest?: number;
  /** Inside the view of one trace, which has a search and shows what is selected itself. */
  readonly isEmbedded?: boolean;
};

/** Traces merged by call path, the heaviest on the left; a table behind it. */
export function AggregateFlame(props: AggregateFlameProps) {
  const { tree, leftOut, onOpenSpan, onSandwich, matches = null } = props;
  const [ownSelected, setOwnSelected] = useState(-1);
  const totals = useMemo(() => measureTotals(tree), [tree]);
  const [measure, onMeasure] = useMeasure(props, totals);
  const { picture, model } = useMemo(() => aggregate(tree, measure), [tree, measure]);
  const selected = props.selected ?? ownSelected;
  const { onSelect } = props;
  const select = useCallback(
    (node: number) => {
      setOwnSelected(node);
      onSelect?.(node);
    },
    [onSelect],
  );
  const items = useMemo(
    (): TableItems => ({ childrenOf: picture.childrenOf, parentOf: (node) => picture.parent[node]! }),
    [picture],
  );
  const columns = useMemo(
    () => pathColumns(tree, measure, picture.width, picture.total),
    [tree, measure, picture],
  );
  const nameOf = useCallback((node: number) => nodeName(tree, node), [tree]);
  const of = tree.traces === 1 ? 'one trace' : countOf(tree.traces, 'trace');
  if (tree.nodes === 0) {
    return (
      <NoPaths title="No spans to merge">
        {leftOut === undefined
          ? 'There is no span here yet.'
          : 'Nothing matches the search in this stretch of time. Widen one or the other.'}
      </NoPaths>
    );
  }
  const sandwichAt = selected >= 0 && selected < tree.nodes ? selected : -1;
  return (
    <FlamePane
      {...props}
      label={props.label ?? `Flame graph of ${of}, merged by call path, the heaviest on the left`}
      model={model}
      count={tree.nodes}
      nameOf={nameOf}
      selected={selected}
      onSelect={select}
      matches={matches}
      table={{ items, columns, sortBy: 'width', nameLabel: 'Call path' }}
      onOpen={onOpenSpan === undefined ? undefined : (node) => onOpenSpan(tree.longest[node]!)}
      openLabel="Open the longest span"
      tools={
        <>
          <MeasureSelect measure={measure} totals={totals} onMeasure={onMeasure} />
          {onSandwich !== undefined && (
            <button
              data-action="Callers and callees"
              type="button"
              disabled={sandwichAt < 0}
              title="Callers and callees of the selected operation, wherever it was called"
              onClick={() =>
                onSandwich({
                  name: nodeName(tree, sandwichAt),
                  service: tree.strings[tree.service[sandwichAt]!]!,
                })
              }
            >
              Callers and callees
            </button>
          )}
        </>
      }
      notes={[
        `${MEASURE_LABELS[measure]} ${isTime(measure) ? 'Σ ' : ''}${formatMeasure(measure, picture.total)} in ${of}, ${countOf(tree.nodes, 'call path')}`,
        MEASURE_HINTS[measure],
        ...(picture.hidden > 0
          ? [
              `${countOf(picture.hidden, 'path')} without any have no box; the table has ${picture.hidden === 1 ? 'it' : 'them'}`,
            ]
          : []),
        ...(leftOut === undefined ? [] : leftOutText(leftOut, { what: 'traces' })),
        ...(matches === null ? [] : [`${formatCount(matches.reduce((sum, hit) => sum + hit, 0))} found`]),
      ]}
    />
  );
}
