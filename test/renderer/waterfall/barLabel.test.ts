import { describe, expect, it } from 'vitest';
import { barLabelPlace } from '../../../renderer/waterfall/barLabel.ts';

const place = (from: number, to: number, trackPx = 300, text = '3.76 s') =>
  barLabelPlace({ from, to, trackPx, text });

describe('barLabelPlace', () => {
  it('puts a duration right of its bar where there is room', () => {
    expect([place(0, 10), place(50, 80), place(0, 0)]).toEqual(['right', 'right', 'right']);
  });

  it('puts it left of a bar that ends near the right edge', () => {
    expect([place(60, 99), place(98, 101), place(20, 90)]).toEqual(['left', 'left', 'left']);
  });

  it('puts it on a bar that leaves no room on either side', () => {
    expect([place(0, 95), place(-1, 101), place(10, 85), place(0.2, 100)]).toEqual([
      'inside',
      'inside',
      'inside',
      'inside',
    ]);
  });

  it('knows the room in pixels: a share that is enough in a wide track is not in a narrow one', () => {
    expect([place(16, 99, 600), place(16, 99, 200)]).toEqual(['left', 'inside']);
    expect([place(0, 70, 200, '9 s'), place(0, 70, 200, '2 m 58 s')]).toEqual(['right', 'inside']);
  });

  it('shows nothing rather than a part of a number, and nothing for a bar out of view', () => {
    expect([place(40, 60, 60), place(40, 60, 0), place(-20, -5), place(103, 110)]).toEqual([
      'none',
      'none',
      'none',
      'none',
    ]);
  });

  it('never places a text beyond an edge of the track', () => {
    for (let from = -1; from <= 101; from += 1) {
      for (let to = from; to <= 101; to += 1) {
        for (const trackPx of [40, 90, 150, 400]) {
          const textPx = '12.3 ms'.length * 6;
          const found = place(from, to, trackPx, '12.3 ms');
          const start = (Math.max(0, from) / 100) * trackPx;
          const end = (Math.min(100, to) / 100) * trackPx;
          if (found === 'right') expect(end + 6 + textPx).toBeLessThanOrEqual(trackPx);
          if (found === 'left') expect(start - 6 - textPx).toBeGreaterThanOrEqual(0);
          if (found === 'inside') expect(end - 6 - textPx).toBeGreaterThanOrEqual(start);
        }
      }
    }
  });
});
