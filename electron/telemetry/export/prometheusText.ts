/** Metrics as a scrape is answered: Prometheus' text formats 0.0.4 and 1.0.0, and OpenMetrics 1.0. */
import { addHistograms } from '../../../shared/metric.ts';
import type { Exemplar, HistogramValue, MetricPoint, MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes } from '../../../shared/span.ts';
import { toFamilyName, toLabels } from './prometheusNames.ts';

/** `text1` is what Prometheus 3 asks for before `text`: the same where no name needs quotes, and ours never do. */
export type PrometheusFormat = 'text' | 'text1' | 'openmetrics';

/** From version 1.0.0 on a format says how names came about that are not of the classic character set. */
export const CONTENT_TYPES: Readonly<Record<PrometheusFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  text1: 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
};
/** By media type, and its version where one is asked for. */
const FORMATS: Readonly<Record<string, PrometheusFormat>> = {
  'text/plain': 'text',
  'text/plain 0.0.4': 'text',
  'text/plain 1.0.0': 'text1',
  'application/openmetrics-text': 'openmetrics',
  'application/openmetrics-text 1.0.0': 'openmetrics',
  'text/*': 'text',
  '*/*': 'text',
};

/** What the `Accept` header of a scrape prefers; the older text where it says nothing that there is. */
export function negotiateFormat(accept: string | undefined): PrometheusFormat {
  let best: PrometheusFormat = 'text';
  let bestQuality = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameter = (name: string) =>
      parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    const version = parameter('version');
    const key = version === undefined ? type : `${type} ${version}`;
    const quality = Number(parameter('q') ?? 1);
    if (Object.hasOwn(FORMATS, key) && quality > bestQuality) {
      best = FORMATS[key]!;
      bestQuality = quality;
    }
  }
  return best;
}

export type PrometheusOptions = {
  readonly format: PrometheusFormat;
  readonly resource: Attributes;
  /** Of instruments that name none. */
  readonly scope: { readonly name: string; readonly version: string };
};
export type PrometheusText = {
  readonly text: string;
  /** Series points of the metrics that are in it, and of those that are not. */
  readonly points: number;
  readonly leftOut: number;
  /** Metrics left out because another one has their name and is of another type. */
  readonly conflicts: readonly string[];
};

type Sample = { readonly labels: ReadonlyMap<string, string>; point: MetricPoint<number | HistogramValue> };
type Family = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly base: string;
  readonly sample: string;
  readonly unit: string;
  readonly help: string;
  /** By their labels as text: a series may appear once. */
  readonly samples: Map<string, Sample>;
};

/** Labels that tell bucket and scope apart. */
const SCOPE_NAME = 'otel_scope_name';
const SCOPE_VERSION = 'otel_scope_version';
const RESERVED = [SCOPE_NAME, SCOPE_VERSION];
const RESERVED_IN_HISTOGRAM = [...RESERVED, 'le'];

/** Metrics of one name and type become one family, whoever made them: their scopes are labels. */
export function toPrometheusText(
  snapshots: readonly MetricSnapshot[],
  options: PrometheusOptions,
): PrometheusText {
  const families = new Map<string, Family>();
  const claimed = new Map<string, string>([['target_info', 'target_info']]);
  const conflicts: string[] = [];
  let points = 0;
  let leftOut = 0;
  for (const snapshot of snapshots) {
    const { base, sample, unit } = toFamilyName(snapshot.name, snapshot.unit, snapshot.kind);
    const type = snapshot.kind === 'upDownCounter' ? 'gauge' : snapshot.kind;
    const key = `${type} ${base}`;
    const names = sampleNames(type, base);
    if (names.some((name) => (claimed.get(name) ?? key) !== key)) {
      conflicts.push(snapshot.name);
      leftOut += snapshot.points.length;
      continue;
    }
    for (const name of names) claimed.set(name, key);
    let family = families.get(key);
    if (family === undefined) {
      family = { type, base, sample, unit, help: snapshot.description, samples: new Map() };
      families.set(key, family);
    }
    const scope = snapshot.scope ?? options.scope;
    for (const point of snapshot.points) {
      const labels = toLabels(point.attributes, type === 'histogram' ? RESERVED_IN_HISTOGRAM : RESERVED);
      if (scope.name !== '') labels.set(SCOPE_NAME, scope.name);
      if (scope.version !== '') labels.set(SCOPE_VERSION, scope.version);
      add(family, labels, point);
      points += 1;
    }
  }
  const isOpen = options.format === 'openmetrics';
  const lines: string[] = [];
  const target = toLabels(options.resource, []);
  if (target.size > 0) {
    lines.push(`# HELP ${isOpen ? 'target' : 'target_info'} What this process says of itself.`);
    lines.push(isOpen ? '# TYPE target info' : '# TYPE target_info gauge');
    lines.push(`target_info{${labelText(target)}} 1`);
  }
  for (const family of families.values()) writeFamily(lines, family, isOpen);
  if (isOpen) lines.push('# EOF');
  return { text: lines.map((line) => `${line}\n`).join(''), points, leftOut, conflicts };
}

/** All names under which a family's samples may be found, in either format. */
function sampleNames(type: Family['type'], base: string): string[] {
  const suffixes = { counter: ['', '_total'], gauge: [''], histogram: ['', '_bucket', '_count', '_sum'] };
  return suffixes[type].map((suffix) => base + suffix);
}

/** Points that differ by what labels cannot say are one series: totals add up, of gauges the last holds. */
function add(family: Family, labels: ReadonlyMap<string, string>, point: Sample['point']): void {
  const key = labelText(labels);
  const same = family.samples.get(key);
  if (same === undefined) family.samples.set(key, { labels, point });
  else if (family.type === 'gauge') same.point = point;
  else same.point = { ...point, value: sum(same.point.value, point.value) };
}

function sum(first: number | HistogramValue, second: number | HistogramValue): number | HistogramValue {
  if (typeof first === 'number' || typeof second === 'number') return Number(first) + Number(second);
  return addHistograms(first, second);
}

function writeFamily(lines: string[], family: Family, isOpen: boolean): void {
  const { type, base, sample, unit, help, samples } = family;
  const named = isOpen ? base : sample;
  if (help !== '')
    lines.push(
      `# HELP ${named} ${isOpen ? escaped(help) : help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
    );
  lines.push(`# TYPE ${named} ${type}`);
  if (isOpen && unit !== '') lines.push(`# UNIT ${named} ${unit}`);
  for (const [text, { point }] of samples) {
    if (typeof point.value === 'number')
      lines.push(`${sample}${text === '' ? '' : `{${text}}`} ${numberText(point.value)}`);
    else writeHistogram(lines, base, text, point.value, isOpen ? (point.exemplars ?? []) : [], isOpen);
  }
}

function writeHistogram(
  lines: string[],
  base: string,
  labels: string,
  { count, sum, boundaries, counts }: HistogramValue,
  exemplars: readonly Exemplar[],
  isOpen: boolean,
): void {
  const lead = labels === '' ? '' : `${labels},`;
  let below = 0;
  for (let bucket = 0; bucket <= boundaries.length; bucket += 1) {
    below += counts[bucket] ?? 0;
    const from = boundaries[bucket - 1] ?? -Infinity;
    const to = boundaries[bucket] ?? Infinity;
    const le = isOpen ? openFloat(to) : goFloat(to);
    lines.push(`${base}_bucket{${lead}le="${le}"} ${below}${exemplarText(exemplars, from, to)}`);
  }
  const braces = labels === '' ? '' : `{${labels}}`;
  lines.push(`${base}_sum${braces} ${numberText(sum)}`, `${base}_count${braces} ${count}`);
}

/** One exemplar fits on a bucket: its largest. */
function exemplarText(exemplars: readonly Exemplar[], from: number, to: number): string {
  let largest: Exemplar | null = null;
  for (const exemplar of exemplars)
    if (exemplar.value > from && exemplar.value <= to && exemplar.value >= (largest?.value ?? -Infinity))
      largest = exemplar;
  if (largest === null) return '';
  const { traceId, spanId, value, timeMs } = largest;
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${numberText(value)} ${(timeMs / 1000).toFixed(3)}`;
}

const labelText = (labels: ReadonlyMap<string, string>) =>
  Array.from(labels, ([name, value]) => `${name}="${escaped(value)}"`)
    .sort()
    .join(',');

const escaped = (text: string) =>
  /[\\"\n]/.test(text) ? text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : text;

const numberText = (value: number) =>
  value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);

/**
 * As Go prints a float in its shortest form, with an exponent below 0.0001 and from a million on: bounds of
 * buckets are compared as text, and this is how Prometheus' own clients write them.
 */
function goFloat(value: number): string {
  if (value === Infinity) return '+Inf';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** OpenMetrics wants whole numbers to look like floats. */
const openFloat = (value: number) => {
  const text = goFloat(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
};
