/** Columns of the table behind a picture of a call tree. */
import type { CallTree } from '../../shared/traceQuery.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import type { TableColumn } from './FlameTable.tsx';
import {
  formatCost,
  formatMeasure,
  formatShare,
  isTime,
  MEASURE_LABELS,
} from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';

/** Only columns that say something of this tree. */
export function pathColumns(
  tree: CallTree,
  measure: Measure,
  width: Float64Array,
  total: number,
): TableColumn[] {
  const sum = (column: Float64Array) => column.some((value) => value > 0);
  const time = (id: string, label: string, title: string, column: Float64Array): TableColumn => ({
    id,
    label,
    title,
    keyOf: (node) => column[node]!,
    textOf: (node) => formatDuration(column[node]!),
  });
  return [
    {
      id: 'width',
      label: isTime(measure) ? `Σ ${MEASURE_LABELS[measure]}` : MEASURE_LABELS[measure],
      title: 'Of the path and of all below it: as wide as its box',
      keyOf: (node) => width[node]!,
      textOf: (node) => formatMeasure(measure, width[node]!),
      shareOf: (node) => (total > 0 ? width[node]! / total : 0),
    },
    {
      id: 'share',
      label: '% of all',
      keyOf: (node) => width[node]!,
      textOf: (node) => formatShare(width[node]!, total),
    },
    ...(measure === 'self'
      ? []
      : [time('self', 'Self', 'Time in which nothing below ran, of its own spans', tree.selfMs)]),
    ...(measure === 'wall'
      ? []
      : [time('total', 'Durations', 'Durations of its own spans, added up', tree.totalMs)]),
    ...(measure !== 'critical' && sum(tree.criticalMs)
      ? [time('critical', 'Critical', 'Time of its own spans on the critical path', tree.criticalMs)]
      : []),
    {
      id: 'spans',
      label: 'Spans',
      keyOf: (node) => tree.spans[node]!,
      textOf: (node) => formatCount(tree.spans[node]!),
    },
    {
      id: 'mean',
      label: 'Mean',
      title: 'Mean duration of its spans',
      keyOf: (node) => tree.totalMs[node]! / tree.spans[node]!,
      textOf: (node) => formatDuration(tree.totalMs[node]! / tree.spans[node]!),
    },
    ...(tree.traces > 1
      ? [
          {
            id: 'traces',
            label: 'In traces',
            keyOf: (node: number) => tree.inTraces[node]!,
            textOf: (node: number) => formatShare(tree.inTraces[node]!, tree.traces),
          },
        ]
      : []),
    ...(sum(tree.errors)
      ? [
          {
            id: 'errors',
            label: 'Failed',
            keyOf: (node: number) => tree.errors[node]!,
            textOf: (node: number) => (tree.errors[node]! > 0 ? formatCount(tree.errors[node]!) : ''),
            toneOf: () => 'danger' as const,
          },
        ]
      : []),
    ...(sum(tree.inputTokens) || sum(tree.outputTokens)
      ? [
          {
            id: 'tokens',
            label: 'Tokens',
            title: 'Of its own spans, input and output',
            keyOf: (node: number) => tree.inputTokens[node]! + tree.outputTokens[node]!,
            textOf: (node: number) =>
              zeroless(tree.inputTokens[node]! + tree.outputTokens[node]!, formatCount),
          },
        ]
      : []),
    ...(sum(tree.cost)
      ? [
          {
            id: 'cost',
            label: 'Cost',
            keyOf: (node: number) => tree.cost[node]!,
            textOf: (node: number) => zeroless(tree.cost[node]!, formatCost),
          },
        ]
      : []),
  ];
}

function zeroless(value: number, format: (value: number) => string): string {
  return value === 0 ? '' : format(value);
}
