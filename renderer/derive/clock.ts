/** Points in time as people read them, in the machine's own zone. */

const two = (value: number) => String(value).padStart(2, '0');

/** `14:03:07`, with `.042` where `withMs`. */
export function formatClock(timeMs: number, withMs = false): string {
  const date = new Date(timeMs);
  const base = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${base}.${String(date.getMilliseconds()).padStart(3, '0')}` : base;
}

/** `14:03` today, `3 Nov 14:03` this year, `3 Nov 2025` before. */
export function formatWhen(timeMs: number, nowMs = Date.now()): string {
  const date = new Date(timeMs);
  const now = new Date(nowMs);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return clock;
  const month = MONTHS[date.getMonth()] ?? '';
  if (date.getFullYear() === now.getFullYear()) return `${date.getDate()} ${month} ${clock}`;
  return `${date.getDate()} ${month} ${date.getFullYear()}`;
}

/** A point in time in full, for single ones: `3 Nov 2026 14:03:07.042`; with seconds where `withMs` is false. */
export function formatMoment(timeMs: number, withMs = true): string {
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) return 'no valid time';
  const month = MONTHS[date.getMonth()] ?? '';
  return `${date.getDate()} ${month} ${date.getFullYear()} ${formatClock(timeMs, withMs)}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A tick of a time axis: `0`, `250 ms`, `2.5 s`, `40 s`, `3:20`. */
export function formatAxisTime(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)}:${two(Math.round(seconds % 60))}`;
}
