/**
 * A condition asked of one record at a time, whatever it is made of: what the store asks of whole columns, for the few
 * records that are in memory anyway.
 */
import type { AttributeValue } from '../span.ts';
import type { Comparison, Condition, Field, Value } from './ast.ts';
import { fieldType } from './fields.ts';
import { containsTest, holdsFor, isMeant, memberTest, numberTest, valueTest } from './valueTest.ts';

export type Facts<T> = {
  /** None: it is not there. Durations in milliseconds, times as epoch milliseconds. */
  readonly valuesOf: (record: T, field: Field) => readonly AttributeValue[];
  /** Where a word is looked for. */
  readonly textsOf: (record: T) => readonly AttributeValue[];
};
type Test<T> = (record: T) => boolean;

/** @param nowMs what relative times count from */
export function fieldTest<T>(condition: Condition, facts: Facts<T>, nowMs: number): Test<T> {
  const each = (items: readonly Condition[]) => items.map((item) => fieldTest(item, facts, nowMs));
  switch (condition.type) {
    case 'and': {
      const tests = each(condition.items);
      return (record) => tests.every((test) => test(record));
    }
    case 'or': {
      const tests = each(condition.items);
      return (record) => tests.some((test) => test(record));
    }
    case 'not': {
      const test = fieldTest(condition.item, facts, nowMs);
      return (record) => !test(record);
    }
    case 'compare':
      return comparison(condition.field, condition.op, condition.value, facts, nowMs);
    case 'in': {
      const { field, values } = condition;
      if (isMeasured(field)) {
        const tests = values.map((value) => comparison(field, '=', value, facts, nowMs));
        return (record) => tests.some((test) => test(record));
      }
      const test = memberTest(values);
      return (record) => holdsFor(test, facts.valuesOf(record, field));
    }
    case 'has':
      return (record) => facts.valuesOf(record, condition.field).length > 0;
    case 'text': {
      const test = {
        negated: false,
        text: containsTest(condition.text),
        number: () => false,
        boolean: () => false,
      };
      return (record) => facts.textsOf(record).some((value) => isMeant(test, value));
    }
  }
}

function isMeasured(field: Field): boolean {
  const type = fieldType('spans', field);
  return type === 'duration' || type === 'time' || type === 'number';
}

function comparison<T>(
  field: Field,
  op: Comparison,
  value: Value,
  { valuesOf }: Facts<T>,
  nowMs: number,
): Test<T> {
  if (!isMeasured(field)) {
    const test = valueTest(op, value);
    return (record) => holdsFor(test, valuesOf(record, field));
  }
  const isTime = fieldType('spans', field) === 'time';
  // As the store has them: times in microseconds, lengths to the nanosecond.
  const rounded = (number: number) =>
    isTime ? Math.round(number * 1000) / 1000 : Math.round(number * 1e6) / 1e6;
  const test = numberTest(op, rounded(measureOf(value, isTime, nowMs)));
  return (record) =>
    valuesOf(record, field).some(
      (number) =>
        typeof number === 'number' && !Number.isNaN(number) && test(rounded(number)) !== (op === '!='),
    );
}

function measureOf(value: Value, isTime: boolean, nowMs: number): number {
  switch (value.type) {
    case 'number':
      return value.number;
    case 'duration':
      return isTime ? nowMs + value.ms : value.ms;
    case 'time':
      return value.ms;
    case 'text':
    case 'boolean':
      return Number.NaN;
  }
}

/** Every field that a condition asks of; `null` stands for its words. */
export function fieldsOf(condition: Condition): readonly (Field | null)[] {
  switch (condition.type) {
    case 'and':
    case 'or':
      return condition.items.flatMap(fieldsOf);
    case 'not':
      return fieldsOf(condition.item);
    case 'text':
      return [null];
    default:
      return [condition.field];
  }
}
