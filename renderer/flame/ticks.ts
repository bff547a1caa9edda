import { formatDuration } from '../../shared/units.ts';

/** Steps that people count time in, in ms; below a second 1, 2 and 5 times powers of ten. */
const LONG_STEPS = [
  1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** The smallest step in which at most `most` ticks fit into `spanMs`. */
export function tickStep(spanMs: number, most: number): number {
  const least = spanMs / Math.max(1, most);
  if (!(least > 0) || !Number.isFinite(least)) return 1;
  if (least > 500)
    return LONG_STEPS.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((f) => f * power >= least * 0.999_999) ?? 10;
  return factor * power;
}

export type Tick = { readonly ms: number; readonly label: string };

/** Ticks of the view as times since `zeroMs`, labelled no finer than the step needs. */
export function ticks(fromMs: number, toMs: number, zeroMs: number, most: number): readonly Tick[] {
  const step = tickStep(toMs - fromMs, most);
  const found: Tick[] = [];
  const first = Math.ceil((fromMs - zeroMs) / step);
  for (let k = first; found.length <= most + 1; k += 1) {
    const ms = zeroMs + k * step;
    if (ms > toMs) break;
    found.push({ ms, label: tickLabel(k * step, step) });
  }
  return found;
}

/** Ticks with something before every label but the zero. */
export function prefixed(found: readonly Tick[], prefix: string): readonly Tick[] {
  if (prefix === '') return found;
  return found.map(({ ms, label }) => ({ ms, label: label === '0' ? label : prefix + label }));
}

/** A time since the start in the unit of its own size, with the decimals that its step needs. */
export function tickLabel(ms: number, stepMs: number): string {
  if (Math.abs(ms) < stepMs / 2) return '0';
  const abs = Math.abs(ms);
  if (abs >= 60_000) {
    const fraction = stepMs < 1000 ? decimals(stepMs / 1000) : 0;
    const minutes = Math.trunc(abs / 60_000 + 1e-9);
    const seconds = Math.max(0, (abs - minutes * 60_000) / 1000);
    const text = seconds.toFixed(fraction).padStart(fraction > 0 ? 3 + fraction : 2, '0');
    const sign = ms < 0 ? '-' : '';
    if (minutes >= 60)
      return `${sign}${Math.trunc(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${text}`;
    return `${sign}${minutes}:${text}`;
  }
  const [unitMs, unit] =
    abs >= 1000 ? [1000, 's'] : abs >= 1 ? [1, 'ms'] : abs >= 0.001 ? [0.001, 'µs'] : [1e-6, 'ns'];
  if (unit === 'ns') return formatDuration(ms);
  return `${(ms / unitMs).toFixed(decimals(stepMs / unitMs))} ${unit}`;
}

function decimals(step: number): number {
  return Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

/**
 * Ticks of a scale that is no time, at 1, 2 and 5 times powers of ten. `least` is the smallest step that means
 * something: 1 for what is counted.
 */
export function valueTicks(
  from: number,
  to: number,
  most: number,
  least: number,
  format: (value: number) => string,
): readonly Tick[] {
  const wanted = Math.max((to - from) / Math.max(1, most), least, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const factor = [1, 2, 5, 10].find((f) => f * power >= wanted * 0.999_999) ?? 10;
  const step = factor * power;
  if (!Number.isFinite(step) || step <= 0) return [];
  const found: Tick[] = [];
  for (let k = Math.ceil(from / step); k * step <= to && found.length <= most + 1; k += 1)
    found.push({ ms: k * step, label: k === 0 ? '0' : format(k * step) });
  return found;
}
