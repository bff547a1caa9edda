import { describe, expect, it } from 'vitest';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';
import { pipelineSpans } from '../../telemetry/pipelineSpans.ts';
import type { SpanRecord } from '../../../../shared/span.ts';

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

/** Ids as one recorder counts them up; parents in the block and elsewhere, and one cycle. */
function countedSpans(): SpanRecord[] {
  return pipelineSpans(300, 3).map((span, i) => ({
    ...span,
    traceId: hex(1 + (i % 5), 32),
    spanId: `${'ab'.repeat(4)}${hex(i + 1, 8)}`,
    parentSpanId:
      i === 7 ? `${'ab'.repeat(4)}${hex(8, 8)}` : i % 3 === 0 ? null : `${'ab'.repeat(4)}${hex(i, 8)}`,
    attributes: {
      n: i,
      ...(i % 2 === 0 ? { even: `number ${i}` } : {}),
      mixed: i % 3 === 0 ? 'text' : i / 4,
    },
  }));
}

describe('single rows of a block', () => {
  it('have what the columns have, whether these are held or not', () => {
    const random = randomNumbers(5);
    for (const spans of [pipelineSpans(400, 2), countedSpans()]) {
      for (const perBlock of [1000, 40, 1]) {
        const blocks = () => [...memoryReader(spans, { perBlock }).blocks(-Infinity, Infinity)];
        const whole = blocks();
        for (const [i, block] of blocks().entries()) {
          const rows = Uint32Array.from({ length: block.count }, (_, row) => row).filter(
            () => random() < 0.3,
          );
          const { name, origin, flags, trace, spanId, parentId } = whole[i]!;
          for (const of of [block, whole[i]!]) {
            const facts = of.spansAt(rows);
            const ids = (from: Uint32Array) =>
              [...rows].flatMap((row) => [...from.subarray(row * 2, row * 2 + 2)]);
            expect([...facts.trace]).toEqual([...rows].map((row) => trace[row]));
            expect([...facts.name]).toEqual([...rows].map((row) => name[row]));
            expect([...facts.origin]).toEqual([...rows].map((row) => origin[row]));
            expect([...facts.flags]).toEqual([...rows].map((row) => flags[row]));
            expect([...facts.spanId]).toEqual(ids(spanId));
            expect([...facts.parentId]).toEqual(ids(parentId));
          }
        }
      }
    }
  });

  it('have the attributes that the whole columns have', () => {
    const read = () => [...memoryReader(countedSpans(), { perBlock: 100 }).blocks(-Infinity, Infinity)];
    const whole = read();
    for (const [i, block] of read().entries()) {
      const rows = Uint32Array.from({ length: block.count }, (_, row) => row).filter((row) => row % 7 < 2);
      for (const key of block.keys) {
        const all = whole[i]!.attribute(key)!;
        const of = (column: typeof all) => ({
          entries: [...column.rows].map((row, at) => {
            const isText = column.type[at] === 0;
            return [row, column.type[at], isText ? column.texts[column.value[at]!] : column.value[at]];
          }),
        });
        const found = block.attributeOf(key, rows);
        const expected = of(all).entries.filter(([row]) => rows.includes(row as number));
        expect(found === null ? [] : of(found).entries).toEqual(expected);
      }
    }
  });
});
