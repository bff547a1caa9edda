/** What a condition asks of a field, as tests of its values: texts, booleans and numbers. */
import type { Comparison, Value } from '../../../shared/query/ast.ts';
import { memberTest, valueTest } from '../../../shared/query/valueTest.ts';
import type { ValueTest } from '../../../shared/query/valueTest.ts';
import type { SpanReader } from '../blockTypes.ts';
import type { TraceViews } from './traceView.ts';

export type FilterContext = {
  readonly reader: SpanReader;
  readonly views: TraceViews;
  /** Epoch milliseconds. */
  readonly nowMs: number;
};

/** What is asked of a field: a comparison, to be one of several, or (neither given) to be there. */
export type Question = { readonly context: FilterContext } & (
  | { readonly op: Comparison; readonly value: Value; readonly members?: undefined }
  | { readonly members: readonly Value[]; readonly op?: undefined; readonly value?: undefined }
  | { readonly op?: undefined; readonly value?: undefined; readonly members?: undefined }
);

export const testOf = (question: Question): ValueTest | null => {
  if (question.op !== undefined) return valueTest(question.op, question.value);
  return question.members === undefined ? null : memberTest(question.members);
};

/** Of a text that is there. */
export const textOf = (question: Question): ((text: string | null) => boolean) => {
  const test = testOf(question);
  if (test === null) return (text) => text !== null;
  return (text) => text !== null && test.text(text) !== test.negated;
};

export function booleanOf(question: Question): (value: boolean) => boolean {
  const test = testOf(question);
  return test === null ? () => true : (value) => test.boolean(value) !== test.negated;
}

/** Microseconds come as milliseconds in places: a nanosecond more or less is rounding. */
export const rounded = (us: number): number => Math.round(us * 1000) / 1000;

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

export function boundsOfQuestion(question: Question, isTime: boolean): readonly Bounds[] {
  const { context, op, value, members } = question;
  const { nowMs } = context;
  if (op !== undefined) return [boundsOf(op, toNumber(value, isTime, nowMs))];
  if (members !== undefined) return members.map((member) => boundsOf('=', toNumber(member, isTime, nowMs)));
  return [{ from: -Infinity, to: Infinity, negated: false }];
}

export function numberOf(question: Question): (number: number) => boolean {
  const all = boundsOfQuestion(question, false);
  return (number) =>
    !Number.isNaN(number) &&
    all.some(({ from, to, negated }) => (number >= from && number <= to) !== negated);
}
