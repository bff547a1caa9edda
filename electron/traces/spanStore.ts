/**
 * The store of spans over its file: batches in, traces and a reader for questions out, and what has to be done in
 * between. Runs in the store's thread; several processes may have the same file open.
 */
import { isLeafBlock, leavesToSpans } from '../../shared/leafCodec.ts';
import { openSpans } from '../../shared/packedSpans.ts';
import { SpanWriter } from '../../shared/spanWriter.ts';
import type { Origin, TraceSummary } from '../../shared/span.ts';
import type { BackLink, TraceAbsence, TraceStoreStatus } from '../../shared/traceQuery.ts';
import { openDatabase, type Db } from '../sqlite/openDatabase.ts';
import type { SpanReader } from './blockTypes.ts';
import { BlockDamaged, openBlockTables } from './blockTables.ts';
import { sumUpInSteps } from './analyses/usageSums.ts';
import { createCompaction } from './compaction.ts';
import { packTrace, partsOf } from './readTrace.ts';
import { createRetention, type TraceLimits } from './retention.ts';
import { openRowSpans } from './rowSpans.ts';
import { createSpanReader } from './spanReader.ts';
import { createSqlSpans, type SqlSpans } from './sqlSpans.ts';
import { createHealth } from './storeHealth.ts';
import { createTextSweep } from './textSweep.ts';
import { openTextTable } from './textTable.ts';
import { COUNTS } from './traceMessages.ts';
import { TRACE_MIGRATIONS } from './traceSchema.ts';
import { openTraceTable } from './traceTable.ts';
import { createSpanWriting, type WriteReport } from './writeSpans.ts';

export type SpanStoreOptions = {
  readonly limits: TraceLimits;
  /** Of spans that come without an origin: this program. */
  readonly ownOrigin?: Origin | null;
  readonly sqlSpans?: SqlSpans;
  /** Another thread writes: this one changes nothing. */
  readonly isReader?: boolean;
  /** `COUNTS` of them, where other threads have the store open as well. */
  readonly counts?: Int32Array;
  /** New names after which those of no span are taken out. */
  readonly sweepAfter?: number;
  /** A clock that nobody puts forward, in epoch milliseconds. */
  readonly steadyMs?: () => number;
  /** A part of the file turned out damaged; its spans are left out from now on. */
  readonly onDamage?: (spans: number) => void;
};
/** What the store says of itself, as far as it is about spans. */
export type SpanStatus = Omit<TraceStoreStatus, 'logs' | 'metricPoints' | 'damagedSpans' | 'setAside'> & {
  readonly damagedSpans: number;
};

export interface SpanStore {
  readonly db: Db;
  readonly reader: SpanReader;
  /**
   * Adds the spans of a packed block (of spans or of rows), all or none.
   * @throws SpanCodecError for bytes that cannot be read
   */
  writeSpans(bytes: Uint8Array): WriteReport;
  /** All spans of a trace, by start, packed; an empty block for a trace that is not there. */
  get(traceId: string): Uint8Array;
  absence(traceId: string): TraceAbsence;
  backLinks(traceId: string, spanId: string | null): readonly BackLink[];
  pin(traceId: string, pinned: boolean): void;
  /** Ids of the pinned traces. */
  pinned(): readonly string[];
  /** Where the earliest trace begins; `null` where there is none. */
  oldestMs(): number | null;
  /** The newest trace of a run; `null` where there is none. */
  ofRun(runId: string): TraceSummary | null;
  status(): SpanStatus;
  /** Traces that have changed since this was last asked, newest first, at most so many. */
  takeChanged(limit: number): readonly TraceSummary[];
  /** Everything read in `work` belongs to one state of the file. */
  consistently<T>(work: () => T): T;
  setLimits(limits: TraceLimits): void;
  /**
   * Work that can wait, for about so long, or until somebody asks for something; returns whether there is more.
   * @param isWaitedFor - asked between its smallest parts
   * @param fanIn - how many small blocks become one (`compaction.ts`)
   */
  maintain(budgetMs: number, isWaitedFor?: () => boolean, fanIn?: number): boolean;
  close(): void;
}

/** Spans that a trace's links are told of. */
const MAX_BACK_LINKS = 500;
/** Changed traces that are remembered; of more, the newest are told. */
const MAX_CHANGED = 10_000;
const SHRINK_MS = 300;

/** @throws TracedeckError as `openDatabase` does */
export function openSpanStore(path: string, options: SpanStoreOptions): SpanStore {
  const { ownOrigin = null, sqlSpans = createSqlSpans(), isReader = false } = options;
  const { counts = new Int32Array(Object.keys(COUNTS).length) } = options;
  let { limits } = options;
  const db = openDatabase(path, TRACE_MIGRATIONS);
  if (isReader) db.pragma('query_only = ON');
  else if (openRowSpans(db) === null) makeShrinkable(db);
  const blocks = openBlockTables(db);
  const texts = openTextTable(db, ownOrigin);
  const traces = openTraceTable(db, texts, sqlSpans);
  const retention = createRetention(db, blocks, options.steadyMs);
  const compaction = createCompaction(db, blocks, (block) => sumUpInSteps(block, texts));
  const writing = createSpanWriting(db, { blocks, texts, traces });
  const reader = createSpanReader({ blocks, texts, traces, retention });
  const health = createHealth();
  const sweep = createTextSweep(db, blocks, options.sweepAfter);
  let rowSpans = openRowSpans(db);
  let isFull = false;
  let nextRetentionMs = 0;
  const changed = new Set<number>();

  const sql = {
    totals: db.prepare<
      [],
      { traces: number; pinned: number; spans: number; late: number; oldest_us: number | null }
    >(
      `SELECT count(*) AS traces, coalesce(sum(pinned), 0) AS pinned, coalesce(sum(span_count), 0) AS spans,
         coalesce(sum(late_count), 0) AS late, min(start_us) AS oldest_us FROM trace`,
    ),
    pinned: db.prepare<[], { trace_id: string }>(
      'SELECT lower(hex(trace_id)) AS trace_id FROM trace WHERE pinned = 1',
    ),
    oldest: db.prepare<[], { start_us: number | null }>('SELECT min(start_us) AS start_us FROM trace'),
    ofRun: db.prepare<[string], { id: number }>(
      'SELECT id FROM trace WHERE run_id = ? ORDER BY start_us DESC LIMIT 1',
    ),
    linksToTrace: db.prepare<[Uint8Array, number], LinkRow>(`${LINKS} WHERE to_trace = ? ${LINK_ORDER}`),
    linksToSpan: db.prepare<[Uint8Array, Uint8Array, number], LinkRow>(
      `${LINKS} WHERE to_trace = ? AND to_span = ? ${LINK_ORDER}`,
    ),
  };
  /** The blocks of a trace, a row each. */
  const parts = sqlSpans.watch('SELECT chunk', {
    all: (traceId: string) => {
      const row = traces.find(traceId);
      return row === null ? [] : partsOf(blocks, row, blocks.loaded);
    },
    get: (_traceId: string) => undefined,
    iterate: (_traceId: string) => [].values(),
  });

  const consistent = db.transaction((work: () => unknown) => {
    blocks.refresh();
    texts.refresh();
    return work();
  });
  const write = db.transaction((bytes: Uint8Array, nowMs: number, isOwn: boolean) =>
    writing.write(openSpans(isLeafBlock(bytes) ? leavesToSpans(bytes) : bytes), {
      nowMs,
      isFull: isFull && isOwn,
      numbers: { origin: (origin) => texts.originNumber(origin ?? (isOwn ? undefined : null)) },
    }),
  );
  /** Does `work` again without the block whose damage it met. */
  function withoutDamaged<T>(work: () => T): T {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof BlockDamaged) || db.inTransaction) throw error;
        const found = blocks.rows().find(({ id }) => id === error.id);
        // Left out already: it would come again and again.
        if (found === undefined) throw error;
        reload();
        blocks.setDamaged(error.id);
        options.onDamage?.(found.count - found.deadCount);
      }
    }
  }
  function reload(): void {
    texts.reload();
    blocks.reload();
  }
  /** What is written is written: where there is no making room now, it is made later. */
  function makeRoom(nowMs: number): void {
    try {
      isFull = retention.enforce(limits, nowMs);
    } catch (error) {
      if (!isPassing(error)) throw error;
      blocks.reload();
    }
  }
  function noteChanged(ids: readonly number[]): void {
    for (const id of ids) {
      changed.delete(id);
      changed.add(id);
    }
    for (const oldest of changed) {
      if (changed.size <= MAX_CHANGED) break;
      changed.delete(oldest);
    }
  }

  function maintain(budgetMs: number, isWaitedFor?: () => boolean, fanIn?: number): boolean {
    const nowMs = Date.now();
    try {
      if (rowSpans !== null) {
        const isMore = rowSpans.step((bytes, writtenMs) => {
          noteChanged(write(bytes, writtenMs, false).changed);
        });
        if (!isMore) rowSpans = null;
        return true;
      }
      if (compaction.step(budgetMs, isWaitedFor, fanIn)) return true;
      if (nowMs < nextRetentionMs) return false;
      if (retention.step(limits, nowMs)) {
        isFull = retention.enforce(limits, nowMs);
        return true;
      }
      if (sweep.step()) return true;
      nextRetentionMs = nowMs + RETENTION_EVERY_MS;
      return false;
    } catch (error) {
      reload();
      throw error;
    }
  }

  return {
    db,
    reader,
    writeSpans(bytes) {
      const nowMs = Date.now();
      try {
        const { changed: ids, ...report } = withoutDamaged(() => write.immediate(bytes, nowMs, true));
        noteChanged(ids);
        Atomics.add(counts, COUNTS.duplicates, report.duplicates);
        Atomics.add(counts, COUNTS.refused, report.refused);
        withoutDamaged(() => makeRoom(nowMs));
        return report;
      } catch (error) {
        reload();
        throw error;
      }
    },
    get(traceId) {
      return this.consistently(() => {
        const found = parts.all(traceId);
        return found.length === 0 ? new SpanWriter().finish() : packTrace(traceId, found, texts);
      });
    },
    absence(traceId) {
      const gone = retention.absence(traceId);
      return gone === null ? { reason: 'unknown' } : { reason: 'pruned', atMs: gone.atMs };
    },
    backLinks(traceId, spanId) {
      const to = Buffer.from(traceId, 'hex');
      const rows =
        spanId === null
          ? sql.linksToTrace.all(to, MAX_BACK_LINKS)
          : sql.linksToSpan.all(to, Buffer.from(spanId, 'hex'), MAX_BACK_LINKS);
      return rows.map((row) => ({
        traceId: row.trace_id,
        spanId: row.span_id,
        name: texts.text(row.name),
        service: texts.origin(row.origin).service,
        startMs: row.start_us / 1000,
        toSpanId: row.to_span,
      }));
    },
    pin(traceId, pinned) {
      const row = traces.find(traceId);
      if (row !== null && retention.pin(traceId, pinned)) noteChanged([row.id]);
    },
    pinned: () => sql.pinned.all().map(({ trace_id: traceId }) => traceId),
    oldestMs() {
      const us = sql.oldest.get()!.start_us;
      return us === null ? null : us / 1000;
    },
    ofRun(runId) {
      const found = sql.ofRun.get(runId);
      return found === undefined ? null : traces.summaryOf(traces.get(found.id)!);
    },
    status() {
      return this.consistently(() => {
        const { traces: count, pinned, spans, late, oldest_us: oldestUs } = sql.totals.get()!;
        return {
          path,
          bytes: retention.usedBytes(),
          maxBytes: limits.maxBytes,
          traces: count,
          pinnedTraces: pinned,
          spans,
          oldestMs: oldestUs === null ? null : oldestUs / 1000,
          ...retention.facts(),
          refusedSpans: Atomics.load(counts, COUNTS.refused),
          duplicateSpans: Atomics.load(counts, COUNTS.duplicates),
          ...health.of(reader),
          lateSpans: late,
          damagedSpans: reader.damagedWithin?.(-Infinity, Infinity) ?? 0,
        };
      });
    },
    takeChanged(limit) {
      const ids = [...changed].slice(-limit).reverse();
      changed.clear();
      const found: TraceSummary[] = [];
      for (const id of ids) {
        const row = traces.get(id);
        if (row !== null) found.push(traces.summaryOf(row));
      }
      return found;
    },
    consistently: <T>(work: () => T) =>
      db.inTransaction ? work() : withoutDamaged(() => consistent.deferred(work) as T),
    setLimits(next) {
      limits = next;
      nextRetentionMs = 0;
    },
    maintain(budgetMs, isWaitedFor, fanIn) {
      return withoutDamaged(() => maintain(budgetMs, isWaitedFor, fanIn));
    },
    close() {
      if (db.open && !db.inTransaction && !isReader) retention.shrink(SHRINK_MS);
      db.close();
    },
  };
}

const RETENTION_EVERY_MS = 5000;
/** Another process holds the file for long, or the disk is full. */
const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^SQLITE_(BUSY|FULL|IOERR)/.test(String(error.code));
const LINKS = `SELECT lower(hex(trace.trace_id)) AS trace_id, lower(hex(link.span_id)) AS span_id,
  lower(hex(link.to_span)) AS to_span, link.name, link.origin, link.start_us
  FROM link JOIN trace ON trace.id = link.trace`;
const LINK_ORDER = 'ORDER BY link.start_us DESC LIMIT ?';
type LinkRow = {
  readonly trace_id: string;
  readonly span_id: string;
  readonly to_span: string;
  readonly name: number;
  readonly origin: number;
  readonly start_us: number;
};

/** Pages of pruned traces go back to the system bit by bit; possible only for a file that is made so, empty. */
function makeShrinkable(db: Db): void {
  if (db.pragma('auto_vacuum', { simple: true }) !== 0) return;
  if (db.prepare('SELECT 1 FROM trace').get() !== undefined) return;
  try {
    db.pragma('auto_vacuum = INCREMENTAL');
    db.exec('VACUUM');
  } catch {
    // Another process opens the file at this moment: then it makes it so, or the file only never shrinks.
  }
}
