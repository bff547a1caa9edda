import { describe, expect, it } from 'vitest';
import { createFaults } from '../../../electron/telemetry/faults.ts';

describe('createFaults', () => {
  it('counts by place, and never tells what an error says', () => {
    const faults = createFaults();
    const first = () => faults.add(new TypeError('sk-secret'));
    const second = () => faults.add();
    first();
    first();
    second();
    expect(faults.count).toBe(3);
    const [most, other] = faults.kinds();
    expect(most).toMatchObject({ count: 2, what: expect.stringMatching(/^TypeError in first/) });
    expect(other).toMatchObject({ count: 1, what: expect.stringMatching(/^in second/) });
    expect(JSON.stringify(faults.kinds())).not.toContain('sk-secret');
  });

  it('goes on counting when there are too many places to tell apart', () => {
    const faults = createFaults();
    for (let i = 0; i < 1000; i += 1) {
      const named = { [`place${i}`]: () => faults.add(new Error('x')) }[`place${i}`]!;
      named();
    }
    expect(faults.count).toBe(1000);
    expect(faults.kinds()).toHaveLength(20);
  });
});
