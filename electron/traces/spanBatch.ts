/** A batch on its way into the store, which may take it in parts: a transaction each, so that questions come between. */
import { isLeafBlock, leavesToSpans } from '../../shared/leafCodec.ts';
import { openSpans, type PackedSpans } from '../../shared/packedSpans.ts';
import type { WriteReport } from './writeSpans.ts';

/** What a part takes: one to two milliseconds' work, and how long a question waits for a write that is under way. */
const PART_BYTES = 64_000;

export type SpanBatch = {
  readonly packed: PackedSpans;
  /** Rows of one part. */
  readonly partRows: number;
  /** The first row that is not written yet. */
  next: number;
  /** Of its parts so far. */
  report: WriteReport;
  /** What its earlier parts found out of traces, by their ids: the batch counts as one that came at once. */
  readonly newTraces: Set<string>;
  readonly lateTraces: Set<string>;
};

/** A packed block (of spans or of rows), nothing of it written. @throws SpanCodecError for anything else */
export function openBatch(bytes: Uint8Array): SpanBatch {
  const spans = isLeafBlock(bytes) ? leavesToSpans(bytes) : bytes;
  const packed = openSpans(spans);
  const partRows = Math.max(1, Math.floor((PART_BYTES / spans.byteLength) * packed.count));
  const report = { added: 0, duplicates: 0, refused: 0 };
  return { packed, partRows, next: 0, report, newTraces: new Set(), lateTraces: new Set() };
}

/** Notes that the next so many rows are written. */
export function passRows(batch: SpanBatch, rows: number, part: WriteReport): void {
  const { packed, next, report } = batch;
  batch.next = Math.min(packed.count, next + rows);
  batch.report = {
    added: report.added + part.added,
    duplicates: report.duplicates + part.duplicates,
    refused: report.refused + part.refused,
  };
}
