/** What the SQL console can be asked about: for its help and completion, and for those who provide it. */

export type SqlTable = {
  readonly name: string;
  readonly about: string;
  /** In order; what each one is. */
  readonly columns: Readonly<Record<string, string>>;
  /**
   * Given as arguments, `spans('4bf9…')`, or by `WHERE of_trace = '4bf9…'`: what does not match is then not even
   * read. Only `=` can be used on them, and `SELECT *` does not show them.
   */
  readonly parameters: Readonly<Record<string, string>>;
};

const OF_TRACE = { of_trace: 'only of this trace' };
const WITHIN = { from_ms: 'only from this time on', to_ms: 'only up to this time' };

export const SQL_TABLES = [
  {
    name: 'spans',
    about: 'One row a span.',
    columns: {
      trace_id: '32 hex digits',
      span_id: '16 hex digits',
      parent_id: 'NULL for a root',
      name: 'operation',
      service: 'service.name',
      version: 'service.version; NULL where it is not known',
      kind: 'internal, server, client, producer, consumer',
      status: 'unset, ok, error',
      status_message: 'NULL where there is none',
      start_ms: 'epoch milliseconds, fractional',
      duration_ms: 'NULL while the span is open',
      scope: 'the instrumentation that made it',
      resource: "JSON: the recorder's resource attributes",
      attributes: "JSON: attributes ->> 'http.route'",
    },
    parameters: { ...OF_TRACE, ...WITHIN },
  },
  {
    name: 'span_attributes',
    about:
      "One row an attribute of a span; by one key (span_attributes('http.route')) many times as fast as JSON.",
    columns: {
      trace_id: '32 hex digits',
      span_id: '16 hex digits',
      name: 'operation',
      service: 'service.name',
      start_ms: 'epoch milliseconds',
      duration_ms: 'NULL while the span is open',
      key: '',
      value: 'text, number, 0 or 1; lists as JSON',
    },
    parameters: { of_key: 'only attributes of this key', ...OF_TRACE, ...WITHIN },
  },
  {
    name: 'span_events',
    about: 'One row an event of a span.',
    columns: {
      trace_id: '32 hex digits',
      span_id: '16 hex digits',
      name: '',
      time_ms: 'epoch milliseconds',
      attributes: 'JSON',
    },
    parameters: { ...OF_TRACE, ...WITHIN },
  },
  {
    name: 'span_links',
    about: 'One row a link from a span to another.',
    columns: {
      trace_id: '32 hex digits',
      span_id: '16 hex digits',
      linked_trace_id: '32 hex digits',
      linked_span_id: '16 hex digits',
      attributes: 'JSON',
    },
    parameters: { ...OF_TRACE, ...WITHIN },
  },
  {
    name: 'traces',
    about: 'One row a trace, as in the list.',
    columns: {
      trace_id: '32 hex digits',
      name: 'of its run, its root, or its earliest span',
      service: 'service.name of that span',
      version: 'service.version of that span',
      run_id: 'NULL for a trace without a run',
      start_ms: 'epoch milliseconds',
      duration_ms: 'NULL while any span of it is open',
      spans: 'how many',
      errors: 'how many spans failed',
      pinned: '0 or 1',
    },
    parameters: WITHIN,
  },
  {
    name: 'logs',
    about: 'One row a log record.',
    columns: {
      time_ms: 'epoch milliseconds',
      level: 'debug, info, warn, error',
      message: '',
      event_name: 'NULL for most',
      service: 'service.name',
      trace_id: 'NULL outside any span',
      span_id: 'NULL outside any span',
      attributes: 'JSON',
    },
    parameters: { ...OF_TRACE, ...WITHIN },
  },
  {
    name: 'metric_points',
    about: 'Running totals since start_ms, at the times when they changed.',
    columns: {
      name: 'instrument',
      kind: 'counter, upDownCounter, gauge, histogram',
      unit: '',
      service: 'service.name',
      attributes: 'JSON',
      start_ms: 'when counting began',
      time_ms: 'epoch milliseconds',
      value: 'NULL for histograms',
      count: 'of a histogram',
      sum: 'of a histogram',
      min: 'of a histogram',
      max: 'of a histogram',
      buckets: 'of a histogram, JSON: [[inclusive upper end, count], …], the last end null',
    },
    parameters: { of_name: 'only this instrument', ...WITHIN },
  },
  {
    name: 'metric_exemplars',
    about: 'Single records with the span they were made in.',
    columns: {
      name: 'instrument',
      service: 'service.name',
      attributes: 'JSON, of the series',
      time_ms: 'epoch milliseconds',
      value: '',
      trace_id: '32 hex digits',
      span_id: '16 hex digits',
    },
    parameters: { of_name: 'only this instrument', ...WITHIN },
  },
] as const satisfies readonly SqlTable[];
export type SqlTableName = (typeof SQL_TABLES)[number]['name'];

/** Beside SQLite's own. */
export const SQL_FUNCTIONS = {
  'quantile(x, share)': 'aggregate: the value below which that share (0 to 1) of all lies, interpolated',
  'p50(x)': 'aggregate: quantile(x, 0.5)',
  'p95(x)': 'aggregate: quantile(x, 0.95)',
  'p99(x)': 'aggregate: quantile(x, 0.99)',
  'text REGEXP pattern': 'JavaScript regular expression, Unicode',
} as const;
