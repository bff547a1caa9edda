/** Spans as records into packed blocks (spanFormat.ts) and back. */
import { checkId, hexWord, wordHex } from './hexWords.ts';
import { openSpans } from './packedSpans.ts';
import { SPAN_KINDS, SPAN_STATUSES } from './span.ts';
import type { SpanRecord } from './span.ts';
import { SpanWriter } from './spanWriter.ts';

/** Packs spans. @throws SpanCodecError for ids that are not hex or times that are no numbers */
export function encodeSpans(spans: readonly SpanRecord[]): Uint8Array {
  const writer = new SpanWriter();
  const traces = new Map<string, number>();
  for (const span of spans) {
    let trace = traces.get(span.traceId);
    if (trace === undefined) traces.set(span.traceId, (trace = writer.trace(span.traceId)));
    const { spanId, parentSpanId: parent } = span;
    checkId(spanId, 16);
    if (parent !== null) checkId(parent, 16);
    writer.beginSpan(
      trace,
      hexWord(spanId, 0),
      hexWord(spanId, 8),
      parent === null ? 0 : hexWord(parent, 0),
      parent === null ? 0 : hexWord(parent, 8),
      writer.intern(span.name),
      span.startMs,
      span.endMs,
      SPAN_KINDS.indexOf(span.kind),
      SPAN_STATUSES.indexOf(span.status),
    );
    if (span.startRestNs !== undefined || span.endRestNs !== undefined) {
      writer.rests(span.startRestNs ?? 0, span.endRestNs ?? 0);
    }
    writer.attributes(span.attributes);
    writer.endSpan(span.statusMessage, span.events, span.links);
    if (span.origin !== undefined) writer.origin(span.origin);
    if (span.traceState !== undefined || span.dropped !== undefined) {
      writer.more(span.traceState ?? null, span.dropped ?? null);
    }
  }
  return writer.finish();
}

/** Unpacks what `encodeSpans` packed. @throws SpanCodecError for anything else */
export function decodeSpans(bytes: Uint8Array): SpanRecord[] {
  const packed = openSpans(bytes);
  const { count, startMs, endMs, spanId, parentId, trace, name, flags, strings, traceIds, origins } = packed;
  const { origin, more, rests } = packed;
  const spans: SpanRecord[] = [];
  for (let row = 0; row < count; row += 1) {
    const parentHigh = parentId[row * 2]!;
    const parentLow = parentId[row * 2 + 1]!;
    const { attributes, extras } = packed.nextRecord();
    const span: { -readonly [K in keyof SpanRecord]: SpanRecord[K] } = {
      traceId: traceIds[trace[row]!]!,
      spanId: wordHex(spanId[row * 2]!) + wordHex(spanId[row * 2 + 1]!),
      parentSpanId: (parentHigh | parentLow) === 0 ? null : wordHex(parentHigh) + wordHex(parentLow),
      name: strings[name[row]!]!,
      kind: SPAN_KINDS[flags[row]! & 7]!,
      startMs: startMs[row]!,
      endMs: Number.isNaN(endMs[row]!) ? null : endMs[row]!,
      status: SPAN_STATUSES[flags[row]! >> 3]!,
      statusMessage: extras.statusMessage,
      attributes,
      events: extras.events,
      links: extras.links,
    };
    if (rests !== null) {
      if (rests.startNs[row] !== 0) span.startRestNs = rests.startNs[row]!;
      if (rests.endNs[row] !== 0) span.endRestNs = rests.endNs[row]!;
    }
    if (origin !== null && origin[row] !== 0) span.origin = origins[origin[row]! - 1]!;
    const rest = more.size === 0 ? undefined : more.get(row);
    if (rest !== undefined) {
      if (rest.traceState !== null) span.traceState = rest.traceState;
      if (rest.dropped !== null) span.dropped = rest.dropped;
    }
    spans.push(span);
  }
  packed.end();
  return spans;
}
