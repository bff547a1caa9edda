/** One axis of time for several traces. */
import type { TraceTree } from '../derive/traceTree.ts';
import type { FlameModel } from '../flame/flameModel.ts';

/** `start`: all begin together. `clock`: when they began, as their clocks have it. */
export type Alignment = 'start' | 'clock';

export type CommonAxis = {
  /** Where the axis begins, in ms after the origin of each trace. */
  readonly beginsMs: readonly number[];
  readonly lengthMs: number;
};

/** @param extents of each trace as it is shown; not given: as it was recorded */
export function commonAxis(
  trees: readonly TraceTree[],
  align: Alignment,
  extents = trees.map((tree) => tree.extent(tree.latestMs)),
): CommonAxis {
  if (trees.length === 0) return { beginsMs: [], lengthMs: 0 };
  const earliestMs = Math.min(...trees.map((tree, at) => tree.originMs + extents[at]![0]));
  const beginsMs = trees.map((tree, at) =>
    align === 'start' ? extents[at]![0] : earliestMs - tree.originMs,
  );
  return {
    beginsMs,
    lengthMs: Math.max(...extents.map(([, endMs], at) => endMs - beginsMs[at]!)),
  };
}

/** The model of a trace that reaches as far as the axis does. */
export function besideModel(model: FlameModel, beginMs: number, lengthMs: number): FlameModel {
  // Not a copy: the columns are made when they are asked for.
  return Object.create(model, {
    extent: { value: () => [beginMs, beginMs + lengthMs] as const },
  }) as FlameModel;
}
