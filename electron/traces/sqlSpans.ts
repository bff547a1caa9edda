/**
 * The statements of a read as spans of the trace that the read belongs to. Plain data: the thread that stores traces
 * knows no telemetry, and sends them back with its answer. What it writes is never traced, or storing a trace would
 * make spans of that trace.
 */
import { randomBytes } from 'node:crypto';
import { ATTR } from '../../shared/span.ts';
import type { SpanRecord } from '../../shared/span.ts';

export const THREAD_NAME = 'traces';
const NAMESPACE = 'traces';
/** A read has a handful of statements. */
const MAX_SPANS = 50;
const MAX_DRIFT_MS = 50;

/** The reading half of a prepared statement. */
type Readable<Args extends unknown[], Row> = {
  get(...args: Args): Row | undefined;
  all(...args: Args): Row[];
  iterate(...args: Args): IterableIterator<Row>;
};

export type SqlSpans = {
  /** Runs a read whose statements become children of `traceparent`; without one nothing is recorded. */
  record<T>(
    traceparent: string | undefined,
    read: () => T,
  ): { readonly value: T; readonly spans: readonly SpanRecord[] };
  /** A statement that is recorded where a read is. @param summary - operation and tables, as in `SELECT span` */
  watch<Args extends unknown[], Row>(summary: string, statement: Readable<Args, Row>): Readable<Args, Row>;
};

type Caller = { readonly traceId: string; readonly spanId: string };

export function createSqlSpans(): SqlSpans {
  let caller: Caller | null = null;
  let spans: SpanRecord[] = [];
  let offsetMs = Date.now() - performance.now();

  function add(summary: string, startedMs: number, rows: number, thrown: unknown): void {
    if (caller === null || spans.length >= MAX_SPANS) return;
    const error = thrown === null ? null : codeOf(thrown);
    spans.push({
      traceId: caller.traceId,
      spanId: randomBytes(8).toString('hex'),
      parentSpanId: caller.spanId,
      name: summary,
      kind: 'client',
      startMs: offsetMs + startedMs,
      endMs: offsetMs + performance.now(),
      status: error === null ? 'unset' : 'error',
      statusMessage: error,
      attributes: {
        [ATTR.dbSystem]: 'sqlite',
        [ATTR.dbNamespace]: NAMESPACE,
        [ATTR.dbOperation]: summary.split(' ', 1)[0]!,
        [ATTR.dbQuerySummary]: summary,
        [ATTR.threadName]: THREAD_NAME,
        ...(error === null ? { [ATTR.dbReturnedRows]: rows } : { [ATTR.errorType]: error }),
      },
      events: [],
      links: [],
    });
  }

  function timed<T>(summary: string, read: () => T, rowsOf: (value: T) => number): T {
    if (caller === null) return read();
    const startedMs = performance.now();
    try {
      const value = read();
      add(summary, startedMs, rowsOf(value), null);
      return value;
    } catch (thrown) {
      add(summary, startedMs, 0, thrown);
      throw thrown;
    }
  }

  return {
    record(traceparent, read) {
      caller = traceparent === undefined ? null : parseTraceparent(traceparent);
      spans = [];
      const drift = Date.now() - performance.now() - offsetMs;
      if (Math.abs(drift) > MAX_DRIFT_MS) offsetMs += drift;
      try {
        return { value: read(), spans };
      } finally {
        caller = null;
      }
    },
    watch: (summary, statement) => ({
      get: (...args) =>
        timed(
          summary,
          () => statement.get(...args),
          (row) => (row === undefined ? 0 : 1),
        ),
      all: (...args) =>
        timed(
          summary,
          () => statement.all(...args),
          (rows) => rows.length,
        ),
      *iterate(...args) {
        const startedMs = performance.now();
        let rows = 0;
        let failure: unknown = null;
        try {
          for (const row of statement.iterate(...args)) {
            rows += 1;
            yield row;
          }
        } catch (thrown) {
          failure = thrown;
          throw thrown;
        } finally {
          add(summary, startedMs, rows, failure);
        }
      },
    }),
  };
}

/** A sampled W3C traceparent; `null` for anything else. */
function parseTraceparent(header: string): Caller | null {
  const found = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(header);
  return found === null ? null : { traceId: found[1]!, spanId: found[2]! };
}

function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : 'error';
}
