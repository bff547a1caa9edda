/** Instruments that are read when metrics are collected. */
import type { MetricPoint, MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes } from '../../../shared/span.ts';
import { AttributeCells, OVERFLOW } from './attributeCells.ts';
import type { Description, InstrumentContext } from './instruments.ts';

/** A callback that promises an end is waited for this long. */
const WAIT_MS = 1000;

export type Report = (value: number, attributes?: Attributes) => void;
export type ObservableKind = 'counter' | 'upDownCounter' | 'gauge';

export class ObservableInstrument {
  readonly #description: Description;
  readonly #kind: ObservableKind;
  readonly #context: InstrumentContext;
  /** What one collection reads; the same attributes reported twice: the later holds. */
  readonly callbacks = new Set<(report: Report) => unknown>();

  constructor(description: Description, kind: ObservableKind, context: InstrumentContext) {
    this.#description = description;
    this.#kind = kind;
    this.#context = context;
  }

  /** Where one collection writes. */
  begin(): Observation {
    return new Observation(this.#kind, this.#context);
  }

  snapshot(observation: Observation): MetricSnapshot {
    return { ...this.#description, kind: this.#kind, points: observation.points() };
  }
}

type ObservedCell = { readonly attributes: Attributes; value: number };

/** What callbacks report in one collection. */
export class Observation {
  readonly #kind: ObservableKind;
  readonly #onFault: () => void;
  readonly #cells: AttributeCells<ObservedCell>;

  constructor(kind: ObservableKind, context: InstrumentContext) {
    this.#kind = kind;
    this.#onFault = context.onFault;
    this.#cells = new AttributeCells((attributes) => ({ attributes, value: 0 }), context);
  }

  report(value: number, attributes: Attributes | undefined): void {
    if (!Number.isFinite(value) || (this.#kind === 'counter' && value < 0)) {
      this.#onFault();
      return;
    }
    const cell = this.#cells.at(attributes);
    // Totals of several that share the overflow add up; of several gauges only one can be told.
    if (cell.attributes === OVERFLOW && this.#kind !== 'gauge') cell.value += value;
    else cell.value = value;
  }

  points(): MetricPoint<number>[] {
    return Array.from(this.#cells, ({ attributes, value }) => ({ attributes, value }));
  }
}

/**
 * Runs one callback. Never rejects: what it throws is a fault, and so is a promise that does not settle in time.
 * What was reported before holds, what comes later is ignored.
 */
export async function runCallback<Reports extends readonly unknown[]>(
  callback: (report: (...reported: Reports) => void) => unknown,
  accept: (...reported: Reports) => void,
  onFault: () => void,
): Promise<void> {
  let isOpen = true;
  let timer: NodeJS.Timeout | undefined;
  try {
    const result = callback((...reported) => {
      if (isOpen) accept(...reported);
    });
    if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function') {
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error('observable callback took too long')), WAIT_MS);
      });
      await Promise.race([result, late]);
    }
  } catch {
    onFault();
  } finally {
    isOpen = false;
    clearTimeout(timer);
  }
}
