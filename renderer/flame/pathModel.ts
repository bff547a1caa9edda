/** A picture of call paths as `FlameGraph` draws it: what aggregated, sandwich and differential graphs share. */
import type { FlameModel, ItemFact } from './flameModel.ts';
import { isTime } from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';
import { formatMeasure } from '../../shared/analysis/measures.ts';
import type { PathPicture } from './pathPicture.ts';
import { prefixed, ticks, valueTicks } from './ticks.ts';

export type PathTexts = {
  readonly labelOf: (path: number) => string;
  /** Behind the label where there is room. */
  readonly noteOf: (path: number) => string;
  readonly describe: (path: number) => readonly ItemFact[];
};

/** Before a time that is added up over spans. */
export const SUM = 'Σ ';

/** @param identity changes when path numbers mean something else */
export function pathModel(
  picture: PathPicture,
  measure: Measure,
  identity: unknown,
  texts: PathTexts,
): FlameModel {
  const { parent, offset, width, row, rows, total, childrenOf } = picture;
  const isAbove = (path: number) => parent[path]! >= 0 && row[path]! < row[parent[path]!]!;
  const first = (paths: Int32Array, isWanted: (path: number) => boolean) =>
    paths.find((path) => width[path]! > 0 && isWanted(path)) ?? -1;
  return {
    columns: { rows },
    identity,
    itemLabel: 'path',
    extent: () => [0, total],
    rowOf: (path) => row[path]!,
    startMs: (path) => offset[path]!,
    endMs: (path) => offset[path]! + width[path]!,
    ...texts,
    ticksOf: (from, to, most) =>
      isTime(measure)
        ? prefixed(ticks(from, to, 0, most), SUM)
        : valueTicks(from, to, most, measure === 'cost' ? 0 : 1, (value) => formatMeasure(measure, value)),
    move(path, to) {
      if (path < 0) return first(childrenOf(-1), () => true);
      // Up and down as on the screen: a caller's callers are above it.
      if (to === 'parent') {
        const above = first(childrenOf(path), isAbove);
        return isAbove(path) || parent[path]! < 0 ? above : parent[path]!;
      }
      if (to === 'child')
        return isAbove(path) ? parent[path]! : first(childrenOf(path), (at) => !isAbove(at));
      const side = isAbove(path);
      const siblings = childrenOf(parent[path]!).filter((at) => width[at]! > 0 && isAbove(at) === side);
      return siblings[siblings.indexOf(path) + (to === 'next' ? 1 : -1)] ?? -1;
    },
  };
}
