/** A run's course over time, thin enough to draw: at most `MAX_SAMPLES` points however long it runs. */
import type { RunProgress } from '../../shared/run.ts';
import { cacheSplit, share } from './hitRate.ts';

/** The charts redraw in under 30 ms up to about this many points. */
export const MAX_SAMPLES = 300;
/** Two points a second: more than an eye can follow in a line chart, and half of what a run reports. */
export const MIN_GAP_MS = 500;

export type RunSample = {
  readonly activeMs: number;
  /** Shares of all lookups so far, 0..1; `null` before the first lookup. */
  readonly memory: number | null;
  readonly disk: number | null;
  readonly cards: number;
};

export function sampleOf(run: RunProgress): RunSample {
  const split = cacheSplit(run.stages);
  return {
    activeMs: run.activeMs,
    memory: share(split.memory, split.lookups),
    disk: share(split.disk, split.lookups),
    cards: run.cards,
  };
}

/**
 * Adds a sample. One that follows too soon replaces the last point, so the newest state is always drawn; when
 * the line is full every second point goes: a long run's past gets coarser, but its beginning stays.
 */
export function addSample(samples: readonly RunSample[], next: RunSample): readonly RunSample[] {
  const before = samples.at(-2);
  const last = samples.at(-1);
  if (last !== undefined && next.activeMs < last.activeMs) return samples;
  if (before !== undefined && last !== undefined && last.activeMs - before.activeMs < MIN_GAP_MS) {
    return [...samples.slice(0, -1), next];
  }
  const grown = [...samples, next];
  if (grown.length <= MAX_SAMPLES) return grown;
  return grown.filter((_, index) => index % 2 === 0 || index === grown.length - 1);
}
