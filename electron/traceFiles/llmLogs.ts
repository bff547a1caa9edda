/** Log records as lines for a language model: what says the same is one line, errors first. */
import type { LogLevel, LogRecord } from '../../shared/span.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';

export type LogLine = { readonly text: string; readonly records: number };

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
const MAX_MESSAGE = 300;

/**
 * @param clean takes secrets out of a text and cuts it
 * @param firstMs the start of the trace, in epoch ms
 */
export function logLines(
  records: readonly LogRecord[],
  firstMs: number,
  clean: (text: string, most: number) => string,
): readonly LogLine[] {
  const groups = new Map<string, { readonly first: LogRecord; readonly said: string; count: number }>();
  for (const record of records) {
    const { level, message, eventName } = record;
    // Data is content, whatever it holds; a sentence is told.
    const isData = /^\s*[[{]/.test(message);
    const said = isData ? (eventName ?? '(data, left out)') : message;
    const key = `${level} ${said.replace(/\d+/g, '#')}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: record, said, count: 1 });
    else known.count += 1;
  }
  return [...groups.values()]
    .sort((a, b) => RANK[a.first.level] - RANK[b.first.level] || a.first.timeMs - b.first.timeMs)
    .map(({ first: { level, timeMs, spanId }, said, count }) => ({
      records: count,
      text: `- ${count === 1 ? '' : `${formatCount(count)} × `}${level} at ${offset(timeMs - firstMs)}${spanId === null ? '' : `, span ${spanId}`}: ${clean(said, MAX_MESSAGE) || '(no message)'}`,
    }));
}

function offset(ms: number): string {
  return ms < 0 ? `-${formatDuration(-ms)}` : `+${formatDuration(ms)}`;
}
