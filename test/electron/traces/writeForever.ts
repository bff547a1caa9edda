/** A process that stores traces until it is killed: `node writeForever.ts <file>`. Prints what was acknowledged. */
import { openTraceStore } from '../../../electron/traces/traceStore.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import { pipelineSpans } from '../telemetry/pipelineSpans.ts';

const store = openTraceStore({
  path: process.argv[2]!,
  workerFile: new URL('../../../electron/traces/traceWorker.ts', import.meta.url),
});
for (let seed = 1; ; seed += 1) {
  const spans = pipelineSpans(500, Number(process.argv[3]) + seed);
  await store.writeSpans(encodeSpans(spans));
  process.stdout.write(`${spans.at(-1)!.traceId} ${spans.length}\n`);
}
