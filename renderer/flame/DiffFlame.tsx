import { useCallback, useMemo, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { countOf } from '../../shared/units.ts';
import { diffCallTrees } from '../../shared/analysis/callTreeDiff.ts';
import type { CallTree, LeftOut } from '../../shared/traceQuery.ts';
import { leftOutText } from '../derive/leftOutText.ts';
import type { SpanPlace } from './AggregateFlame.tsx';
import { ChangeScale } from './ChangeScale.tsx';
import {
  changeText,
  deltaText,
  formatPerTrace,
  totalChangeText,
  verdictText,
} from '../../shared/analysis/diffMeasure.ts';
import { BASES, diffPicture, diffTone } from './diff.ts';
import type { Basis } from './diff.ts';
import { FlamePane, NoPaths } from './FlamePane.tsx';
import type { PaneState } from './FlamePane.tsx';
import type { TableColumn } from './FlameTable.tsx';
import { MeasureSelect } from './MeasureSelect.tsx';
import { formatMeasure, MEASURE_LABELS, MEASURES, measureTotals } from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import type { TableItems } from './tableRows.ts';
import { useMeasure } from './useMeasure.ts';

export type DiffFlameProps = PaneState & {
  readonly a: CallTree;
  readonly b: CallTree;
  /** What the sides are, in a word or two: a version, a prompt, `cache off`. */
  readonly nameA: string;
  readonly nameB: string;
  readonly leftOutA?: LeftOut;
  readonly leftOutB?: LeftOut;
  readonly measure?: Measure;
  readonly onMeasure?: (measure: Measure) => void;
  readonly basis?: Basis;
  readonly onBasis?: (basis: Basis) => void;
  /** Changes sides; not given: no button. */
  readonly onSwap?: () => void;
  /** Goes to the longest span of a path, in B where it has one. */
  readonly onOpenSpan?: (span: SpanPlace) => void;
  readonly label?: string;
};

const BASIS_LABELS: Readonly<Record<Basis, string>> = { a: 'A', b: 'B', max: 'Larger' };

/** Two sets of traces aligned by path: boxes coloured by what changed, a table of the same beside them. */
export function DiffFlame(props: DiffFlameProps) {
  const { a, b, nameA, nameB, leftOutA, leftOutB, onBasis, onSwap, onOpenSpan } = props;
  const [ownBasis, setOwnBasis] = useState<Basis>('max');
  const [isTableBeside, setIsTableBeside] = useState(props.isTable ?? true);
  const diff = useMemo(() => diffCallTrees(a, b), [a, b]);
  const totals = useMemo(() => {
    const [ofA, ofB] = [measureTotals(a), measureTotals(b)];
    const larger = (measure: Measure) =>
      Math.max(ofA[measure] / Math.max(1, a.traces), ofB[measure] / Math.max(1, b.traces));
    return Object.fromEntries(MEASURES.map((measure) => [measure, larger(measure)])) as Record<
      Measure,
      number
    >;
  }, [a, b]);
  const [measure, onMeasure] = useMeasure(props, totals);
  const basis = props.basis ?? ownBasis;
  const shown = useMemo(() => diffPicture(diff, a, b, measure, basis), [diff, a, b, measure, basis]);
  const { picture, model, inA, inB } = shown;
  const [selection, setSelection] = useState<{ readonly of: unknown; readonly node: number }>({
    of: diff,
    node: -1,
  });
  const selected = selection.of === diff ? selection.node : -1;
  const select = useCallback((node: number) => setSelection({ of: diff, node }), [diff]);
  const items = useMemo(
    (): TableItems => ({ childrenOf: picture.childrenOf, parentOf: (node) => picture.parent[node]! }),
    [picture],
  );
  const columns = useMemo((): TableColumn[] => {
    const side = (id: string, label: string, title: string, values: Float64Array): TableColumn => ({
      id,
      label,
      title,
      keyOf: (node) => values[node]!,
      textOf: (node) => formatMeasure(measure, values[node]!),
    });
    const delta = (node: number) => inB[node]! - inA[node]!;
    return [
      {
        id: 'change',
        label: 'B − A',
        title: 'Change a trace',
        keyOf: delta,
        textOf: (node) => deltaText(measure, inA[node]!, inB[node]!),
      },
      {
        id: 'percent',
        label: 'Change',
        keyOf: (node) => (inA[node]! > 0 ? delta(node) / inA[node]! : Infinity),
        textOf: (node) => changeText(inA[node]!, inB[node]!),
      },
      {
        id: 'verdict',
        label: 'A span is',
        title: "Of a span's duration: Welch's t test, adjusted for the number of paths",
        keyOf: (node) => verdictText(diff, node),
        textOf: (node) => verdictText(diff, node),
        toneOf: (node) => diffTone(diff, node),
      },
      side('a', 'A', `${MEASURE_LABELS[measure]} a trace: ${nameA}`, inA),
      side('b', 'B', `${MEASURE_LABELS[measure]} a trace: ${nameB}`, inB),
      {
        id: 'spans',
        label: 'Spans',
        title: 'Spans a trace, A and B',
        keyOf: (node) => diff.b.spans[node]! - diff.a.spans[node]!,
        textOf: (node) => `${formatPerTrace(diff.a.spans[node]!)} → ${formatPerTrace(diff.b.spans[node]!)}`,
      },
    ];
  }, [diff, inA, inB, measure, nameA, nameB]);
  const nameOf = useCallback((node: number) => diff.strings[diff.name[node]!]!, [diff]);

  if (diff.nodes === 0) {
    return (
      <NoPaths title="Nothing to compare">
        Neither side has a span. Choose other traces, or widen the searches.
      </NoPaths>
    );
  }
  const empty = a.nodes === 0 ? 'A' : b.nodes === 0 ? 'B' : null;
  const onBasisKey = (event: KeyboardEvent<HTMLElement>) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = (BASES.indexOf(basis) + by + BASES.length) % BASES.length;
    chooseBasis(BASES[at]!);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=radio]')[at]?.focus();
  };
  const chooseBasis = (next: Basis) => {
    setOwnBasis(next);
    onBasis?.(next);
  };
  const unseen = picture.hidden;
  return (
    <FlamePane
      {...props}
      label={props.label ?? `Differential flame graph: ${nameA} against ${nameB}`}
      model={model}
      count={diff.nodes}
      nameOf={nameOf}
      selected={selected}
      onSelect={select}
      isSplit={isTableBeside}
      table={{
        items,
        columns,
        sortBy: 'change',
        nameLabel: 'Call path',
        colourNameOf: () => null,
        markOf: (node) => (diff.inA[node]! < 0 ? '+ only B' : diff.inB[node]! < 0 ? '− only A' : null),
      }}
      onOpen={
        onOpenSpan === undefined
          ? undefined
          : (node) =>
              onOpenSpan(diff.inB[node]! >= 0 ? b.longest[diff.inB[node]!]! : a.longest[diff.inA[node]!]!)
      }
      openLabel="Open the longest span"
      tools={
        <>
          <MeasureSelect measure={measure} totals={totals} onMeasure={onMeasure} />
          <span
            className="flame-switch"
            role="radiogroup"
            aria-label="Boxes are as wide as"
            onKeyDown={onBasisKey}
          >
            {BASES.map((each) => (
              <button
                data-action="Width of a comparison"
                key={each}
                type="button"
                role="radio"
                aria-checked={each === basis}
                tabIndex={each === basis ? 0 : -1}
                title={
                  each === 'max'
                    ? 'As wide as the larger side: nothing is hidden'
                    : `As wide as ${each === 'a' ? nameA : nameB}`
                }
                onClick={() => chooseBasis(each)}
              >
                {BASIS_LABELS[each]}
              </button>
            ))}
          </span>
          {onSwap !== undefined && (
            <button data-action="Swap" type="button" onClick={onSwap} title="What was A becomes B">
              Swap
            </button>
          )}
          <button
            data-action="Table beside"
            type="button"
            aria-pressed={isTableBeside}
            title="The same figures as a table, beside the graph"
            onClick={() => setIsTableBeside(!isTableBeside)}
          >
            Table beside
          </button>
        </>
      }
      legend={<ChangeScale nameA={nameA} nameB={nameB} />}
      notes={[
        totalChangeText(shown),
        ...(empty === null ? [] : [`⚠ ${empty} has no spans: everything is only in the other`]),
        ...(unseen > 0
          ? [
              `${countOf(unseen, 'path')} with nothing in ${BASIS_LABELS[basis]} ${unseen === 1 ? 'has' : 'have'} no box`,
            ]
          : []),
        diff.note,
        ...(leftOutA === undefined
          ? []
          : leftOutText(leftOutA, { what: 'traces' }).map((note) => `A: ${note}`)),
        ...(leftOutB === undefined
          ? []
          : leftOutText(leftOutB, { what: 'traces' }).map((note) => `B: ${note}`)),
      ]}
    />
  );
}
