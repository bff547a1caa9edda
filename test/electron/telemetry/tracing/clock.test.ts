import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createClock } from '../../../../electron/telemetry/tracing/clock.ts';

describe('clock', () => {
  it('follows the wall clock over a jump, and measures on regardless in between', async () => {
    let aheadMs = 0;
    const clock = createClock(() => Date.now() + aheadMs);
    const before = clock.epochMs(performance.now());
    aheadMs = -3_600_000;
    clock.anchor();
    expect(clock.epochMs(performance.now())).toBeGreaterThanOrEqual(before);
    await sleep(1050);
    clock.anchor();
    expect(Math.abs(clock.epochMs(performance.now()) - (Date.now() - 3_600_000))).toBeLessThan(200);
  });
});
