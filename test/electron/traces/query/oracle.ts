/** The query language over plain spans, as simply as it can be said: what the evaluation over columns is held against. */
import type {
  Comparison,
  Condition,
  Field,
  FigureCondition,
  Query,
  SetExpression,
  Value,
} from '../../../../shared/query/ast.ts';
import type { AttributeValue, SpanRecord, TraceSummary } from '../../../../shared/span.ts';

export type World = {
  readonly spans: readonly SpanRecord[];
  readonly summary: (traceId: string) => TraceSummary;
  readonly nowMs: number;
};

/** Found spans, as `trace/span`. */
export function findAll(world: World, query: Query, fromMs: number | null, toMs: number | null): Set<string> {
  const found = new Set<string>();
  for (const trace of Map.groupBy(world.spans, ({ traceId }) => traceId).values()) {
    const result = query.set === null ? trace : ofSet(world, trace, query.set);
    if (result === null) continue;
    const spans = (result === 'trace' ? trace : result).filter(
      ({ startMs }) => (fromMs === null || startMs >= fromMs) && (toMs === null || startMs <= toMs),
    );
    if (spans.length === 0 || !query.pipes.every((pipe) => figuresHold(world, trace, spans, pipe))) continue;
    for (const { traceId, spanId } of spans) found.add(`${traceId}/${spanId}`);
  }
  return found;
}

type Trace = readonly SpanRecord[];

function ofSet(world: World, trace: Trace, set: SetExpression): Trace | 'trace' | null {
  const some = (spans: Trace) => (spans.length > 0 ? spans : null);
  switch (set.type) {
    case 'spans':
      return some(trace.filter((span) => set.where === null || holds(world, trace, span, set.where)));
    case 'structure': {
      const left = ofSet(world, trace, set.left);
      const right = ofSet(world, trace, set.right);
      if (left === null || right === null || left === 'trace' || right === 'trace') return null;
      const isRelated = (a: SpanRecord, b: SpanRecord): boolean => {
        switch (set.relation) {
          case 'child':
            return b.parentSpanId === a.spanId;
          case 'descendant':
            return ancestors(trace, b).includes(a);
          case 'parent':
            return a.parentSpanId === b.spanId;
          case 'ancestor':
            return ancestors(trace, a).includes(b);
          case 'sibling':
            return a !== b && a.parentSpanId !== null && a.parentSpanId === b.parentSpanId;
        }
      };
      return some(right.filter((b) => left.some((a) => isRelated(a, b))));
    }
    case 'all': {
      const results = set.sets.map((each) => ofSet(world, trace, each));
      return results.includes(null) ? null : together(trace, results);
    }
    case 'any': {
      const results = set.sets.map((each) => ofSet(world, trace, each)).filter((result) => result !== null);
      return results.length === 0 ? null : together(trace, results);
    }
    case 'without':
      return ofSet(world, trace, set.set) === null ? 'trace' : null;
  }
}

function together(trace: Trace, results: readonly (Trace | 'trace' | null)[]): Trace | 'trace' {
  const named = results.filter((result) => result !== null && result !== 'trace');
  return named.length === 0 ? 'trace' : trace.filter((span) => named.some((spans) => spans.includes(span)));
}

const parentOf = (trace: Trace, { parentSpanId }: SpanRecord) =>
  trace.find(({ spanId }) => spanId === parentSpanId);

function ancestors(trace: Trace, span: SpanRecord): SpanRecord[] {
  const above = parentOf(trace, span);
  return above === undefined ? [] : [above, ...ancestors(trace, above)];
}

function selfMs(world: World, trace: Trace, span: SpanRecord): number | null {
  if (span.endMs === null) return null;
  let self = 0;
  const inner = trace.filter((child) => child.parentSpanId === span.spanId);
  const us = (ms: number) => Math.round(ms * 1000);
  // One microsecond at a time: slow, and beyond doubt.
  for (let at = us(span.startMs); at < us(span.endMs); at++) {
    if (!inner.some((child) => us(child.startMs) <= at && at < us(child.endMs ?? world.nowMs))) self++;
  }
  return self / 1000;
}

/** All values of a field; numbers of time in milliseconds. */
function valuesOf(world: World, trace: Trace, span: SpanRecord, field: Field): readonly AttributeValue[] {
  const given = <T extends AttributeValue>(value: T | null | undefined): readonly T[] =>
    value == null ? [] : [value];
  const resource = span.origin?.resource ?? {};
  if (field.type === 'attribute') {
    const { scope, key } = field;
    switch (scope) {
      case 'span':
        return given(span.attributes[key]);
      case 'resource':
        return given(resource[key]);
      case 'any':
        return given(span.attributes[key] ?? resource[key]);
      case 'event':
        return span.events.flatMap(({ attributes }) => given(attributes[key]));
      case 'link':
        return span.links.flatMap(({ attributes }) => given(attributes[key]));
    }
  }
  const summary = world.summary(span.traceId);
  switch (field.name) {
    case 'name':
    case 'kind':
    case 'status':
      return [span[field.name]];
    case 'service':
      return given(resource['service.name']);
    case 'version':
      return given(resource['service.version']);
    case 'status.message':
      return given(span.statusMessage);
    case 'error':
      return [span.status === 'error'];
    case 'open':
      return [span.endMs === null];
    case 'root':
      return [span.parentSpanId === null];
    case 'duration':
      return given(span.endMs === null ? null : Math.round((span.endMs - span.startMs) * 1000) / 1000);
    case 'self':
      return given(selfMs(world, trace, span));
    case 'start':
      return [span.startMs];
    case 'depth':
      return [ancestors(trace, span).length];
    case 'run':
      return given(summary.runId);
    case 'scope.name':
      return given(span.origin?.scope.name);
    case 'scope.version':
      return given(span.origin?.scope.version);
    case 'trace.id':
      return [span.traceId];
    case 'span.id':
      return [span.spanId];
    case 'parent.id':
      return given(span.parentSpanId);
    case 'trace.name':
      return [summary.name];
    case 'trace.duration':
      return given(summary.durationMs === null ? null : Math.round(summary.durationMs * 1000) / 1000);
    case 'trace.spans':
      return [summary.spanCount];
    case 'trace.errors':
      return [summary.errorCount];
    case 'event.name':
      return span.events.map(({ name }) => name);
    case 'link.trace.id':
      return span.links.map(({ traceId }) => traceId);
    case 'link.span.id':
      return span.links.map(({ spanId }) => spanId);
    case 'message':
    case 'level':
    case 'time':
      throw new Error('of log lines');
  }
}

function holds(world: World, trace: Trace, span: SpanRecord, condition: Condition): boolean {
  switch (condition.type) {
    case 'and':
      return condition.items.every((item) => holds(world, trace, span, item));
    case 'or':
      return condition.items.some((item) => holds(world, trace, span, item));
    case 'not':
      return !holds(world, trace, span, condition.item);
    case 'compare': {
      const { field, op, value } = condition;
      const values = valuesOf(world, trace, span, field).flat();
      const present = valuesOf(world, trace, span, field).length > 0;
      if (op === '!=') return present && !values.some((each) => compares(world, field, each, '=', value));
      if (op === '!~') return present && !values.some((each) => compares(world, field, each, '=~', value));
      return values.some((each) => compares(world, field, each, op, value));
    }
    case 'in':
      return condition.values.some((value) =>
        holds(world, trace, span, { type: 'compare', field: condition.field, op: '=', value }),
      );
    case 'has':
      return valuesOf(world, trace, span, condition.field).length > 0;
    case 'text':
      return [span.name, span.statusMessage, ...Object.values(span.attributes).flat()].some(
        (text) => typeof text === 'string' && text.toLowerCase().includes(condition.text.toLowerCase()),
      );
  }
}

function compares(
  world: World,
  field: Field,
  one: string | number | boolean,
  op: Comparison,
  value: Value,
): boolean {
  const isStart = field.type === 'intrinsic' && field.name === 'start';
  const other =
    value.type === 'text'
      ? value.text
      : value.type === 'number'
        ? value.number
        : value.type === 'boolean'
          ? value.boolean
          : value.type === 'duration' && isStart
            ? world.nowMs + value.ms
            : value.ms;
  if (typeof one !== typeof other) return false;
  switch (op) {
    case '=':
      return one === other;
    case '>':
      return typeof one !== 'boolean' && one > other;
    case '>=':
      return typeof one !== 'boolean' && one >= other;
    case '<':
      return typeof one !== 'boolean' && one < other;
    case '<=':
      return typeof one !== 'boolean' && one <= other;
    case '=~':
      return typeof one === 'string' && new RegExp(String(other)).test(one);
    case 'contains':
      return typeof one === 'string' && one.toLowerCase().includes(String(other).toLowerCase());
    case '!=':
    case '!~':
      throw new Error('told by their opposites');
  }
}

function figuresHold(world: World, trace: Trace, spans: Trace, condition: FigureCondition): boolean {
  switch (condition.type) {
    case 'and':
      return condition.items.every((item) => figuresHold(world, trace, spans, item));
    case 'or':
      return condition.items.some((item) => figuresHold(world, trace, spans, item));
    case 'not':
      return !figuresHold(world, trace, spans, condition.item);
    case 'figure': {
      const { figure, field, op, value } = condition;
      const all = field === null ? [] : spans.map((span) => valuesOf(world, trace, span, field));
      const values = all.flat(2).filter((each) => typeof each === 'number');
      const wanted = value.type === 'number' ? value.number : value.ms;
      const sorted = values.toSorted((a, b) => a - b);
      // Whole microseconds are added, as thousandths would not come out even.
      const sum = sorted.reduce((total, each) => total + Math.round(each * 1000), 0) / 1000;
      let result: number | undefined;
      if (figure === 'count')
        result = field === null ? spans.length : all.filter((each) => each.length > 0).length;
      else if (figure === 'sum') result = sum;
      else if (figure === 'avg') result = sorted.length === 0 ? undefined : sum / sorted.length;
      else if (figure === 'min') result = sorted[0];
      else if (figure === 'max') result = sorted.at(-1);
      else {
        const share = Number(figure.slice(1)) / 100;
        result = sorted.find((_, i) => (i + 1) / sorted.length >= share - 1e-9);
      }
      if (result === undefined) return false;
      const difference = Math.abs(result - wanted) < 1e-9 ? 0 : result - wanted;
      return {
        '=': difference === 0,
        '!=': difference !== 0,
        '>': difference > 0,
        '>=': difference >= 0,
        '<': difference < 0,
        '<=': difference <= 0,
      }[op];
    }
  }
}
