/** All spans of some traces, as a search gives them. */
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import type { SpanMatches } from '../query/match.ts';
import { livingRows, rangeOf } from '../query/rows.ts';

/** Each block once, however many of the traces it has spans of. */
export function spansOfTraces(reader: SpanReader, traces: readonly number[]): SpanMatches {
  const parts = partsOf(reader, traces);
  const counts = { scanned: 0, unscanned: 0 };
  return {
    get leftOut() {
      return { more: false, ...counts, prunedBeforeMs: reader.prunedBeforeMs };
    },
    *[Symbol.iterator]() {
      for (const { block, traces: here } of parts) {
        // Rows of a block stand by trace, in order of its number.
        const rows = here
          .sort((a, b) => a - b)
          .flatMap((trace) => {
            const { from, to } = rangeOf(block, trace);
            return [...livingRows(block, -Infinity, Infinity, from, to)];
          });
        counts.scanned += rows.length;
        yield { block, rows: Uint32Array.from(rows) };
      }
    },
  };
}

/** The blocks that have spans of any of them, each once. */
export function blocksOfTraces(reader: SpanReader, traces: readonly number[]): SpanBlock[] {
  return partsOf(reader, traces).map(({ block }) => block);
}

type Part = { readonly block: SpanBlock; readonly traces: number[] };

function partsOf(reader: SpanReader, traces: readonly number[]): readonly Part[] {
  const parts = new Map<number, Part>();
  for (const trace of traces) {
    for (const block of reader.blocksOf(trace)) {
      const known = parts.get(block.id);
      if (known === undefined) parts.set(block.id, { block, traces: [trace] });
      else known.traces.push(trace);
    }
  }
  return [...parts.values()];
}
