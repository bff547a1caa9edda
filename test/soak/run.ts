/**
 * `npm run soak -- [--spans N] [--bursts N] [--json]`: a million spans with the window slow, the disk slow and
 * every endpoint dead; `npm run soak -- receive` (receive.ts): damaged requests to the receiver; `npm run soak -- window`
 * (window.ts): the window for a long time. Ends with 1 where something does not hold.
 */
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { formatBytes, formatDuration } from '../../shared/units.ts';
import { differenceOf, runSoak } from './scenario.ts';
import type { SoakResult, SoakSample } from './scenario.ts';

const MAX_LOOP_P99_MS = 50;
/**
 * Rings, queues and remembered decisions fill up at first: what the last quarter may add to the third. The heap is
 * this thread's after a collection; RSS is all threads', which collect when they like.
 */
const MAX_GROWTH_BYTES = { heapBytes: 8_000_000, rssBytes: 64_000_000 } as const;
const MAX_RSS_BYTES = 640_000_000;

if (process.argv[2] === 'receive') {
  const { soakReceiver } = await import('./receive.ts');
  process.exit((await soakReceiver(process.argv.slice(3))) ? 0 : 1);
}
if (process.argv[2] === 'window') {
  const { soakWindow } = await import('./window.ts');
  process.exit((await soakWindow(process.argv.slice(3))) ? 0 : 1);
}
const { values } = parseArgs({
  options: { spans: { type: 'string' }, bursts: { type: 'string' }, json: { type: 'boolean' } },
});
const spans = Number(values.spans ?? 1_000_000);
const bursts = Number(values.bursts ?? 40);
const [cpu] = cpus();
if (!values.json) {
  console.log(
    `${spans.toLocaleString('en')} spans in ${bursts} bursts on ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${formatBytes(totalmem())}, ${process.platform} ${release()}, Node ${process.versions.node}\n`,
  );
}
const result = await runSoak({
  spans,
  bursts,
  pauseMs: 100,
  windowMs: 1500,
  diskMs: 400,
  exportThread: new URL('../../electron/telemetry/export/exportWorker.ts', import.meta.url),
  onBurst: (sample) => {
    if (!values.json) console.log(memoryLine(sample));
  },
});
const broken = violations(result);
if (values.json) console.log(JSON.stringify({ ...result, broken }, null, 2));
else print(result, broken);
process.exitCode = broken.length === 0 ? 0 : 1;

function violations({ samples, loopMs, balances, faults, exporters, spoolLimitBytes }: SoakResult): string[] {
  const found = balances
    .filter((balance) => differenceOf(balance) !== 0)
    .map((balance) => `${balance.name}: ${differenceOf(balance)} spans unaccounted for`);
  if (!(loopMs.p99 < MAX_LOOP_P99_MS)) found.push(`event-loop delay p99 ${loopMs.p99.toFixed(1)} ms`);
  if (faults > 0) found.push(`${faults} faults inside telemetry`);
  const quarter = (number: number) =>
    samples.slice((samples.length * (number - 1)) / 4, (samples.length * number) / 4);
  for (const what of ['rssBytes', 'heapBytes'] as const) {
    const most = (part: readonly SoakSample[]) => Math.max(0, ...part.map((sample) => sample[what]));
    const growth = most(quarter(4)) - most(quarter(3));
    if (growth > MAX_GROWTH_BYTES[what])
      found.push(`${what} grew by ${formatBytes(growth)} in the last quarter`);
  }
  const mostRss = Math.max(...samples.map(({ rssBytes }) => rssBytes));
  if (mostRss > MAX_RSS_BYTES) found.push(`RSS of ${formatBytes(mostRss)}`);
  for (const { id, spoolBytes } of exporters) {
    if (spoolBytes > spoolLimitBytes) found.push(`exporter ${id} holds ${formatBytes(spoolBytes)} on disk`);
  }
  return found;
}

function memoryLine({ started, rssBytes, heapBytes, arrayBufferBytes }: SoakSample): string {
  const count = started.toLocaleString('en').padStart(10);
  return `${count} spans   RSS ${formatBytes(rssBytes)}, heap ${formatBytes(heapBytes)}, buffers ${formatBytes(arrayBufferBytes)}`;
}

function print(
  { balances, loopMs, durationMs, faults, exporters, isComplete }: SoakResult,
  broken: string[],
) {
  console.log('');
  for (const balance of balances) {
    const parts = Object.entries(balance.parts).map(
      ([name, count]) => `${name} ${count.toLocaleString('en')}`,
    );
    const isExact = differenceOf(balance) === 0;
    console.log(
      `${isExact ? '=' : '≠'} ${balance.name}: ${balance.total.toLocaleString('en')} ${isExact ? '=' : '≠'} ${parts.join(' + ')}`,
    );
  }
  console.log('');
  for (const { id, state, requests, retries, spoolBytes, lastError } of exporters) {
    console.log(
      `exporter ${id}: ${state}, ${requests} requests, ${retries} retries, ${formatBytes(spoolBytes)} on disk, ${lastError?.message ?? 'no error'}`,
    );
  }
  console.log(
    `\nevent-loop delay p50 ${loopMs.p50.toFixed(1)} ms, p99 ${loopMs.p99.toFixed(1)} ms, longest ${loopMs.max.toFixed(1)} ms; ${formatDuration(durationMs)}; ${faults} faults; shutdown ${isComplete ? 'complete' : 'cut short'}`,
  );
  console.log(broken.length === 0 ? '\nEverything holds.' : `\nDoes not hold:\n  ${broken.join('\n  ')}`);
}
