/** Jaeger's JSON of many traces, each span written as it comes; the processes of a trace stand behind its spans. */
import { JAEGER_TAIL, toJaegerProcess, toJaegerSpan } from '../../shared/traceFormats/jaegerJson.ts';
import type { Attributes } from '../../shared/span.ts';
import type { TraceWriter } from './traceWriter.ts';

export function createJaegerWriter(): TraceWriter {
  let traces = 0;
  let linked = 0;
  let lists = 0;

  return {
    *begin() {
      yield '{"data":[';
    },
    *trace(trace) {
      yield `${traces === 0 ? '' : ','}\n{"traceID":"${trace.traceId}","spans":[`;
      traces += 1;
      const processes = new Map<Attributes, string>();
      let isFirst = true;
      for (const span of trace.records()) {
        const { resource } = span.origin!;
        let process = processes.get(resource);
        if (process === undefined) processes.set(resource, (process = `p${processes.size + 1}`));
        if (span.links.some(({ attributes }) => Object.keys(attributes).length > 0)) linked += 1;
        if (Object.values(span.attributes).some(Array.isArray)) lists += 1;
        yield `${isFirst ? '' : ','}\n${JSON.stringify(toJaegerSpan(span, process))}`;
        isFirst = false;
      }
      const described = Object.fromEntries(
        [...processes].map(([resource, id]) => [id, toJaegerProcess(resource)]),
      );
      yield `\n],"processes":${JSON.stringify(described)},"warnings":null}`;
    },
    *end() {
      yield `\n${JAEGER_TAIL}`;
    },
    notes: () => [
      'Times are rounded to microseconds.',
      ...(linked === 0 ? [] : [`The attributes of the links of ${linked} spans are left out.`]),
      ...(lists === 0 ? [] : [`Lists among the attributes of ${lists} spans became texts.`]),
    ],
  };
}
