/** The pipeline's own instruments, with their units. Names live in shared/span.ts. */
import { ATTR, METRIC } from '../../shared/span.ts';
import type { Cell, HistogramCell, Metrics } from '../telemetry/api.ts';

export const ITEM_STATES = ['done', 'duplicate', 'skipped', 'failed'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

export type Instruments = {
  /** Finished rows. */
  readonly items: Readonly<Record<ItemState, Cell>>;
  readonly itemDuration: Readonly<Record<ItemState, HistogramCell>>;
  readonly cards: Cell;
};

const ITEM_BUCKETS = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120];

export function createInstruments(metrics: Metrics): Instruments {
  const items = metrics.counter(METRIC.itemCount, {
    unit: '{item}',
    description: 'Rows that came to an end, by state.',
  });
  const durations = metrics.histogram(METRIC.itemDuration, {
    unit: 's',
    description: 'One row, from being taken up to its outcome.',
    boundaries: ITEM_BUCKETS,
  });
  const cards = metrics.counter(METRIC.cardCount, {
    unit: '{card}',
    description: 'Cards written to the deck.',
  });
  const byState = <T>(cellOf: (attributes: { readonly [ATTR.itemState]: string }) => T) =>
    Object.fromEntries(ITEM_STATES.map((state) => [state, cellOf({ [ATTR.itemState]: state })])) as Record<
      ItemState,
      T
    >;
  return {
    items: byState((attributes) => items.cell(attributes)),
    itemDuration: byState((attributes) => durations.cell(attributes)),
    cards: cards.cell({}),
  };
}
