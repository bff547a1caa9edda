/** From the active scope to fields of a message, and from a message's fields to a parent. */
import { formatBaggage, parseBaggage } from '../../../shared/baggage.ts';
import type { Carrier, RemoteParent } from '../api.ts';
import type { Scope } from './scope.ts';
import { cleanTracestate, formatTraceparent, parseTraceparent } from './traceContext.ts';

export function inject(scope: Scope | null): Carrier {
  const carrier: Record<string, string> = {};
  if (scope === null) return carrier;
  const { span } = scope;
  if (span !== null) {
    carrier['traceparent'] = formatTraceparent(span);
    if (span.traceState !== '') carrier['tracestate'] = span.traceState;
  }
  const baggage = formatBaggage(scope.home.baggage);
  if (baggage !== '') carrier['baggage'] = baggage;
  return carrier;
}

export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

export function extract(fields: Fields): RemoteParent | null {
  const found: Readonly<Record<string, string[]>> = { traceparent: [], tracestate: [], baggage: [] };
  for (const [name, value] of Object.entries(fields)) {
    const key = name.toLowerCase();
    if (!Object.hasOwn(found, key)) continue;
    for (const text of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof text === 'string') found[key]!.push(text);
    }
  }
  // Two parents are as good as none: nobody can say which one is meant.
  const [header, second] = found['traceparent']!;
  const parent = header === undefined || second !== undefined ? null : parseTraceparent(header);
  if (parent === null) return null;
  const traceState = cleanTracestate(found['tracestate']!.join(','));
  return {
    ...parent,
    ...(traceState === '' ? {} : { traceState }),
    ...(found['baggage']!.length === 0
      ? {}
      : { baggage: Object.fromEntries(parseBaggage(found['baggage']!.join(','))) }),
  };
}
