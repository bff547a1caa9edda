/**
 * Numbers as people read them. Names carry their unit everywhere in the code base; these are the only
 * places where a unit is turned into text.
 */

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** `1536` → `1.5 kB`. Decimal units, as operating systems and browsers show them. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[unit] ?? 'B'}`;
}

/** A duration in the unit that keeps three digits readable: `340 µs`, `12.3 ms`, `4.56 s`, `3 m 05 s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms === 0) return '0 s';
  const abs = Math.abs(ms);
  if (abs < 0.001) return `${(ms * 1e6).toFixed(0)} ns`;
  if (abs < 1) return `${(ms * 1000).toFixed(abs < 0.01 ? 1 : 0)} µs`;
  if (abs < 1000) return `${ms.toFixed(abs < 10 ? 2 : abs < 100 ? 1 : 0)} ms`;
  if (abs < 60_000) return `${(ms / 1000).toFixed(abs < 10_000 ? 2 : 1)} s`;
  const totalSeconds = Math.round(abs / 1000);
  const hours = Math.floor(totalSeconds / 3600);
  const minutes = Math.floor((totalSeconds % 3600) / 60);
  const seconds = totalSeconds % 60;
  const sign = ms < 0 ? '-' : '';
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${sign}${hours} h ${two(minutes)} m` : `${sign}${minutes} m ${two(seconds)} s`;
}

/** `1234567` → `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A share of 0..1 as `93.4 %`; `–` where nothing was counted (NaN). Whole hundreds carry no decimals. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`;
}

/** A number with its noun: `1 span`, `2 spans`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
