import { describe, expect, it } from 'vitest';
import { unpackTrace } from '../../../../renderer/views/traces/loadTrace.ts';
import { encodeSpans } from '../../../../shared/spanCodec.ts';
import { syntheticTrace } from '../../../fixtures/syntheticTrace.ts';

const traceId = 'f'.repeat(32);
const spans = syntheticTrace({ items: 6000, traceId });

describe('a large trace out of the store', () => {
  it('is there whole, and lets the page have its turn in between', async () => {
    const steps: number[] = [];
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const table = await unpackTrace(
      encodeSpans(spans),
      () => true,
      (done, of) => {
        steps.push(done);
        expect(of).toBe(spans.length);
      },
    );
    clearInterval(timer);
    expect(table?.trace(traceId)?.rows.length).toBe(spans.length);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(turns).toBeGreaterThan(0);
  });

  it('is let go where nobody waits for it any more', async () => {
    let asked = 0;
    const table = await unpackTrace(
      encodeSpans(spans),
      () => (asked += 1) < 2,
      () => undefined,
    );
    expect(table).toBeNull();
    expect(asked).toBe(2);
  });

  it('is an empty table where the store has none of it', async () => {
    const table = await unpackTrace(
      encodeSpans([]),
      () => true,
      () => undefined,
    );
    expect(table?.trace(traceId)).toBeNull();
  });
});
