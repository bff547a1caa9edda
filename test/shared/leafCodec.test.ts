import { describe, expect, it } from 'vitest';
import { blockCountOf, decodeBlock, isLeafBlock, leavesToSpans, rowCountOf } from '../../shared/leafCodec.ts';
import type { LeafErrorType, LeafOperation } from '../../shared/leafFormat.ts';
import { packLeaves } from '../../shared/leafPacking.ts';
import type { LeafColumns, LeafTables } from '../../shared/leafPacking.ts';
import { SPAN_KINDS } from '../../shared/span.ts';
import type { Attributes, AttributeValue, SpanRecord } from '../../shared/span.ts';
import { hexWord } from '../../shared/hexWords.ts';
import { encodeSpans } from '../../shared/spanCodec.ts';
import { SpanCodecError } from '../../shared/spanFormat.ts';
import { hexId, pipelineSpans, randomFrom } from '../electron/telemetry/pipelineSpans.ts';

const OPERATIONS: readonly LeafOperation[] = [
  { name: 'cache get', kind: 'internal', attributes: {}, facts: [] },
  {
    name: 'SELECT 낱말 \ud800',
    kind: 'client',
    attributes: {
      'db.system.name': 'sqlite',
      pool: 4,
      cached: true,
      list: ['a', 'b'],
      ns: [1, 2.5],
      fs: [false],
    },
    facts: ['db.response.returned_rows', 'bytes'],
  },
  { name: '', kind: 'server', attributes: JSON.parse('{"__proto__": "x"}') as never, facts: ['one'] },
];
/** Shared by parents; the first says what some operations say as well. */
const BAGGAGE: readonly Attributes[] = [
  { pool: 'mine', one: 'mine', 'error.type': 'mine', lesson: '12' },
  { lesson: '낱말' },
];
const ERRORS: readonly LeafErrorType[] = [
  { type: '', expected: false },
  { type: 'SQLITE_BUSY', expected: false },
  { type: 'cancelled', expected: true },
];

type Recorded = { readonly columns: LeafColumns; readonly tables: LeafTables; readonly spans: SpanRecord[] };

/** A ring of `capacity` rows after `count` of them, and the spans that the rows held stand for. */
function record(random: () => number, capacity: number, count: number): Recorded {
  const any = (below: number) => Math.floor(random() * below);
  const columns: LeafColumns = {
    startMs: new Float64Array(capacity),
    durationMs: new Float32Array(capacity),
    operation: new Uint16Array(capacity),
    error: new Uint16Array(capacity),
    parent: new Uint32Array(capacity),
    first: new Float64Array(capacity),
    second: new Float32Array(capacity),
  };
  const parents = Array.from({ length: 40 }, () => ({
    traceId: hexId(randomFrom(any(4)), 32),
    spanId: hexId(random, 16),
  }));
  const parentIds = new Uint32Array(parents.length * 6);
  parents.forEach(({ traceId, spanId }, no) => {
    for (let word = 0; word < 4; word += 1) parentIds[no * 6 + word] = hexWord(traceId, word * 8);
    for (let word = 0; word < 2; word += 1) parentIds[no * 6 + 4 + word] = hexWord(spanId, word * 8);
  });
  const parentAttributes = new Map(
    parents.flatMap((_, no) => (no % 3 === 0 ? [] : [[no, BAGGAGE[no % 2]!]])),
  );
  // Close to where the low word runs over.
  const base = [any(2 ** 31), 2 ** 32 - any(200)] as const;
  const spans: SpanRecord[] = [];
  for (let row = 0; row < count; row += 1) {
    const slot = row % capacity;
    const [operation, error, parent] = [any(OPERATIONS.length), random() < 0.8 ? 0 : any(3), any(40)];
    const facts = [random() < 0.3 ? NaN : random() * 1e9, random() < 0.3 ? NaN : any(1000)];
    columns.startMs[slot] = 1.79e12 + random() * 1e6;
    columns.durationMs[slot] = random() * 100;
    columns.operation[slot] = operation;
    columns.error[slot] = error;
    columns.parent[slot] = parent;
    columns.first[slot] = facts[0]!;
    columns.second[slot] = facts[1]!;
    const { name, kind, attributes, facts: names } = OPERATIONS[operation]!;
    const { type, expected } = ERRORS[error]!;
    const startMs = columns.startMs[slot]!;
    spans.push({
      traceId: parents[parent]!.traceId,
      spanId: ((BigInt(base[0]) << 32n) + BigInt(base[1]) + BigInt(row)).toString(16).padStart(16, '0'),
      parentSpanId: parents[parent]!.spanId,
      name,
      kind,
      startMs,
      endMs: startMs + columns.durationMs[slot]!,
      status: error === 0 || expected ? 'unset' : 'error',
      statusMessage: error === 0 || expected ? null : type,
      attributes: Object.fromEntries<AttributeValue>([
        ...Object.entries(parentAttributes.get(parent) ?? {}).filter(
          ([key]) => !names.includes(key) && key in attributes === false,
        ),
        ...Object.entries(attributes),
        ...names.map((key, i) => [key, facts[i]!] as const).filter(([, value]) => !Number.isNaN(value)),
        ...(error === 0 ? [] : [['error.type', type] as const]),
      ]),
      events: [],
      links: [],
    });
  }
  const tables = {
    idBase: base,
    operations: OPERATIONS,
    errors: ERRORS,
    parentIds,
    parentAttributes,
    parentLimit: 40,
  };
  return { columns, tables, spans };
}

describe('leaf codec', () => {
  it('gives back any rows as the spans they stand for', () => {
    for (let seed = 0; seed < 150; seed += 1) {
      const random = randomFrom(seed);
      const capacity = 1 + Math.floor(random() * 60);
      const count = Math.floor(random() * 150);
      const { columns, tables, spans } = record(random, capacity, count);
      const from = Math.max(0, count - Math.floor(random() * (capacity + 1)));
      const bytes = packLeaves(columns, tables, from, count - from, null);
      expect(isLeafBlock(bytes)).toBe(true);
      expect(rowCountOf(bytes)).toBe(count - from);
      expect(decodeBlock(bytes)).toStrictEqual(spans.slice(from));
    }
  });

  it('gives back single rows out of the middle', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const random = randomFrom(seed);
      const { columns, tables, spans } = record(random, 64, 200);
      const rows = Array.from({ length: 64 }, (_, i) => 136 + i).filter(() => random() < 0.4);
      const bytes = packLeaves(columns, tables, rows[0] ?? 0, rows.length, rows);
      expect(decodeBlock(bytes)).toStrictEqual(rows.map((row) => spans[row]));
    }
  });

  it('numbers rows beyond 32 bits', () => {
    const { columns, tables } = record(randomFrom(1), 8, 8);
    const from = 2 ** 40 + 8;
    const [one, two] = decodeBlock(
      packLeaves(columns, { ...tables, idBase: [1, 0xffff_ffff] }, from, 2, null),
    );
    expect(BigInt(`0x${one!.spanId}`)).toBe((1n << 32n) + 0xffff_ffffn + BigInt(from));
    expect(BigInt(`0x${two!.spanId}`)).toBe((1n << 32n) + 0xffff_ffffn + BigInt(from) + 1n);
  });

  it('takes at most 40 bytes a row, and names only what occurs', () => {
    const { columns, tables } = record(randomFrom(3), 4096, 4096);
    columns.operation.fill(0);
    const bytes = packLeaves(columns, tables, 0, 4096, null);
    expect(bytes.byteLength / 4096).toBeLessThanOrEqual(33);
    expect(new TextDecoder().decode(bytes)).not.toContain('db.system.name');
  });

  it('tells blocks of rows and of spans apart', () => {
    const spans = pipelineSpans(10);
    const block = encodeSpans(spans);
    expect(isLeafBlock(block)).toBe(false);
    expect(rowCountOf(block)).toBe(0);
    expect(blockCountOf(block)).toBe(spans.length);
    expect(decodeBlock(block)).toStrictEqual(spans);
    expect(blockCountOf(new Uint8Array(3))).toBe(0);
    expect(() => decodeBlock(new Uint8Array(3))).toThrow(SpanCodecError);
    expect(() => leavesToSpans(block)).toThrow(SpanCodecError);
    const { columns, tables } = record(randomFrom(5), 20, 20);
    expect(blockCountOf(packLeaves(columns, tables, 0, 20, null))).toBe(20);
  });

  it('reads a block that lies anywhere inside a larger buffer', () => {
    const { columns, tables, spans } = record(randomFrom(9), 30, 30);
    const bytes = packLeaves(columns, tables, 0, 30, null);
    for (const offset of [1, 4, 7, 8]) {
      const larger = new Uint8Array(bytes.length + 20);
      larger.set(bytes, offset);
      expect(decodeBlock(larger.subarray(offset, offset + bytes.length))).toStrictEqual(spans);
    }
  });

  it('refuses cut and changed blocks with its own error, or reads them as spans', () => {
    const random = randomFrom(7);
    const { columns, tables } = record(random, 20, 20);
    const blocks = [packLeaves(columns, tables, 0, 20, null), packLeaves(columns, tables, 3, 3, [3, 9, 12])];
    let refused = 0;
    const attempt = (hostile: Uint8Array) => {
      try {
        for (const one of decodeBlock(hostile)) {
          expect(one.traceId).toMatch(/^[0-9a-f]{32}$/);
          expect(Number.isFinite(one.startMs)).toBe(true);
          expect(SPAN_KINDS).toContain(one.kind);
        }
      } catch (error) {
        if (!(error instanceof SpanCodecError)) throw error;
        refused += 1;
      }
    };
    for (const bytes of blocks) {
      for (let length = 0; length < bytes.length; length += 7) attempt(bytes.slice(0, length));
      for (let i = 0; i < 3000; i += 1) {
        const hostile = bytes.slice();
        for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips -= 1) {
          hostile[Math.floor(random() * hostile.length)] = Math.floor(random() * 256);
        }
        attempt(hostile);
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('refuses counts that would need more memory than the block has bytes', () => {
    const { columns, tables, spans } = record(randomFrom(2), 10, 10);
    const bytes = packLeaves(columns, tables, 0, 10, null);
    const header = new Uint32Array(bytes.buffer, 0, 12);
    for (const word of [1, 2, 3, 4, 5, 10, 11]) {
      const before = header[word]!;
      for (const lie of [0xffffffff, before + 1, 0x7fffffff]) {
        header[word] = lie;
        expect(() => decodeBlock(bytes)).toThrow(SpanCodecError);
      }
      header[word] = before;
    }
    header[8] = 2 ** 22;
    expect(() => decodeBlock(bytes)).toThrow(SpanCodecError);
    header[8] = 0;
    expect(decodeBlock(bytes)).toStrictEqual(spans);
  });

  it.each([
    ['no JSON', '[[],['],
    ['no three lists', '[[],[]]'],
    ['an operation of another form', '[[[0,"a",0,[]]],[],[]]'],
    ['an operation without a name', '[[[0,5,0,[],[]]],[],[]]'],
    ['an operation of no known kind', '[[[0,"a",9,[],[]]],[],[]]'],
    ['a number that none can have', '[[[70000,"a",0,[],[]]],[],[]]'],
    ['an attribute that is nothing', '[[[0,"a",0,[["k",null]],[]]],[],[]]'],
    ['an array of several types', '[[[0,"a",0,[["k",[1,"b"]]],[]]],[],[]]'],
    ['a type for no error', '[[[0,"a",0,[],[]]],[[0,"x",false]],[]]'],
    ['none of the operations that rows have', '[[],[],[]]'],
  ])('refuses a table with %s', (_what, text) => {
    const { columns, tables } = record(randomFrom(2), 1, 1);
    const good = packLeaves(columns, tables, 0, 1, null);
    const header = new Uint32Array(good.buffer, 0, 12);
    const bytes = new Uint8Array(good.length - header[4]! + text.length);
    bytes.set(good.subarray(0, good.length - header[4]!));
    bytes.set(new TextEncoder().encode(text), good.length - header[4]!);
    const words = new Uint32Array(bytes.buffer, 0, 12);
    words[4] = text.length;
    words[5] = bytes.length;
    expect(() => leavesToSpans(bytes)).toThrow(SpanCodecError);
  });

  it('refuses a parent whose attributes are not there', () => {
    const { columns, tables } = record(randomFrom(2), 4, 4);
    const parentAttributes = new Map(Array.from({ length: 40 }, (_, no) => [no, BAGGAGE[0]!]));
    const bytes = packLeaves(columns, { ...tables, parentAttributes }, 0, 4, null);
    expect(decodeBlock(bytes).every(({ attributes }) => attributes['lesson'] === '12')).toBe(true);
    const header = new Uint32Array(bytes.buffer, 0, 12);
    // The last word of the first parent.
    new Uint32Array(bytes.buffer, 48 + 24 * 4 + 4 * 4, 8)[7] = 2;
    expect(header[1]).toBe(4);
    expect(() => decodeBlock(bytes)).toThrow(/refers to what is not there/);
  });

  it('refuses a parent without an id and a duration that is no number', () => {
    const { columns, tables } = record(randomFrom(2), 4, 4);
    const nobody = { ...tables, parentIds: new Uint32Array(tables.parentIds.length) };
    expect(() => decodeBlock(packLeaves(columns, nobody, 0, 4, null))).toThrow(SpanCodecError);
    columns.durationMs[2] = NaN;
    expect(() => decodeBlock(packLeaves(columns, tables, 0, 4, null))).toThrow(SpanCodecError);
  });
});
