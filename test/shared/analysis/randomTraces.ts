import type { SpanRecord } from '../../../shared/span.ts';
import { columnsOf } from '../../../shared/analysis/columnsOf.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';

export type Oddities = {
  readonly spans?: number;
  /** Whole milliseconds up to this. */
  readonly lengthMs?: number;
  /** One root, all others within its tree; else several roots, missing parents and cycles. */
  readonly oneRoot?: boolean;
  readonly names?: number;
  /** Parents that lead back to their child: which of the links is cut is nobody's promise. */
  readonly circles?: boolean;
};

/** Spans in no order, with whole times: negative lengths, open ones, children anywhere in time. */
export function randomTrace(seed: number, options: Oddities = {}): SpanRecord[] {
  const { spans = 40, lengthMs = 60, oneRoot = false, names = 4, circles = true } = options;
  const random = randomNumbers(seed);
  const whole = (below: number) => Math.floor(random() * below);
  const id = (n: number) => (n + 1).toString(16).padStart(16, '0');
  const records: SpanRecord[] = [];
  for (let i = 0; i < spans; i += 1) {
    const start = oneRoot && i === 0 ? 0 : whole(lengthMs);
    const isOpen = !oneRoot && random() < 0.05;
    const length = !oneRoot && random() < 0.05 ? -whole(5) : whole(lengthMs / 2);
    let parent: number | null = i === 0 ? null : whole(i);
    if (!oneRoot && random() < 0.1) parent = null;
    // Later spans, itself, spans that are not there: circles and missing parents.
    if (!oneRoot && random() < 0.1) parent = circles ? whole(spans * 1.2) : spans + 1;
    records.push({
      traceId: 'f'.repeat(32),
      spanId: id(i),
      parentSpanId: parent === null ? null : id(parent),
      name: `op ${whole(names)}`,
      kind: 'internal',
      startMs: 1000 + start,
      endMs: isOpen ? null : 1000 + start + length,
      status: random() < 0.2 ? 'error' : 'unset',
      statusMessage: null,
      attributes:
        random() < 0.3
          ? { 'gen_ai.usage.input_tokens': whole(50), 'gen_ai.usage.output_tokens': whole(20) }
          : {},
      events: [],
      links: [],
    });
  }
  for (let i = records.length - 1; i > 0; i -= 1) {
    const j = whole(i + 1);
    [records[i], records[j]] = [records[j]!, records[i]!];
  }
  return records;
}

export function randomColumns(seed: number, options: Oddities = {}) {
  return columnsOf(randomTrace(seed, options));
}
