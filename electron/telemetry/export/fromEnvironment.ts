/**
 * The standard OTEL_* variables as our settings. Nothing is sent unless they ask for it, by OTEL_<SIGNAL>_EXPORTER
 * or by an endpoint. What cannot be used is passed over with a notice; values never stand in notices, since they
 * may be secrets.
 */
import { otlpExporterSchema, OTLP_PROTOCOLS, SIGNALS } from '../../../shared/telemetrySettings.ts';
import type {
  ExporterSettings,
  OtlpExporterSettings,
  OtlpProtocol,
  Sampling,
  Signal,
} from '../../../shared/telemetrySettings.ts';
import type { Attributes, LogLevel } from '../../../shared/span.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type EnvironmentSettings = {
  /** None where all is disabled. */
  readonly exporters: ExporterSettings[];
  /** Of OTEL_RESOURCE_ATTRIBUTES, without `service.name` where OTEL_SERVICE_NAME states it. */
  readonly resource: Attributes;
  readonly serviceName: string | null;
  readonly sampling: Partial<Sampling>;
  readonly disabled: boolean;
  /** `null` where nothing is said. */
  readonly logLevel: LogLevel | null;
};

type Kind = 'otlp' | 'console' | 'prometheus';
/** All that is read: here, and of the limits of spans in spanLimits.ts. */
const READ = new RegExp(
  `^OTEL_(${[
    'SDK_DISABLED|SERVICE_NAME|RESOURCE_ATTRIBUTES|LOG_LEVEL|PROPAGATORS|TRACES_SAMPLER(_ARG)?',
    '(TRACES|METRICS|LOGS)_EXPORTER|METRIC_EXPORT_INTERVAL|(BSP|BLRP)_MAX_(QUEUE|EXPORT_BATCH)_SIZE',
    'EXPORTER_OTLP_((TRACES|METRICS|LOGS)_)?(ENDPOINT|PROTOCOL|HEADERS|COMPRESSION|TIMEOUT|INSECURE)',
    'EXPORTER_OTLP_((TRACES|METRICS|LOGS)_)?(CERTIFICATE|CLIENT_CERTIFICATE|CLIENT_KEY)',
    'EXPORTER_PROMETHEUS_(HOST|PORT)',
    '(SPAN_)?ATTRIBUTE_COUNT_LIMIT|SPAN_(EVENT|LINK)_COUNT_LIMIT|(EVENT|LINK)_ATTRIBUTE_COUNT_LIMIT',
  ].join('|')})$`,
);
/** Of implementations in other languages, by the standard's way of naming them: no mistake where they are set. */
const FOREIGN = /^OTEL_(?:CPP|DOTNET|ERLANG|GO|JAVA|JAVAAGENT|NODE|PHP|PYTHON|RUBY|RUST|SWIFT)_/;
/** The one way in which context goes to other processes. */
const PROPAGATORS = 'baggage,tracecontext';
const LONGEST_TIMEOUT_MS = 600_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);
const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  all: 'debug',
  verbose: 'debug',
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  fatal: 'error',
  none: 'error',
  off: 'error',
};

/** Never throws. `notice` gets one sentence for each variable that has no or another effect than it says. */
export function telemetryFromEnvironment(
  env: Environment,
  notice: (message: string) => void,
): EnvironmentSettings {
  const read = new VariableReader(env, notice);
  const attributes = readAttributes(read);
  const serviceName = read.text('OTEL_SERVICE_NAME') ?? attributes['service.name'] ?? null;
  delete attributes['service.name'];
  noticeOthers(read);
  const disabled = read.flag('OTEL_SDK_DISABLED') ?? false;
  return {
    disabled,
    serviceName,
    resource: attributes,
    sampling: readSampling(read),
    exporters: disabled ? [] : readExporters(read),
    logLevel: read.choice('OTEL_LOG_LEVEL', LOG_LEVELS),
  };
}

/** Reads variables; an empty one is none. */
class VariableReader {
  readonly #env: Environment;
  readonly #notice: (message: string) => void;
  readonly #said = new Set<string>();

  constructor(env: Environment, notice: (message: string) => void) {
    this.#env = env;
    this.#notice = notice;
  }

  /** Once, though a variable is read for each signal. */
  notice(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#notice(message);
  }

  text(name: string): string | null {
    const value = this.#env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  flag(name: string): boolean | null {
    const value = this.text(name)?.toLowerCase() ?? null;
    if (value !== null && value !== 'true' && value !== 'false') {
      this.notice(`${name} is neither true nor false, and taken as false.`);
    }
    return value === null ? null : value === 'true';
  }

  number(name: string, least: number, most: number, isWhole = true): number | null {
    const value = this.text(name);
    if (value === null) return null;
    const number = Number(value);
    const isGood =
      (isWhole ? Number.isInteger(number) : !Number.isNaN(number)) && number >= least && number <= most;
    if (isGood) return number;
    this.notice(
      `${name} is not ${isWhole ? 'a whole number' : 'a number'} from ${least} to ${most}, and ignored.`,
    );
    return null;
  }

  /** Milliseconds; 0 is no limit, for which the longest stands. */
  timeout(name: string): number | null {
    return this.text(name) === '0' ? LONGEST_TIMEOUT_MS : this.number(name, 100, LONGEST_TIMEOUT_MS);
  }

  /** Variables of the standard's kind that say something. */
  names(): string[] {
    return Object.keys(this.#env).filter((name) => name.startsWith('OTEL_') && this.text(name) !== null);
  }

  choice<T>(name: string, choices: Readonly<Record<string, T>>): T | null {
    const value = this.text(name)?.toLowerCase() ?? null;
    if (value === null) return null;
    if (Object.hasOwn(choices, value)) return choices[value]!;
    this.notice(`${name} is none of ${Object.keys(choices).join(', ')}, and ignored.`);
    return null;
  }

  /** `key=value,key=value`, percent-encoded. One wrong pair spoils them all, as the specification has it. */
  pairs(name: string): Record<string, string> | null {
    const value = this.text(name);
    if (value === null) return null;
    const result: Record<string, string> = {};
    try {
      for (const pair of value.split(',')) {
        if (pair.trim() === '') continue;
        const at = pair.indexOf('=');
        const key = at < 0 ? '' : decodeURIComponent(pair.slice(0, at).trim());
        if (key === '') throw new Error('no pair');
        Object.defineProperty(result, key, {
          value: decodeURIComponent(pair.slice(at + 1).trim()),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return result;
    } catch {
      this.notice(`${name} is not of the form key=value,key=value with percent-encoded values, and ignored.`);
      return null;
    }
  }
}

/** What is not read here may be misspelt, or expected to work. */
function noticeOthers(read: VariableReader): void {
  const others = read.names().filter((name) => !READ.test(name) && !FOREIGN.test(name));
  if (others.length > 0) read.notice(`Of no effect here: ${others.sort().join(', ')}.`);
  const propagators =
    read
      .text('OTEL_PROPAGATORS')
      ?.toLowerCase()
      .split(/[\s,]+/) ?? [];
  const wanted = [...new Set(propagators)].filter((each) => each !== '').sort();
  if (wanted.length > 0 && wanted.join() !== PROPAGATORS) {
    read.notice('OTEL_PROPAGATORS has no effect: context is passed on as W3C trace context and baggage.');
  }
}

function readAttributes(read: VariableReader): Record<string, string> {
  return read.pairs('OTEL_RESOURCE_ATTRIBUTES') ?? {};
}

function readSampling(read: VariableReader): Partial<Sampling> {
  const name = 'OTEL_TRACES_SAMPLER';
  // A trace that began elsewhere follows its parent in any case.
  const sampler = read.choice(name, {
    always_on: 'on',
    always_off: 'off',
    traceidratio: 'ratio',
    parentbased_always_on: 'on',
    parentbased_always_off: 'off',
    parentbased_traceidratio: 'ratio',
  });
  if (sampler === null) return {};
  if (sampler !== 'ratio') return { ratio: sampler === 'on' ? 1 : 0 };
  return { ratio: read.number(`${name}_ARG`, 0, 1, false) ?? 1 };
}

function readExporters(read: VariableReader): ExporterSettings[] {
  const wanted = new Map(SIGNALS.map((signal) => [signal, readKinds(read, signal)]));
  const having = (kind: Kind): Signal[] => SIGNALS.filter((signal) => wanted.get(signal)!.has(kind));
  const exporters: ExporterSettings[] = groupOtlp(
    having('otlp').flatMap((signal) => readOtlp(read, signal) ?? []),
  );
  const onConsole = having('console');
  if (onConsole.length > 0) {
    exporters.push({ id: 'console', kind: 'console', enabled: true, signals: onConsole });
  }
  if (having('prometheus').includes('metrics')) {
    const prometheus = readPrometheus(read);
    if (prometheus !== null) exporters.push(prometheus);
  }
  return exporters;
}

function readKinds(read: VariableReader, signal: Signal): ReadonlySet<Kind> {
  const name = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const list = read.text(name);
  if (list === null) {
    const asked = ['OTEL_EXPORTER_OTLP_ENDPOINT', otlpName(signal, 'ENDPOINT')];
    return new Set(asked.some((each) => read.text(each) !== null) ? (['otlp'] as const) : []);
  }
  const kinds = new Set<Kind>();
  for (const part of list.split(',')) {
    const kind = part.trim().toLowerCase();
    if (kind === 'otlp' || kind === 'console') kinds.add(kind);
    else if (kind === 'logging') kinds.add('console');
    else if (kind === 'prometheus' && signal === 'metrics') kinds.add(kind);
    else if (kind !== 'none' && kind !== '') {
      read.notice(`${name} names an exporter that there is not for ${signal}; it is left out.`);
    }
  }
  return kinds;
}

function otlpName(signal: Signal, what: string): string {
  return `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`;
}

/** The name that holds for a signal: its own before the general one. */
function nameFor(read: VariableReader, signal: Signal, what: string): string {
  const own = otlpName(signal, what);
  return read.text(own) === null ? `OTEL_EXPORTER_OTLP_${what}` : own;
}

type SignalSettings = {
  readonly signal: Signal;
  /** Its address is the general one. */
  readonly hasBase: boolean;
  readonly settings: OtlpExporterSettings;
};

/** One signal's exporter; `null` where its address cannot be used. */
function readOtlp(read: VariableReader, signal: Signal): SignalSettings | null {
  const name = (what: string): string => nameFor(read, signal, what);
  const protocols = Object.fromEntries(OTLP_PROTOCOLS.map((each) => [each, each])) as Record<
    string,
    OtlpProtocol
  >;
  const protocol = read.choice(name('PROTOCOL'), protocols) ?? 'http/protobuf';
  const address = readAddress(read, signal, protocol);
  if (address === null) return null;
  const compression = read.choice(name('COMPRESSION'), { gzip: true, none: false });
  const headers = read.pairs(name('HEADERS')) ?? {};
  const queue = { traces: 'OTEL_BSP', logs: 'OTEL_BLRP', metrics: null }[signal];
  const maxQueue = queue === null ? null : read.number(`${queue}_MAX_QUEUE_SIZE`, 1, 1_000_000);
  const maxBatch = queue === null ? null : read.number(`${queue}_MAX_EXPORT_BATCH_SIZE`, 1, 100_000);
  const timeoutMs = read.timeout(name('TIMEOUT'));
  const metricIntervalMs =
    signal === 'metrics' ? read.number('OTEL_METRIC_EXPORT_INTERVAL', 500, 3_600_000) : null;
  const parsed = otlpExporterSchema.safeParse({
    id: 'otlp',
    kind: 'otlp',
    protocol,
    endpoint: address.isOwn ? new URL(address.url).origin : address.url,
    signals: [signal],
    // In settings `${` would begin a variable; here it is what it is.
    headers: Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key, value.replaceAll('${', () => '$${')]),
    ),
    tls: {
      ca: read.text(name('CERTIFICATE')),
      cert: read.text(name('CLIENT_CERTIFICATE')),
      key: read.text(name('CLIENT_KEY')),
    },
    ...(address.isOwn ? { endpoints: { [signal]: address.url } } : {}),
    ...(compression === null ? {} : { gzip: compression }),
    ...(maxQueue === null ? {} : { maxQueue }),
    ...(maxBatch === null ? {} : { maxBatch }),
    ...(timeoutMs === null ? {} : { timeoutMs }),
    ...(metricIntervalMs === null ? {} : { metricIntervalMs }),
  });
  if (parsed.success) return { signal, hasBase: !address.isOwn, settings: parsed.data };
  const [where] = parsed.error.issues[0]?.path ?? [];
  read.notice(
    `The OTLP exporter for ${signal} is left out: its ${String(where ?? 'settings')} cannot be used.`,
  );
  return null;
}

/** `isOwn`: the whole address of this one signal, to which no path is added. */
function readAddress(
  read: VariableReader,
  signal: Signal,
  protocol: OtlpProtocol,
): { readonly url: string; readonly isOwn: boolean } | null {
  const own = otlpName(signal, 'ENDPOINT');
  const isOwn = read.text(own) !== null;
  const name = isOwn ? own : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const isGrpc = protocol === 'grpc';
  let url = read.text(name) ?? (isGrpc ? 'http://localhost:4317' : 'http://localhost:4318');
  if (isGrpc && !/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    url = `${read.flag(nameFor(read, signal, 'INSECURE')) === true ? 'http' : 'https'}://${url}`;
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    read.notice(`${name} is no http or https address: nothing is sent for ${signal}.`);
    return null;
  }
  return { url, isOwn };
}

type Group = {
  readonly common: string;
  /** `null` while it holds metrics alone, which have no say in how long queues of spans and records are. */
  queue: string | null;
  hasBase: boolean;
  exporter: OtlpExporterSettings;
};

/** Signals that differ in nothing but their addresses share an exporter. */
function groupOtlp(all: readonly SignalSettings[]): OtlpExporterSettings[] {
  const groups: Group[] = [];
  for (const { signal, hasBase, settings } of all) {
    const { protocol, headers, gzip, timeoutMs, tls, maxQueue, maxBatch, metricIntervalMs } = settings;
    const common = JSON.stringify([protocol, headers, gzip, timeoutMs, tls]);
    const queue = signal === 'metrics' ? null : JSON.stringify([maxQueue, maxBatch]);
    const group = groups.find(
      (each) => each.common === common && (each.queue === null || queue === null || each.queue === queue),
    );
    if (group === undefined) {
      const id = groups.length === 0 ? 'otlp' : `otlp-${signal}`;
      groups.push({ common, queue, hasBase, exporter: { ...settings, id } });
      continue;
    }
    group.exporter = {
      ...group.exporter,
      signals: [...group.exporter.signals, signal],
      // There is one general address: who has it gives it to all.
      endpoint: group.hasBase ? group.exporter.endpoint : settings.endpoint,
      endpoints: { ...group.exporter.endpoints, ...settings.endpoints },
      ...(group.queue === null && queue !== null ? { maxQueue, maxBatch } : {}),
      ...(signal === 'metrics' ? { metricIntervalMs } : {}),
    };
    group.queue ??= queue;
    group.hasBase ||= hasBase;
  }
  return groups.map(({ exporter }) => exporter);
}

/** `null` where it would listen to others than this machine. */
function readPrometheus(read: VariableReader): ExporterSettings | null {
  const host = read.text('OTEL_EXPORTER_PROMETHEUS_HOST')?.toLowerCase() ?? 'localhost';
  if (!LOOPBACK.has(host)) {
    read.notice(
      'OTEL_EXPORTER_PROMETHEUS_HOST is not of this machine alone (localhost, 127.0.0.1, ::1): there is no Prometheus endpoint.',
    );
    return null;
  }
  return {
    id: 'prometheus',
    kind: 'prometheus',
    enabled: true,
    signals: ['metrics'],
    host: host.includes(':') ? '::1' : '127.0.0.1',
    port: read.number('OTEL_EXPORTER_PROMETHEUS_PORT', 0, 65_535) ?? 9464,
  };
}
