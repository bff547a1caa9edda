import { describe, expect, it } from 'vitest';
import { attributePicker, detailMatcher } from '../../../renderer/derive/detailScan.ts';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import { SpanCodecError } from '../../../shared/spanFormat.ts';
import { hexId } from '../../fixtures/spanTree.ts';
import { randomNumbers, syntheticTrace } from '../../fixtures/syntheticTrace.ts';

const ORIGINS = ['api', 'worker'].map((name) => ({
  resource: { 'service.name': name, 'service.version': '1.2' },
  scope: { name: 'lib', version: null },
}));
/** What a block cannot say: only `upsert` takes it. */
const ODD: readonly Partial<SpanRecord>[] = [
  { spanId: 'Ünï-code' },
  { parentSpanId: 'ROOT' },
  { parentSpanId: '0'.repeat(16) },
  { attributes: { mixed: ['a', 1] as never } },
  { links: [{ traceId: 'short', spanId: 'x', attributes: {} }] },
];

/** Spans as a hostile sender has them: open, ended, moved, sent twice, under ids that others have. */
function updates(seed: number, withOdd: boolean): SpanRecord[][] {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const span = (): SpanRecord => {
    const id = below(60);
    const startMs = 1000 + id + (random() < 0.1 ? 0.5 : 0);
    const isOpen = random() < 0.3;
    return {
      traceId: String(below(4)).repeat(32),
      spanId: hexId(`span ${id}`),
      parentSpanId: id === 0 ? null : hexId(`span ${random() < 0.9 ? id >> 2 : below(60)}`),
      name: `name ${random() < 0.9 ? id % 7 : below(7)}`,
      kind: 'client',
      startMs,
      endMs: isOpen ? null : startMs + below(3) * 10 - 5,
      status: random() < 0.2 ? 'error' : 'unset',
      statusMessage: random() < 0.2 ? `why ${id}` : null,
      attributes: random() < 0.3 ? {} : { id, text: `text ${below(9)}`, list: [id, 0.5], yes: true },
      events: random() < 0.1 ? [{ name: 'event', timeMs: startMs, attributes: { id } }] : [],
      links: random() < 0.1 ? [{ traceId: 'b'.repeat(32), spanId: hexId('link'), attributes: {} }] : [],
      ...(random() < 0.3 && { origin: ORIGINS[below(2)]! }),
      ...(random() < 0.2 && { startRestNs: 1 + below(499) }),
      ...(!isOpen && random() < 0.2 && { endRestNs: -1 - below(499) }),
      ...(random() < 0.1 && { traceState: `k=${id}` }),
      ...(random() < 0.1 && { dropped: { attributes: 1, events: 0, links: id } }),
      ...(withOdd && random() < 0.1 && ODD[below(ODD.length)]),
    };
  };
  return Array.from({ length: 30 }, () => Array.from({ length: below(40) }, span));
}

/** What the table is to hold of each trace, said as simply as can be. */
class Expected {
  readonly traces = new Map<string, SpanRecord[]>();

  upsert(record: SpanRecord): void {
    const spans = this.traces.get(record.traceId) ?? [];
    this.traces.set(record.traceId, spans);
    const at = spans.findIndex(
      (held) =>
        held.spanId === record.spanId &&
        (held.endMs === null || (held.startMs === record.startMs && held.name === record.name)),
    );
    if (at < 0) spans.push(record);
    else spans[at] = record;
  }
}

/** All that a table says of its traces. */
function contents(table: SpanTable): unknown {
  const { size, evictedSpans, refusedSpans } = table;
  const traces = [...table.traceIds()].sort().map((traceId) => {
    const { rows, slot: _slot, version: _version, ...facts } = table.trace(traceId)!;
    return {
      facts,
      rows: Array.from({ length: rows.length }, (_, i) => {
        const row = rows.get(i);
        const parent = table.parentRow(row);
        return {
          record: table.record(row),
          parent: parent < 0 ? parent : table.positionOf(parent),
          isDuplicate: table.isDuplicate(row),
          service: table.serviceOf(row),
          found: table.rowOf(traceId, table.record(row).spanId) === row,
        };
      }),
    };
  });
  return { size, evictedSpans, refusedSpans, traces };
}

function recordsOf(table: SpanTable): Map<string, SpanRecord[]> {
  return new Map(
    table.traceIds().map((traceId) => {
      const { rows } = table.trace(traceId)!;
      return [traceId, Array.from({ length: rows.length }, (_, i) => table.record(rows.get(i)))];
    }),
  );
}

describe('a table filled with packed blocks', () => {
  it('holds what one filled span by span does, in whatever order states of spans come and traces go', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const random = randomNumbers(seed + 1000);
      const maxSpans = seed % 2 === 0 ? 1_000_000 : 130;
      const [packed, parts, single] = [0, 0, 0].map(() => new SpanTable({ maxSpans })) as [
        SpanTable,
        SpanTable,
        SpanTable,
      ];
      const expected = new Expected();
      for (const batch of updates(seed, false)) {
        packed.upsertPacked(encodeSpans(batch));
        for (const done of parts.upsertInParts(encodeSpans(batch), 7))
          expect(done % 7 === 0 || done === batch.length).toBe(true);
        for (const one of batch) {
          single.upsert([one]);
          expected.upsert(one);
        }
        if (random() >= 0.1) continue;
        for (const table of [packed, parts, single]) table.drop('1'.repeat(32));
        expected.traces.delete('1'.repeat(32));
      }
      if (maxSpans > 130) {
        expect(contents(packed)).toEqual(contents(single));
        expect(contents(parts)).toEqual(contents(single));
        expect(recordsOf(packed)).toEqual(expected.traces);
      }
      for (const table of [packed, parts, single]) expect(table.size).toBeLessThanOrEqual(maxSpans);
    }
  });

  it('keeps the latest state of every span as it was sent, odd ids and values among them', () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const table = new SpanTable();
      const sent = new Map<string, SpanRecord[]>();
      for (const batch of updates(seed, true)) {
        table.upsert(batch);
        for (const one of batch) {
          const key = `${one.traceId} ${one.spanId}`;
          sent.set(key, [...(sent.get(key) ?? []), one]);
        }
      }
      for (const states of sent.values()) {
        const { traceId, spanId } = states[0]!;
        const found = table.record(table.rowOf(traceId, spanId));
        expect(states).toContainEqual(found);
      }
      let rows = 0;
      for (const traceId of table.traceIds()) rows += table.trace(traceId)!.rows.length;
      expect(rows).toBe(table.size);
    }
  });

  it('lets a block go with the last span that is in it, and holds none for spans without details', () => {
    const table = new SpanTable();
    const ended = syntheticTrace({ items: 20 });
    const open = ended.map((span) => ({ ...span, endMs: null }));
    table.upsertPacked(encodeSpans(open));
    expect(table.memory().blocks).toBe(1);
    table.upsertPacked(encodeSpans(ended));
    expect(table.memory().blocks).toBe(1);
    table.upsertPacked(encodeSpans(ended.map((span) => ({ ...span, attributes: {}, statusMessage: null }))));
    expect(table.memory()).toMatchObject({ blocks: 0, payloadBytes: 0 });
    table.upsertPacked(encodeSpans(ended));
    table.drop(ended[0]!.traceId);
    expect(table.memory()).toMatchObject({ blocks: 0, payloadBytes: 0, spans: 0 });
  });

  it('does not hold whole batches for the few of their spans that are left', () => {
    const table = new SpanTable({ maxSpans: 3000 });
    const kept = 'e'.repeat(32);
    table.watch(kept);
    const long = 'x'.repeat(400);
    const rows: SpanRecord[] = [];
    const [model] = syntheticTrace({ items: 1 }) as [SpanRecord];
    let most = 0;
    // Each batch has one span of the trace that is looked at, and a hundred of one that soon goes: 24 MB in all.
    for (let batch = 0; batch < 600; batch += 1) {
      const spans = Array.from({ length: 101 }, (_, i): SpanRecord => {
        const traceId = i === 0 ? kept : batch.toString(16).padStart(32, 'a');
        const spanId = (batch * 200 + i + 1).toString(16).padStart(16, '0');
        return { ...model, traceId, spanId, attributes: { batch, long: `${long} ${batch} ${i}` } };
      });
      rows.push(spans[0]!);
      table.upsertPacked(encodeSpans(spans));
      most = Math.max(most, table.memory().payloadBytes);
    }
    expect(most).toBeLessThan(10_000_000);
    expect(table.memory().blocks).toBeLessThan(400);
    for (const row of rows) expect(table.record(table.rowOf(kept, row.spanId))).toEqual(row);
  });

  it('takes no part of the buffer that it was given', () => {
    const spans = syntheticTrace({ items: 10 });
    const bytes = encodeSpans(spans);
    const table = new SpanTable();
    table.upsertPacked(bytes);
    bytes.fill(0xff);
    for (const span of spans) expect(table.record(table.rowOf(span.traceId, span.spanId))).toEqual(span);
  });

  it('lets the block go of a load that is given up', () => {
    const table = new SpanTable();
    const spans = syntheticTrace({ items: 50 });
    for (const done of table.upsertInParts(encodeSpans(spans), 100)) if (done === 200) break;
    expect(table.size).toBe(200);
    table.drop(spans[0]!.traceId);
    expect(table.memory()).toMatchObject({ blocks: 0, spans: 0 });
  });

  it('refuses bytes that are no block of spans, and stays as it was', () => {
    const table = new SpanTable();
    expect(() => table.upsertPacked(new Uint8Array(100))).toThrow(SpanCodecError);
    expect([table.size, table.version]).toEqual([0, 0]);
  });

  it('looks for values without making objects, and finds what looking at the objects finds', () => {
    const table = new SpanTable();
    for (const batch of updates(3, true)) table.upsert(batch);
    const held = table.traceIds().flatMap((traceId) => {
      const { rows } = table.trace(traceId)!;
      return Array.from({ length: rows.length }, (_, i) => rows.get(i));
    });
    for (const query of ['text 3', 'why', '0.5', '7', 'true', 'nothing', ',', 'nan', 'a,1']) {
      const matches = detailMatcher(table, query);
      expect(held.filter((row) => matches(row))).toEqual(
        held.filter((row) => {
          const { attributes, statusMessage } = table.record(row);
          return [...Object.values(attributes), statusMessage ?? ''].some((value) =>
            String(value).toLowerCase().includes(query),
          );
        }),
      );
    }
    const pick = attributePicker(table, new Set(['text', 'list']));
    for (const row of held) {
      const { text, list } = table.record(row).attributes;
      expect(pick(row)).toMatchObject({
        ...(text !== undefined && { text }),
        ...(list !== undefined && { list }),
      });
    }
  });
});
