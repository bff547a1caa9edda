/**
 * OpenTelemetry names and units as Prometheus writes them, after OpenTelemetry's "Prometheus and OpenMetrics
 * Compatibility": characters of the classic set alone, which Prometheus 2 and 3 both read without quoting.
 */
import type { Attributes, AttributeValue } from '../../../shared/span.ts';

/** UCUM to the words Prometheus uses. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tebibytes',
  kBy: 'kilobytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  bit: 'bits',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '%': 'percent',
  '1': '',
};
const PER: Readonly<Record<string, string>> = {
  s: 'second',
  min: 'minute',
  m: 'minute',
  h: 'hour',
  d: 'day',
  wk: 'week',
  w: 'week',
  mo: 'month',
  a: 'year',
  y: 'year',
};

const own = (words: Readonly<Record<string, string>>, unit: string) =>
  Object.hasOwn(words, unit) ? words[unit] : undefined;
/** One underscore for whatever else, none at the ends. */
const word = (text: string) => text.replace(/[^a-zA-Z0-9]+/g, '_').replace(/^_+|_+$/g, '');

/** `By/s` → `bytes_per_second`; empty where there is nothing to say: `{token}`, `1`. */
export function toPrometheusUnit(unit: string): string {
  const [main = '', ...rest] = unit.split('/').map((part) => part.replace(/\{[^}]*\}?/g, '').trim());
  const per = rest.join('_');
  const counted = own(UNITS, main) ?? word(main);
  const each = per === '' ? '' : (own(PER, per) ?? word(per));
  if (each === '') return counted;
  return counted === '' ? `per_${each}` : `${counted}_per_${each}`;
}

export type FamilyName = {
  /** Ends with the unit, where there is one; without `_total`. */
  readonly base: string;
  /** `base`, or `base_total` for what only grows. */
  readonly sample: string;
  readonly unit: string;
};

export function toFamilyName(
  name: string,
  unit: string,
  kind: 'counter' | 'upDownCounter' | 'gauge' | 'histogram',
): FamilyName {
  let base = name.replace(/[^a-zA-Z0-9_:]+/g, '_').replace(/_{2,}/g, '_');
  // Suffixes that the name has already are taken off first: `x.total` in seconds is `x_seconds_total`.
  if (kind === 'counter') base = base.replace(/_total$/, '');
  base = base.replace(/_+$/, '');
  if (!/^[a-zA-Z_:]/.test(base)) base = `_${base}`;
  const suffix = kind === 'gauge' && unit === '1' ? 'ratio' : toPrometheusUnit(unit);
  if (suffix !== '' && !base.endsWith(`_${suffix}`)) base += `_${suffix}`;
  return { base, sample: kind === 'counter' ? `${base}_total` : base, unit: suffix };
}

function toLabelName(name: string): string {
  const label = name.replace(/[^a-zA-Z0-9_]+/g, '_').replace(/_{2,}/g, '_');
  return /^[a-zA-Z_]/.test(label) ? label : `_${label}`;
}

const toLabelValue = (value: AttributeValue): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? JSON.stringify(value) : String(value);

/**
 * Labels by name. Attributes that come out under one name have their values joined by `;`, in the order of
 * their own names. An empty value is no label to Prometheus, and left out.
 * @param reserved - labels that mean something else here; attributes of that name become `exported_…`
 */
export function toLabels(attributes: Attributes, reserved: readonly string[]): Map<string, string> {
  const labels = new Map<string, string>();
  for (const name of Object.keys(attributes).sort()) {
    const value = toLabelValue(attributes[name]!);
    if (value === '') continue;
    const plain = toLabelName(name);
    const label = reserved.includes(plain) ? `exported_${plain}` : plain;
    const other = labels.get(label);
    labels.set(label, other === undefined ? value : `${other};${value}`);
  }
  return labels;
}
