/** The log records of a trace as a table of an HTML page. */
import type { LogRecord } from '../../shared/span.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { escape, textOf } from './htmlText.ts';

/** What the page makes of a name and its value. */
type Pair = (key: string, value: string) => string;

/**
 * In the order of time; where there is no room for all, those that say that something is wrong come first.
 *
 * @param room so many rows at most
 * @param firstMs the start of the trace, in epoch ms
 */
export function* logTable(
  records: readonly LogRecord[],
  room: number,
  firstMs: number,
  { clip, pair }: { readonly clip: (text: string) => string; readonly pair: Pair },
): Generator<string> {
  const shown = chosen(records, room);
  const left = records.length - shown.length;
  const rest = left === 0 ? '' : ` ${formatCount(left)} more are left out: errors and warnings come first.`;
  yield `<table><caption>Log records: ${formatCount(shown.length)}.${rest}</caption><thead><tr><th scope="col" class="n">Time</th><th scope="col" class="n">Level</th><th scope="col">Message</th></tr></thead><tbody>\n`;
  for (const { timeMs, level, message, eventName, spanId, attributes } of shown) {
    const since = timeMs - firstMs;
    const facts = [
      pair('span id', spanId ?? ''),
      pair('event', eventName ?? ''),
      ...Object.entries(attributes).map(([key, value]) => pair(key, textOf(value))),
    ].join('');
    const text = `<bdi>${escape(clip(message)) || '(no message)'}</bdi>`;
    yield `<tr${level === 'error' ? ' class="bad"' : ''}><td class="n">${since < 0 ? '−' : '+'}${formatDuration(Math.abs(since))}</td><td class="n">${level}</td><td>${facts === '' ? text : `<details><summary>${text}</summary><dl>${facts}</dl></details>`}</td></tr>\n`;
  }
  yield '</tbody></table>\n';
}

function chosen(records: readonly LogRecord[], room: number): readonly LogRecord[] {
  if (records.length <= room) return records;
  const isBad = ({ level }: LogRecord) => level === 'error' || level === 'warn';
  const bad = records.filter(isBad).slice(0, room);
  const kept = new Set(bad);
  // The newest of the others.
  for (let at = records.length - 1; at >= 0 && kept.size < room; at -= 1) kept.add(records[at]!);
  return records.filter((record) => kept.has(record));
}
