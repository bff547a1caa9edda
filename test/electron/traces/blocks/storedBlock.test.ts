import { describe, expect, it } from 'vitest';
import { wordHex } from '../../../../shared/hexWords.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../../shared/span.ts';
import type { Attributes, AttributeValue, SpanRecord } from '../../../../shared/span.ts';
import { NO_PARENT, PARENT_ELSEWHERE, VALUE } from '../../../../electron/traces/blockTypes.ts';
import type { SpanReader } from '../../../../electron/traces/blockTypes.ts';
import { listFromJson } from '../../../../electron/traces/blocks/extraCodec.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { hexId, pipelineSpans, randomFrom, span } from '../../telemetry/pipelineSpans.ts';

/** Everything that a reader's blocks hold, as records; times to the microsecond. */
function recordsOf(reader: SpanReader): SpanRecord[] {
  const records: SpanRecord[] = [];
  for (const block of reader.blocks(-Infinity, Infinity)) {
    const attributes = Array.from({ length: block.count }, (): Record<string, AttributeValue> => ({}));
    for (const key of block.keys) {
      const { rows, type, value, texts } = block.attribute(key)!;
      for (const [i, row] of rows.entries()) {
        const kind = type[i]!;
        Object.defineProperty(attributes[row]!, reader.strings.text(key), {
          enumerable: true,
          configurable: true,
          writable: true,
          value:
            kind === VALUE.string
              ? texts[value[i]!]!
              : kind === VALUE.list
                ? listFromJson(texts[value[i]!]!)
                : kind === VALUE.true || kind === VALUE.false
                  ? value[i] === 1
                  : value[i]!,
        });
      }
    }
    for (let row = 0; row < block.count; row += 1) {
      const id = (ids: Uint32Array) => wordHex(ids[row * 2]!) + wordHex(ids[row * 2 + 1]!);
      const extra = block.extra(row);
      const parent = id(block.parentId);
      records.push({
        traceId: reader.traceId(block.trace[row]!),
        spanId: id(block.spanId),
        parentSpanId: parent === '0'.repeat(16) ? null : parent,
        name: reader.strings.text(block.name[row]!),
        kind: SPAN_KINDS[block.flags[row]! & 7]!,
        startMs: block.startUs[row]! / 1000,
        endMs: Number.isNaN(block.durationUs[row]!)
          ? null
          : (block.startUs[row]! + block.durationUs[row]!) / 1000,
        status: SPAN_STATUSES[block.flags[row]! >> 3]!,
        statusMessage: extra?.statusMessage ?? null,
        attributes: attributes[row]!,
        events: extra?.events ?? [],
        links: extra?.links ?? [],
        ...(extra?.traceState == null ? {} : { traceState: extra.traceState }),
        ...(extra?.dropped == null ? {} : { dropped: extra.dropped }),
      });
    }
  }
  return records;
}

const TEXTS = ['', 'a', '낱말', '😀', '\ud800 lone', '\udc00', 'x'.repeat(3000), '__proto__', 'ü'];
const NUMBERS = [0, -0, 1, -1, 300, 2 ** 31, -(2 ** 40), 2 ** 53, 0.125, 0.1, -1e300, NaN, Infinity, 12.345];

function anySpan(random: () => number, traces: number): SpanRecord {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const value = (): AttributeValue =>
    pick<() => AttributeValue>([
      () => pick(TEXTS),
      () => pick(NUMBERS),
      () => random() < 0.5,
      () => [pick(TEXTS), pick(TEXTS)],
      () => [1, 0.5, NaN],
      () => [true, false],
      () => [],
    ])();
  const attributes = (): Attributes =>
    Object.fromEntries(Array.from({ length: Math.floor(random() * 6) }, () => [pick(TEXTS), value()]));
  const startUs = Math.round(1.79e15 + random() * 1e9);
  const id = () =>
    random() < 0.5 ? `0000abcd0000${Math.floor(random() * 9999)}`.padEnd(16, '1') : hexId(random, 16);
  return {
    traceId: hexId(randomFrom(Math.floor(random() * traces)), 32),
    spanId: id(),
    parentSpanId: random() < 0.3 ? null : id(),
    name: pick(TEXTS),
    kind: pick(SPAN_KINDS),
    startMs: startUs / 1000,
    endMs: random() < 0.2 ? null : (startUs + Math.round(random() * 1e6 - 1e5)) / 1000,
    status: pick(SPAN_STATUSES),
    statusMessage: random() < 0.7 ? null : pick(TEXTS),
    attributes: attributes(),
    events: random() < 0.7 ? [] : [{ name: pick(TEXTS), timeMs: random() * 1e12, attributes: attributes() }],
    links:
      random() < 0.7
        ? []
        : [{ traceId: hexId(random, 32), spanId: hexId(random, 16), attributes: attributes() }],
    ...(random() < 0.9 ? {} : { traceState: 'a=b' }),
    ...(random() < 0.9 ? {} : { dropped: { attributes: 1, events: 2, links: 300 } }),
  };
}

const keyOf = (one: SpanRecord) =>
  JSON.stringify([one.traceId, one.spanId, one.startMs, one.name, one.endMs]);
const sorted = (spans: readonly SpanRecord[]) => spans.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

describe('a block of columns', () => {
  it('gives back any spans as they were, trace by trace and by start', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed);
      const spans = Array.from({ length: 1 + Math.floor(random() * 120) }, () =>
        anySpan(random, 1 + (seed % 5)),
      );
      const reader = memoryReader(spans, { perBlock: 50 });
      expect(sorted(recordsOf(reader))).toStrictEqual(sorted(spans));
      for (const block of reader.blocks(-Infinity, Infinity)) {
        for (let row = 1; row < block.count; row += 1) {
          expect(block.trace[row]).toBeGreaterThanOrEqual(block.trace[row - 1]!);
          if (block.trace[row] === block.trace[row - 1]) {
            expect(block.startUs[row]).toBeGreaterThanOrEqual(block.startUs[row - 1]!);
          }
        }
      }
    }
  });

  it('gives back a run of the pipeline in a few bytes a span', () => {
    const spans = pipelineSpans(20_000);
    expect(sorted(recordsOf(memoryReader(spans)))).toStrictEqual(sorted(spans));
  });

  it('knows the row of each parent, and says where it is in another block or nowhere', () => {
    const spans = pipelineSpans(300);
    const reader = memoryReader(spans, { perBlock: 100 });
    let within = 0;
    let elsewhere = 0;
    for (const block of reader.blocks(-Infinity, Infinity)) {
      for (let row = 0; row < block.count; row += 1) {
        const above = block.parent[row]!;
        if (above >= 0) {
          expect([block.spanId[above * 2], block.spanId[above * 2 + 1]]).toEqual([
            block.parentId[row * 2],
            block.parentId[row * 2 + 1],
          ]);
          within += 1;
        } else if (above === PARENT_ELSEWHERE) elsewhere += 1;
        else expect(above).toBe(NO_PARENT);
      }
    }
    expect(within).toBeGreaterThan(100);
    expect(elsewhere).toBeGreaterThan(10);
    expect(within + elsewhere).toBe(spans.length - 1);
  });

  it('cuts cycles, keeps the ids that make them, and leaves every other parent', () => {
    const id = (n: number) => n.toString(16).padStart(16, '0');
    const at = (n: number, parent: number | null) =>
      span({ spanId: id(n), parentSpanId: parent === null ? null : id(parent), startMs: 1000 + n });
    // 1 is its own parent; 2, 3, 4 go round; 5 hangs below them; 7 is below what starts after it.
    const spans = [at(1, 1), at(2, 4), at(3, 2), at(4, 3), at(5, 3), at(6, null), at(7, 8), at(8, 6)];
    const [block] = [...memoryReader(spans).blocks(-Infinity, Infinity)];
    expect([...block!.parent]).toEqual([NO_PARENT, NO_PARENT, 1, 2, 2, NO_PARENT, 7, 5]);
    expect(sorted(recordsOf(memoryReader(spans)))).toStrictEqual(sorted(spans));
  });

  it('reads what is asked for and nothing else', () => {
    const spans = pipelineSpans(2000);
    const reader = memoryReader(spans);
    const [block] = [...reader.blocks(-Infinity, Infinity)];
    const key = reader.strings.find('tracedeck.stage')!;
    const column = block!.attribute(key)!;
    expect(column.texts).toEqual(['analyse', 'write']);
    expect(column.rows.length).toBe(spans.filter(({ attributes }) => 'tracedeck.stage' in attributes).length);
    expect(block!.attribute(reader.strings.find('run')!)).toBeNull();
    expect(reader.strings.find('no such text')).toBeNull();
  });

  it('tells traces and origins apart', () => {
    const origin = {
      resource: { 'service.name': 'shop', 'service.version': '2' },
      scope: { name: 'http', version: null },
    };
    const reader = memoryReader([
      span({ traceId: 'a'.repeat(32), name: 'GET /', origin }),
      span({ traceId: 'b'.repeat(32), startMs: 5 }),
    ]);
    const trace = reader.traceNumber('a'.repeat(32))!;
    expect(reader.summary(trace)).toMatchObject({
      name: 'GET /',
      service: 'shop',
      version: '2',
      spanCount: 1,
    });
    expect(reader.blocksOf(trace)).toHaveLength(1);
    expect(reader.traces('newest', -Infinity, Infinity, 10).map((one) => reader.traceId(one)[0])).toEqual([
      'a',
      'b',
    ]);
    expect(reader.traceCount(0, 100_000)).toBe(1);
  });
});
