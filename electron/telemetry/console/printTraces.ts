/** What was recorded, read back at once: for examples, tests and tools, not for a program at work. */
import { decodeBlock } from '../../../shared/leafCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { Telemetry } from '../api.ts';
import { textWaterfall } from './textWaterfall.ts';

/** All that is in memory, open spans and rows included, the earliest first. */
export function recordedSpans({ spans }: Pick<Telemetry, 'spans'>): SpanRecord[] {
  const { bytes, leaves } = spans.since({ spans: 0, leaves: 0 });
  const all = decodeBlock(bytes);
  if (leaves.byteLength > 0) all.push(...decodeBlock(leaves));
  return all.sort((a, b) => a.startMs - b.startMs);
}

/** Every trace in memory as a waterfall of text, as wide as the terminal. */
export function printTraces(
  telemetry: Pick<Telemetry, 'spans'>,
  print: (text: string) => void = console.log,
): void {
  const traces = new Map<string, SpanRecord[]>();
  for (const span of recordedSpans(telemetry)) {
    const spans = traces.get(span.traceId);
    if (spans === undefined) traces.set(span.traceId, [span]);
    else spans.push(span);
  }
  const width = Math.min(process.stdout.columns ?? 100, 140);
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  for (const spans of traces.values()) print(textWaterfall(spans, { width, maxRows: 200, colour }));
}
