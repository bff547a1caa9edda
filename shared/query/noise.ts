/** What a rule about noise means. Brings the grammar along: import it late where the first screen counts. */
import type { AttributeValue, SpanRecord, TraceSummary } from '../span.ts';
import { lengthMs } from '../nanoseconds.ts';
import type { Condition, Field, Query, QueryError } from './ast.ts';
import { fieldsOf, fieldTest } from './fieldTest.ts';
import type { Facts } from './fieldTest.ts';
import { parseQuery } from './parseQuery.ts';

export type RuleReading =
  { readonly ok: true; readonly ast: Query } | { readonly ok: false; readonly error: QueryError };

/** Of the whole trace: the same for each of its spans. */
const TRACE_FIELDS: ReadonlySet<string> = new Set([
  'run',
  'trace.id',
  'trace.name',
  'trace.duration',
  'trace.spans',
  'trace.errors',
]);
const isOfTrace = (field: Field | null): boolean =>
  field !== null && field.type === 'intrinsic' && TRACE_FIELDS.has(field.name);

/** The condition of a query that is nothing else; `null` for one with sets, structure or figures, or without any. */
function conditionOf({ set, pipes }: Query): Condition | null {
  return pipes.length === 0 && set !== null && set.type === 'spans' ? set.where : null;
}

export function readRule(query: string, hides: 'traces' | 'spans'): RuleReading {
  const parsed = parseQuery(query);
  const refused = (message: string): RuleReading => ({
    ok: false,
    error: { message, from: 0, to: query.length },
  });
  if (!parsed.ok) {
    const [error] = parsed.errors;
    return error === undefined ? refused('it cannot be read') : { ok: false, error };
  }
  const { ast } = parsed;
  const condition = conditionOf(ast);
  const isAll =
    ast.pipes.length === 0 && (ast.set === null || (ast.set.type === 'spans' && condition === null));
  if (isAll) return refused('this is everything: say what is noise');
  if (hides === 'traces') return { ok: true, ast };
  if (condition === null)
    return refused('spans are hidden by a condition alone: no sets, structure or figures');
  const wide = fieldsOf(condition).find(isOfTrace);
  if (wide != null && wide.type === 'intrinsic')
    return refused(`${wide.name} is the same for all spans of a trace: a rule that hides traces can ask it`);
  return { ok: true, ast };
}

/** Whether a trace is noise as far as its summary tells; `null` where that takes its spans. */
export function traceNoise(ast: Query, nowMs: number): ((trace: TraceSummary) => boolean) | null {
  const condition = conditionOf(ast);
  if (condition === null || !fieldsOf(condition).every(isOfTrace)) return null;
  return fieldTest(condition, TRACE_FACTS, nowMs);
}

const there = (value: AttributeValue | null | undefined): readonly AttributeValue[] =>
  value == null ? [] : [value];

const TRACE_FACTS: Facts<TraceSummary> = {
  textsOf: () => [],
  valuesOf(trace, field) {
    if (field.type !== 'intrinsic') return [];
    switch (field.name) {
      case 'run':
        return there(trace.runId);
      case 'trace.id':
        return [trace.traceId];
      case 'trace.name':
        return [trace.name];
      case 'trace.duration':
        return there(trace.durationMs);
      case 'trace.spans':
        return [trace.spanCount];
      case 'trace.errors':
        return [trace.errorCount];
      default:
        return [];
    }
  },
};

/** A span in its place; what is seldom asked is worked out when it is. */
export type SpanInPlace = {
  readonly name: string;
  readonly service: string;
  readonly depth: number;
  readonly selfMs: () => number;
  readonly record: () => SpanRecord;
};

/** Whether a span is noise; `null` for a rule that cannot say. */
export function spanNoise(ast: Query, nowMs: number): ((span: SpanInPlace) => boolean) | null {
  const condition = conditionOf(ast);
  return condition === null ? null : fieldTest(condition, SPAN_FACTS, nowMs);
}

const SPAN_FACTS: Facts<SpanInPlace> = {
  textsOf({ name, record }) {
    const { statusMessage, attributes } = record();
    return [name, ...there(statusMessage), ...Object.values(attributes)];
  },
  valuesOf(span, field) {
    if (field.type === 'attribute') return attributeValues(span.record(), field.scope, field.key);
    switch (field.name) {
      case 'name':
        return [span.name];
      case 'service':
        return [span.service];
      case 'depth':
        return [span.depth];
      case 'self':
        return span.record().endMs === null ? [] : [span.selfMs()];
      default:
        return intrinsicValues(span.record(), field.name);
    }
  },
};

function intrinsicValues(record: SpanRecord, name: string): readonly AttributeValue[] {
  const { origin, startMs, endMs, status } = record;
  switch (name) {
    case 'version':
      return there(origin?.resource['service.version']);
    case 'scope.name':
      return there(origin?.scope.name);
    case 'scope.version':
      return there(origin?.scope.version);
    case 'kind':
      return [record.kind];
    case 'status':
      return [status];
    case 'status.message':
      return there(record.statusMessage);
    case 'error':
      return [status === 'error'];
    case 'open':
      return [endMs === null];
    case 'root':
      return [record.parentSpanId === null];
    case 'duration':
      return endMs === null ? [] : [lengthMs(startMs, endMs)];
    case 'start':
      return [startMs];
    case 'trace.id':
      return [record.traceId];
    case 'span.id':
      return [record.spanId];
    case 'parent.id':
      return there(record.parentSpanId);
    case 'event.name':
      return record.events.map((event) => event.name);
    case 'link.trace.id':
      return record.links.map((link) => link.traceId);
    case 'link.span.id':
      return record.links.map((link) => link.spanId);
    default:
      return [];
  }
}

function attributeValues(
  { attributes, origin, events, links }: SpanRecord,
  scope: Extract<Field, { type: 'attribute' }>['scope'],
  key: string,
): readonly AttributeValue[] {
  const of = (all: object | undefined) =>
    all !== undefined && Object.hasOwn(all, key) ? [(all as Record<string, AttributeValue>)[key]!] : [];
  switch (scope) {
    case 'span':
      return of(attributes);
    case 'resource':
      return of(origin?.resource);
    case 'any': {
      const own = of(attributes);
      return own.length > 0 ? own : of(origin?.resource);
    }
    case 'event':
      return events.flatMap((event) => of(event.attributes));
    case 'link':
      return links.flatMap((link) => of((link as { readonly attributes?: object }).attributes));
  }
}
