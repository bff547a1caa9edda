/** Which log records to show. */
import type { LogLevel, LogRecord } from '../../shared/span.ts';

/** Least first. */
const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export const LEVEL_TONES = { debug: 'neutral', info: 'info', warn: 'warn', error: 'bad' } as const;

/** Records of at least `level` whose message or attribute values hold `text`, whatever its case. */
export function filterLogs(logs: readonly LogRecord[], level: LogLevel, text: string): readonly LogRecord[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '' && level === 'debug') return logs;
  return logs.filter(
    (log) =>
      RANK[log.level] >= RANK[level] &&
      (wanted === '' ||
        log.message.toLowerCase().includes(wanted) ||
        Object.values(log.attributes).some((value) => String(value).toLowerCase().includes(wanted))),
  );
}
