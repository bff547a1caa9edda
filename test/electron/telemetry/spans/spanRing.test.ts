import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decodeSpans } from '../../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { createSpanRing } from '../../../../electron/telemetry/spans/spanRing.ts';
import type { SpanRing } from '../../../../electron/telemetry/spans/spanRing.ts';
import { hexId, randomFrom, span } from '../pipelineSpans.ts';
import { PlainSpan } from './plainSpan.ts';

const id = (number: number) => number.toString(16).padStart(16, '0');
const numbered = (number: number, part: Partial<SpanRecord> = {}) =>
  span({ spanId: id(number), name: `span ${number % 5}`, ...part });
const start = (ring: SpanRing, one: SpanRecord) => new PlainSpan(one).start(ring);
const both = (ring: SpanRing, one: SpanRecord) => start(ring, one).end(ring);
const held = (ring: SpanRing) => decodeSpans(ring.since(0).bytes);
function expectToAddUp(ring: SpanRing): void {
  const { started, ended, evicted, held: inRing, open } = ring.counts();
  expect({ started, evicted }).toStrictEqual({ started: inRing + evicted, evicted: started - inRing });
  expect(ended + open).toBe(started);
}

describe('span ring', () => {
  it('holds a span from its start on, and its end replaces it', () => {
    const ring = createSpanRing({ capacity: 8 });
    const one = numbered(1, { attributes: { a: 'x', n: 1.5, b: true, list: ['p', 'q'] } });
    const open = start(ring, { ...one, attributes: { a: 'x' } });
    expect(held(ring)).toStrictEqual([{ ...one, attributes: { a: 'x' }, endMs: null }]);
    open.become({ ...one, name: 'renamed', status: 'error', statusMessage: 'no' });
    open.end(ring);
    expect(held(ring)).toStrictEqual([{ ...one, name: 'renamed', status: 'error', statusMessage: 'no' }]);
    expectToAddUp(ring);
  });

  it('gives events, links and more attributes than fit the columns back whole', () => {
    const ring = createSpanRing({ capacity: 4 });
    const attributes = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`key ${i}`, i % 2 ? `v${i}` : i]),
    );
    const one = numbered(1, {
      attributes,
      statusMessage: 'message',
      events: [{ name: 'exception', timeMs: 5, attributes: { 'exception.type': 'x' } }],
      links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: {} }],
    });
    both(ring, one);
    expect(held(ring)).toStrictEqual([one]);
  });

  it('gives up the oldest ended spans when it is full, and counts them', () => {
    const ring = createSpanRing({ capacity: 10 });
    for (let i = 1; i <= 35; i += 1) both(ring, numbered(i));
    expect(held(ring).map(({ spanId }) => spanId)).toStrictEqual(
      Array.from({ length: 10 }, (_, i) => id(26 + i)),
    );
    expect(ring.counts()).toMatchObject({ started: 35, ended: 35, evicted: 25, held: 10, open: 0 });
    expectToAddUp(ring);
  });

  it('keeps the open root of a run that is longer than the ring', () => {
    const ring = createSpanRing({ capacity: 16 });
    const root = start(ring, numbered(1, { name: 'run' }));
    for (let i = 2; i <= 200; i += 1) both(ring, numbered(i));
    expect(held(ring).some(({ name }) => name === 'run')).toBe(true);
    root.end(ring);
    expect(held(ring).at(-1)).toStrictEqual(numbered(1, { name: 'run' }));
    expectToAddUp(ring);
  });

  it('takes a span back, whole, that ends after it was evicted', () => {
    const ring = createSpanRing({ capacity: 4 });
    const open = Array.from({ length: 12 }, (_, i) => start(ring, numbered(i + 1)));
    expect(ring.counts()).toMatchObject({ started: 12, held: 4, evicted: 8, open: 12 });
    open[1]!.become(numbered(2, { attributes: { late: true } }));
    open[1]!.end(ring);
    expect(held(ring).find(({ spanId }) => spanId === id(2))).toStrictEqual(
      numbered(2, { attributes: { late: true } }),
    );
    expect(ring.counts()).toMatchObject({ readmitted: 1, ended: 1, open: 11 });
    expectToAddUp(ring);
  });

  it('hands out only what changed, every span once a batch, in its latest state', () => {
    const ring = createSpanRing({ capacity: 100 });
    both(ring, numbered(1));
    const second = start(ring, numbered(2));
    const first = ring.since(0);
    expect(decodeSpans(first.bytes).map(({ spanId, endMs }) => [spanId, endMs === null])).toStrictEqual([
      [id(1), false],
      [id(2), true],
    ]);
    expect(decodeSpans(ring.since(first.seq).bytes)).toStrictEqual([]);
    second.end(ring);
    both(ring, numbered(3));
    const next = ring.since(first.seq);
    expect(decodeSpans(next.bytes).map(({ spanId }) => spanId)).toStrictEqual([id(2), id(3)]);
    expect(next.seq).toBe(ring.seq);
  });

  it('pages through everything in batches of any size', () => {
    for (const size of [1, 2, 7, 50]) {
      const ring = createSpanRing({ capacity: 64 });
      const open: PlainSpan[] = [];
      for (let i = 1; i <= 300; i += 1) {
        open.push(start(ring, numbered(i)));
        if (i > 10) open.shift()!.end(ring);
      }
      const latest = new Map<string, SpanRecord>();
      for (let seq = 0, next = -1; ; seq = next) {
        const batch = ring.since(seq, size);
        next = batch.seq;
        const spans = decodeSpans(batch.bytes);
        expect(spans.length).toBeLessThanOrEqual(size);
        for (const one of spans) latest.set(one.spanId, one);
        if (next === seq) break;
      }
      expect(latest.size).toBe(64);
      expect([...latest.values()].filter(({ endMs }) => endMs === null)).toHaveLength(10);
    }
  });

  it('moves the sequence by at most two a span while nothing is evicted', () => {
    const ring = createSpanRing({ capacity: 1000 });
    const random = randomFrom(3);
    const open: PlainSpan[] = [];
    let seq = 0;
    for (let i = 1; i < 500; i += 1) {
      open.push(start(ring, numbered(i)));
      if (random() < 0.6) open.splice(Math.floor(random() * open.length), 1)[0]!.end(ring);
      if (random() < 0.2) {
        const batch = ring.since(seq, 5);
        expect(batch.seq - seq).toBeLessThanOrEqual(2 * decodeSpans(batch.bytes).length);
        seq = batch.seq;
      }
    }
  });

  it('lets a reader of ended spans see each once, and tells it what was gone before', () => {
    const ring = createSpanRing({ capacity: 20 });
    const reader = ring.reader();
    const read: string[] = [];
    const readAll = () => {
      for (let slots = reader.nextSlots(3); slots !== null; slots = reader.nextSlots(3)) {
        for (const one of decodeSpans(ring.pack(slots))) {
          expect(one.endMs).not.toBeNull();
          read.push(one.spanId);
        }
      }
    };
    const root = start(ring, numbered(1));
    for (let i = 2; i <= 10; i += 1) both(ring, numbered(i));
    readAll();
    expect(read).toHaveLength(9);
    expect(reader.lost).toBe(0);
    for (let i = 11; i <= 60; i += 1) both(ring, numbered(i));
    root.end(ring);
    readAll();
    expect(new Set(read).size).toBe(read.length);
    expect(read.length + reader.lost).toBe(60);
    expect(read).toContain(id(1));
    reader.close();
  });

  it('hands out all open spans at once', () => {
    const ring = createSpanRing({ capacity: 20 });
    start(ring, numbered(1));
    both(ring, numbered(2));
    start(ring, numbered(3));
    expect(ring.open().map(({ idLow }) => idLow)).toStrictEqual([1, 3]);
  });

  it('forgets the strings of evicted spans', () => {
    const ring = createSpanRing({ capacity: 50 });
    for (let i = 1; i <= 5000; i += 1) {
      both(
        ring,
        numbered(i, {
          traceId: hexId(randomFrom(i), 32),
          attributes: { key: `value ${i}`, list: [`l${i}`] },
        }),
      );
    }
    // For each span held: its trace, its value and its list; and the five names.
    expect(ring.memory().strings).toBe(3 * 50 + 5);
  });

  it('holds at most so many bytes of text, whatever is recorded', () => {
    const ring = createSpanRing({ capacity: 1000, maxTextBytes: 100_000 });
    for (let i = 1; i <= 500; i += 1)
      both(ring, numbered(i, { attributes: { long: `${i}`.padEnd(5000, 'x') } }));
    expect(ring.memory().textBytes).toBeLessThanOrEqual(100_000);
    expect(held(ring).at(-1)!.spanId).toBe(id(500));
    expectToAddUp(ring);
  });

  it('adds up and stays readable through any mixture of starts and ends', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const random = randomFrom(seed);
      const ring = createSpanRing({ capacity: 1 + Math.floor(random() * 40) });
      const open: PlainSpan[] = [];
      for (let i = 1; i <= 600; i += 1) {
        if (open.length > 0 && random() < 0.5) {
          open.splice(Math.floor(random() * open.length), 1)[0]!.end(ring);
        } else {
          const one = numbered(i, {
            attributes: random() < 0.5 ? { a: `v${i % 7}`, n: i } : { n: `${i}`, a: i },
            ...(random() < 0.2 ? { statusMessage: 'm' } : {}),
          });
          open.push(start(ring, one));
        }
        expectToAddUp(ring);
      }
      const spans = held(ring);
      expect(spans).toHaveLength(ring.counts().held);
      expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    }
  });

  it('shows open spans with what they have by now', () => {
    const ring = createSpanRing({ capacity: 4, redactText: (text) => text.replaceAll('canary', '-') });
    const one = numbered(1, { status: 'error', events: [{ name: 'e', timeMs: 5, attributes: {} }] });
    const open = start(ring, one);
    open.become({ ...one, attributes: { a: 1, key: 'canary', gone: null as never } });
    expect(held(ring)).toStrictEqual([{ ...one, endMs: null, attributes: { a: 1, key: '-' } }]);
  });

  it('keeps strings that never come again, and those that do, and forgets both', () => {
    const ring = createSpanRing({ capacity: 100 });
    for (let i = 1; i <= 30_000; i += 1) {
      // Different ones, the same ones, and different ones again.
      const text = i < 10_000 || i > 20_000 ? `text ${i}` : `text ${i % 3}`;
      both(ring, numbered(i, { name: 'x', attributes: { text } }));
      if (i % 997 === 0) {
        const first = Math.max(1, i - 99);
        expect(held(ring).map(({ attributes }) => attributes.text)).toStrictEqual(
          Array.from({ length: i - first + 1 }, (_, k) => first + k).map((k) =>
            k < 10_000 || k > 20_000 ? `text ${k}` : `text ${k % 3}`,
          ),
        );
      }
      if (i === 19_999) expect(ring.memory().strings).toBe(1 + 1 + 3);
    }
    // The trace, the name, and a text each.
    expect(ring.memory().strings).toBe(102);
    expect(ring.memory().textBytes).toBe(2 * (32 + 1 + 100 * 'text 30000'.length));
  });

  it('keeps no text that it did not see first, and no secret attribute', () => {
    const redactText = (text: string) => text.replaceAll('canary', '-');
    const ring = createSpanRing({ capacity: 4, redactText, isSecretKey: (key) => key === 'token' });
    const many = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`k${i}`, ['canary', `${i}`]]));
    both(
      ring,
      numbered(1, {
        name: 'canary',
        statusMessage: 'canary',
        attributes: { token: 7, a: 'canary', ...many, last: 'canary', x: { token: 1 } as never },
        events: [{ name: 'canary', timeMs: 1, attributes: { token: 'x', b: 'canary', n: 1 } }],
        links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: { c: ['canary'] } }],
      }),
    );
    const [one] = held(ring);
    expect(JSON.stringify(one)).not.toContain('canary');
    expect(one).toMatchObject({ attributes: { token: '[redacted]', last: '-' }, name: '-' });
    expect(one!.events[0]!.attributes).toStrictEqual({ token: '[redacted]', b: '-', n: 1 });
  });

  it('takes whole spans of elsewhere', () => {
    const ring = createSpanRing({ capacity: 4 });
    ring.completed(numbered(1));
    expect(held(ring)).toStrictEqual([numbered(1)]);
    expect(() => ring.completed(numbered(2, { parentSpanId: 'no hex' }))).toThrow();
    expect(ring.counts()).toMatchObject({ started: 1, ended: 1, held: 1 });
  });

  it('lets a reader begin with what ends from now on', () => {
    const ring = createSpanRing({ capacity: 4 });
    both(ring, numbered(1));
    const reader = ring.reader(true);
    expect(reader.nextSlots(5)).toBeNull();
    both(ring, numbered(2));
    expect(decodeSpans(ring.pack(reader.nextSlots(5)!)).map(({ spanId }) => spanId)).toStrictEqual([id(2)]);
    reader.close();
  });

  it('goes on when a listener throws', async () => {
    let faults = 0;
    const ring = createSpanRing({ capacity: 4, onFault: () => (faults += 1) });
    ring.onChange(() => {
      throw new Error('no');
    });
    both(ring, numbered(1));
    await turn();
    expect(faults).toBe(1);
    expect(held(ring)).toHaveLength(1);
  });

  it('drops what cannot be packed from a span instead of the span', () => {
    const ring = createSpanRing({ capacity: 4 });
    both(
      ring,
      numbered(1, {
        startMs: NaN,
        endMs: Infinity,
        attributes: { gaps: ['a', null, 'b'] as never, nothing: null as never, fine: 1 },
        links: [{ traceId: 'no', spanId: 'no', attributes: {} }],
        events: [{ name: 'never', timeMs: NaN, attributes: {} }],
      }),
    );
    const [one] = held(ring);
    expect(one).toMatchObject({ attributes: { gaps: ['a', 'b'], fine: 1 }, links: [], events: [] });
    expect(Number.isFinite(one!.startMs) && Number.isFinite(one!.endMs)).toBe(true);
  });

  it('tells once a turn of what changed until nobody listens any more', async () => {
    const ring = createSpanRing({ capacity: 4 });
    const heard: number[] = [];
    const stop = ring.onChange(() => heard.push(ring.seq));
    both(ring, numbered(1));
    new PlainSpan(numbered(2)).start(ring);
    expect(heard).toStrictEqual([]);
    await turn();
    expect(heard).toStrictEqual([2]);
    ring.completed(numbered(3));
    // Read before the turn is over: there was news all the same.
    expect(ring.seq).toBe(3);
    await turn();
    expect(heard).toStrictEqual([2, 3]);
    await turn();
    stop();
    both(ring, numbered(4));
    await turn();
    expect(heard).toStrictEqual([2, 3]);
  });

  it('files a span once where it ends before anybody looks, and twice where it does not', () => {
    const ring = createSpanRing({ capacity: 8 });
    both(ring, numbered(1));
    expect(ring.seq).toBe(1);
    const open = new PlainSpan(numbered(2)).start(ring);
    expect(ring.counts()).toMatchObject({ started: 2, ended: 1, open: 1, held: 2 });
    expect(ring.seq).toBe(2);
    open.end(ring);
    expect(ring.seq).toBe(3);
    expect(ring.counts()).toMatchObject({ started: 2, ended: 2, open: 0, held: 2, readmitted: 0 });
  });

  it('says of every span once when it reads it no more', async () => {
    const ring = createSpanRing({ capacity: 400 });
    const spans = Array.from({ length: 300 }, (_, i) => new PlainSpan(numbered(i + 1)).start(ring));
    for (const span of spans.slice(1)) span.end(ring);
    // More than may wait were filed within the turn, and the rest at its end.
    expect(spans[1]!.timesFiled).toBe(1);
    await turn();
    expect(spans.map(({ timesFiled }) => timesFiled)).toStrictEqual([0, ...Array(299).fill(1)]);
    expect(ring.counts()).toMatchObject({ started: 300, ended: 299, open: 1 });
  });

  it('goes on with the next span where one cannot be read', () => {
    const faults: unknown[] = [];
    const ring = createSpanRing({ capacity: 8, onFault: (thrown) => faults.push(thrown) });
    const broken = new PlainSpan(numbered(1)).start(ring);
    Object.defineProperty(broken, 'name', {
      get() {
        throw new Error('name');
      },
    });
    broken.end(ring);
    both(ring, numbered(2));
    expect(held(ring).map(({ spanId }) => spanId)).toContain(id(2));
    expect(faults).toHaveLength(1);
  });

  it('keeps a full span in no more than 200 bytes of columns', () => {
    const capacity = 1000;
    expect(createSpanRing({ capacity }).memory().columnBytes / capacity).toBeLessThanOrEqual(200);
  });
});
