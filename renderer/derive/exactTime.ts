/** Times of a span with every digit that is known of them, and none besides. */
import { formatMoment } from './clock.ts';

/** Until then (the year 2109) a float of epoch milliseconds is good for whole microseconds. */
const LAST_EXACT_MS = 2 ** 42;

export type SpanTimes = {
  readonly startMs: number;
  readonly endMs: number | null;
  readonly startRestNs?: number;
  readonly endRestNs?: number;
};

/** Digits below the second: 9 where a time was told in nanoseconds, 3 where all are whole milliseconds, else 6. */
export type Digits = 3 | 6 | 9;

export function knownDigits({ startMs, endMs, startRestNs = 0, endRestNs = 0 }: SpanTimes): Digits {
  if (Math.max(startMs, endMs ?? 0) >= LAST_EXACT_MS) return 3;
  if (startRestNs !== 0 || endRestNs !== 0) return 9;
  return Number.isInteger(startMs) && Number.isInteger(endMs ?? 0) ? 3 : 6;
}

/** Epoch nanoseconds. @param restNs as in shared/nanoseconds.ts */
export function epochNs(ms: number, restNs = 0): bigint {
  return BigInt(Math.round(ms * 1000)) * 1000n + BigInt(restNs);
}

/** `3 Nov 2026 14:03:07.042123456`, in the machine's own zone. */
export function exactMoment(ns: bigint, digits: Digits): string {
  const { secondMs, fraction } = partsOf(ns, digits);
  const text = formatMoment(secondMs, false);
  return isDate(secondMs) ? `${text}.${fraction}` : text;
}

/** `2026-11-03T13:03:07.042123456Z`; empty for what no date can say. */
export function exactIso(ns: bigint, digits: Digits): string {
  const { secondMs, fraction } = partsOf(ns, digits);
  return isDate(secondMs) ? new Date(secondMs).toISOString().replace('.000Z', `.${fraction}Z`) : '';
}

/** `980 ns`, `12.345678 ms`, `61.500 s`: in the largest unit that it has one of. */
export function exactDuration(ns: bigint, digits: Digits): string {
  const size = ns < 0n ? -ns : ns;
  const [unit, power] =
    size >= 1_000_000_000n
      ? (['s', 9] as const)
      : size >= 1_000_000n || digits === 3
        ? (['ms', 6] as const)
        : size >= 1000n || digits === 6
          ? (['µs', 3] as const)
          : (['ns', 0] as const);
  const text = size.toString().padStart(power + 1, '0');
  const whole = text.slice(0, text.length - power);
  const fraction = text.slice(text.length - power).slice(0, digits - 9 + power);
  return `${ns < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`} ${unit}`;
}

const isDate = (timeMs: number) => !Number.isNaN(new Date(timeMs).getTime());

function partsOf(ns: bigint, digits: Digits): { readonly secondMs: number; readonly fraction: string } {
  const beyond = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {
    secondMs: Number((ns - beyond) / 1_000_000n),
    fraction: beyond.toString().padStart(9, '0').slice(0, digits),
  };
}
