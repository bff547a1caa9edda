/** Which log records to show. */
import type { LogLevel, LogRecord } from '../../shared/span.ts';

/** Least first. */
const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export const LEVEL_TONES = { debug: 'neutral', info: 'info', warn: 'warn', error: 'bad' } as const;

/** Records of at least `level`. */
export function atLeast(logs: readonly LogRecord[], level: LogLevel): readonly LogRecord[] {
  return level === 'debug' ? logs : logs.filter((log) => RANK[log.level] >= RANK[level]);
}

/** Who wrote it: a record that does not say is the program's own. */
export function serviceOf({ origin }: LogRecord): string {
  return String(origin?.resource['service.name'] ?? 'tracedeck');
}

/**
 * Records that were read and records that were pushed as one list, oldest first. They have no number of their own:
 * the same record is one that says the same at the same time in the same span, and its copies are counted.
 */
export function mergeLogs(read: readonly LogRecord[], pushed: readonly LogRecord[]): readonly LogRecord[] {
  if (pushed.length === 0) return read;
  const counts = new Map<string, number>();
  for (const log of read) counts.set(identityOf(log), (counts.get(identityOf(log)) ?? 0) + 1);
  const onlyPushed = pushed.filter((log) => {
    const left = counts.get(identityOf(log)) ?? 0;
    counts.set(identityOf(log), left - 1);
    return left <= 0;
  });
  if (onlyPushed.length === 0) return read;
  return [...read, ...onlyPushed].sort((a, b) => a.timeMs - b.timeMs);
}

function identityOf(log: LogRecord): string {
  return `${log.timeMs} ${log.level} ${log.spanId ?? ''} ${log.message} ${JSON.stringify(log.attributes)}`;
}
