import { describe, expect, it } from 'vitest';
import {
  toFamilyName,
  toLabels,
  toPrometheusUnit,
} from '../../../../electron/telemetry/export/prometheusNames.ts';
import { negotiateFormat, toPrometheusText } from '../../../../electron/telemetry/export/prometheusText.ts';
import type { PrometheusFormat } from '../../../../electron/telemetry/export/prometheusText.ts';
import type { MetricSnapshot } from '../../../../shared/metric.ts';
import type { Attributes } from '../../../../shared/span.ts';

const SCOPE = { name: '', version: '' };
const write = (
  snapshots: readonly MetricSnapshot[],
  format: PrometheusFormat = 'text',
  resource: Attributes = {},
  scope = SCOPE,
) => toPrometheusText(snapshots, { format, resource, scope });
const counter = (name: string, points: readonly [Attributes, number][], unit = ''): MetricSnapshot => ({
  name,
  unit,
  description: '',
  kind: 'counter',
  points: points.map(([attributes, value]) => ({ attributes, value })),
});
const gauge = (name: string, points: readonly [Attributes, number][]): MetricSnapshot => ({
  ...counter(name, points),
  kind: 'gauge' as never,
});
const HISTOGRAM: MetricSnapshot = {
  name: 'db.client.operation.duration',
  unit: 's',
  description: 'Database "transactions",\nin C:\\decks.',
  kind: 'histogram',
  points: [
    {
      attributes: { 'db.operation.name': 'SELECT' },
      value: {
        count: 6,
        sum: 2_000_003.5,
        min: 0.5,
        max: 2e6,
        boundaries: [1e-6, 0.5, 1, 1e6],
        counts: [0, 3, 0, 2, 1],
      },
      exemplars: [
        { value: 0.5, timeMs: 1_700_000_000_123, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
        { value: 0.25, timeMs: 1_700_000_000_124, traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) },
        { value: 2e6, timeMs: 1_700_000_000_125, traceId: 'e'.repeat(32), spanId: 'f'.repeat(16) },
      ],
    },
  ],
};

describe('names for Prometheus', () => {
  it.each([
    ['s', 'seconds'],
    ['By', 'bytes'],
    ['ms', 'milliseconds'],
    ['KiBy', 'kibibytes'],
    ['%', 'percent'],
    ['1', ''],
    ['', ''],
    ['{token}', ''],
    ['{token}/s', 'per_second'],
    ['By/s', 'bytes_per_second'],
    ['m/{thing}', 'meters'],
    ['{a}/{b}', ''],
    ['foo/bar', 'foo_per_bar'],
    ['s{annotated}', 'seconds'],
    ['USD', 'USD'],
    ['kg.m/s2', 'kg_m_per_s2'],
    ['constructor', 'constructor'],
    ['{open', ''],
  ])('unit %s is %s', (unit, expected) => {
    expect(toPrometheusUnit(unit)).toBe(expected);
  });

  it.each([
    ['tracedeck.items', '{item}', 'counter', 'tracedeck_items_total'],
    ['http.client.request.duration', 's', 'histogram', 'http_client_request_duration_seconds'],
    ['process.cpu.seconds', 's', 'counter', 'process_cpu_seconds_total'],
    ['jobs.total', '', 'counter', 'jobs_total'],
    ['jobs.total', 's', 'counter', 'jobs_seconds_total'],
    ['jobs_seconds_total', 's', 'counter', 'jobs_seconds_total'],
    ['jobs.total', '', 'gauge', 'jobs_total'],
    ['memory.share', '1', 'gauge', 'memory_share_ratio'],
    ['memory_ratio', '1', 'gauge', 'memory_ratio'],
    ['calls', '1', 'counter', 'calls_total'],
    ['pool.open', '{connection}', 'upDownCounter', 'pool_open'],
    ['seconds.left', 's', 'gauge', 'seconds_left_seconds'],
    ['a..b__c--d/e.', '', 'gauge', 'a_b_c_d_e'],
    ['9.lives', '', 'gauge', '_9_lives'],
    ['größe', 'By', 'gauge', 'gr_e_bytes'],
    ['net.io', 'By/s', 'gauge', 'net_io_bytes_per_second'],
  ] as const)('%s in %s as a %s is %s', (name, unit, kind, expected) => {
    expect(toFamilyName(name, unit, kind).sample).toBe(expected);
  });

  it('joins attributes that come out under one label, in the order of their own names', () => {
    expect([
      ...toLabels(
        {
          'a.c': 'dot',
          'b.': 1,
          a_c: 'under',
          'a-c': true,
          '0x': 'hex',
          none: '',
          le: 'own',
          list: ['x', 'y'],
        },
        ['le'],
      ),
    ]).toEqual([
      ['_0x', 'hex'],
      ['a_c', 'true;dot;under'],
      ['b_', '1'],
      ['exported_le', 'own'],
      ['list', '["x","y"]'],
    ]);
  });
});

describe('what a scrape prefers', () => {
  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/html, application/json', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1', 'text'],
    ['text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4', 'text'],
    // Prometheus 2.42 and 3
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
      'openmetrics',
    ],
    ['application/openmetrics-text;q=nonsense', 'text'],
    // Of Prometheus 3: by default, where it is told to prefer protobuf, and told to take one protocol alone.
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2',
      'openmetrics',
    ],
    ['text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4', 'text1'],
    ['text/plain;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.4', 'text1'],
    ['text/plain;version=0.0.4;q=0.5,*/*;q=0.4', 'text'],
    ['text/plain;version=2.0.0', 'text'],
  ] as const)('%s: %s', (accept, expected) => {
    expect(negotiateFormat(accept)).toBe(expected);
  });
});

describe('Prometheus text', () => {
  const snapshots: readonly MetricSnapshot[] = [
    {
      name: 'tracedeck.items',
      unit: '{item}',
      description: 'Rows.',
      kind: 'counter',
      points: [
        { attributes: { state: 'done' }, value: 3 },
        { attributes: { state: 'quoted "\\\n"' }, value: 1.5 },
      ],
    },
    {
      name: 'pool.open',
      unit: '',
      description: '',
      kind: 'upDownCounter',
      points: [{ attributes: {}, value: -2 }],
    },
    HISTOGRAM,
  ];
  const resource = { 'service.name': 'tracedeck', 'service.version': '1.0' };

  it('is in the format 0.0.4 without exemplars and units', () => {
    expect(write(snapshots, 'text', resource)).toEqual({
      points: 4,
      leftOut: 0,
      conflicts: [],
      text: String.raw`# HELP target_info What this process says of itself.
# TYPE target_info gauge
target_info{service_name="tracedeck",service_version="1.0"} 1
# HELP tracedeck_items_total Rows.
# TYPE tracedeck_items_total counter
tracedeck_items_total{state="done"} 3
tracedeck_items_total{state="quoted \"\\\n\""} 1.5
# TYPE pool_open gauge
pool_open -2
# HELP db_client_operation_duration_seconds Database "transactions",\nin C:\\decks.
# TYPE db_client_operation_duration_seconds histogram
db_client_operation_duration_seconds_bucket{db_operation_name="SELECT",le="1e-06"} 0
db_client_operation_duration_seconds_bucket{db_operation_name="SELECT",le="0.5"} 3
db_client_operation_duration_seconds_bucket{db_operation_name="SELECT",le="1"} 3
db_client_operation_duration_seconds_bucket{db_operation_name="SELECT",le="1e+06"} 5
db_client_operation_duration_seconds_bucket{db_operation_name="SELECT",le="+Inf"} 6
db_client_operation_duration_seconds_sum{db_operation_name="SELECT"} 2000003.5
db_client_operation_duration_seconds_count{db_operation_name="SELECT"} 6
`,
    });
  });

  it('is the same in the format 1.0.0, in which none of the names wants quotes', () => {
    expect(write(snapshots, 'text1', resource)).toEqual(write(snapshots, 'text', resource));
    const names = write(snapshots, 'text1', resource).text.matchAll(/^(?:# TYPE )?([^ {#]+)/gm);
    for (const [, name] of names) expect(name).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
  });

  it('is in OpenMetrics with the largest exemplar of each bucket, units and an end', () => {
    const scope = { name: 'tracedeck', version: '1.0' };
    expect(write(snapshots, 'openmetrics', resource, scope).text).toBe(
      String.raw`# HELP target What this process says of itself.
# TYPE target info
target_info{service_name="tracedeck",service_version="1.0"} 1
# HELP tracedeck_items Rows.
# TYPE tracedeck_items counter
tracedeck_items_total{otel_scope_name="tracedeck",otel_scope_version="1.0",state="done"} 3
tracedeck_items_total{otel_scope_name="tracedeck",otel_scope_version="1.0",state="quoted \"\\\n\""} 1.5
# TYPE pool_open gauge
pool_open{otel_scope_name="tracedeck",otel_scope_version="1.0"} -2
# HELP db_client_operation_duration_seconds Database \"transactions\",\nin C:\\decks.
# TYPE db_client_operation_duration_seconds histogram
# UNIT db_client_operation_duration_seconds seconds
`.concat(
        [
          ['1e-06', '0'],
          ['0.5', `3 # {trace_id="${'a'.repeat(32)}",span_id="${'b'.repeat(16)}"} 0.5 1700000000.123`],
          ['1.0', '3'],
          ['1e+06', '5'],
          ['+Inf', `6 # {trace_id="${'e'.repeat(32)}",span_id="${'f'.repeat(16)}"} 2000000 1700000000.125`],
        ]
          .map(
            ([le, rest]) =>
              `db_client_operation_duration_seconds_bucket{db_operation_name="SELECT",otel_scope_name="tracedeck",otel_scope_version="1.0",le="${le}"} ${rest}\n`,
          )
          .join(''),
        String.raw`db_client_operation_duration_seconds_sum{db_operation_name="SELECT",otel_scope_name="tracedeck",otel_scope_version="1.0"} 2000003.5
db_client_operation_duration_seconds_count{db_operation_name="SELECT",otel_scope_name="tracedeck",otel_scope_version="1.0"} 6
# EOF
`,
      ),
    );
  });

  it('tells the scopes of one metric apart by labels, under one heading', () => {
    const scoped = (name: string, value: number): MetricSnapshot => ({
      ...counter('calls', [[{ 'otel.scope.name': 'x' }, value]]),
      scope: { name, version: '' },
    });
    expect(write([scoped('a', 1), scoped('b', 2)]).text).toBe(
      `# TYPE calls_total counter
calls_total{exported_otel_scope_name="x",otel_scope_name="a"} 1
calls_total{exported_otel_scope_name="x",otel_scope_name="b"} 2
`,
    );
  });

  it('leaves out what has the name of another type, and says so', () => {
    const { text, points, leftOut, conflicts } = write([
      HISTOGRAM,
      gauge('db.client.operation.duration_seconds_count', [[{}, 1]]),
      counter('calls', [[{}, 1]]),
      gauge('calls.total', [
        [{ a: 1 }, 1],
        [{ a: 2 }, 1],
      ]),
      gauge('target.info', [[{}, 5]]),
      counter('calls.total', [[{ again: true }, 2]]),
    ]);
    expect({ points, leftOut, conflicts }).toEqual({
      points: 3,
      leftOut: 4,
      conflicts: ['db.client.operation.duration_seconds_count', 'calls.total', 'target.info'],
    });
    expect(text.match(/^# TYPE .*/gm)).toEqual([
      '# TYPE db_client_operation_duration_seconds histogram',
      '# TYPE calls_total counter',
    ]);
    expect(text).toContain('calls_total{again="true"} 2');
  });

  it('makes one series of points that labels cannot tell apart', () => {
    const histogram = (boundaries: number[]): MetricSnapshot => ({
      ...HISTOGRAM,
      name: 'wait',
      description: '',
      points: [
        {
          attributes: { none: '' },
          value: { count: 1, sum: 2, min: 2, max: 2, boundaries, counts: [0, 1] },
        },
      ],
    });
    expect(
      write([
        counter('calls', [
          [{}, 1],
          [{ none: '' }, 2],
        ]),
        gauge('level', [
          [{}, 1],
          [{ none: '' }, 2],
        ]),
        histogram([1]),
        histogram([1]),
        histogram([1.5]),
      ]).text,
    ).toBe(`# TYPE calls_total counter
calls_total 3
# TYPE level gauge
level 2
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1"} 0
wait_seconds_bucket{le="+Inf"} 2
wait_seconds_sum 4
wait_seconds_count 2
`);
  });

  it('writes what is no finite number as Prometheus spells it', () => {
    expect(
      write([
        gauge('odd', [
          [{ a: 1 }, Infinity],
          [{ a: 2 }, -Infinity],
          [{ a: 3 }, Number.NaN],
        ]),
      ]).text,
    ).toBe('# TYPE odd gauge\nodd{a="1"} +Inf\nodd{a="2"} -Inf\nodd{a="3"} NaN\n');
  });

  it('of nothing is an empty answer that ends as its format does', () => {
    expect(write([]).text).toBe('');
    expect(write([], 'openmetrics').text).toBe('# EOF\n');
  });
});
