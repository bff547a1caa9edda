/** From the active scope to fields of a message, and from a message's fields to a parent. */
import { formatBaggage, parseBaggage } from '../../../shared/baggage.ts';
import type { Carrier, Fields, RemoteParent } from '../api.ts';
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

const NAMES = ['traceparent', 'tracestate', 'baggage'] as const;

/** Values by name, in whatever case that is. */
function find(fields: Fields): Record<(typeof NAMES)[number], string[]> {
  const found: ReturnType<typeof find> = { traceparent: [], tracestate: [], baggage: [] };
  for (const [given, value] of Object.entries(fields)) {
    const name = NAMES.find((each) => each === given.toLowerCase());
    if (name === undefined) continue;
    for (const text of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof text === 'string') found[name].push(text);
    }
  }
  return found;
}

const toEntries = (headers: readonly string[]) => Object.fromEntries(parseBaggage(headers.join(',')));

export function extractBaggage(fields: Fields): Readonly<Record<string, string>> {
  return toEntries(find(fields).baggage);
}

export function extract(fields: Fields): RemoteParent | null {
  const { traceparent, tracestate, baggage } = find(fields);
  // Two parents are as good as none: nobody can say which one is meant.
  const [header, second] = traceparent;
  const parent = header === undefined || second !== undefined ? null : parseTraceparent(header);
  if (parent === null) return null;
  const traceState = cleanTracestate(tracestate.join(','));
  return {
    ...parent,
    ...(traceState === '' ? {} : { traceState }),
    ...(baggage.length === 0 ? {} : { baggage: toEntries(baggage) }),
  };
}
