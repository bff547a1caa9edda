import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decodeBlock } from '../../../../shared/leafCodec.ts';
import { createLeafParent } from '../../../fixtures/leafParent.ts';
import { LeafRing } from '../../../../electron/telemetry/spans/leafRing.ts';
import type { LeafRingOptions } from '../../../../electron/telemetry/spans/leafRing.ts';
import { hexId, randomFrom } from '../pipelineSpans.ts';

const EPOCH_MS = 1.79e12;
const ringOf = (capacity: number, options: Partial<LeafRingOptions> = {}) =>
  new LeafRing({ capacity, epochMs: (ms) => EPOCH_MS + ms, ...options });
const parentOf = (seed: number) => {
  const random = randomFrom(seed);
  return createLeafParent(hexId(random, 32), hexId(random, 16), true);
};
const GET = { name: 'cache get', kind: 'internal', attributes: {}, facts: ['bytes'] } as const;

describe('leaf ring', () => {
  it('holds rows as spans under their parents', () => {
    const ring = ringOf(8);
    const parent = parentOf(1);
    ring.add(parent, ring.operationNo(GET), 10, 0.5, 0, 42, NaN);
    ring.add(parent, ring.operationNo(GET), 11, 2, ring.errorNo('disk_full', false), NaN, NaN);
    const [one, two] = decodeBlock(ring.pack(0, 2));
    expect(one).toStrictEqual({
      traceId: parent.traceId,
      spanId: one!.spanId,
      parentSpanId: parent.spanId,
      name: 'cache get',
      kind: 'internal',
      startMs: EPOCH_MS + 10,
      endMs: EPOCH_MS + 10.5,
      status: 'unset',
      statusMessage: null,
      attributes: { bytes: 42 },
      events: [],
      links: [],
    });
    expect(two).toMatchObject({ status: 'error', attributes: { 'error.type': 'disk_full' } });
    expect(BigInt(`0x${two!.spanId}`)).toBe(BigInt(`0x${one!.spanId}`) + 1n);
  });

  it('takes 32 bytes a row and draws ids anew for each ring', () => {
    const ring = ringOf(4096);
    expect((ring.bytes - 64 * 32) / 4096).toBe(32);
    const first = (one: LeafRing) => {
      one.add(parentOf(1), one.operationNo(GET), 0, 0, 0, NaN, NaN);
      return decodeBlock(one.pack(0, 1))[0]!.spanId;
    };
    expect(first(ring)).not.toBe(first(ringOf(4)));
  });

  it('gives parents back when their last row is overwritten, and knows who comes again', () => {
    const ring = ringOf(50);
    const no = ring.operationNo(GET);
    const random = randomFrom(4);
    const parents = Array.from({ length: 30 }, (_, i) => parentOf(i));
    const expected: string[] = [];
    for (let i = 0; i < 5000; i += 1) {
      const parent = random() < 0.5 ? parents[Math.floor(random() * 30)]! : parentOf(1000 + i);
      ring.add(parent, no, i, 1, 0, i, NaN);
      expected.push(parent.spanId);
      expect(ring.parents).toBeLessThanOrEqual(50);
    }
    const spans = decodeBlock(ring.pack(ring.oldest, ring.rows));
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toStrictEqual(expected.slice(-50));
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(50);
    for (const row of [4950, 4999]) {
      expect(ring.traceIdOf(ring.parentOf(row))).toBe(spans[row - 4950]!.traceId);
    }
  });

  it('stays as large as it is through a million parents', () => {
    const ring = ringOf(1000);
    const no = ring.operationNo(GET);
    let bytes = 0;
    for (let i = 0; i < 1_000_000; i += 1) {
      const parent = createLeafParent('ab'.repeat(16), i.toString(16).padStart(16, 'c'), true);
      ring.add(parent, no, i, 1, 0, NaN, NaN);
      if (i === 5000) bytes = ring.bytes;
    }
    expect(ring.parents).toBe(1000);
    expect(ring.bytes).toBe(bytes);
  });

  it('writes nothing for a parent whose id is no id', () => {
    const ring = ringOf(4);
    expect(() => ring.add(createLeafParent('no', 'no', true), 0, 0, 0, 0, NaN, NaN)).toThrow();
    expect(() => ring.add(createLeafParent('ab'.repeat(16), 'no', true), 0, 0, 0, 0, NaN, NaN)).toThrow();
    expect([ring.rows, ring.parents]).toStrictEqual([0, 0]);
  });

  it('lets every reader see each row once and tells it what was overwritten before', () => {
    const ring = ringOf(100);
    const parent = parentOf(1);
    const no = ring.operationNo(GET);
    const add = (count: number) => {
      for (let i = 0; i < count; i += 1) ring.add(parent, no, 0, 0, 0, ring.rows, NaN);
    };
    add(30);
    const [slow, quick, late] = [ring.reader(), ring.reader(), ring.reader(true)];
    const read = (reader: typeof slow, size: number) => {
      let count = 0;
      for (let rows = reader.advance(size); rows !== null; rows = reader.advance(size)) {
        expect(rows.to - rows.from).toBeLessThanOrEqual(size);
        count += rows.to - rows.from;
      }
      return count;
    };
    expect(read(quick, 7)).toBe(30);
    add(200);
    expect(quick.lost).toBe(100);
    expect(read(quick, 1000)).toBe(100);
    expect([slow.lost, late.lost]).toStrictEqual([130, 100]);
    expect(read(slow, 13) + slow.lost).toBe(230);
    expect(read(late, 1) + late.lost).toBe(200);
  });

  it('gives the same description the same number, and has an end to descriptions', () => {
    const ring = ringOf(4);
    expect(ring.operationNo(GET)).toBe(ring.operationNo({ ...GET }));
    expect(ring.operationNo({ ...GET, kind: 'client' })).not.toBe(ring.operationNo(GET));
    const numbers = new Set<number>();
    for (let i = 0; i < 20_000; i += 1) numbers.add(ring.operationNo({ ...GET, name: `made up ${i}` }));
    expect(Math.max(...numbers)).toBeLessThan(2 ** 16);
    ring.add(parentOf(1), ring.operationNo({ ...GET, name: 'one more' }), 0, 0, 0, NaN, NaN);
    expect(decodeBlock(ring.pack(0, 1))[0]!.name).toBe('other');

    const errors = new Set<number>();
    for (let i = 0; i < 10_000; i += 1) errors.add(ring.errorNo(`made up ${i}`, i % 2 === 0));
    expect(Math.max(...errors)).toBeLessThan(2 ** 16);
    ring.add(parentOf(1), 0, 0, 0, ring.errorNo('one more', false), NaN, NaN);
    expect(decodeBlock(ring.pack(1, 2))[0]!.attributes['error.type']).toBe('_OTHER');
  });

  it('keeps no text that it did not see first', () => {
    const ring = ringOf(4, {
      redactText: (text) => text.replaceAll('canary', '-'),
      isSecretKey: (key) => key === 'token',
    });
    const attributes = {
      token: 'x',
      a: 'canary',
      list: ['canary', null, 'b'] as never,
      none: null as never,
      bad: NaN,
      worse: [1, NaN],
    };
    const no = ring.operationNo({ name: 'canary', kind: 'client', attributes, facts: [] });
    ring.add(parentOf(1), no, 0, 0, ring.errorNo('canary', false), NaN, NaN);
    const [span] = decodeBlock(ring.pack(0, 1));
    expect(span).toMatchObject({ name: '-', statusMessage: '-' });
    expect(span!.attributes).toStrictEqual({
      token: '[redacted]',
      a: '-',
      list: ['-', 'b'],
      worse: [1],
      'error.type': '-',
    });
  });

  it('tells of rows once a turn, at its end, until nobody listens any more', async () => {
    let faults = 0;
    const ring = ringOf(4, { onFault: () => (faults += 1) });
    const heard: number[] = [];
    const stop = ring.onChange(() => heard.push(ring.rows));
    const stopBroken = ring.onChange(() => {
      throw new Error('no');
    });
    const add = () => ring.add(parentOf(1), 0, 0, 0, 0, NaN, NaN);
    ring.operationNo(GET);
    add();
    add();
    expect(heard).toStrictEqual([]);
    await turn();
    add();
    await turn();
    await turn();
    expect(heard).toStrictEqual([2, 3]);
    expect(faults).toBe(2);
    stop();
    stopBroken();
    add();
    await turn();
    expect(heard).toStrictEqual([2, 3]);
  });
});
