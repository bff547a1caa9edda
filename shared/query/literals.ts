/** Values as they are written: numbers, durations, times and quoted text. */

/** Milliseconds of each unit of time. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
export const UNIT_NAMES = ['ns', 'us', 'ms', 's', 'm', 'h', 'd'] as const;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const MEASURE = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-zµμ]+)$/i;
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[Tt](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)([Zz]|[+-]\d{2}:?\d{2})?)?$/;

export function readNumber(text: string): number | null {
  if (!NUMBER.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number + 0 : null;
}

/** A number with a unit; `ms` is `null` where there is no such unit. */
export function readMeasure(text: string): { readonly unit: string; readonly ms: number | null } | null {
  const parts = MEASURE.exec(text);
  if (parts === null) return null;
  const factor = UNITS[parts[2]!];
  const unit = parts[2]!;
  return { unit, ms: factor === undefined ? null : scale(Number(parts[1]), factor) };
}

/** Divides where the unit is a fraction: 20 us are 0.02 ms and not 0.020000000000000004. */
function scale(number: number, factor: number): number {
  // And -0 is 0.
  return (factor < 1 ? number / Math.round(1 / factor) : number * factor) + 0;
}

/** A day, or a day and a time (of this machine's zone where it names none), as epoch milliseconds. */
export function readTime(text: string): number | null {
  const parts = TIME.exec(text);
  if (parts === null) return null;
  const zone = parts[3]?.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2') ?? '';
  const ms = Date.parse(`${parts[1]}T${parts[2] ?? '00:00'}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}

/** The shortest way to write it that is read as the very same number. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's', 'ms', 'us', 'ns'] as const) {
    const factor = UNITS[unit]!;
    const number = factor < 1 ? ms * Math.round(1 / factor) : ms / factor;
    const shown = `${number}${unit}`;
    if (Number.isInteger(number) && Math.abs(number) < 1e15 && readMeasure(shown)?.ms === ms) return shown;
  }
  return `${ms}ms`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/**
 * What stands between quotes. A backslash before anything but a quote, a backslash, n, r and t is a backslash, so that
 * `"\d+"` is the pattern it looks like.
 */
export function readText(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, (both, char: string) => ESCAPES[char] ?? both);
}

export function formatText(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}
