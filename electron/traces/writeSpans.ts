/**
 * A batch of spans into the store, in one transaction: what is there already is found out,
 * what ended replaces what was open, the rest becomes blocks, and the summaries of its traces are brought up to date.
 *
 * Two records are the same span where trace, id and start are, and name and kind as well unless one of them is open.
 */
import type { SpanLink } from '../../shared/span.ts';
import type { PackedSpans } from '../../shared/packedSpans.ts';
import { SPAN } from '../../shared/span.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { BlockRow, BlockTables } from './blockTables.ts';
import { newBlock } from './blocks/newBlock.ts';
import { columnsOf, type Numbering } from './blocks/packedColumns.ts';
import { RowIndex } from './blocks/parents.ts';
import { clusterOrder, selectRows, type SpanColumns } from './blocks/spanColumns.ts';
import { allChunks, type TraceRun } from './blocks/blockChunks.ts';
import type { BlockColumns } from './blocks/blockColumns.ts';
import { countSpan, emptyHead, isRoot, mergeHead, runIdsOf, seeSpan } from './blocks/traceHeads.ts';
import type { TraceHead } from './blocks/traceHeads.ts';
import { isSameState, ofBlock, ofColumns } from './sameState.ts';
import type { TextTable } from './textTable.ts';
import type { TraceRow, TraceTable } from './traceTable.ts';

/** Rows of a full block. */
export const BLOCK_ROWS = 16_384;
/** And its bytes, where its spans are long: texts before they are packed. */
export const BLOCK_BYTES = 8_000_000;
/** A trace is not cut for a block's sake where it begins behind this share of it. */
const CUT_BEHIND = 0.75;
/** A trace that was whole and to which nothing came for so long is late with what comes now. */
const LATE_MS = 60_000;

export type WriteReport = {
  /** Spans that were new. */
  readonly added: number;
  /** Came again, and changed nothing. */
  readonly duplicates: number;
  /** No room beside the other spans of their trace. */
  readonly refused: number;
};
export type WriteOptions = {
  readonly nowMs: number;
  /** The store is full of the traces that it has: no more of them than what gives them their name. */
  readonly isFull: boolean;
  readonly numbers: { origin: Numbering['origin'] };
};

type Touched = {
  readonly row: TraceRow;
  readonly isNew: boolean;
  readonly batch: TraceHead;
  /** Blocks that have spans of it; `null` until it matters. */
  places: readonly Place[] | null;
};
type Place = { readonly row: BlockRow; readonly columns: BlockColumns; readonly run: TraceRun };

export type SpanWriting = {
  /** Needs a transaction. @returns with the numbers of the traces that changed */
  write(batch: PackedSpans, options: WriteOptions): WriteReport & { readonly changed: readonly number[] };
};

export function createSpanWriting(
  db: Db,
  tables: { readonly blocks: BlockTables; readonly texts: TextTable; readonly traces: TraceTable },
): SpanWriting {
  const { blocks, texts, traces } = tables;
  const addLink = db.prepare<[Uint8Array, Uint8Array, number, Uint8Array, number, number, number]>(
    `INSERT OR IGNORE INTO link (to_trace, to_span, trace, span_id, name, origin, start_us)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );

  function placesOf({ row: trace, isNew }: Touched): Place[] {
    if (isNew) return [];
    const places: Place[] = [];
    for (const row of blocks.rows()) {
      if (row.minTrace > trace.id || row.maxTrace < trace.id) continue;
      if (row.lastUs < trace.startUs || row.firstUs > trace.lastUs) continue;
      const { columns } = blocks.block(row);
      const run = columns.runOf(trace.id);
      if (run !== null) places.push({ row, columns, run });
    }
    return places;
  }

  return {
    write(packed, { nowMs, isFull, numbers }) {
      blocks.refresh();
      texts.refresh();
      const touched = new Map<number, Touched>();
      const numbering: Numbering = {
        text: texts.number,
        origin: numbers.origin,
        trace(traceId) {
          const found = traces.find(traceId);
          const row = found ?? traces.begin(traceId, nowMs);
          const known = touched.get(row.id);
          if (known === undefined) {
            touched.set(row.id, { row, isNew: found === null, batch: emptyHead(), places: null });
          }
          return row.id;
        },
      };
      const columns = columnsOf(packed, numbering);
      const { count, trace, startUs, durationUs, spanId, name, flags } = columns;
      const runName = texts.find(SPAN.run);
      const isOpen = (us: number | undefined): boolean => Number.isNaN(us);
      const isSameSpan = (
        row: number,
        other: Pick<SpanColumns, 'startUs' | 'durationUs' | 'name' | 'flags'>,
        at: number,
      ): boolean =>
        other.startUs[at] === startUs[row] &&
        (isOpen(other.durationUs[at]) ||
          isOpen(durationUs[row]) ||
          (other.name[at] === name[row] && (other.flags[at]! & 7) === (flags[row]! & 7)));

      const gone = new Uint8Array(count);
      const batchIndex = new RowIndex(columns, count);
      const dying = new Map<BlockRow, Set<number>>();
      let duplicates = 0;
      let refused = 0;
      let replaced = 0;

      /** Whether the row is to be written. */
      const settle = (row: number): boolean => {
        const at = touched.get(trace[row]!)!;
        if (isFull && !at.isNew && !isRoot(columns, row) && name[row] !== runName) {
          refused += 1;
          return false;
        }
        const high = spanId[row * 2]!;
        const low = spanId[row * 2 + 1]!;
        let isNews = true;
        batchIndex.each(trace[row]!, high, low, (other) => {
          if (gone[other] === 1 || !isSameSpan(row, columns, other)) return false;
          isNews = isOpen(durationUs[other]) && !(isOpen(durationUs[row]) && isEqual(row, columns, other));
          if (isNews) gone[other] = 1;
          else duplicates += 1;
          return true;
        });
        if (!isNews) return false;
        at.places ??= placesOf(at);
        for (const place of at.places) {
          const { row: block, columns: stored } = place;
          if (startUs[row]! < block.firstUs || startUs[row]! > block.lastUs) continue;
          let isDone = false;
          stored.index.each(trace[row]!, high, low, (other) => {
            if (blocks.dead(block)?.[other] === 1 || dying.get(block)?.has(other)) return false;
            if (!isSameSpan(row, stored, other)) return false;
            isDone = true;
            if (isOpen(stored.durationUs[other])) {
              isNews = !(isOpen(durationUs[row]) && isEqual(row, stored, other));
            } else isNews = false;
            if (isNews) {
              const rows = dying.get(block);
              if (rows === undefined) dying.set(block, new Set([other]));
              else rows.add(other);
              countSpan(at.batch, stored, other, -1);
              replaced += 1;
            } else duplicates += 1;
            return true;
          });
          if (isDone) break;
        }
        return isNews;
      };
      const isEqual = (row: number, other: SpanColumns | BlockColumns, at: number): boolean =>
        isSameState(ofColumns(columns), row, 'extras' in other ? ofColumns(other) : ofBlock(other), at);

      for (let row = 0; row < count; row += 1) {
        if (settle(row)) batchIndex.add(row);
        else gone[row] = 1;
      }

      const order = clusterOrder(columns, gone);
      const runIds = runIdsOf(columns, texts.find);
      const lastUs = new Map<number, number>();
      for (const row of order) {
        const { batch } = touched.get(trace[row]!)!;
        seeSpan(batch, columns, row, runIds);
        // In order of time.
        lastUs.set(trace[row]!, startUs[row]!);
        const links = columns.extras.size === 0 ? undefined : columns.extras.get(row)?.links;
        if (links !== undefined && links.length > 0) writeLinks(columns, row, links);
      }
      for (const [block, rows] of dying) blocks.markDead(block, rows);
      const bytesEach = Math.max(
        1,
        packed.strings.reduce((sum, text) => sum + text.length, 0) / Math.max(1, packed.count),
      );
      for (const [from, to] of cuts(columns, order, bytesEach)) {
        const rows = selectRows(columns, order.subarray(from, to));
        blocks.add(newBlock(rows, allChunks(rows)));
      }

      const changed: number[] = [];
      for (const [id, { row, isNew, batch }] of touched) {
        if (batch.spans === 0 && batch.rank < 0) continue;
        const isSilent = row.rank > 0 && row.open === 0 && nowMs - row.writtenMs > LATE_MS;
        const isLate = !isNew && isSilent && batch.spans > 0;
        mergeHead(row, batch);
        row.lastUs = Math.max(row.lastUs, lastUs.get(id) ?? -Infinity);
        row.late += isLate ? batch.spans : 0;
        row.writtenMs = nowMs;
        if (isNew) traces.add(row);
        else traces.update(row);
        changed.push(id);
      }
      return { added: order.length - replaced, duplicates, refused, changed };
    },
  };

  function writeLinks(columns: SpanColumns, row: number, links: readonly SpanLink[]): void {
    const id = Buffer.alloc(8);
    id.writeUInt32BE(columns.spanId[row * 2]!, 0);
    id.writeUInt32BE(columns.spanId[row * 2 + 1]!, 4);
    for (const link of links) {
      addLink.run(
        Buffer.from(link.traceId, 'hex'),
        Buffer.from(link.spanId, 'hex'),
        columns.trace[row]!,
        id,
        columns.name[row]!,
        columns.origin[row]!,
        columns.startUs[row]!,
      );
    }
  }
}

/** Where a batch is cut into blocks: between traces, where one begins near the end. */
function* cuts(
  { trace }: SpanColumns,
  order: Uint32Array,
  bytesEach: number,
): Generator<readonly [from: number, to: number]> {
  const limit = Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_BYTES / bytesEach)));
  for (let from = 0; from < order.length;) {
    let to = Math.min(order.length, from + limit);
    if (to < order.length) {
      let begin = to;
      while (begin > from + limit * CUT_BEHIND && trace[order[begin - 1]!] === trace[order[begin]!])
        begin -= 1;
      if (begin > from + limit * CUT_BEHIND) to = begin;
    }
    yield [from, to];
    from = to;
  }
}
