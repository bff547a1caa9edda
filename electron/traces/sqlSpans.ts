/**
 * The statements of a read as spans of the trace that the read belongs to, as closely as the request says. Plain data:
 * the thread that stores traces knows no telemetry, and sends spans and counts back with its answer. What it writes is
 * never traced, or storing a trace would make spans of that trace.
 */
import { randomBytes } from 'node:crypto';
import { ATTR } from '../../shared/span.ts';
import type { SpanRecord } from '../../shared/span.ts';
import type { ComponentSettings } from '../../shared/telemetrySettings.ts';

const THREAD_NAME = 'traces';
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

/** How closely, as the component `database` is set; and what W3C header of baggage the spans carry. */
export type SqlRecording = ComponentSettings & { readonly baggage?: string };
/** Statements of one read: `spans` are those that became spans, `leftOut` all others; none in the mode `off`. */
export type SqlCounts = { readonly spans: number; readonly leftOut: number; readonly errors: number };
export type Recorded = { readonly spans: readonly SpanRecord[]; readonly counts: SqlCounts };

export type SqlSpans = {
  /**
   * Runs a read whose statements become children of `traceparent`; without one they are counted alone. A row
   * (`leaf`) is a span as any other here: nothing in this thread is in a hurry.
   */
  record<T>(
    traceparent: string | undefined,
    read: () => T,
    recording?: SqlRecording,
  ): Recorded & { readonly value: T };
  /** Of the latest read, also where that threw. */
  recorded(): Recorded;
  /** A statement that is recorded where a read is. @param summary - operation and tables, as in `SELECT span` */
  watch<Args extends unknown[], Row>(summary: string, statement: Readable<Args, Row>): Readable<Args, Row>;
};

type Caller = { readonly traceId: string; readonly spanId: string };
const FULL: SqlRecording = { mode: 'full', every: 1, slowMs: 100 };
const NOTHING: SqlCounts = { spans: 0, leftOut: 0, errors: 0 };

export function createSqlSpans(): SqlSpans {
  let caller: Caller | null = null;
  /** `null` outside a read, and where nothing is to be recorded of it. */
  let recording: SqlRecording | null = null;
  let spans: SpanRecord[] = [];
  let counts = { ...NOTHING };
  /** By summary: statements until the one whose turn it is. */
  const turns = new Map<string, number>();
  let offsetMs = Date.now() - performance.now();

  /** In the mode `sampled`: the first of its kind, and one in `every`. */
  function isTurn(summary: string, every: number): boolean {
    const left = Math.min(turns.get(summary) ?? 1, every);
    turns.set(summary, left === 1 ? every : left - 1);
    return left === 1;
  }

  function isWanted({ mode, every, slowMs }: SqlRecording, summary: string, tookMs: number): boolean {
    if (mode === 'counted') return false;
    return mode !== 'sampled' || isTurn(summary, every) || tookMs >= slowMs;
  }

  function add(summary: string, startedMs: number, rows: number, thrown: unknown): void {
    if (recording === null) return;
    const endedMs = performance.now();
    const error = thrown === null ? null : codeOf(thrown);
    if (error !== null) counts.errors += 1;
    // A failed one has its turn as well, so that turns come as often as they are said to.
    const isRecorded = isWanted(recording, summary, endedMs - startedMs) || error !== null;
    if (caller === null || !isRecorded || spans.length >= MAX_SPANS) {
      counts.leftOut += 1;
      return;
    }
    counts.spans += 1;
    spans.push({
      traceId: caller.traceId,
      spanId: randomBytes(8).toString('hex'),
      parentSpanId: caller.spanId,
      name: summary,
      kind: 'client',
      startMs: offsetMs + startedMs,
      endMs: offsetMs + endedMs,
      status: error === null ? 'unset' : 'error',
      statusMessage: error,
      attributes: {
        [ATTR.dbSystem]: 'sqlite',
        [ATTR.dbNamespace]: NAMESPACE,
        [ATTR.dbOperation]: summary.split(' ', 1)[0]!,
        [ATTR.dbQuerySummary]: summary,
        [ATTR.threadName]: THREAD_NAME,
        ...(recording.baggage === undefined ? {} : { [ATTR.baggage]: recording.baggage }),
        ...(error === null ? { [ATTR.dbReturnedRows]: rows } : { [ATTR.errorType]: error }),
      },
      events: [],
      links: [],
    });
  }

  function timed<T>(summary: string, read: () => T, rowsOf: (value: T) => number): T {
    if (recording === null) return read();
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
    record(traceparent, read, how = FULL) {
      caller = traceparent === undefined ? null : parseTraceparent(traceparent);
      recording = how.mode === 'off' ? null : how;
      spans = [];
      counts = { ...NOTHING };
      const drift = Date.now() - performance.now() - offsetMs;
      if (Math.abs(drift) > MAX_DRIFT_MS) offsetMs += drift;
      try {
        return { value: read(), spans, counts };
      } finally {
        caller = null;
        recording = null;
      }
    },
    recorded: () => ({ spans, counts }),
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
