/**
 * A process that stores traces until it is killed: `node writeForever.ts <file> <seed> [compact]`. Prints what was
 * acknowledged: trace and how many spans of it so far. With `compact` in small batches, putting blocks together all the time.
 */
import { openSpanStore } from '../../../electron/traces/spanStore.ts';
import { openTraceStore } from '../../../electron/traces/traceStore.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import { pipelineSpans } from '../telemetry/pipelineSpans.ts';

const [path, from, mode] = process.argv.slice(2) as [string, string, string | undefined];
if (mode === 'compact') compactForever();
else await writeForever();

async function writeForever(): Promise<void> {
  const store = openTraceStore({
    path,
    workerFile: new URL('../../../electron/traces/traceWorker.ts', import.meta.url),
  });
  for (let seed = 1; ; seed += 1) {
    const spans = pipelineSpans(500, Number(from) + seed);
    await store.writeSpans(encodeSpans(spans));
    process.stdout.write(`${spans.at(-1)!.traceId} ${spans.length}\n`);
  }
}

function compactForever(): void {
  const store = openSpanStore(path, { limits: { maxBytes: 1e9, maxAgeMs: 1e12 } });
  for (let seed = 1; ; seed += 1) {
    const spans = pipelineSpans(1200, Number(from) + seed);
    for (let at = 0; at < spans.length; at += 60) {
      store.writeSpans(encodeSpans(spans.slice(at, at + 60)));
      process.stdout.write(`${spans[0]!.traceId} ${Math.min(spans.length, at + 60)}\n`);
      store.maintain(3);
    }
  }
}
