/** Whether a value is what a condition asks for. */
import type { AttributeValue, Attributes } from '../span.ts';
import type { Comparison, Value } from './ast.ts';
import { compilePattern } from './pattern.ts';

/**
 * Asks of a single value whether it is meant. `negated` (`!=`, `!~`): the field must be there, and none of its values
 * be meant. Values of different types are never equal, nor one more than the other.
 */
export type ValueTest = {
  readonly negated: boolean;
  readonly text: (text: string) => boolean;
  readonly number: (number: number) => boolean;
  readonly boolean: (value: boolean) => boolean;
};

const never = () => false;

export function valueTest(op: Comparison, value: Value): ValueTest {
  const test: ValueTest = { negated: op === '!=' || op === '!~', text: never, number: never, boolean: never };
  switch (value.type) {
    case 'text':
      return { ...test, text: textTest(op, value.text) };
    case 'number':
      return { ...test, number: numberTest(op, value.number) };
    case 'boolean': {
      const { boolean } = value;
      return op === '=' || op === '!=' ? { ...test, boolean: (other) => other === boolean } : test;
    }
    case 'duration':
    case 'time':
      // Attributes have no unit; the parser lets neither through.
      return test;
  }
}

/** One of several values. */
export function memberTest(values: readonly Value[]): ValueTest {
  const tests = values.map((value) => valueTest('=', value));
  const texts = new Set(values.flatMap((value) => (value.type === 'text' ? [value.text] : [])));
  return {
    negated: false,
    text: (text) => texts.has(text),
    number: (number) => tests.some((test) => test.number(number)),
    boolean: (value) => tests.some((test) => test.boolean(value)),
  };
}

function textTest(op: Comparison, wanted: string): (text: string) => boolean {
  switch (op) {
    case '=':
    case '!=':
      return (text) => text === wanted;
    case '>':
      return (text) => text > wanted;
    case '>=':
      return (text) => text >= wanted;
    case '<':
      return (text) => text < wanted;
    case '<=':
      return (text) => text <= wanted;
    case '=~':
    case '!~':
      return compilePattern(wanted);
    case 'contains':
      return containsTest(wanted);
  }
}

/** Whatever the case. */
export function containsTest(wanted: string): (text: string) => boolean {
  const lower = wanted.toLowerCase();
  return (text) => text.toLowerCase().includes(lower);
}

export function numberTest(op: Comparison, wanted: number): (number: number) => boolean {
  switch (op) {
    case '=':
    case '!=':
      return (number) => number === wanted;
    case '>':
      return (number) => number > wanted;
    case '>=':
      return (number) => number >= wanted;
    case '<':
      return (number) => number < wanted;
    case '<=':
      return (number) => number <= wanted;
    case '=~':
    case '!~':
    case 'contains':
      return never;
  }
}

/** Whether any of a value's parts is meant: a list is as many values as it has. */
export function isMeant(test: ValueTest, value: AttributeValue): boolean {
  switch (typeof value) {
    case 'string':
      return test.text(value);
    case 'number':
      return test.number(value);
    case 'boolean':
      return test.boolean(value);
    default:
      return (value as readonly (string | number | boolean)[]).some((each) => isMeant(test, each));
  }
}

/** Of a field that can have several values (none: it is not there). */
export function holdsFor(test: ValueTest, values: readonly AttributeValue[]): boolean {
  return values.length > 0 && values.some((value) => isMeant(test, value)) !== test.negated;
}

export const valueOf = (attributes: Attributes, key: string): readonly AttributeValue[] =>
  Object.hasOwn(attributes, key) ? [attributes[key]!] : [];
