/** The OpenTelemetry API's meter, upon our own instruments: same totals, exemplars and bounds, no second store. */
import type {
  BatchObservableCallback,
  Meter,
  MetricOptions as OtelOptions,
  Observable,
  ObservableCallback,
} from '@opentelemetry/api';
import type { Attributes } from '../../../shared/span.ts';
import type { MetricOptions } from '../api.ts';
import type { Scope } from './instruments.ts';
import type { ObservableInstrument, ObservableKind, Report } from './observables.ts';
import type { Registry } from './registry.ts';

/** What the API advises where the instrument's maker names no boundaries. */
const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

class MeterObservable implements Observable {
  readonly instrument: ObservableInstrument | null;
  readonly #callbacks = new Map<ObservableCallback, (report: Report) => unknown>();

  /** @param instrument - `null` where the name was refused */
  constructor(instrument: ObservableInstrument | null) {
    this.instrument = instrument;
  }

  addCallback(callback: ObservableCallback): void {
    if (this.#callbacks.has(callback)) return;
    const read = (report: Report) =>
      callback({ observe: (value, attributes) => report(value, attributes as Attributes | undefined) });
    this.#callbacks.set(callback, read);
    this.instrument?.callbacks.add(read);
  }

  removeCallback(callback: ObservableCallback): void {
    const read = this.#callbacks.get(callback);
    if (read === undefined) return;
    this.#callbacks.delete(callback);
    this.instrument?.callbacks.delete(read);
  }
}

export function createOtelMeter(registry: Registry, scope: Scope | null): Meter {
  const toOptions = ({ unit, description }: OtelOptions = {}): MetricOptions => ({
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
  });
  const observable = (kind: ObservableKind, name: string, options?: OtelOptions) =>
    new MeterObservable(registry.observable(kind, name, toOptions(options), scope));
  const instrumentsOf = (observables: readonly Observable[]) =>
    observables.flatMap((one) =>
      one instanceof MeterObservable && one.instrument !== null ? [one.instrument] : [],
    );

  const meter = {
    createCounter: (name: string, options?: OtelOptions) => registry.counter(name, toOptions(options), scope),
    createUpDownCounter: (name: string, options?: OtelOptions) =>
      registry.upDownCounter(name, toOptions(options), scope),
    createGauge: (name: string, options?: OtelOptions) => registry.gauge(name, toOptions(options), scope),
    createHistogram: (name: string, options?: OtelOptions) =>
      registry.histogram(
        name,
        {
          ...toOptions(options),
          boundaries: options?.advice?.explicitBucketBoundaries ?? DEFAULT_BOUNDARIES,
        },
        scope,
      ),
    createObservableCounter: (name: string, options?: OtelOptions) => observable('counter', name, options),
    createObservableUpDownCounter: (name: string, options?: OtelOptions) =>
      observable('upDownCounter', name, options),
    createObservableGauge: (name: string, options?: OtelOptions) => observable('gauge', name, options),
    addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]) {
      const watched = instrumentsOf(observables);
      registry.addBatch({
        callback,
        instruments: watched,
        read: (report) =>
          callback({
            observe(metric, value, attributes) {
              const [instrument] = instrumentsOf([metric]);
              if (instrument !== undefined && watched.includes(instrument))
                report(instrument, value, attributes as Attributes | undefined);
            },
          }),
      });
    },
    removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]) {
      registry.removeBatch(callback, instrumentsOf(observables));
    },
  };
  // The API leaves attribute values wider (arrays with gaps) and generic; cells leave out what is no value.
  return meter as unknown as Meter;
}
