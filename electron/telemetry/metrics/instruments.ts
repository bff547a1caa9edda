/**
 * Counters, gauges and histograms that count in cells of their own. Values that cannot be summed (NaN, infinite,
 * negative where the total may only grow) are refused and counted as faults.
 */
import type { HistogramValue, MetricPoint, MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes } from '../../../shared/span.ts';
import type { Cell, Counter, Gauge, GaugeCell, Histogram, HistogramCell } from '../api.ts';
import type { TraceIds } from '../tracing/spanHandle.ts';
import { AttributeCells } from './attributeCells.ts';
import type { Cleaning } from './attributeCells.ts';
import { Exemplars } from './exemplars.ts';

/** What instruments need of their surroundings. */
export type InstrumentContext = Cleaning & { readonly currentIds: () => TraceIds | null };

/** Name, unit and description as they are reported. */
export type Description = Pick<MetricSnapshot, 'name' | 'unit' | 'description'>;

class CounterCell implements Cell {
  readonly attributes: Attributes;
  readonly #onFault: (thrown?: unknown) => void;
  total = 0;
  /** Whether a total of 0 is reported. */
  isNamed = false;

  constructor(attributes: Attributes, onFault: (thrown?: unknown) => void) {
    this.attributes = attributes;
    this.#onFault = onFault;
  }

  add(value: number): void {
    if (Number.isFinite(value) && value >= 0) this.total += value;
    else this.#onFault();
  }
}

export class CounterInstrument implements Counter {
  readonly #description: Description;
  readonly #cells: AttributeCells<CounterCell>;

  constructor(description: Description, context: InstrumentContext) {
    this.#description = description;
    this.#cells = new AttributeCells((attributes) => new CounterCell(attributes, context.onFault), context);
  }

  add(value: number, attributes?: Attributes): void {
    const cell = this.#cells.at(attributes);
    cell.isNamed = true;
    cell.add(value);
  }

  /** Reported once something was added. */
  cell(attributes: Attributes): Cell {
    return this.#cells.at(attributes);
  }

  collect(): MetricSnapshot {
    const points: MetricPoint<number>[] = [];
    for (const { attributes, total, isNamed } of this.#cells)
      if (total > 0 || isNamed) points.push({ attributes, value: total });
    return { ...this.#description, kind: 'counter', points };
  }
}

class UpDownCell implements Cell {
  readonly attributes: Attributes;
  readonly #onFault: (thrown?: unknown) => void;
  total = 0;

  constructor(attributes: Attributes, onFault: (thrown?: unknown) => void) {
    this.attributes = attributes;
    this.#onFault = onFault;
  }

  add(value: number): void {
    if (Number.isFinite(value)) this.total += value;
    else this.#onFault();
  }
}

export class UpDownCounterInstrument implements Counter {
  readonly #description: Description;
  readonly #cells: AttributeCells<UpDownCell>;

  constructor(description: Description, context: InstrumentContext) {
    this.#description = description;
    this.#cells = new AttributeCells((attributes) => new UpDownCell(attributes, context.onFault), context);
  }

  add(value: number, attributes?: Attributes): void {
    this.#cells.at(attributes).add(value);
  }

  /** Reported from now on, at 0 at first. */
  cell(attributes: Attributes): Cell {
    return this.#cells.at(attributes);
  }

  collect(): MetricSnapshot {
    const points: MetricPoint<number>[] = [];
    for (const { attributes, total } of this.#cells) points.push({ attributes, value: total });
    return { ...this.#description, kind: 'upDownCounter', points };
  }
}

class ValueCell implements GaugeCell {
  readonly attributes: Attributes;
  readonly #onFault: (thrown?: unknown) => void;
  /** NaN: never set. */
  value = Number.NaN;

  constructor(attributes: Attributes, onFault: (thrown?: unknown) => void) {
    this.attributes = attributes;
    this.#onFault = onFault;
  }

  set(value: number): void {
    if (Number.isFinite(value)) this.value = value;
    else this.#onFault();
  }
}

export class GaugeInstrument implements Gauge {
  readonly #description: Description;
  readonly #cells: AttributeCells<ValueCell>;

  constructor(description: Description, context: InstrumentContext) {
    this.#description = description;
    this.#cells = new AttributeCells((attributes) => new ValueCell(attributes, context.onFault), context);
  }

  record(value: number, attributes?: Attributes): void {
    this.#cells.at(attributes).set(value);
  }

  cell(attributes: Attributes): GaugeCell {
    return this.#cells.at(attributes);
  }

  collect(): MetricSnapshot {
    const points: MetricPoint<number>[] = [];
    for (const { attributes, value } of this.#cells)
      if (!Number.isNaN(value)) points.push({ attributes, value });
    return { ...this.#description, kind: 'gauge', points };
  }
}

class BucketCell implements HistogramCell {
  readonly attributes: Attributes;
  readonly #boundaries: Float64Array;
  /** Doubles, which count exactly up to 2^53. */
  readonly #counts: Float64Array;
  readonly #exemplars: Exemplars;
  readonly #onFault: (thrown?: unknown) => void;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(attributes: Attributes, boundaries: Float64Array, context: InstrumentContext) {
    this.attributes = attributes;
    this.#boundaries = boundaries;
    this.#counts = new Float64Array(boundaries.length + 1);
    this.#exemplars = new Exemplars(boundaries.length + 1, context.currentIds, context.onFault);
    this.#onFault = context.onFault;
  }

  record(value: number, count = 1): void {
    if (!(Number.isFinite(value) && value >= 0 && Number.isFinite(count) && count > 0)) {
      this.#onFault();
      return;
    }
    const boundaries = this.#boundaries;
    let low = 0;
    let high = boundaries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (boundaries[middle]! < value) low = middle + 1;
      else high = middle;
    }
    this.#counts[low]! += count;
    this.#sum += value * count;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    this.#exemplars.offer(low, value);
  }

  /** `null` where nothing was recorded. */
  collect(boundaries: readonly number[]): MetricPoint<HistogramValue> | null {
    const counts = Array.from(this.#counts);
    const count = counts.reduce((sum, inBucket) => sum + inBucket, 0);
    if (count === 0) return null;
    const value = { count, sum: this.#sum, min: this.#min, max: this.#max, boundaries, counts };
    const exemplars = this.#exemplars.collect();
    const { attributes } = this;
    return exemplars.length === 0 ? { attributes, value } : { attributes, value, exemplars };
  }
}

export class HistogramInstrument implements Histogram {
  readonly #description: Description;
  readonly #boundaries: readonly number[];
  readonly #cells: AttributeCells<BucketCell>;

  /** @param boundaries - finite and ascending */
  constructor(description: Description, boundaries: readonly number[], context: InstrumentContext) {
    this.#description = description;
    this.#boundaries = Object.freeze([...boundaries]);
    const packed = Float64Array.from(boundaries);
    this.#cells = new AttributeCells((attributes) => new BucketCell(attributes, packed, context), context);
  }

  record(value: number, attributes?: Attributes): void {
    this.#cells.at(attributes).record(value);
  }

  cell(attributes: Attributes): HistogramCell {
    return this.#cells.at(attributes);
  }

  collect(): MetricSnapshot {
    const points: MetricPoint<HistogramValue>[] = [];
    for (const cell of this.#cells) {
      const point = cell.collect(this.#boundaries);
      if (point !== null) points.push(point);
    }
    return { ...this.#description, kind: 'histogram', points };
  }
}
