/** Long work besides runs, as the terminal shows it. */
import type { JobProgress } from '../../shared/job.ts';
import { formatCount, formatPercent } from '../../shared/units.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import type { Terminal } from './terminal.ts';
import type { Watch } from '../deckJobs/job.ts';
import { createLine } from './progressLine.ts';

/** Shows how far the work is, and stops it at Ctrl+C. */
export async function watched<T>(terminal: Terminal, work: (watch: Watch) => Promise<T>): Promise<T> {
  const line = createLine<JobProgress>(terminal.stderr, jobText);
  let shown = false;
  try {
    return await work({
      signal: terminal.interrupted,
      onProgress(progress) {
        if (progress.done === 0 && progress.total === null) return;
        shown = true;
        line.update(progress);
      },
    });
  } finally {
    if (shown) line.end();
  }
}

/** `Export of Words: 1,200 of 4,000 (30 %)` */
export function jobText({ label, done, total, state, message }: JobProgress): string {
  const share =
    total === null || total === 0
      ? ''
      : ` of ${formatCount(total)} (${formatPercent(Math.floor((done / total) * 100) / 100)})`;
  const how = state === 'running' ? (message ?? '') : state;
  return `${printable(label)}: ${formatCount(done)}${share}${how === '' ? '' : `  ${printable(how)}`}`;
}
