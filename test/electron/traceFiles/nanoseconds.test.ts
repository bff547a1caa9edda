import { describe, expect, it } from 'vitest';
import { openSpanStore } from '../../../electron/traces/spanStore.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';
import { exported, readFile } from './files.ts';

const TRACE_ID = 'a'.repeat(32);
const BEGAN = 1_790_000_000_000_000_000n;
type Times = { readonly start: bigint; readonly end: bigint; readonly event: bigint };

/** OTLP into the store and out of it again. */
async function throughStore(times: readonly Times[]): Promise<readonly Times[]> {
  const spans = times.map(({ start, end, event }, i) => ({
    traceId: TRACE_ID,
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: 'n',
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end),
    events: [{ name: 'e', timeUnixNano: String(event) }],
  }));
  const read = await readFile('nanos.json', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const store = openSpanStore(':memory:', { limits: { maxBytes: 1e9, maxAgeMs: 1e15 } });
  try {
    store.writeSpans(encodeSpans(read.spans));
    const { text } = await exported('otlp', [...decodeSpans(store.get(TRACE_ID))]);
    type Span = {
      spanId: string;
      startTimeUnixNano: string;
      endTimeUnixNano: string;
      events: { timeUnixNano: string }[];
    };
    type Document = { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
    return (JSON.parse(text) as Document).resourceSpans
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
      .sort((a, b) => (a.spanId < b.spanId ? -1 : 1))
      .map((span) => ({
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        event: BigInt(span.events[0]!.timeUnixNano),
      }));
  } finally {
    store.close();
  }
}
const random = randomNumbers(5);
const below = (most: number) => BigInt(Math.floor(random() * most));
const off = (a: bigint, b: bigint) => (a < b ? b - a : a - b);

describe('times of OTLP through the store', () => {
  it('come back to the digit where they are whole microseconds', async () => {
    const given = Array.from({ length: 3000 }, (): Times => {
      const start = BEGAN + below(1e9) * 1000n;
      return { start, end: start + below(5000) * 1000n, event: start + below(5000) * 1000n };
    });
    expect(await throughStore(given)).toEqual(given);
  });

  it('are off by no more than is said where they are nanoseconds, and no span ends before it starts', async () => {
    const given = Array.from({ length: 3000 }, (): Times => {
      const start = BEGAN + below(1e12);
      return { start, end: start + below(5000), event: start + below(5000) };
    });
    const found = await throughStore(given);
    for (const [i, { start, end, event }] of given.entries()) {
      const back = found[i]!;
      expect(off(back.start, start)).toBeLessThanOrEqual(750n);
      expect(off(back.end, end)).toBeLessThanOrEqual(750n);
      expect(off(back.end - back.start, end - start)).toBeLessThanOrEqual(1500n);
      expect(off(back.event, event)).toBeLessThanOrEqual(250n);
      expect(back.end >= back.start).toBe(true);
    }
  });
});
