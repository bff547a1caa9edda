/** Answers about traces as text: tables, times, counts, what was left out, and the place of a fault. */
import { hasNeverEnded } from '../../shared/neverEnded.ts';
import type { TraceSummary } from '../../shared/span.ts';
import type { LeftOut } from '../../shared/traceQuery.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { fitText, printable, textWidth } from '../telemetry/console/textWidth.ts';
import type { Terminal } from './terminal.ts';

const MAX_CELL = 60;

/** `1 span`, `1,234 spans`. */
export function counted(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** A fault in a question is shown below its place. */
export async function showingPlace<T>(
  query: string | null,
  { stderr }: Terminal,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (query !== null && error instanceof TracedeckError && error.code === 'query_invalid') {
      const place = /\(at character (\d+)\)/.exec(error.message)?.[1];
      if (place !== undefined && !query.includes('\n')) {
        const before = printable([...query].slice(0, Number(place) - 1).join(''));
        stderr.write(`${printable(query)}\n${' '.repeat(textWidth(before))}^\n`);
      }
    }
    throw error;
  }
}

export function leftOutText({ more, unscanned, prunedBeforeMs }: LeftOut, { json, stderr }: Terminal): void {
  if (json) return;
  if (more) stderr.write('There is more than --limit.\n');
  // A full list ends the search as well: then there is nothing to be done about the rest.
  else if (unscanned > 0)
    stderr.write(`${counted(unscanned, 'span')} not looked at: ask for a shorter time.\n`);
  if (prunedBeforeMs !== null) stderr.write(`Traces before ${isoText(prunedBeforeMs)} have been pruned.\n`);
}

export function durationText(durationMs: number | null): string {
  return durationMs === null ? 'open' : formatDuration(durationMs);
}

/** Of a trace: one whose program was killed has no end and gets none. */
export function traceDurationText(trace: Pick<TraceSummary, 'durationMs' | 'silentSinceMs'>): string {
  return hasNeverEnded(trace) ? 'never ended' : durationText(trace.durationMs);
}

export function isoText(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString().slice(0, 23).replace('T', ' ');
}

/** Also with a unit and a share, as `1,234`, `3.5 ms`, `3 m 05 s` and `2 (1.5 %)`. */
const NUMBER = /^(?:open|[–-]|-?[\d.,]+(?:e[+-]?\d+)?(?: [a-zµ]+(?: \d+ [a-z])?)?(?: \([\d.]+ %\))?)?$/;

/** Columns as wide as what is in them, up to a bound; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'Nothing found.';
  const cells = [head, ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = head.map((_, column) =>
    Math.min(
      MAX_CELL,
      cells.reduce((widest, row) => Math.max(widest, textWidth(row[column] ?? '')), 0),
    ),
  );
  const areNumbers = head.map((_, column) => rows.every((row) => NUMBER.test(row[column] ?? '')));
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column]!;
          const fitted = textWidth(cell) > width ? fitText(cell, width) : cell;
          const padding = ' '.repeat(Math.max(0, width - textWidth(fitted)));
          return areNumbers[column] ? padding + fitted : fitted + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
