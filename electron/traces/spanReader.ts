/** The store's spans as the questions see them. To be used within one transaction: what it reads belongs together. */
import type { SpanReader } from './blockTypes.ts';
import type { BlockTables } from './blockTables.ts';
import { partsOf } from './readTrace.ts';
import type { Retention } from './retention.ts';
import type { TextTable } from './textTable.ts';
import type { TraceRow, TraceTable } from './traceTable.ts';

export function createSpanReader(tables: {
  readonly blocks: BlockTables;
  readonly texts: TextTable;
  readonly traces: TraceTable;
  readonly retention: Retention;
}): SpanReader {
  const { blocks, texts, traces, retention } = tables;

  function rowOf(trace: number): TraceRow {
    const row = traces.get(trace);
    if (row === null) throw new RangeError(`Trace ${trace} is missing.`);
    return row;
  }

  return {
    strings: texts,
    *blocks(fromUs, toUs) {
      const rows = blocks.rows().filter(({ firstUs, lastUs }) => lastUs >= fromUs && firstUs <= toUs);
      rows.sort((a, b) => b.lastUs - a.lastUs || b.id - a.id);
      for (const row of rows) yield blocks.passingBlock(row);
    },
    blocksOf(trace) {
      const row = traces.get(trace);
      if (row === null) return [];
      return partsOf(blocks, row, blocks.block)
        .map(({ block }) => block)
        .sort((a, b) => a.firstUs - b.firstUs || a.id - b.id);
    },
    traceNumber: (traceId) => traces.find(traceId)?.id ?? null,
    traceId: (trace) => rowOf(trace).traceId,
    summary: (trace) => traces.summaryOf(rowOf(trace)),
    summaries(numbers) {
      const rows = traces.getAll(numbers);
      if (rows.length !== numbers.length) throw new RangeError('A trace is missing.');
      return rows.map(traces.summaryOf);
    },
    damagedWithin: (fromUs, toUs) =>
      blocks
        .damaged()
        .reduce(
          (sum, { count, deadCount, firstUs, lastUs }) =>
            lastUs >= fromUs && firstUs <= toUs ? sum + count - deadCount : sum,
          0,
        ),
    get prunedBeforeMs() {
      return retention.facts().prunedBeforeMs;
    },
    traces: traces.ordered,
    traceCount: traces.countWithin,
  };
}
