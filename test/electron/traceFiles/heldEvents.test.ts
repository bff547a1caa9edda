import { expect, it } from 'vitest';
import { HeldEvents } from '../../../electron/traceFiles/heldEvents.ts';

it('gives trace events back by time, a slice before what is in it, else as they came', () => {
  const events = [
    { ph: 'i', ts: 5, name: 'mark' },
    { ph: 'X', ts: 5, dur: 1, name: 'short' },
    { ph: 'X', ts: 5, dur: 9, name: 'long' },
    { ph: 'B', ts: 5, name: 'first' },
    { ph: 'X', ts: '2', name: 'without an end, ü' },
    ...Array.from({ length: 3000 }, (_, i) => ({ ph: 'E', ts: 6 + (i % 2), name: `${i}` })),
  ];
  const held = new HeldEvents();
  for (const event of events) expect(held.add(event, Buffer.from(JSON.stringify(event)))).toBe(true);
  expect(held.count).toBe(3005);
  expect(held.span()).toStrictEqual({ firstUs: 2, lastUs: 14 });
  const names = [...held.inOrder()].map(({ name }) => name);
  expect(names.slice(0, 7)).toStrictEqual(['without an end, ü', 'long', 'short', 'mark', 'first', '0', '2']);
  expect(names.slice(-2)).toStrictEqual(['2997', '2999']);
});
