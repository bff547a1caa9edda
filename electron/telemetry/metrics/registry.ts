/** All instruments of a process by who made them and their name, and how they are read. */
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes } from '../../../shared/span.ts';
import type { Counter, Gauge, Histogram, HistogramOptions, MetricOptions } from '../api.ts';
import {
  CounterInstrument,
  describe,
  GaugeInstrument,
  HistogramInstrument,
  UpDownCounterInstrument,
} from './instruments.ts';
import type { InstrumentContext, Scope } from './instruments.ts';
import { ObservableInstrument, runCallback } from './observables.ts';
import type { Observation, ObservableKind } from './observables.ts';

/** A callback that reads several instruments at once. */
export type Batch = {
  /** Whose removal is asked for. */
  readonly callback: unknown;
  readonly instruments: readonly ObservableInstrument[];
  readonly read: (
    report: (instrument: ObservableInstrument, value: number, attributes?: Attributes) => void,
  ) => unknown;
};

/** `scope` is `null` for the program's own instruments. */
export interface Registry {
  counter(name: string, options: MetricOptions, scope: Scope | null): Counter;
  upDownCounter(name: string, options: MetricOptions, scope: Scope | null): Counter;
  gauge(name: string, options: MetricOptions, scope: Scope | null): Gauge;
  histogram(name: string, options: HistogramOptions, scope: Scope | null): Histogram;
  /** `null` where the name is refused. */
  observable(
    kind: ObservableKind,
    name: string,
    options: MetricOptions,
    scope: Scope | null,
  ): ObservableInstrument | null;
  addBatch(batch: Batch): void;
  /** Removes the batches of this callback over these very instruments. */
  removeBatch(callback: unknown, instruments: readonly ObservableInstrument[]): void;
  collect(): Promise<readonly MetricSnapshot[]>;
  clear(): void;
}

/** As the OpenTelemetry API allows. */
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;
/** Instruments are few and named in the source: more than these are names made up at run time. */
const MAX_INSTRUMENTS = 2000;
/** Durations from 10 µs to 2 minutes, 1-2-5: what is measured in seconds here is mostly far below one. */
const SECONDS = [
  1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60,
  120,
];
/** Anything else: powers of ten and their halves, from 1 to a million. */
const NUMBERS = [
  0, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 1_000_000,
];

const nothing = () => undefined;
const NO_CELL = { add: nothing, set: nothing, record: nothing };
/** Stands in where an instrument was refused. */
const NO_INSTRUMENT = { add: nothing, record: nothing, cell: () => NO_CELL };

type Instrument =
  CounterInstrument | UpDownCounterInstrument | GaugeInstrument | HistogramInstrument | ObservableInstrument;

export function createRegistry(context: InstrumentContext): Registry {
  const instruments = new Map<string, { readonly kind: string; readonly instrument: Instrument }>();
  const batches = new Set<Batch>();

  /**
   * Names differ by more than case, as the API has it. A name that is none, that another kind of instrument
   * bears or that is one too many is a fault; what is recorded there is lost, and nothing else is.
   */
  function get<I extends Instrument>(
    kind: string,
    name: string,
    scope: Scope | null,
    make: () => I,
  ): I | null {
    const key = `${scope === null ? '' : `${scope.name}\n${scope.version}`}\n${name.toLowerCase()}`;
    const known = instruments.get(key);
    if (known !== undefined && known.kind === kind) return known.instrument as I;
    if (known !== undefined || !NAME.test(name) || instruments.size >= MAX_INSTRUMENTS) {
      context.onFault();
      return null;
    }
    const instrument = make();
    instruments.set(key, { kind, instrument });
    return instrument;
  }

  function toBoundaries({ boundaries, unit }: HistogramOptions): readonly number[] {
    if (boundaries === undefined) return unit === 's' ? SECONDS : NUMBERS;
    const usable = [...new Set(boundaries)].filter(Number.isFinite).sort((a, b) => a - b);
    if (usable.some((boundary, i) => boundary !== boundaries[i]) || usable.length !== boundaries.length)
      context.onFault();
    return usable;
  }

  return {
    counter: (name, options, scope) =>
      get('counter', name, scope, () => new CounterInstrument(describe(name, options, scope), context)) ??
      NO_INSTRUMENT,
    upDownCounter: (name, options, scope) =>
      get(
        'upDownCounter',
        name,
        scope,
        () => new UpDownCounterInstrument(describe(name, options, scope), context),
      ) ?? NO_INSTRUMENT,
    gauge: (name, options, scope) =>
      get('gauge', name, scope, () => new GaugeInstrument(describe(name, options, scope), context)) ??
      NO_INSTRUMENT,
    histogram: (name, options, scope) =>
      get(
        'histogram',
        name,
        scope,
        () => new HistogramInstrument(describe(name, options, scope), toBoundaries(options), context),
      ) ?? NO_INSTRUMENT,
    observable: (kind, name, options, scope) =>
      get(
        `observable ${kind}`,
        name,
        scope,
        () => new ObservableInstrument(describe(name, options, scope), kind, context),
      ),
    addBatch(batch) {
      batches.add(batch);
    },
    removeBatch(callback, removed) {
      for (const batch of batches) {
        const isSame =
          batch.callback === callback &&
          batch.instruments.length === removed.length &&
          batch.instruments.every((instrument) => removed.includes(instrument));
        if (isSame) batches.delete(batch);
      }
    },
    async collect() {
      const observations = new Map<ObservableInstrument, Observation>();
      const running: Promise<void>[] = [];
      for (const { instrument } of instruments.values()) {
        if (!(instrument instanceof ObservableInstrument)) continue;
        const observation = instrument.begin();
        observations.set(instrument, observation);
        for (const callback of instrument.callbacks)
          running.push(
            runCallback(
              callback,
              (value: number, attributes?: Attributes) => observation.report(value, attributes),
              context.onFault,
            ),
          );
      }
      for (const batch of batches)
        running.push(
          runCallback(
            batch.read,
            (instrument: ObservableInstrument, value: number, attributes?: Attributes) =>
              observations.get(instrument)?.report(value, attributes),
            context.onFault,
          ),
        );
      await Promise.all(running);
      const snapshots: MetricSnapshot[] = [];
      for (const { instrument } of instruments.values()) {
        const snapshot =
          instrument instanceof ObservableInstrument
            ? instrument.snapshot(observations.get(instrument) ?? instrument.begin())
            : instrument.collect();
        if (snapshot.points.length > 0) snapshots.push(snapshot);
      }
      return snapshots;
    },
    clear() {
      instruments.clear();
      batches.clear();
    },
  };
}
