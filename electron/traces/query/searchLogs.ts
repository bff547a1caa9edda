/** Log lines that a query finds, read from the newest back until there are enough. */
import type { Condition, Field } from '../../../shared/query/ast.ts';
import type { LogIntrinsic } from '../../../shared/query/intrinsics.ts';
import { LOG_LEVELS } from '../../../shared/span.ts';
import type { AttributeValue, LogLevel, LogRecord, Origin } from '../../../shared/span.ts';
import type { FoundLogs, LogSearch } from '../../../shared/traceQuery.ts';
import type { LogRange, LogTables } from '../logTables.ts';
import { OWN_SERVICE, UNKNOWN_SERVICE } from '../recordOrigins.ts';
import { parseSearch } from './match.ts';
import type { MatchOptions } from './match.ts';
import { toNumber } from './fieldQuestion.ts';
import {
  containsTest,
  holdsFor,
  memberTest,
  numberTest,
  valueOf,
  valueTest,
} from '../../../shared/query/valueTest.ts';
import type { ValueTest } from '../../../shared/query/valueTest.ts';

export type LogOptions = MatchOptions & {
  /** Of lines without an origin: this program. */
  readonly own?: Origin | null;
  readonly prunedBeforeMs?: number | null;
};
const BUDGET_MS = 2000;
/** Lines between two looks at the clock. */
const STRIDE = 256;

/** Throws TracedeckError `query_invalid`. */
export function searchLogs(
  logs: Pick<LogTables, 'each' | 'count'>,
  search: LogSearch,
  options: LogOptions = {},
): FoundLogs {
  const began = performance.now();
  const { budgetMs = BUDGET_MS, nowMs = Date.now(), own = null, prunedBeforeMs = null } = options;
  const query = parseSearch(search.query, 'logs');
  const where = query.set?.type === 'spans' ? query.set.where : null;
  const test = where === null ? () => true : compileLogCondition(where, { nowMs, own });
  const range = narrowed(where, search, nowMs);
  const items: LogRecord[] = [];
  let scanned = 0;
  let more = false;
  let isLate = false;
  if (range !== null) {
    for (const record of logs.each(range, true)) {
      if (scanned % STRIDE === STRIDE - 1 && performance.now() - began >= budgetMs) {
        isLate = true;
        break;
      }
      scanned++;
      if (!test(record)) continue;
      if (items.length === search.limit) {
        more = true;
        break;
      }
      items.push(record);
    }
  }
  return {
    items: items.reverse(),
    leftOut: {
      more,
      scanned,
      // How many of all the others lie within the time would have to be counted: at most so many.
      unscanned: isLate ? Math.max(1, logs.count() - scanned) : 0,
      prunedBeforeMs,
    },
    tookMs: performance.now() - began,
  };
}

/** What the table can leave out by itself; `null`: there can be nothing. */
function narrowed(where: Condition | null, search: LogSearch, nowMs: number): LogRange | null {
  let { fromMs, toMs, traceId } = search;
  let least = 0;
  const items = where === null ? [] : where.type === 'and' ? where.items : [where];
  for (const item of items) {
    if (item.type !== 'compare' || item.field.type !== 'intrinsic') continue;
    const { op, value } = item;
    if (item.field.name === 'trace.id' && op === '=' && value.type === 'text') {
      const wanted = value.text.toLowerCase();
      if (!/^[0-9a-f]{32}$/.test(wanted) || (traceId !== null && traceId !== wanted)) return null;
      traceId = wanted;
    }
    if (item.field.name === 'level' && value.type === 'text' && (op === '=' || op === '>=' || op === '>')) {
      least = Math.max(least, LOG_LEVELS.indexOf(value.text as LogLevel));
    }
    if (item.field.name === 'time') {
      const ms = toNumber(value, true, nowMs) / 1000;
      if (op === '>' || op === '>=' || op === '=') fromMs = Math.max(fromMs ?? -Infinity, ms);
      if (op === '<' || op === '<=' || op === '=') toMs = Math.min(toMs ?? Infinity, ms);
    }
  }
  return { fromMs, toMs, traceId, minLevel: LOG_LEVELS[least]! };
}

type LogTest = (record: LogRecord) => boolean;
type LogContext = { readonly nowMs: number; readonly own: Origin | null };

function compileLogCondition(condition: Condition, context: LogContext): LogTest {
  switch (condition.type) {
    case 'and': {
      const tests = condition.items.map((item) => compileLogCondition(item, context));
      return (record) => tests.every((test) => test(record));
    }
    case 'or': {
      const tests = condition.items.map((item) => compileLogCondition(item, context));
      return (record) => tests.some((test) => test(record));
    }
    case 'not': {
      const test = compileLogCondition(condition.item, context);
      return (record) => !test(record);
    }
    case 'text': {
      const test = containsTest(condition.text);
      const isIn = (value: AttributeValue): boolean =>
        typeof value === 'string' ? test(value) : Array.isArray(value) && value.some(isIn);
      return ({ message, attributes }) => test(message) || Object.values(attributes).some(isIn);
    }
    case 'has': {
      const values = valuesOf(condition.field, context);
      return (record) => values(record).length > 0;
    }
    case 'in': {
      const { field } = condition;
      const values = valuesOf(field, context);
      const test = isOrdered(field)
        ? anyOf(condition.values.map((value) => orderTest(field, '=', value, context)))
        : memberTest(condition.values);
      return (record) => holdsFor(test, values(record));
    }
    case 'compare': {
      const { field, op, value } = condition;
      const values = valuesOf(field, context);
      const test = isOrdered(field) ? orderTest(field, op, value, context) : valueTest(op, value);
      return (record) => holdsFor(test, values(record));
    }
  }
}

/** Levels and times are compared as numbers: ranks, and microseconds. */
const isOrdered = (field: Field): boolean =>
  field.type === 'intrinsic' && (field.name === 'level' || field.name === 'time');

type Compare = Extract<Condition, { type: 'compare' }>;

function orderTest(
  field: Field,
  op: Compare['op'],
  value: Compare['value'],
  { nowMs }: LogContext,
): ValueTest {
  const isTime = field.type === 'intrinsic' && field.name === 'time';
  const wanted = isTime
    ? toNumber(value, true, nowMs)
    : LOG_LEVELS.indexOf((value.type === 'text' ? value.text : '') as LogLevel);
  return { negated: op === '!=', number: numberTest(op, wanted), text: () => false, boolean: () => false };
}

function anyOf(tests: readonly ValueTest[]): ValueTest {
  return {
    negated: false,
    number: (number) => tests.some((test) => test.number(number)),
    text: () => false,
    boolean: () => false,
  };
}

function valuesOf(field: Field, { own }: LogContext): (record: LogRecord) => readonly AttributeValue[] {
  const given = (value: AttributeValue | null | undefined): readonly AttributeValue[] =>
    value == null ? [] : [value];
  const originOf = (record: LogRecord): Origin | null => record.origin ?? own;
  if (field.type === 'attribute') {
    const { scope, key } = field;
    const fromResource = (record: LogRecord) => valueOf(originOf(record)?.resource ?? {}, key);
    if (scope === 'resource') return fromResource;
    return (record) => {
      const found = valueOf(record.attributes, key);
      return found.length > 0 ? found : fromResource(record);
    };
  }
  const name = field.name as LogIntrinsic;
  switch (name) {
    case 'message':
      return ({ message }) => [message];
    case 'level':
      return ({ level }) => [LOG_LEVELS.indexOf(level)];
    case 'time':
      return ({ timeMs }) => [Math.round(timeMs * 1000)];
    case 'event.name':
      return ({ eventName }) => given(eventName);
    case 'trace.id':
      return ({ traceId }) => given(traceId);
    case 'span.id':
      return ({ spanId }) => given(spanId);
    case 'service':
      return (record) => {
        const origin = originOf(record);
        return given(origin === null ? OWN_SERVICE : (origin.resource['service.name'] ?? UNKNOWN_SERVICE));
      };
    case 'version':
      return (record) => given(originOf(record)?.resource['service.version']);
    case 'scope.name':
      return (record) => given(originOf(record)?.scope.name);
    case 'scope.version':
      return (record) => given(originOf(record)?.scope.version);
  }
}
