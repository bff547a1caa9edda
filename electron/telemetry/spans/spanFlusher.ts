/**
 * Carries ended spans, rows and log records from memory to the trace store. The rings are the buffer: while the store is
 * behind, nothing is read, and what they give up meanwhile is counted as lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { blockCountOf } from '../../../shared/leafCodec.ts';
import type { LogRecord } from '../../../shared/span.ts';
import type { Telemetry } from '../api.ts';
import { within } from '../within.ts';

export interface SpanSink {
  /** Batches that are not acknowledged yet. */
  readonly pending: number;
  readonly maxPending: number;
  /** Takes a block of spans or of rows over: the bytes must not be used afterwards. */
  writeSpans(bytes: Uint8Array): Promise<unknown>;
  writeLogs(records: readonly LogRecord[]): Promise<unknown>;
}

export type SpanFlusherOptions = {
  /** How long nothing must have been recorded before it is written: writing takes a processor from who is busy. */
  readonly quietMs?: number;
  /** After so long it is written all the same. */
  readonly maxWaitMs?: number;
  /** And when so many spans wait. */
  readonly maxWaitingSpans?: number;
  readonly maxSpansPerBatch?: number;
  /** Log records that wait for the store; the oldest go first. */
  readonly maxWaitingLogs?: number;
};

/** For spans and rows: all that ended is written, failed, lost, dropped, undecided or still to be read. */
export type FlusherCounts = {
  readonly writtenSpans: number;
  /** The store refused them or broke. */
  readonly failedSpans: number;
  /** They were given up before the store could take them. */
  readonly lostSpans: number;
  /** Of traces that tail sampling drops. */
  readonly droppedSpans: number;
  /** Waiting for tail sampling's decision. */
  readonly undecidedSpans: number;
  readonly writtenLogs: number;
  readonly lostLogs: number;
};

export type SpanFlusher = {
  counts(): FlusherCounts;
  /** Resolves when the store has all that had ended by now, or has refused it. */
  flush(): Promise<void>;
  /** Writes all that has ended, and stops. Waits that long at most. */
  close(timeoutMs: number): Promise<void>;
};

/** Starts carrying; ends with the telemetry's shutdown. */
export function startSpanFlusher(
  telemetry: Pick<Telemetry, 'spans' | 'logger' | 'onShutdown'>,
  sink: SpanSink,
  options: SpanFlusherOptions = {},
): SpanFlusher {
  const { quietMs = 250, maxWaitMs = 2000, maxWaitingSpans = 32_768 } = options;
  const { maxSpansPerBatch = 4096, maxWaitingLogs = 5000 } = options;
  const { spans, logger } = telemetry;
  const reader = spans.reader();
  let logs: LogRecord[] = [];
  let writtenSpans = 0;
  let failedSpans = 0;
  let writtenLogs = 0;
  let lostLogs = 0;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;
  /** The time for the end is over. */
  let isOver = false;
  let waitingSinceMs = 0;
  /** Changes at the last look, and when it was written last. */
  let seen = 0;
  let written = 0;
  /** The store had no room for all. */
  let isBehind = false;
  const underway = new Set<Promise<void>>();

  const changes = () => spans.cursor.spans + spans.cursor.leaves;

  function wake(): void {
    if (timer !== null || isClosed) return;
    waitingSinceMs = performance.now();
    lookLater();
  }

  function lookLater(): void {
    seen = changes();
    timer = setTimeout(look, quietMs);
    timer.unref();
  }

  function look(): void {
    const now = changes();
    const isDue = performance.now() - waitingSinceMs >= maxWaitMs || now - written >= maxWaitingSpans;
    if (now !== seen && !isDue) return lookLater();
    timer = null;
    written = now;
    isBehind = !pump();
  }

  /** Hands over what the store has room for; `false` when there is more than that. */
  function pump(): boolean {
    while (sink.pending < sink.maxPending) {
      const batch = reader.next(maxSpansPerBatch);
      if (batch === null) return pumpLogs();
      sendSpans(batch);
    }
    return false;
  }

  function pumpLogs(): boolean {
    if (logs.length === 0) return true;
    if (sink.pending >= sink.maxPending) return false;
    const records = logs;
    logs = [];
    track(
      attempt(() => sink.writeLogs(records)),
      (isWritten) => {
        if (isWritten) writtenLogs += records.length;
        else lostLogs += records.length;
      },
    );
    return true;
  }

  function sendSpans(bytes: Uint8Array): void {
    const count = blockCountOf(bytes);
    track(
      attempt(() => sink.writeSpans(bytes)),
      (isWritten) => {
        if (isWritten) writtenSpans += count;
        else failedSpans += count;
      },
    );
  }

  function track(writing: Promise<unknown>, done: (isWritten: boolean) => void): void {
    const settled: Promise<void> = writing
      .then(
        () => done(true),
        () => done(false),
      )
      .finally(() => {
        underway.delete(settled);
        if (isClosed) return;
        if (isBehind) isBehind = !pump();
        else wake();
      });
    underway.add(settled);
  }

  const ends = [
    spans.onChange(wake),
    logger.onRecord((record) => {
      logs.push(record);
      if (logs.length > maxWaitingLogs) {
        logs = logs.slice(-Math.ceil(maxWaitingLogs / 2));
        lostLogs += maxWaitingLogs + 1 - logs.length;
      }
      wake();
    }),
  ];
  wake();

  async function drain(): Promise<void> {
    while (!isOver && !pump()) {
      // Somebody else's writes may be what the store is busy with.
      await (underway.size > 0 ? Promise.race(underway) : sleep(10));
    }
    await Promise.all(underway);
  }

  async function close(timeoutMs: number): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    if (timer !== null) clearTimeout(timer);
    for (const end of ends) end();
    await within(drain(), timeoutMs, null);
    isOver = true;
    lostLogs += logs.length;
    logs = [];
    reader.close();
  }
  telemetry.onShutdown(close);

  return {
    counts: () => ({
      writtenSpans,
      failedSpans,
      lostSpans: reader.lost,
      droppedSpans: reader.tailDropped,
      undecidedSpans: reader.undecided,
      writtenLogs,
      lostLogs,
    }),
    flush: drain,
    close,
  };
}

/** What throws at once becomes a rejection. */
async function attempt(write: () => Promise<unknown>): Promise<unknown> {
  return write();
}
