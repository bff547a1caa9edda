/** The progress of a run or a job on stderr: one line that redraws itself on a terminal, a line every few seconds elsewhere. */
import type { RunProgress } from '../../shared/run.ts';
import { formatCount, formatDuration, formatPercent } from '../../shared/units.ts';

const BAR_CELLS = 24;
const REDRAW_MS = 80;
const LOG_EVERY_MS = 5000;

type Stream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

/** A line of what `textOf` makes of the latest state. */
export function createLine<State>(
  stream: Stream,
  textOf: (state: State) => string,
  clock: () => number = () => performance.now(),
) {
  const everyMs = stream.isTTY ? REDRAW_MS : LOG_EVERY_MS;
  let lastMs = Number.NEGATIVE_INFINITY;
  let latest: State | null = null;

  function draw(state: State): void {
    lastMs = clock();
    latest = null;
    const line = textOf(state);
    const width = (stream.columns ?? 100) - 1;
    stream.write(stream.isTTY ? `\r\u001b[2K${line.slice(0, width)}` : `${line}\n`);
  }

  return {
    update(state: State): void {
      latest = state;
      if (clock() - lastMs >= everyMs) draw(state);
    },
    /** Draws the last state and leaves the line. */
    end(): void {
      if (latest !== null) draw(latest);
      if (stream.isTTY) stream.write('\n');
    },
  };
}

export function createProgressLine(stream: Stream, clock?: () => number) {
  return createLine(stream, progressText, clock);
}

/** `━━━━━━━───── 58 %  5,800 of 10,000  23,200 cards  0 failed  hit rate 0 %  12,000 cards/min  about 3.1 s left` */
export function progressText(progress: RunProgress): string {
  const settled = progress.done + progress.duplicates + progress.skipped + progress.failed;
  const share = progress.terms === 0 ? 1 : settled / progress.terms;
  const filled = Math.round(share * BAR_CELLS);
  const lookups = progress.stages.reduce((sum, { memory }) => sum + memory.hits + memory.misses, 0);
  const hits = progress.stages.reduce((sum, { memory, disk }) => sum + memory.hits + disk.hits, 0);
  const parts = [
    `${'━'.repeat(filled)}${'─'.repeat(BAR_CELLS - filled)} ${formatPercent(Math.floor(share * 100) / 100)}`,
    `${formatCount(settled)} of ${formatCount(progress.terms)}`,
    `${formatCount(progress.cards)} cards`,
    progress.failed > 0 ? `${formatCount(progress.failed)} failed` : '',
    lookups > 0 ? `cache ${formatPercent(hits / lookups)}` : '',
    progress.state === 'running' ? `${formatCount(progress.cardsPerMinute)} cards/min` : progress.state,
    progress.state === 'running' && progress.etaMs ? `${formatDuration(progress.etaMs)} left` : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}
