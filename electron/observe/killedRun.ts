/**
 * The span of a run whose process was killed. Spans are stored when they end, so its trace is there without it, and its
 * items without their parent. What it was is known to the deck, and its id follows from the trace's.
 */
import { ATTR, SPAN } from '../../shared/span.ts';
import { traceSearchSchema } from '../../shared/traceQuery.ts';
import type { StoredRun } from '../pipeline/ports.ts';
import type { Telemetry } from '../telemetry/api.ts';
import type { TraceStore } from '../traces/traceStore.ts';
import { baseName } from './pipelinePorts.ts';

/** The last event of such a span. Its end is the last that was heard of the trace. */
const KILLED_EVENT = 'killed';

/** Does nothing for a trace of which nothing was recorded, or which has the run's span. */
export async function recordKilledRun(
  telemetry: Pick<Telemetry, 'spans'>,
  traces: Pick<TraceStore, 'ask'>,
  run: StoredRun,
): Promise<void> {
  const { runId, traceId, settings, sourceName, terms, cards, failed } = run;
  const asked = traceSearchSchema.parse({ query: `trace.id = "${traceId}"`, limit: 1 });
  const [trace] = (await traces.ask('searchTraces', asked)).items;
  if (trace === undefined || trace.runId !== null) return;
  // A run that was taken up again began its first trace; this one begins with the first span that is left of it.
  const startMs = Math.max(trace.startMs, run.startedMs);
  const lastMs = trace.durationMs === null ? trace.silentSinceMs : trace.startMs + trace.durationMs;
  const endMs = Math.max(startMs, lastMs ?? startMs);
  telemetry.spans.adopt([
    {
      traceId,
      spanId: traceId.slice(16),
      parentSpanId: null,
      name: SPAN.run,
      kind: 'internal',
      startMs,
      endMs,
      status: 'unset',
      statusMessage: null,
      attributes: {
        [ATTR.runId]: runId,
        [ATTR.runSource]: baseName(sourceName),
        [ATTR.deckName]: settings.deck,
        [ATTR.generator]: settings.generator,
        [ATTR.termCount]: terms,
        [ATTR.runState]: 'interrupted',
        [ATTR.cardCount]: cards,
        [ATTR.failedCount]: failed,
      },
      events: [{ name: KILLED_EVENT, timeMs: endMs, attributes: {} }],
      links: [],
    },
  ]);
}
