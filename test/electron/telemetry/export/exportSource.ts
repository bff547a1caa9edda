/** What exports read from, in a form that a test can fill: a bounded ring of spans, a logger, totals. */
import type { SpanReader } from '../../../../electron/telemetry/api.ts';
import type { ExportSource } from '../../../../electron/telemetry/export/exportHub.ts';
import type { MetricSnapshot } from '../../../../shared/metric.ts';
import type { LogRecord, SpanRecord } from '../../../../shared/span.ts';
import { encodeSpans } from '../../../../shared/spanCodec.ts';

export type FilledSource = {
  readonly telemetry: ExportSource;
  spans(spans: readonly SpanRecord[]): void;
  logs(records: readonly LogRecord[]): void;
  snapshots: readonly MetricSnapshot[];
  /** Times that totals were read. */
  readonly collected: number;
  readonly readers: number;
  shutdown(timeoutMs: number): Promise<void>;
};

export function filledSource(capacity = 1_000_000): FilledSource {
  let recorded: SpanRecord[] = [];
  const logged: LogRecord[] = [];
  let total = 0;
  let readers = 0;
  let collected = 0;
  const changes = new Set<() => void>();
  const onRecord = new Set<(record: LogRecord) => void>();
  let flush: (timeoutMs: number) => Promise<void> = async () => undefined;

  function reader(fromNow = false): SpanReader {
    readers += 1;
    let at = fromNow ? total : 0;
    let lost = 0;
    const catchUp = (): void => {
      const oldest = total - recorded.length;
      if (at >= oldest) return;
      lost += oldest - at;
      at = oldest;
    };
    return {
      next(maxSpans) {
        catchUp();
        const from = at - (total - recorded.length);
        const spans = recorded.slice(from, from + maxSpans);
        at += spans.length;
        return spans.length === 0 ? null : encodeSpans(spans);
      },
      get lost() {
        catchUp();
        return lost;
      },
      tailDropped: 0,
      undecided: 0,
      close: () => void (readers -= 1),
    };
  }

  const source: FilledSource = {
    telemetry: {
      resource: { 'service.name': 'test' },
      spans: {
        reader,
        onChange(listener: () => void) {
          changes.add(listener);
          return () => changes.delete(listener);
        },
      } as unknown as ExportSource['spans'],
      logger: {
        recent: (_traceId: string | null, limit: number) => logged.slice(-limit),
        onRecord(listener: (record: LogRecord) => void) {
          onRecord.add(listener);
          return () => onRecord.delete(listener);
        },
      } as unknown as ExportSource['logger'],
      metrics: {
        collect: async () => {
          collected += 1;
          return source.snapshots;
        },
      } as unknown as ExportSource['metrics'],
      onShutdown: (work) => void (flush = work),
    },
    spans(spans) {
      recorded = [...recorded, ...spans].slice(-capacity);
      total += spans.length;
      for (const change of changes) change();
    },
    logs(records) {
      logged.push(...records);
      for (const record of records) for (const listener of onRecord) listener(record);
    },
    snapshots: [],
    get collected() {
      return collected;
    },
    get readers() {
      return readers;
    },
    shutdown: (timeoutMs) => flush(timeoutMs),
  };
  return source;
}
