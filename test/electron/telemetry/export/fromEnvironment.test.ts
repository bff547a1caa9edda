import { describe, expect, it } from 'vitest';
import { telemetryFromEnvironment } from '../../../../electron/telemetry/export/fromEnvironment.ts';
import type { EnvironmentSettings } from '../../../../electron/telemetry/export/fromEnvironment.ts';
import { resolveHeaders } from '../../../../electron/telemetry/export/requestHeaders.ts';
import { telemetrySettingsSchema } from '../../../../shared/telemetrySettings.ts';
import type { OtlpExporterSettings } from '../../../../shared/telemetrySettings.ts';

function read(env: Record<string, string | undefined>): EnvironmentSettings & { readonly notices: string[] } {
  const notices: string[] = [];
  const result = telemetryFromEnvironment(env, (notice) => notices.push(notice));
  // Whatever comes of an environment is valid as settings.
  telemetrySettingsSchema.parse({ exporters: result.exporters, sampling: result.sampling });
  return { ...result, notices };
}
const otlp = (env: Record<string, string>): OtlpExporterSettings[] =>
  read(env).exporters.filter((each) => each.kind === 'otlp');

describe('the OTEL_* variables', () => {
  it('send nothing anywhere unless they ask for it', () => {
    const settings = {
      OTEL_SERVICE_NAME: 'cards',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=b',
      OTEL_EXPORTER_PROMETHEUS_PORT: '9000',
      OTEL_TRACES_EXPORTER: '',
    };
    expect(read(settings)).toEqual({
      disabled: false,
      serviceName: 'cards',
      resource: {},
      sampling: {},
      exporters: [],
      logLevel: null,
      notices: [],
    });
  });

  it('make one exporter of a general endpoint', () => {
    const [exporter, ...others] = otlp({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.org/base' });
    expect(others).toEqual([]);
    expect(exporter).toMatchObject({
      id: 'otlp',
      protocol: 'http/protobuf',
      endpoint: 'https://collector.example.org/base',
      endpoints: {},
      signals: ['traces', 'metrics', 'logs'],
      gzip: true,
      enabled: true,
    });
  });

  it('go to the local collector where an exporter is named without an endpoint', () => {
    expect(otlp({ OTEL_TRACES_EXPORTER: 'otlp' })).toMatchObject([
      { endpoint: 'http://localhost:4318', signals: ['traces'] },
    ]);
    expect(otlp({ OTEL_LOGS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toMatchObject([
      { endpoint: 'http://localhost:4317', protocol: 'grpc', signals: ['logs'] },
    ]);
  });

  it('give a signal an address, protocol, headers and limits of its own', () => {
    const exporters = otlp({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://general:4318',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://own:9999/traces-here',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'logs:4317',
      OTEL_EXPORTER_OTLP_LOGS_INSECURE: 'true',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-key=l%20g, other = 2',
      OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: '/ca.pem',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/key.pem',
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/cert.pem',
      OTEL_BSP_MAX_QUEUE_SIZE: '777',
      OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '33',
      OTEL_METRIC_EXPORT_INTERVAL: '5000',
    });
    const tls = { ca: null, key: '/key.pem', cert: '/cert.pem' };
    expect(exporters).toMatchObject([
      {
        id: 'otlp',
        endpoint: 'http://general:4318',
        endpoints: { traces: 'http://own:9999/traces-here' },
        signals: ['traces', 'metrics'],
        timeoutMs: 3000,
        gzip: false,
        maxQueue: 777,
        metricIntervalMs: 5000,
        headers: {},
        tls,
      },
      {
        id: 'otlp-logs',
        protocol: 'grpc',
        endpoint: 'http://logs:4317',
        signals: ['logs'],
        maxBatch: 33,
        headers: { 'x-key': 'l g', other: '2' },
        tls: { ...tls, ca: '/ca.pem' },
      },
    ]);
  });

  it('encrypt a gRPC address without a scheme unless told not to', () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'far.example.org:443' };
    expect(otlp(env)).toMatchObject([{ endpoint: 'https://far.example.org:443' }]);
    expect(otlp({ ...env, OTEL_EXPORTER_OTLP_INSECURE: 'true' })).toMatchObject([
      { endpoint: 'http://far.example.org:443' },
    ]);
  });

  it('take spans and records into one exporter only where their queues agree, and metrics into either', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' };
    const ids = (more: Record<string, string>) =>
      otlp({ ...env, ...more }).map(({ id, signals }) => [id, signals]);
    expect(ids({ OTEL_BSP_MAX_QUEUE_SIZE: '9' })).toEqual([
      ['otlp', ['traces', 'metrics']],
      ['otlp-logs', ['logs']],
    ]);
    expect(ids({ OTEL_TRACES_EXPORTER: 'none', OTEL_BLRP_MAX_QUEUE_SIZE: '9' })).toEqual([
      ['otlp', ['metrics', 'logs']],
    ]);
    expect(otlp({ ...env, OTEL_TRACES_EXPORTER: 'none', OTEL_BLRP_MAX_QUEUE_SIZE: '9' })[0]!.maxQueue).toBe(
      9,
    );
  });

  it('name several exporters for a signal, or none', () => {
    const { exporters, notices } = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318',
      OTEL_TRACES_EXPORTER: 'otlp, console',
      OTEL_METRICS_EXPORTER: 'prometheus,zipkin',
      OTEL_LOGS_EXPORTER: 'none',
    });
    expect(exporters).toMatchObject([
      { kind: 'otlp', signals: ['traces'] },
      { kind: 'console', signals: ['traces'] },
      { kind: 'prometheus', host: '127.0.0.1', port: 9464, signals: ['metrics'] },
    ]);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/^OTEL_METRICS_EXPORTER names an exporter that there is not/);
  });

  it.each(['0.0.0.0', '192.168.1.5', 'example.org', '::'])(
    'do not open a Prometheus endpoint to others: %s',
    (host) => {
      const { exporters, notices } = read({
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_EXPORTER_PROMETHEUS_HOST: host,
      });
      expect(exporters).toEqual([]);
      expect(notices).toHaveLength(1);
    },
  );

  it.each([
    ['localhost', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '::1'],
  ])('open a Prometheus endpoint on %s', (host, expected) => {
    const env = { OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_HOST: host };
    expect(read({ ...env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' }).exporters).toMatchObject([
      { host: expected, port: 0 },
    ]);
  });

  it('state the resource, percent-decoded, the service name before it', () => {
    const env = {
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=my%2Ctest, team = a=b ,',
    };
    expect(read(env)).toMatchObject({
      serviceName: 'other',
      resource: { 'deployment.environment.name': 'my,test', team: 'a=b' },
    });
    expect(read({ ...env, OTEL_SERVICE_NAME: 'mine' }).serviceName).toBe('mine');
    expect(read({ OTEL_RESOURCE_ATTRIBUTES: '__proto__=1,a=2' }).resource).toEqual(
      Object.fromEntries([
        ['__proto__', '1'],
        ['a', '2'],
      ]),
    );
  });

  it.each([
    ['always_on', undefined, { ratio: 1 }],
    ['parentbased_always_off', undefined, { ratio: 0 }],
    ['traceidratio', '0.25', { ratio: 0.25 }],
    ['PARENTBASED_TRACEIDRATIO', '0.5', { ratio: 0.5 }],
    ['parentbased_traceidratio', undefined, { ratio: 1 }],
    [undefined, '0.5', {}],
  ])('set the sampler %s with %s', (sampler, arg, expected) => {
    const { sampling, notices } = read({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: arg });
    expect(sampling).toEqual(expected);
    expect(notices).toEqual([]);
  });

  it.each([
    ['TRUE', true],
    ['false', false],
    ['', false],
    ['yes', false],
  ])('switch all off by OTEL_SDK_DISABLED=%s alone if it is true', (value, disabled) => {
    const { exporters, ...rest } = read({ OTEL_SDK_DISABLED: value, OTEL_LOGS_EXPORTER: 'console' });
    expect(rest.disabled).toBe(disabled);
    expect(exporters).toHaveLength(disabled ? 0 : 1);
  });

  it.each([
    ['OTEL_LOG_LEVEL', 'loud', {}],
    ['OTEL_SDK_DISABLED', '1', {}],
    ['OTEL_RESOURCE_ATTRIBUTES', 'no pair', {}],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz', {}],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', {}],
    ['OTEL_TRACES_SAMPLER_ARG', '2', { OTEL_TRACES_SAMPLER: 'traceidratio' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', {}],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://collector', {}],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'smoke', { OTEL_TRACES_EXPORTER: 'otlp' }],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'canary', { OTEL_TRACES_EXPORTER: 'otlp' }],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', { OTEL_TRACES_EXPORTER: 'otlp' }],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '-1', { OTEL_TRACES_EXPORTER: 'otlp' }],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '1.5', { OTEL_TRACES_EXPORTER: 'otlp' }],
    ['OTEL_METRIC_EXPORT_INTERVAL', 'often', { OTEL_METRICS_EXPORTER: 'otlp' }],
    ['OTEL_EXPORTER_PROMETHEUS_PORT', '70000', { OTEL_METRICS_EXPORTER: 'prometheus' }],
    ['OTEL_TRACES_EXPORTER', 'prometheus', {}],
  ])('with a wrong %s (%s) are noticed, and do no harm', (name, value, others) => {
    const wrong = read({ ...others, [name]: value });
    const { notices: none, ...without } = read(others);
    const { notices, ...rest } = wrong;
    expect(none).toEqual([]);
    expect(notices.length).toBeGreaterThan(0);
    expect(notices.every((notice) => notice.startsWith(name) && !notice.includes(value))).toBe(true);
    expect(rest).toEqual(without);
  });

  it('are told of once, though each signal reads them', () => {
    const { notices } = read({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'smoke',
      OTEL_EXPORTER_OTLP_TIMEOUT: 'soon',
    });
    expect(notices.map((notice) => notice.split(' ')[0])).toEqual([
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'OTEL_EXPORTER_OTLP_TIMEOUT',
    ]);
  });

  it('say by name which of them have no effect, and quote none', () => {
    const { notices } = read({
      OTEL_EXPORTER_OTLP_ENDPIONT: 'canary',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '10',
      OTEL_BLRP_SCHEDULE_DELAY: '',
      OTEL_SPAN_LINK_COUNT_LIMIT: '5',
      OTEL_PYTHON_LOG_CORRELATION: 'true',
      OTEL_PROPAGATORS: 'b3,canary',
    });
    expect(notices).toEqual([
      'Of no effect here: OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, OTEL_BSP_SCHEDULE_DELAY, OTEL_EXPORTER_OTLP_ENDPIONT.',
      'OTEL_PROPAGATORS has no effect: context is passed on as W3C trace context and baggage.',
    ]);
    expect(read({ OTEL_PROPAGATORS: 'Baggage, tracecontext,baggage' }).notices).toEqual([]);
  });

  it('wait as long as can be where a timeout of 0 asks for no limit', () => {
    const timeoutMs = (value: string): number =>
      otlp({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_TIMEOUT: value })[0]!.timeoutMs;
    expect([timeoutMs('0'), timeoutMs('250')]).toEqual([600_000, 250]);
  });

  it('leave out an exporter whose settings are no settings', () => {
    const { exporters, notices } = read({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_HEADERS: `x=${'y'.repeat(9000)}`,
    });
    expect(exporters).toEqual([]);
    expect(notices).toEqual(['The OTLP exporter for traces is left out: its headers cannot be used.']);
  });

  it('mean what they say even where a header looks like one of our variables', () => {
    const value = 'a${HOME}b$${X}c$d';
    const [exporter] = otlp({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_HEADERS: `x=${encodeURIComponent(value)}`,
    });
    expect(resolveHeaders(exporter!.headers, { HOME: 'wrong', X: 'wrong' }, []).values).toEqual({ x: value });
  });

  it.each([
    ['debug', 'debug'],
    ['Verbose', 'debug'],
    ['WARN', 'warn'],
    ['none', 'error'],
  ])('set the log level by %s', (value, level) => {
    expect(read({ OTEL_LOG_LEVEL: value }).logLevel).toBe(level);
  });
});

describe('headers', () => {
  it('leave the transport its own, and refuse what HTTP does not allow without quoting it', () => {
    const { values, problem } = resolveHeaders(
      { 'Content-Type': 'text/x', ' Good ': ' yes ', Host: 'h' },
      {},
      [],
    );
    expect([values, problem]).toEqual([{ good: 'yes', host: 'h' }, null]);
    for (const bad of [{ 'a b': 'canary' }, { a: 'canary\r\nx: y' }, { '': 'canary' }]) {
      const { problem: why } = resolveHeaders(bad as unknown as Record<string, string>, {}, []);
      expect(why).toContain('HTTP does not allow');
      expect(why).not.toContain('canary');
    }
  });

  it('prefer a stated authorization over the login in an address', () => {
    const url = 'http://me:p%40ss%zz@host/';
    expect(resolveHeaders({ Authorization: 'Bearer x' }, {}, [url]).values).toEqual({
      authorization: 'Bearer x',
    });
    const { values, hide } = resolveHeaders({}, {}, ['http://me:p%40ss@host/']);
    expect(values['authorization']).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(hide('it was p@ss, p%40ss')).toBe('it was [hidden], [hidden]');
  });
});
