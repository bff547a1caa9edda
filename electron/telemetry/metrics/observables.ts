/** Instruments that are read when metrics are collected. */
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes } from '../../../shared/span.ts';
import { AttributeCells, OVERFLOW } from './attributeCells.ts';
import type { Description, InstrumentContext } from './instruments.ts';

/** A callback that promises an end is waited for this long. */
export const CALLBACK_TIMEOUT_MS = 1000;

type Report = (value: number, attributes?: Attributes) => void;
export type ObservableKind = 'counter' | 'gauge';
type ObservedCell = { readonly attributes: Attributes; value: number };

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

  /** Never rejects. What a callback reported before it failed holds, what comes too late is ignored. */
  async collect(): Promise<MetricSnapshot> {
    const cells = new AttributeCells<ObservedCell>((attributes) => ({ attributes, value: 0 }), this.#context);
    const report: Report = (value, attributes) => this.#report(cells, value, attributes);
    await Promise.all([...this.callbacks].map((callback) => this.#run(callback, report)));
    const points = Array.from(cells, ({ attributes, value }) => ({ attributes, value }));
    return { ...this.#description, kind: this.#kind, points };
  }

  #report(cells: AttributeCells<ObservedCell>, value: number, attributes: Attributes | undefined): void {
    if (!Number.isFinite(value) || (this.#kind === 'counter' && value < 0)) {
      this.#context.onFault();
      return;
    }
    const cell = cells.at(attributes);
    // Totals of several that share the overflow add up; of several gauges only one can be told.
    if (cell.attributes === OVERFLOW && this.#kind === 'counter') cell.value += value;
    else cell.value = value;
  }

  async #run(callback: (report: Report) => unknown, accept: Report): Promise<void> {
    let isOpen = true;
    let timer: NodeJS.Timeout | undefined;
    try {
      const result = callback((value, attributes) => {
        if (isOpen) accept(value, attributes);
      });
      if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function') {
        const late = new Promise<never>((_resolve, reject) => {
          timer = setTimeout(
            () => reject(new Error('observable callback took too long')),
            CALLBACK_TIMEOUT_MS,
          );
        });
        await Promise.race([result, late]);
      }
    } catch (thrown) {
      this.#context.onFault(thrown);
    } finally {
      isOpen = false;
      clearTimeout(timer);
    }
  }
}
