/** Names of instruments, and which of them tell of a span. */
import type { SpanRecord } from '../../shared/span.ts';
import { METRIC, SPAN } from '../../shared/span.ts';
import type { FoundExemplar, MetricInstrument } from '../../shared/traceQuery.ts';

type Named = Pick<MetricInstrument, 'name' | 'service'>;

const SEPARATOR = ' @ ';
/** Names an instrument in a route: the service only where another one has the name as well. */
export function metricKey(instrument: Named, all: readonly Named[]): string {
  const isShared = all.some(
    ({ name, service }) => name === instrument.name && service !== instrument.service,
  );
  return isShared ? `${instrument.name}${SEPARATOR}${instrument.service}` : instrument.name;
}
export function findInstrument(
  key: string | undefined,
  all: readonly MetricInstrument[],
): MetricInstrument | undefined {
  if (key === undefined) return undefined;
  return all.find((each) => metricKey(each, all) === key) ?? all.find(({ name }) => key.startsWith(name));
}

/** Of the span, else of the trace; rather a distribution than a count, rather of times than of amounts. */
export function bestExemplar(found: readonly FoundExemplar[], spanId: string): FoundExemplar | null {
  const rank = (exemplar: FoundExemplar) =>
    (exemplar.spanId === spanId ? 4 : 0) +
    (exemplar.kind === 'histogram' ? 2 : 0) +
    (exemplar.unit === 's' || exemplar.unit === 'ms' ? 1 : 0);
  return found.reduce<FoundExemplar | null>(
    (best, exemplar) => (best === null || rank(exemplar) > rank(best) ? exemplar : best),
    null,
  );
}

/** By the conventions: what spans with such an attribute are measured by. */
const MEASURED: readonly {
  readonly has: readonly string[];
  readonly by: (kind: SpanRecord['kind']) => readonly string[];
}[] = [
  { has: ['gen_ai.operation.name', 'gen_ai.request.model'], by: () => [METRIC.genAiDuration] },
  { has: ['db.system.name', 'db.system'], by: () => [METRIC.dbDuration] },
  { has: ['messaging.system'], by: () => ['messaging.client.operation.duration'] },
  {
    has: ['http.request.method', 'http.method'],
    by: (kind) =>
      kind === 'server'
        ? ['http.server.request.duration', 'http.server.duration']
        : [METRIC.httpDuration, 'http.client.duration'],
  },
  {
    has: ['rpc.system', 'rpc.system.name'],
    by: (kind) => (kind === 'server' ? ['rpc.server.duration'] : ['rpc.client.duration']),
  },
  { has: ['tracedeck.cache.outcome'], by: () => [METRIC.cacheLookups] },
];

/** The instrument that measures such operations, rather of the span's own service; `null` where none is known. */
export function instrumentFor(
  { name, kind, attributes }: Pick<SpanRecord, 'name' | 'kind' | 'attributes'>,
  service: string,
  all: readonly MetricInstrument[],
): MetricInstrument | null {
  const names = MEASURED.filter(({ has }) => has.some((key) => Object.hasOwn(attributes, key))).flatMap(
    ({ by }) => by(kind),
  );
  if (name === SPAN.item) names.push(METRIC.itemDuration);
  for (const wanted of names) {
    const found = all.filter((instrument) => instrument.name === wanted);
    if (found.length > 0) return found.find((each) => each.service === service) ?? found[0]!;
  }
  return null;
}
