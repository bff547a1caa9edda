/** Every instrument of the program, with its unit. Names live in shared/span.ts. */
import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import type { ViewOptions } from '@opentelemetry/sdk-metrics';
import { ATTR, METRIC } from '../../shared/span.ts';

export type Instruments = {
  /** Finished rows, by state. */
  readonly items: Counter;
  readonly cards: Counter;
  readonly itemDuration: Histogram;
  /** Lookups by stage, tier and outcome: a lookup that goes on to the disk is a miss of the memory tier. */
  readonly cacheLookups: CellCounter;
  /** Tokens that cached answers cost when they were made, by stage. */
  readonly tokensSaved: CellCounter;
  readonly dbDuration: Histogram;
  readonly httpDuration: Histogram;
  readonly genAiTokens: Histogram;
  readonly genAiDuration: Histogram;
  /** Evictions and bytes by tier, read when metrics are collected: costs nothing before. */
  watchCache(
    stats: () => Readonly<Record<string, { readonly evictions: number; readonly bytes: number }>>,
  ): void;
};

/** One combination of attributes, resolved beforehand: counting is an addition, and read when collected. */
export type Cell = { add(count: number): void };
export type CellCounter = { cell(attributes: Attributes): Cell };

/** Seconds from 1 µs on: the advised buckets begin at 1 ms, where a local database has long answered. */
const MICROSECOND_BUCKETS = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5,
];
const ITEM_BUCKETS = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120];
/** As the conventions advise for HTTP, and for models. */
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 120];
const MODEL_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const TOKEN_BUCKETS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

const view = (instrumentName: string, boundaries: readonly number[]): ViewOptions => ({
  instrumentName,
  aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...boundaries] } },
});

export const VIEWS: readonly ViewOptions[] = [
  view(METRIC.dbDuration, MICROSECOND_BUCKETS),
  view(METRIC.itemDuration, ITEM_BUCKETS),
  view(METRIC.httpDuration, HTTP_BUCKETS),
  view(METRIC.genAiDuration, MODEL_BUCKETS),
  view(METRIC.genAiTokens, TOKEN_BUCKETS),
];

export function createInstruments(meter: Meter): Instruments {
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(name, { unit, description });
  const histogram = (name: string, unit: string, description: string) =>
    meter.createHistogram(name, { unit, description });
  const cellCounter = (name: string, unit: string, description: string): CellCounter => {
    const cells: { readonly attributes: Attributes; total: number }[] = [];
    meter.createObservableCounter(name, { unit, description }).addCallback((result) => {
      for (const { attributes, total } of cells) if (total > 0) result.observe(total, attributes);
    });
    return {
      cell(attributes) {
        const cell = { attributes, total: 0 };
        cells.push(cell);
        return {
          add(count) {
            cell.total += count;
          },
        };
      },
    };
  };
  const evictions = meter.createObservableCounter(METRIC.cacheEvictions, {
    unit: '{entry}',
    description: 'Entries that a cache tier gave up for room.',
  });
  const bytes = meter.createObservableGauge(METRIC.cacheBytes, {
    unit: 'By',
    description: 'What a cache tier holds.',
  });
  return {
    items: counter(METRIC.itemCount, '{item}', 'Rows that came to an end, by state.'),
    cards: counter(METRIC.cardCount, '{card}', 'Cards written to the deck.'),
    itemDuration: histogram(METRIC.itemDuration, 's', 'One row, from being taken up to its outcome.'),
    cacheLookups: cellCounter(METRIC.cacheLookups, '{lookup}', 'Cache lookups by stage, tier and outcome.'),
    tokensSaved: cellCounter(METRIC.tokensSaved, '{token}', 'Tokens that cached answers did not cost again.'),
    dbDuration: histogram(METRIC.dbDuration, 's', 'Database transactions.'),
    httpDuration: histogram(METRIC.httpDuration, 's', 'HTTP attempts.'),
    genAiTokens: histogram(METRIC.genAiTokens, '{token}', 'Tokens of a model call, by type.'),
    genAiDuration: histogram(METRIC.genAiDuration, 's', 'Model calls.'),
    watchCache(stats) {
      const byTier = (pick: (tier: { evictions: number; bytes: number }) => number) =>
        Object.entries(stats()).map(([tier, of]) => [pick(of), { [ATTR.cacheTier]: tier }] as const);
      const observe =
        (pick: (tier: { evictions: number; bytes: number }) => number) =>
        (result: { observe(value: number, attributes: Attributes): void }) => {
          for (const [value, attributes] of byTier(pick)) result.observe(value, attributes);
        };
      evictions.addCallback(observe((tier) => tier.evictions));
      bytes.addCallback(observe((tier) => tier.bytes));
    },
  };
}
