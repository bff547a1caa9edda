/**
 * Two call trees as one picture: a box a path of either, as wide as what A, B or the larger of them has a trace,
 * coloured by the change from A to B.
 */
import { describeNode, VERDICT } from '../../shared/analysis/callTreeDiff.ts';
import type { CallTreeDiff, DiffSide } from '../../shared/analysis/callTreeDiff.ts';
import type { CallTree } from '../../shared/traceQuery.ts';
import { formatDuration, formatPercent } from '../../shared/units.ts';
import { ENTRY_ADDED, ENTRY_REMOVED, ENTRY_SOME_ERRORS } from '../derive/tracks.ts';
import type { FlameModel, ItemFact } from './flameModel.ts';
import { changeText, diffByMeasure, formatPerTrace } from '../../shared/analysis/diffMeasure.ts';
import type { DiffByMeasure } from '../../shared/analysis/diffMeasure.ts';
import { formatCost, formatMeasure, widthsOf } from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import { pathModel } from './pathModel.ts';
import { pathPicture } from './pathPicture.ts';
import type { PathPicture } from './pathPicture.ts';
import { CHANGE_STEPS, NO_CHANGE_FILL } from './theme.ts';

export const BASES = ['b', 'a', 'max'] as const;
/** What a box is as wide as: A, B, or the larger of both, so that what only one has is seen as well. */
export type Basis = (typeof BASES)[number];

export type DiffPicture = DiffByMeasure & {
  readonly diff: CallTreeDiff;
  readonly picture: PathPicture;
  readonly model: FlameModel;
};

/** Shares of the larger side from which a change gets the next colour. */
const STEPS = [0.02, 0.1, 0.25, 0.5];

export function diffPicture(
  diff: CallTreeDiff,
  a: CallTree,
  b: CallTree,
  measure: Measure,
  basis: Basis,
): DiffPicture {
  const { parent, nodes } = diff;
  const byMeasure = diffByMeasure(diff, measure);
  const { ownA, ownB, inA, inB } = byMeasure;
  const width =
    basis === 'a'
      ? inA
      : basis === 'b'
        ? inB
        : widthsOf(
            ownA.map((value, node) => Math.max(value, ownB[node]!)),
            parent,
            measure,
          );
  const colour = new Uint8Array(nodes);
  const flags = new Uint8Array(nodes);
  for (let node = 0; node < nodes; node += 1) {
    colour[node] = NO_CHANGE_FILL + changeStep(inA[node]!, inB[node]!);
    if (diff.inA[node]! < 0) flags[node] = ENTRY_ADDED;
    else if (diff.inB[node]! < 0) flags[node] = ENTRY_REMOVED;
    if (rate(diff.b, node) > rate(diff.a, node)) flags[node]! |= ENTRY_SOME_ERRORS;
  }
  const picture = pathPicture({ parent, width, colour, flags });
  const nameOf = (node: number) => diff.strings[diff.name[node]!]!;
  const hasServices = diff.service.some((service) => service !== diff.service[0]);
  const model = pathModel(picture, measure, picture, {
    labelOf: (node) => `${signOf(diff, inA, inB, node)}${nameOf(node)}`,
    noteOf: (node) => changeText(inA[node]!, inB[node]!),
    describe: (node) => [
      { label: 'Call path', value: nameOf(node) },
      ...(hasServices ? [{ label: 'Service', value: diff.strings[diff.service[node]!]! }] : []),
      ...structureFact(diff, node),
      {
        label: 'A → B, a trace',
        value: `${formatMeasure(measure, inA[node]!)} → ${formatMeasure(measure, inB[node]!)} (${changeText(inA[node]!, inB[node]!)})`,
        ...toneOf(diff, node),
      },
      { label: 'A span of it', value: describeNode(diff, a, b, node) },
      pairFact('Spans a trace', diff.a.spans[node]!, diff.b.spans[node]!, formatPerTrace),
      ...(measure === 'wall'
        ? []
        : [pairFact('Durations a trace', diff.a.totalMs[node]!, diff.b.totalMs[node]!, formatDuration)]),
      pairFact('Self time a trace', diff.a.selfMs[node]!, diff.b.selfMs[node]!, formatDuration),
      ...someFact(
        'Input tokens a trace',
        diff.a.inputTokens[node]!,
        diff.b.inputTokens[node]!,
        formatPerTrace,
      ),
      ...someFact(
        'Output tokens a trace',
        diff.a.outputTokens[node]!,
        diff.b.outputTokens[node]!,
        formatPerTrace,
      ),
      ...someFact('Cost a trace', diff.a.cost[node]!, diff.b.cost[node]!, formatCost),
      ...someFact('Failed', rate(diff.a, node), rate(diff.b, node), formatPercent).map((fact) => ({
        ...fact,
        ...(rate(diff.b, node) > 0 ? { tone: 'danger' as const } : {}),
      })),
    ],
  });
  return { ...byMeasure, diff, picture, model };
}

/** -4 to 4: by how much of the larger side B differs from A. */
export function changeStep(a: number, b: number): number {
  const larger = Math.max(a, b);
  if (!(larger > 0)) return 0;
  const share = Math.abs(b - a) / larger;
  let step = 0;
  while (step < CHANGE_STEPS && share >= STEPS[step]!) step += 1;
  return b < a ? -step : step;
}

/** Before the name: a change is read without its colour as well. */
function signOf(diff: CallTreeDiff, inA: Float64Array, inB: Float64Array, node: number): string {
  if (diff.inA[node]! < 0) return '+ ';
  if (diff.inB[node]! < 0) return '− ';
  const step = changeStep(inA[node]!, inB[node]!);
  return step === 0 ? '' : step > 0 ? '▲ ' : '▼ ';
}

export function diffTone(diff: CallTreeDiff, node: number): 'danger' | 'success' | undefined {
  if (diff.verdict[node] === VERDICT.slower) return 'danger';
  return diff.verdict[node] === VERDICT.faster ? 'success' : undefined;
}

function toneOf(diff: CallTreeDiff, node: number): { tone?: 'danger' } {
  return diff.verdict[node] === VERDICT.slower ? { tone: 'danger' } : {};
}

function structureFact(diff: CallTreeDiff, node: number): readonly ItemFact[] {
  if (diff.inA[node]! < 0) return [{ label: 'Structure', value: 'only in B: it was added', tone: 'warning' }];
  if (diff.inB[node]! < 0) return [{ label: 'Structure', value: 'only in A: it is gone', tone: 'warning' }];
  return [];
}

function pairFact(label: string, a: number, b: number, format: (value: number) => string): ItemFact {
  return { label, value: a === b ? format(a) : `${format(a)} → ${format(b)}` };
}

function someFact(
  label: string,
  a: number,
  b: number,
  format: (value: number) => string,
): readonly ItemFact[] {
  return a > 0 || b > 0 ? [pairFact(label, a, b, format)] : [];
}

function rate(side: DiffSide, node: number): number {
  return side.errorRate[node]! || 0;
}
