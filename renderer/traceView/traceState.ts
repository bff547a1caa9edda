/** A place within a trace: what a link to it carries. */
import type { TraceViewKind } from '../store/route.ts';
import type { TimeWindow } from '../flame/viewport.ts';

export type TracePlace = {
  readonly show: TraceViewKind;
  readonly spanId?: string;
  readonly find?: string;
  /** Milliseconds after the first start. */
  readonly window?: TimeWindow;
};

export const VIEW_LABELS: Readonly<Record<TraceViewKind, string>> = {
  waterfall: 'Waterfall',
  flame: 'Flame',
  'left-heavy': 'Left-heavy',
  sandwich: 'Sandwich',
};

/** Whether two places are the same to a reader of links. */
export function isSamePlace(a: TracePlace | null, b: TracePlace): boolean {
  return (
    a !== null &&
    a.show === b.show &&
    a.spanId === b.spanId &&
    a.find === b.find &&
    a.window?.fromMs === b.window?.fromMs &&
    a.window?.toMs === b.window?.toMs
  );
}
