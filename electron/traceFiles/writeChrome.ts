/**
 * Chrome trace events, as Perfetto and chrome://tracing open them: a slice a span, on threads made of lanes. What
 * the format has no place for stands under `(span)` among the arguments, and comes back from there.
 */
import type { SpanRecord } from '../../shared/span.ts';
import { CATEGORY, SPAN_ARGUMENT } from './chromeSlices.ts';
import { layLanes } from './lanes.ts';
import { serviceOf, type PackedTrace } from './packedTrace.ts';
import type { TraceWriter } from './traceWriter.ts';

export function createChromeWriter(): TraceWriter {
  let isFirst = true;
  let threads = 0;
  let flows = 0;
  let pieces = 0;
  /** Process ids by resource. */
  const processes = new Map<string, number>();

  const event = (value: object): string => {
    const text = `${isFirst ? '' : ','}\n${JSON.stringify(value)}`;
    isFirst = false;
    return text;
  };

  function* processEvents(trace: PackedTrace): Generator<string, number[]> {
    const pids: number[] = [];
    for (const origin of trace.origins().list) {
      const key = JSON.stringify(origin.resource);
      let pid = processes.get(key);
      if (pid === undefined) {
        processes.set(key, (pid = processes.size + 1));
        const version = origin.resource['service.version'];
        const name = serviceOf(origin) + (version === undefined ? '' : ` ${String(version)}`);
        yield event({
          ph: 'M',
          pid,
          tid: 0,
          name: 'process_name',
          args: { name, resource: origin.resource },
        });
      }
      pids.push(pid);
    }
    return pids;
  }

  return {
    *begin() {
      yield '{"displayTimeUnit":"ms","traceEvents":[';
    },
    *trace(trace) {
      const pids = yield* processEvents(trace);
      const { of } = trace.origins();
      const processOf = of.map((place) => pids[place]!);
      const { lane, groupOf } = layLanes(trace.columns, processOf);
      const firstThread = threads + 1;
      const ofProcess = new Map<number, number>();
      for (const [index, pid] of groupOf.entries()) {
        const serial = (ofProcess.get(pid) ?? 0) + 1;
        ofProcess.set(pid, serial);
        const tid = firstThread + index;
        yield event({
          ph: 'M',
          pid,
          tid,
          name: 'thread_name',
          args: { name: `${trace.traceId.slice(0, 8)} ${serial}` },
        });
        yield event({ ph: 'M', pid, tid, name: 'thread_sort_index', args: { sort_index: tid } });
      }
      threads += groupOf.length;
      /** Where the spans are that others link to. */
      const places = linkedPlaces(trace, lane, processOf, firstThread);
      let row = 0;
      for (const span of trace.records()) {
        const pid = processOf[row]!;
        const tid = firstThread + lane[row]!;
        yield event(sliceOf(span, pid, tid));
        if (span.endMs !== null && span.endMs < span.startMs) pieces += 1;
        for (const { name, timeMs, attributes } of span.events) {
          yield event({
            ph: 'i',
            s: 't',
            pid,
            tid,
            ts: timeMs * 1000,
            name,
            args: { ...attributes, [SPAN_ARGUMENT]: { event_of: span.spanId } },
          });
        }
        for (const link of span.links) {
          const from = link.traceId === trace.traceId ? places.get(link.spanId) : undefined;
          if (from === undefined) continue;
          flows += 1;
          const flow = { id: flows, cat: 'link', name: 'link' };
          yield event({ ph: 's', ...flow, pid: from.pid, tid: from.tid, ts: from.ts });
          yield event({ ph: 'f', bp: 'e', ...flow, pid, tid, ts: span.startMs * 1000 });
        }
        row += 1;
      }
    },
    *end() {
      yield '\n]}\n';
    },
    notes: () => [
      'Spans that ran side by side stand on threads of their own, which are none of the program.',
      ...(pieces === 0 ? [] : [`${pieces} spans end before they start: they are drawn without length.`]),
    ],
  };
}

type Place = { readonly pid: number; readonly tid: number; readonly ts: number };

function linkedPlaces(
  trace: PackedTrace,
  lane: Uint32Array,
  processOf: Uint32Array,
  firstThread: number,
): ReadonlyMap<string, Place> {
  const wanted = new Set<string>();
  for (const { links, traceId } of trace.records())
    for (const link of links) if (link.traceId === traceId) wanted.add(link.spanId);
  const places = new Map<string, Place>();
  if (wanted.size === 0) return places;
  let row = 0;
  for (const { spanId, startMs } of trace.records()) {
    if (wanted.has(spanId))
      places.set(spanId, { pid: processOf[row]!, tid: firstThread + lane[row]!, ts: startMs * 1000 });
    row += 1;
  }
  return places;
}

function sliceOf(span: SpanRecord, pid: number, tid: number): object {
  const { startMs, endMs, origin, dropped } = span;
  const ts = startMs * 1000;
  const { name, version } = origin!.scope;
  const category = span.attributes[CATEGORY];
  return {
    ph: endMs === null ? 'B' : 'X',
    pid,
    tid,
    ts,
    ...(endMs === null ? {} : { dur: Math.max(0, endMs * 1000 - ts) }),
    name: span.name,
    cat: typeof category === 'string' && category !== '' ? category : span.kind,
    args: {
      ...span.attributes,
      [SPAN_ARGUMENT]: {
        trace_id: span.traceId,
        span_id: span.spanId,
        ...(span.parentSpanId === null ? {} : { parent_span_id: span.parentSpanId }),
        kind: span.kind,
        // To the bit: in microseconds a double has no room for the last ones.
        start_ms: startMs,
        ...(endMs === null ? {} : { end_ms: endMs }),
        ...(span.startRestNs === undefined ? {} : { start_rest_ns: span.startRestNs }),
        ...(span.endRestNs === undefined ? {} : { end_rest_ns: span.endRestNs }),
        ...(span.status === 'unset' ? {} : { status: span.status }),
        ...(span.statusMessage === null ? {} : { status_message: span.statusMessage }),
        ...(name === '' && version === null
          ? {}
          : { scope: { name, ...(version === null ? {} : { version }) } }),
        ...(span.traceState === undefined ? {} : { trace_state: span.traceState }),
        ...(dropped === undefined ? {} : { dropped }),
        ...(span.events.length === 0
          ? {}
          : {
              events: span.events.map(({ name, timeMs, timeRestNs, attributes }) => ({
                name,
                time_ms: timeMs,
                ...(timeRestNs === undefined ? {} : { time_rest_ns: timeRestNs }),
                attributes,
              })),
            }),
        ...(span.links.length === 0
          ? {}
          : {
              links: span.links.map(({ traceId, spanId, attributes }) => ({
                trace_id: traceId,
                span_id: spanId,
                attributes,
              })),
            }),
      },
    },
  };
}
