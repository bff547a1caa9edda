/** The program's own instruments by their names, and how they are read. */
import type { HistogramOptions, MetricOptions, Metrics } from '../api.ts';
import {
  CounterInstrument,
  GaugeInstrument,
  HistogramInstrument,
  UpDownCounterInstrument,
} from './instruments.ts';
import type { Description, InstrumentContext } from './instruments.ts';
import { ObservableInstrument } from './observables.ts';
import type { ObservableKind } from './observables.ts';

export type Registry = Omit<Metrics, 'meter'> & { clear(): void };

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

  /**
   * Names differ by more than case, as the API has it. A name that is none, that another kind of instrument
   * bears or that is one too many is a fault, as are options that are none; what is recorded there is lost, and
   * nothing else is.
   */
  function get<I extends Instrument>(
    kind: string,
    name: string,
    options: MetricOptions,
    make: (description: Description) => I,
  ): I | null {
    try {
      return find(kind, name, options, make);
    } catch (thrown) {
      context.onFault(thrown);
      return null;
    }
  }

  function find<I extends Instrument>(
    kind: string,
    name: string,
    { unit = '', description = '' }: MetricOptions,
    make: (description: Description) => I,
  ): I | null {
    const key = String(name).toLowerCase();
    const known = instruments.get(key);
    if (known !== undefined && known.kind === kind) return known.instrument as I;
    if (
      known !== undefined ||
      typeof name !== 'string' ||
      !NAME.test(name) ||
      instruments.size >= MAX_INSTRUMENTS
    ) {
      context.onFault();
      return null;
    }
    const instrument = make({ name, unit, description: context.redactText?.(description) ?? description });
    instruments.set(key, { kind, instrument });
    return instrument;
  }

  const observable =
    (kind: ObservableKind): Metrics['observableGauge'] =>
    (name, options, observe) => {
      const make = (described: Description) => new ObservableInstrument(described, kind, context);
      const instrument = get(`observable ${kind}`, name, options, make);
      // Wrapped, so that the same function given twice can be ended once.
      const callback: typeof observe = (report) => observe(report);
      instrument?.callbacks.add(callback);
      return () => void instrument?.callbacks.delete(callback);
    };

  function toBoundaries({ boundaries, unit }: HistogramOptions): readonly number[] {
    if (boundaries === undefined) return unit === 's' ? SECONDS : NUMBERS;
    const usable = [...new Set(boundaries)].filter(Number.isFinite).sort((a, b) => a - b);
    if (usable.some((boundary, i) => boundary !== boundaries[i]) || usable.length !== boundaries.length)
      context.onFault();
    return usable;
  }

  return {
    counter: (name, options = {}) =>
      get('counter', name, options, (described) => new CounterInstrument(described, context)) ??
      NO_INSTRUMENT,
    upDownCounter: (name, options = {}) =>
      get('upDownCounter', name, options, (described) => new UpDownCounterInstrument(described, context)) ??
      NO_INSTRUMENT,
    gauge: (name, options = {}) =>
      get('gauge', name, options, (described) => new GaugeInstrument(described, context)) ?? NO_INSTRUMENT,
    histogram: (name, options = {}) =>
      get(
        'histogram',
        name,
        options,
        (described) => new HistogramInstrument(described, toBoundaries(options), context),
      ) ?? NO_INSTRUMENT,
    observableGauge: observable('gauge'),
    observableCounter: observable('counter'),
    async collect() {
      const snapshots = await Promise.all(
        [...instruments.values()].map(({ instrument }) => instrument.collect()),
      );
      return snapshots.filter(({ points }) => points.length > 0);
    },
    clear() {
      instruments.clear();
    },
  };
}
