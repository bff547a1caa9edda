import { useCallback, useMemo, useState } from 'react';
import type { CallTree, LeftOut } from '../../shared/traceQuery.ts';
import { countOf, formatCount } from '../../shared/units.ts';
import { leftOutText } from '../derive/leftOutText.ts';
import { hasServices } from './aggregate.ts';
import { FlamePane, NoPaths } from './FlamePane.tsx';
import type { PaneState } from './FlamePane.tsx';
import { FlameTable } from './FlameTable.tsx';
import type { TableColumn } from './FlameTable.tsx';
import { MeasureSelect } from './MeasureSelect.tsx';
import { formatMeasure, formatShare, MEASURE_LABELS, measureTotals } from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import { operationKey, operationsOf, sandwich } from './sandwich.ts';
import type { Operation } from './sandwich.ts';
import type { SpanPlace } from './AggregateFlame.tsx';
import { useMeasure } from './useMeasure.ts';

export type SandwichFlameProps = PaneState & {
  readonly tree: CallTree;
  readonly leftOut?: LeftOut;
  /** The operation in the middle; not given or `null`: the graph keeps it, at first the largest by self time. */
  readonly operation?: Operation | null;
  readonly onOperation?: (operation: Operation) => void;
  readonly measure?: Measure;
  readonly onMeasure?: (measure: Measure) => void;
  readonly onOpenSpan?: (span: SpanPlace) => void;
  readonly label?: string;
  /** A way back to the picture that one came from. */
  readonly onBack?: () => void;
  readonly isEmbedded?: boolean;
};

/** One operation: its callers above it, what it called below it, and a list of all operations to choose from. */
export function SandwichFlame(props: SandwichFlameProps) {
  const { tree, leftOut, onOperation, onOpenSpan, onBack } = props;
  const [ownOperation, setOwnOperation] = useState<Operation | null>(null);
  const totals = useMemo(() => measureTotals(tree), [tree]);
  const [measure, onMeasure] = useMeasure(props, totals);
  const operations = useMemo(() => operationsOf(tree, measure), [tree, measure]);
  const wanted = props.operation ?? ownOperation;
  const at = useMemo(() => {
    const key = wanted === null ? null : operationKey(wanted);
    const found = operations.findIndex((each) => operationKey(each) === key);
    return found >= 0 ? found : largestBySelf(operations);
  }, [operations, wanted]);
  const operation = operations[at] ?? null;
  const picture = useMemo(
    () => (operation === null ? null : sandwich(tree, operation, measure)),
    [tree, operation, measure],
  );
  const [selection, setSelection] = useState<{ readonly of: unknown; readonly item: number }>({
    of: null,
    item: -1,
  });
  const selected = selection.of === picture ? selection.item : -1;
  const select = useCallback((item: number) => setSelection({ of: picture, item }), [picture]);
  const choose = useCallback(
    (next: Operation) => {
      setOwnOperation(next);
      onOperation?.(next);
    },
    [onOperation],
  );
  const whole = totals[measure];
  const services = useMemo(() => hasServices(tree), [tree]);
  const listItems = useMemo(
    () => ({
      childrenOf: (item: number) => (item < 0 ? operations.map((_, i) => i) : []),
      parentOf: () => -1,
    }),
    [operations],
  );
  const listColumns = useMemo(
    (): TableColumn[] => [
      {
        id: 'total',
        label: 'Total',
        title: `${MEASURE_LABELS[measure]}, with all that it called; recursion once`,
        keyOf: (i) => operations[i]!.total,
        textOf: (i) => formatMeasure(measure, operations[i]!.total),
        shareOf: (i) => (whole > 0 ? operations[i]!.total / whole : 0),
      },
      {
        id: 'self',
        label: 'Self',
        title: measure === 'wall' ? 'Self time of its spans' : 'Of its own spans',
        keyOf: (i) => operations[i]!.self,
        textOf: (i) => formatMeasure(measure === 'wall' ? 'self' : measure, operations[i]!.self),
        shareOf: (i) => (whole > 0 ? operations[i]!.self / whole : 0),
      },
      {
        id: 'spans',
        label: 'Spans',
        keyOf: (i) => operations[i]!.spans,
        textOf: (i) => formatCount(operations[i]!.spans),
      },
    ],
    [operations, measure, whole],
  );
  const items = useMemo(() => {
    const found = picture;
    if (found === null) return { childrenOf: () => [], parentOf: () => -1 };
    const { childrenOf, parent } = found.picture;
    // Callers stand beside the operation, not below it: theirs is another direction.
    return {
      childrenOf: (item: number) =>
        item < 0
          ? [0, ...childrenOf(0).filter((child) => found.side[child]! < 0)]
          : item === 0
            ? childrenOf(0).filter((child) => found.side[child]! > 0)
            : childrenOf(item),
      parentOf: (item: number) =>
        item === 0 || (parent[item] === 0 && found.side[item]! < 0) ? -1 : parent[item]!,
    };
  }, [picture]);
  if (operation === null || picture === null) {
    return (
      <NoPaths title="No operations here">
        There is no span to find callers and callees of. Widen the search or its stretch of time.
      </NoPaths>
    );
  }
  const { width } = picture.picture;
  const nameOf = (item: number) => picture.nameOf(item);
  const columns: TableColumn[] = [
    {
      id: 'width',
      label: MEASURE_LABELS[measure],
      title: `Of ${operation.name}: what came through this caller, or went into what it called`,
      keyOf: (item) => width[item]!,
      textOf: (item) => formatMeasure(measure, width[item]!),
      shareOf: (item) => (width[0]! > 0 ? width[item]! / width[0]! : 0),
    },
    {
      id: 'share',
      label: '% of it',
      keyOf: (item) => width[item]!,
      textOf: (item) => formatShare(width[item]!, width[0]!),
    },
    {
      id: 'spans',
      label: 'Calls',
      keyOf: (item) => picture.spans[item]!,
      textOf: (item) => formatCount(picture.spans[item]!),
    },
    {
      id: 'errors',
      label: 'Failed',
      keyOf: (item) => picture.errors[item]!,
      textOf: (item) => (picture.errors[item]! > 0 ? formatCount(picture.errors[item]!) : ''),
      toneOf: () => 'danger',
    },
  ];
  const callers = picture.side.filter((side) => side < 0).length;
  return (
    <FlamePane
      {...props}
      label={props.label ?? `Callers above and callees below ${operation.name}`}
      model={picture.model}
      count={picture.picture.count}
      nameOf={nameOf}
      selected={selected}
      onSelect={select}
      table={{
        items,
        columns,
        sortBy: 'width',
        nameLabel: 'Callers and callees',
        markOf: (item) => (picture.side[item]! < 0 ? 'caller' : item === 0 ? 'operation' : null),
      }}
      onOpen={
        onOpenSpan === undefined
          ? undefined
          : (item) => onOpenSpan(tree.longest[heaviest(picture.nodesOf(item), tree)]!)
      }
      openLabel="Open the longest span"
      tools={
        <>
          {onBack !== undefined && (
            <button data-action="All call paths" type="button" onClick={onBack}>
              ← All call paths
            </button>
          )}
          <MeasureSelect measure={measure} totals={totals} onMeasure={onMeasure} />
          <button
            data-action="Turn to it"
            type="button"
            disabled={selected <= 0}
            title="Put the selected operation in the middle"
            onClick={() => choose(picture.operationOf(selected))}
          >
            Turn to it
          </button>
        </>
      }
      aside={
        <div className="flame-aside">
          <h3>{countOf(operations.length, 'operation')}</h3>
          <FlameTable
            label="Operations: choose the one in the middle"
            nameLabel="Operation"
            identity={operations}
            items={listItems}
            nameOf={(i) =>
              services ? `${operations[i]!.name} · ${operations[i]!.service}` : operations[i]!.name
            }
            colourNameOf={(i) => operations[i]!.name}
            columns={listColumns}
            sortBy="self"
            selected={at}
            onSelect={(i) => i >= 0 && choose(operations[i]!)}
          />
        </div>
      }
      notes={[
        `${operation.name}: ${formatMeasure(measure, width[0]!)}, ${formatShare(width[0]!, whole)} of ${MEASURE_LABELS[measure].toLowerCase()}`,
        callers === 0 ? 'Nothing calls it' : `${countOf(callers, 'caller')} above it`,
        ...(leftOut === undefined ? [] : leftOutText(leftOut, { what: 'traces' })),
      ]}
    />
  );
}

function largestBySelf(operations: readonly { readonly self: number }[]): number {
  let best = 0;
  for (let i = 1; i < operations.length; i += 1) if (operations[i]!.self > operations[best]!.self) best = i;
  return best;
}

function heaviest(nodes: readonly number[], tree: CallTree): number {
  let best = nodes[0]!;
  for (const node of nodes)
    if (tree.totalMs[node]! / tree.spans[node]! > tree.totalMs[best]! / tree.spans[best]!) best = node;
  return best;
}
