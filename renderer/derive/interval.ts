const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long until a card comes again, short enough for a button: `<1m`, `10m`, `3h`, `5d`, `2.1mo`, `1.4y`. */
export function formatInterval(ms: number): string {
  if (ms < MINUTE_MS) return '<1m';
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)}m`;
  if (ms < DAY_MS) return `${Math.round(ms / HOUR_MS)}h`;
  const days = ms / DAY_MS;
  if (days < 30) return `${Math.round(days)}d`;
  if (days < 365) return `${trimmed(days / 30.44)}mo`;
  return `${trimmed(days / 365.25)}y`;
}

function trimmed(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value));
}

/** When a card is due: `new`, `now`, or how long it has still to wait. */
export function formatDue(dueMs: number | null, nowMs = Date.now()): string {
  if (dueMs === null) return 'new';
  return dueMs <= nowMs ? 'due' : formatInterval(dueMs - nowMs);
}
