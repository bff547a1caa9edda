/**
 * Carries ended spans and log records from memory to the trace store. The ring is the buffer: while the store is
 * behind, nothing is read, and what the ring gives up meanwhile is counted as lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { spanCountOf } from '../../../shared/spanCodec.ts';
import type { LogRecord } from '../../../shared/span.ts';
import type { Telemetry } from '../telemetry.ts';

export interface SpanSink {
  /** Batches that are not acknowledged yet. */
  readonly pending: number;
  readonly maxPending: number;
  /** Takes the bytes over: they must not be used afterwards. */
  writeSpans(bytes: Uint8Array): Promise<unknown>;
  writeLogs(records: readonly LogRecord[]): Promise<unknown>;
}

export type SpanFlusherOptions = {
  readonly intervalMs?: number;
  readonly maxSpansPerBatch?: number;
  /** Log records that wait for the store; the oldest go first. */
  readonly maxWaitingLogs?: number;
};

export type FlusherCounts = {
  readonly writtenSpans: number;
  /** The store refused them or broke. */
  readonly failedSpans: number;
  /** The ring gave them up before the store could take them. */
  readonly lostSpans: number;
  readonly writtenLogs: number;
  readonly lostLogs: number;
};

export type SpanFlusher = {
  counts(): FlusherCounts;
  /** Resolves when the store has all that had ended by now, or has refused it. */
  flush(): Promise<void>;
  /** Writes all that has ended, then what is still open as it stands, and stops. Waits that long at most. */
  close(timeoutMs: number): Promise<void>;
};

/** Starts carrying; ends with the telemetry's shutdown. */
export function startSpanFlusher(
  telemetry: Pick<Telemetry, 'ring' | 'logger' | 'onShutdown'>,
  sink: SpanSink,
  options: SpanFlusherOptions = {},
): SpanFlusher {
  const { intervalMs = 250, maxSpansPerBatch = 4096, maxWaitingLogs = 5000 } = options;
  const { ring, logger } = telemetry;
  const reader = ring.reader();
  let logs: LogRecord[] = [];
  let writtenSpans = 0;
  let failedSpans = 0;
  let writtenLogs = 0;
  let lostLogs = 0;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;
  const underway = new Set<Promise<void>>();

  function wake(): void {
    if (timer !== null || isClosed) return;
    timer = setTimeout(() => {
      timer = null;
      pump();
    }, intervalMs);
    timer.unref();
  }

  /** Hands over what the store has room for; `false` when there is more than that. */
  function pump(): boolean {
    while (sink.pending < sink.maxPending) {
      const batch = reader.next(maxSpansPerBatch);
      if (batch === null) return pumpLogs();
      sendSpans(batch.bytes);
    }
    return false;
  }

  function pumpLogs(): boolean {
    if (logs.length === 0) return true;
    if (sink.pending >= sink.maxPending) return false;
    const records = logs;
    logs = [];
    track(sink.writeLogs(records), (isWritten) => {
      if (isWritten) writtenLogs += records.length;
      else lostLogs += records.length;
    });
    return true;
  }

  function sendSpans(bytes: Uint8Array): void {
    const count = spanCountOf(bytes);
    track(sink.writeSpans(bytes), (isWritten) => {
      if (isWritten) writtenSpans += count;
      else failedSpans += count;
    });
  }

  function track(writing: Promise<unknown>, done: (isWritten: boolean) => void): void {
    const settled: Promise<void> = writing
      .then(
        () => done(true),
        () => done(false),
      )
      .finally(() => {
        underway.delete(settled);
        if (!isClosed) wake();
      });
    underway.add(settled);
  }

  const ends = [
    ring.onChange(wake),
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
    while (!pump()) {
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
    let late: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      late = setTimeout(resolve, timeoutMs);
    });
    const last = drain().then(() => {
      const open = reader.open();
      if (spanCountOf(open) > 0) sendSpans(open);
      return Promise.all(underway);
    });
    await Promise.race([last, deadline]);
    clearTimeout(late);
    reader.close();
  }
  telemetry.onShutdown(close);

  return {
    counts: () => ({ writtenSpans, failedSpans, lostSpans: reader.lost, writtenLogs, lostLogs }),
    flush: drain,
    close,
  };
}
