/** Many traces merged by call path, as a picture and in words. */
import type { CallTree } from '../../shared/traceQuery.ts';
import { countOf, formatCount, formatDuration } from '../../shared/units.ts';
import { colourIndex } from '../derive/palette.ts';
import { ENTRY_ERROR, ENTRY_SOME_ERRORS } from '../derive/tracks.ts';
import type { FlameModel, ItemFact } from './flameModel.ts';
import {
  formatCost,
  formatMeasure,
  formatShare,
  isTime,
  treeWidths,
} from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import { pathModel, SUM } from './pathModel.ts';
import { pathPicture } from './pathPicture.ts';
import type { PathPicture } from './pathPicture.ts';

export type Aggregate = {
  readonly tree: CallTree;
  readonly measure: Measure;
  readonly picture: PathPicture;
  readonly model: FlameModel;
};

/** The picture of a call tree, and the model that draws it. */
export function aggregate(tree: CallTree, measure: Measure): Aggregate {
  const width = treeWidths(tree, measure);
  const { parent } = tree;
  const n = tree.nodes;
  const picture = pathPicture({
    parent,
    width,
    colour: nameColours(tree),
    flags: errorFlags(tree.errors, tree.spans, n),
  });
  const { total } = picture;
  // What a single span took by the clock is no sum, unless work that ran at once below it widens it.
  const isSum = (node: number) =>
    isTime(measure) &&
    (measure === 'critical' ||
      tree.spans[node]! > 1 ||
      Math.abs(width[node]! - tree.totalMs[node]!) > 1e-6 * tree.totalMs[node]! + 1e-6);
  const widthText = (node: number) => (isSum(node) ? SUM : '') + formatMeasure(measure, width[node]!);
  const model = pathModel(picture, measure, picture, {
    labelOf: (node) => withCount(nodeName(tree, node), tree.spans[node]!),
    noteOf: (node) =>
      `${widthText(node)} · ${formatShare(width[node]!, total)}${tree.errors[node]! > 0 ? `, ${formatCount(tree.errors[node]!)} failed` : ''}`,
    describe: (node) => [
      { label: 'Call path', value: nodeName(tree, node) },
      ...(hasServices(tree) ? [{ label: 'Service', value: serviceName(tree, node) }] : []),
      ...(isTime(measure)
        ? [{ label: 'Width', value: `${widthText(node)} (${formatShare(width[node]!, total)} of all)` }]
        : [
            {
              label: measure === 'count' ? 'Spans, with all below' : 'With all below',
              value: `${widthText(node)} (${formatShare(width[node]!, total)} of all)`,
            },
          ]),
      ...(parent[node]! >= 0
        ? [{ label: 'Of its caller', value: formatShare(width[node]!, width[parent[node]!]!) }]
        : []),
      ...spanFacts(tree, node),
    ],
  });
  return { tree, measure, picture, model };
}

/** What is known of the spans of a node, the same whatever its box is as wide as. */
function spanFacts(tree: CallTree, node: number): readonly ItemFact[] {
  const spans = tree.spans[node]!;
  const errors = tree.errors[node]!;
  const mean = tree.totalMs[node]! / spans;
  const tokens = tree.inputTokens[node]! + tree.outputTokens[node]!;
  return [
    {
      label: 'Spans',
      value:
        formatCount(spans) +
        (tree.traces > 1
          ? ` in ${formatCount(tree.inTraces[node]!)} of ${countOf(tree.traces, 'trace')}`
          : ''),
    },
    {
      label: spans > 1 ? 'Duration, mean ± spread' : 'Duration',
      value:
        formatDuration(mean) +
        (spans > 1 ? ` ± ${formatDuration(spread(spans, mean, tree.squaresMs[node]!))}` : ''),
    },
    { label: 'Self time', value: (spans > 1 ? SUM : '') + formatDuration(tree.selfMs[node]!) },
    ...(tree.criticalMs[node]! > 0
      ? [{ label: 'On the critical path', value: formatDuration(tree.criticalMs[node]!) }]
      : []),
    ...(tokens > 0
      ? [
          {
            label: 'Tokens in, out',
            value: `${formatCount(tree.inputTokens[node]!)}, ${formatCount(tree.outputTokens[node]!)}`,
          },
        ]
      : []),
    ...(tree.cost[node]! > 0 ? [{ label: 'Cost', value: formatCost(tree.cost[node]!) }] : []),
    ...(errors > 0
      ? [
          {
            label: 'Failed',
            value: `${formatCount(errors)} (${formatShare(errors, spans)})`,
            tone: 'danger' as const,
          },
        ]
      : []),
  ];
}

/** Standard deviation of durations of which the sum of squares is known. */
export function spread(count: number, mean: number, squares: number): number {
  return count > 1 ? Math.sqrt(Math.max(0, (squares - count * mean * mean) / (count - 1))) : 0;
}

export function nodeName(tree: CallTree, node: number): string {
  return tree.strings[tree.name[node]!]!;
}

export function serviceName(tree: CallTree, node: number): string {
  return tree.strings[tree.service[node]!]!;
}

/** Whether services are worth naming: there is more than one. */
export function hasServices(tree: CallTree): boolean {
  return tree.service.some((service) => service !== tree.service[0]);
}

export function withCount(name: string, spans: number): string {
  return spans > 1 ? `${name} ×${formatCount(spans)}` : name;
}

function nameColours(tree: CallTree): Uint8Array {
  const byName = new Map<number, number>();
  return Uint8Array.from(tree.name.subarray(0, tree.nodes), (name) => {
    let colour = byName.get(name);
    if (colour === undefined) byName.set(name, (colour = colourIndex(tree.strings[name]!)));
    return colour;
  });
}

export function errorFlags(errors: Float64Array, spans: Float64Array, count: number): Uint8Array {
  const flags = new Uint8Array(count);
  for (let i = 0; i < count; i += 1)
    if (errors[i]! > 0) flags[i] = errors[i] === spans[i] ? ENTRY_ERROR : ENTRY_SOME_ERRORS;
  return flags;
}
