/**
 * Compiles a condition into questions to columns: each names what it needs and leaves fewer rows to the next, so that
 * a column is read only where rows are left. Texts are looked at once a dictionary, not once a row.
 */
import type { Comparison, Condition, Field, Value } from '../../../shared/query/ast.ts';
import type { SpanIntrinsic } from '../../../shared/query/intrinsics.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import { NO_PARENT } from '../blockTypes.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { attributeSelect, columnSelect, extraSelect, idSelect, originSelect } from './attributeRows.ts';
import type { Select } from './attributeRows.ts';
import { merged, NO_ROWS, placeOf, without } from './rows.ts';
import type { Rows } from './rows.ts';
import type { TraceViews } from './traceView.ts';
import { containsTest, memberTest, valueTest } from '../../../shared/query/valueTest.ts';
import type { ValueTest } from '../../../shared/query/valueTest.ts';

export type FilterContext = {
  readonly reader: SpanReader;
  readonly views: TraceViews;
  /** Epoch milliseconds. */
  readonly nowMs: number;
};

export type RowFilter = {
  readonly select: Select;
  /** How dear a row is, roughly: the cheaper are asked first. */
  readonly cost: number;
};

const STATUS_ERROR = SPAN_STATUSES.indexOf('error');

export function compileCondition(condition: Condition, context: FilterContext): RowFilter {
  switch (condition.type) {
    case 'and': {
      const filters = condition.items.map((item) => compileCondition(item, context));
      filters.sort((a, b) => a.cost - b.cost);
      return {
        cost: filters[0]!.cost,
        select(block, within) {
          let rows = within;
          for (const { select } of filters) {
            if (rows.length === 0) return NO_ROWS;
            rows = select(block, rows);
          }
          return rows;
        },
      };
    }
    case 'or': {
      const filters = condition.items.map((item) => compileCondition(item, context));
      return {
        cost: filters.reduce((sum, { cost }) => sum + cost, 0),
        select(block, within) {
          let found = NO_ROWS;
          let rest = within;
          for (const { select } of filters) {
            if (rest.length === 0) break;
            const more = select(block, rest);
            found = merged(found, more);
            rest = without(rest, more);
          }
          return found;
        },
      };
    }
    case 'not': {
      const { select, cost } = compileCondition(condition.item, context);
      return { cost, select: (block, within) => without(within, select(block, within)) };
    }
    case 'compare': {
      const { field, op, value } = condition;
      return compileField(field, { op, value, context });
    }
    case 'in':
      return compileField(condition.field, { members: condition.values, context });
    case 'has':
      return compileField(condition.field, { context });
    case 'text':
      return { cost: 100, select: textSelect(condition.text, context) };
  }
}

/** What is asked of a field: a comparison, to be one of several, or (neither given) to be there. */
type Question = { readonly context: FilterContext } & (
  | { readonly op: Comparison; readonly value: Value; readonly members?: undefined }
  | { readonly members: readonly Value[]; readonly op?: undefined; readonly value?: undefined }
  | { readonly op?: undefined; readonly value?: undefined; readonly members?: undefined }
);

const testOf = (question: Question): ValueTest | null => {
  if (question.op !== undefined) return valueTest(question.op, question.value);
  return question.members === undefined ? null : memberTest(question.members);
};

/** Of a text that is there. */
const textOf = (question: Question): ((text: string | null) => boolean) => {
  const test = testOf(question);
  if (test === null) return (text) => text !== null;
  return (text) => text !== null && test.text(text) !== test.negated;
};

function compileField(field: Field, question: Question): RowFilter {
  const { reader } = question.context;
  if (field.type === 'intrinsic') return intrinsicFilter(field.name as SpanIntrinsic, question);
  const { scope, key } = field;
  const test = testOf(question);
  const cost = { span: 2, any: 3, resource: 1, event: 20, link: 20 }[scope];
  return { cost, select: attributeSelect(reader.strings, scope, key, test) };
}

function intrinsicFilter(name: SpanIntrinsic, question: Question): RowFilter {
  const { reader, views } = question.context;
  const { strings } = reader;
  switch (name) {
    case 'name': {
      const isMeant = textOf(question);
      return {
        cost: 1,
        select: idSelect(
          ({ name: names }) => names,
          (id) => isMeant(strings.text(id)),
        ),
      };
    }
    case 'service': {
      const isMeant = textOf(question);
      return { cost: 1, select: originSelect((id) => isMeant(strings.origin(id).service)) };
    }
    case 'version': {
      const isMeant = textOf(question);
      return { cost: 1, select: originSelect((id) => isMeant(strings.origin(id).version)) };
    }
    case 'scope.name': {
      const isMeant = textOf(question);
      const scope = (id: number) => strings.originRecord?.(id)?.scope.name ?? strings.origin(id).service;
      return { cost: 1, select: originSelect((id) => isMeant(scope(id))) };
    }
    case 'scope.version': {
      const isMeant = textOf(question);
      const scope = (id: number) => strings.originRecord?.(id)?.scope.version ?? null;
      return { cost: 1, select: originSelect((id) => isMeant(scope(id))) };
    }
    case 'kind': {
      const isMeant = textOf(question);
      return flagSelect((flags) => isMeant(SPAN_KINDS[flags & 7] ?? null));
    }
    case 'status': {
      const isMeant = textOf(question);
      return flagSelect((flags) => isMeant(SPAN_STATUSES[(flags >> 3) & 3] ?? null));
    }
    case 'error': {
      const isMeant = booleanOf(question);
      return flagSelect((flags) => isMeant(((flags >> 3) & 3) === STATUS_ERROR));
    }
    case 'status.message':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ statusMessage }) =>
          statusMessage === null ? [] : [statusMessage],
        ),
      };
    case 'event.name':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ events }) => events.map((event) => event.name)),
      };
    case 'link.trace.id':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ links }) => links.map((link) => link.traceId)),
      };
    case 'link.span.id':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ links }) => links.map((link) => link.spanId)),
      };
    case 'open': {
      const isMeant = booleanOf(question);
      return rowSelect(
        2,
        ({ durationUs }) =>
          (row) =>
            isMeant(Number.isNaN(durationUs[row]!)),
      );
    }
    case 'root': {
      const isMeant = booleanOf(question);
      return rowSelect(2, ({ parent, namedParents }) => {
        const named = namedParents.rows;
        let at = 0;
        // Rows are asked for in ascending order.
        return (row) => {
          if (parent[row]! !== NO_PARENT) return isMeant(false);
          while (at < named.length && named[at]! < row) at += 1;
          return isMeant(named[at] !== row);
        };
      });
    }
    case 'duration':
      // Before attributes: of these only what the rows that are left have is read then.
      return numberSelect(1.5, question, ({ durationUs }) => durationUs);
    case 'start':
      return numberSelect(1, question, ({ startUs }) => startUs);
    case 'self':
    case 'depth': {
      const isMeant = numberOf(question);
      return rowSelect(50, (block) => {
        // Rows of a trace lie together, so one trace is asked many times in a row.
        let view: ReturnType<TraceViews['of']> | null = null;
        return (row) => {
          const trace = block.trace[row]!;
          if (view === null || view.trace !== trace) view = views.of(trace);
          return isMeant((name === 'self' ? view.selfUs : view.depth)[view.placeOf(block, row)]!);
        };
      });
    }
    case 'span.id': {
      const isMeant = textOf(question);
      return rowSelect(3, ({ spanId }) => idTest(spanId, question, isMeant));
    }
    case 'parent.id': {
      const isMeant = textOf(question);
      return rowSelect(3, ({ parentId }) => {
        const test = idTest(parentId, question, isMeant);
        return (row) => (parentId[row * 2]! | parentId[row * 2 + 1]!) !== 0 && test(row);
      });
    }
    case 'trace.id': {
      const { op, value } = question;
      if (op === '=' && value.type === 'text') {
        const number = reader.traceNumber(value.text.toLowerCase());
        return {
          cost: 0,
          select(block, within) {
            if (number === null) return NO_ROWS;
            const from = placeOf(block.trace, number);
            const to = placeOf(block.trace, number + 1);
            return within.subarray(placeOf(within, from), placeOf(within, to));
          },
        };
      }
      const isMeant = textOf(question);
      return { cost: 3, select: traceSelect((trace) => isMeant(reader.traceId(trace))) };
    }
    case 'trace.name': {
      const isMeant = textOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).name)) };
    }
    case 'run': {
      const isMeant = textOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).runId)) };
    }
    case 'trace.duration': {
      const isMeant = numberOf(question);
      const durationUs = (trace: number) => (reader.summary(trace).durationMs ?? Number.NaN) * 1000;
      return { cost: 5, select: traceSelect((trace) => isMeant(rounded(durationUs(trace)))) };
    }
    case 'trace.spans': {
      const isMeant = numberOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).spanCount)) };
    }
    case 'trace.errors': {
      const isMeant = numberOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).errorCount)) };
    }
  }
}

function booleanOf(question: Question): (value: boolean) => boolean {
  const test = testOf(question);
  return test === null ? () => true : (value) => test.boolean(value) !== test.negated;
}

/** Microseconds come as milliseconds in places: a nanosecond more or less is rounding. */
const rounded = (us: number): number => Math.round(us * 1000) / 1000;

/** A value as a number of the field's own unit: durations and times in microseconds. */
export function toNumber(value: Value, isTime: boolean, nowMs: number): number {
  switch (value.type) {
    case 'number':
      return value.number;
    case 'duration':
      return rounded((isTime ? nowMs + value.ms : value.ms) * 1000);
    case 'time':
      return value.ms * 1000;
    case 'text':
    case 'boolean':
      return Number.NaN;
  }
}

/** Bounds of a comparison with a number: from, to (both included); `negated`: outside of them. */
type Bounds = { readonly from: number; readonly to: number; readonly negated: boolean };

function boundsOf(op: Comparison, number: number): Bounds {
  switch (op) {
    case '=':
      return { from: number, to: number, negated: false };
    case '!=':
      return { from: number, to: number, negated: true };
    case '>':
      return { from: nextUp(number), to: Infinity, negated: false };
    case '>=':
      return { from: number, to: Infinity, negated: false };
    case '<':
      return { from: -Infinity, to: -nextUp(-number), negated: false };
    case '<=':
      return { from: -Infinity, to: number, negated: false };
    case '=~':
    case '!~':
    case 'contains':
      return { from: Number.NaN, to: Number.NaN, negated: false };
  }
}

const bits = new DataView(new ArrayBuffer(8));
/** The next larger number that there is. */
function nextUp(number: number): number {
  if (!Number.isFinite(number)) return number;
  if (number === 0) return Number.MIN_VALUE;
  bits.setFloat64(0, number);
  bits.setBigInt64(0, bits.getBigInt64(0) + (number > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

function boundsOfQuestion(question: Question, isTime: boolean): readonly Bounds[] {
  const { context, op, value, members } = question;
  const { nowMs } = context;
  if (op !== undefined) return [boundsOf(op, toNumber(value, isTime, nowMs))];
  if (members !== undefined) return members.map((member) => boundsOf('=', toNumber(member, isTime, nowMs)));
  return [{ from: -Infinity, to: Infinity, negated: false }];
}

function numberOf(question: Question): (number: number) => boolean {
  const all = boundsOfQuestion(question, false);
  return (number) =>
    !Number.isNaN(number) &&
    all.some(({ from, to, negated }) => (number >= from && number <= to) !== negated);
}

function numberSelect(
  cost: number,
  question: Question,
  column: (block: SpanBlock) => Float64Array,
): RowFilter {
  const isTime = cost === 1;
  const all = boundsOfQuestion(question, isTime);
  const single = all.length === 1 ? all[0]! : null;
  if (single === null) {
    return rowSelect(cost, (block) => {
      const numbers = column(block);
      return (row) => all.some(({ from, to }) => numbers[row]! >= from && numbers[row]! <= to);
    });
  }
  const { from, to, negated } = single;
  return {
    cost,
    select(block, within) {
      const numbers = column(block);
      const found = new Uint32Array(within.length);
      let length = 0;
      for (let at = 0; at < within.length; at++) {
        const row = within[at]!;
        const number = numbers[row]!;
        if ((number >= from && number <= to) !== negated && number === number) found[length++] = row;
      }
      return found.subarray(0, length);
    },
  };
}

function rowSelect(cost: number, testFor: (block: SpanBlock) => (row: number) => boolean): RowFilter {
  return {
    cost,
    select(block, within) {
      if (within.length === 0) return NO_ROWS;
      const test = testFor(block);
      const found = new Uint32Array(within.length);
      let length = 0;
      for (let at = 0; at < within.length; at++) {
        const row = within[at]!;
        if (test(row)) found[length++] = row;
      }
      return found.subarray(0, length);
    },
  };
}

function flagSelect(isMeant: (flags: number) => boolean): RowFilter {
  const verdicts = Uint8Array.from({ length: 256 }, (_, flags) => (isMeant(flags) ? 1 : 0));
  return rowSelect(
    1,
    ({ flags }) =>
      (row) =>
        verdicts[flags[row]!] === 1,
  );
}

/** Rows by their trace; each trace is looked at once. */
function traceSelect(isMeant: (trace: number) => boolean): Select {
  const verdicts = new Map<number, boolean>();
  return (block, within) => {
    const { trace } = block;
    const found = new Uint32Array(within.length);
    let length = 0;
    let last = -1;
    let verdict = false;
    for (let at = 0; at < within.length; at++) {
      const number = trace[within[at]!]!;
      if (number !== last) {
        last = number;
        const known = verdicts.get(number);
        if (known === undefined) verdicts.set(number, (verdict = isMeant(number)));
        else verdict = known;
      }
      if (verdict) found[length++] = within[at]!;
    }
    return found.subarray(0, length);
  };
}

export const hexId = (words: Uint32Array, row: number): string =>
  words[row * 2]!.toString(16).padStart(8, '0') + words[row * 2 + 1]!.toString(16).padStart(8, '0');

function idTest(words: Uint32Array, { op, value }: Question, isMeant: (text: string) => boolean) {
  if (op === '=' && value.type === 'text' && /^[0-9a-f]{16}$/i.test(value.text)) {
    const high = Number.parseInt(value.text.slice(0, 8), 16);
    const low = Number.parseInt(value.text.slice(8), 16);
    return (row: number) => words[row * 2] === high && words[row * 2 + 1] === low;
  }
  return (row: number) => isMeant(hexId(words, row));
}

/** Rows that have the text in their name, status message or an attribute. */
function textSelect(wanted: string, { reader }: FilterContext): Select {
  const test = containsTest(wanted);
  const inName = idSelect(
    ({ name }) => name,
    (id) => test(reader.strings.text(id)),
  );
  const asked: ValueTest = { negated: false, text: test, number: () => false, boolean: () => false };
  const inMessage = extraSelect(asked, ({ statusMessage }) =>
    statusMessage === null ? [] : [statusMessage],
  );
  return (block, within) => {
    let found = inName(block, within);
    let rest: Rows = without(within, found);
    const more = (rows: Rows): void => {
      found = merged(found, rows);
      rest = without(rest, rows);
    };
    if (rest.length > 0) more(inMessage(block, rest));
    for (const key of block.keys) {
      if (rest.length === 0) break;
      // Most keys have no such text (a list's are written otherwise): then their rows need not be read.
      if (!block.textsOf(key).some((text) => test(text) || text.startsWith('['))) continue;
      more(columnSelect(block, block.attribute(key)!, rest, asked));
    }
    return found;
  };
}
