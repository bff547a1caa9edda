/** What the grammar cannot tell: whether a field can be asked this, and with that value. */
import type { IToken } from 'chevrotain';
import { FIGURE_COMPARISONS, FIGURES } from './ast.ts';
import type {
  Comparison,
  Condition,
  Field,
  Figure,
  FigureComparison,
  FigureCondition,
  Signal,
  Value,
} from './ast.ts';
import { fieldType, intrinsic, OPERATORS, PREFIXES } from './fields.ts';
import type { FieldType } from './fields.ts';
import { readMeasure, readNumber, readText, readTime, UNIT_NAMES } from './literals.ts';
import { patternFault } from './pattern.ts';
import { endOf, Literal, Text } from './tokens.ts';

/** Tells of a fault between two places. */
export type Fault = (message: string, from: number, to: number) => void;

const at = (token: IToken): [number, number] => [token.startOffset, endOf(token)];

const textOf = (token: IToken): string => (token.tokenType === Text ? readText(token.image) : token.image);

const KINDS: { readonly [T in FieldType]: string } = {
  text: 'text',
  choice: 'a choice',
  level: 'a level',
  number: 'a number',
  duration: 'a duration',
  time: 'a time',
  boolean: 'true or false',
  attribute: 'an attribute',
};

export function checkField(signal: Signal, field: Field, named: IToken, tell: Fault): void {
  if (field.type === 'intrinsic' || field.scope === 'any') return;
  if (!PREFIXES[signal].includes(field.scope)) tell(`${signal} have no ${field.scope}. fields`, ...at(named));
}

function operatorOf(op: IToken): Comparison {
  return op.image === '==' ? '=' : (op.image.toLowerCase() as Comparison);
}

export function checkComparison(
  signal: Signal,
  field: Field,
  named: IToken,
  sign: IToken,
  token: IToken,
  tell: Fault,
): Condition {
  const op = operatorOf(sign);
  const type = fieldType(signal, field);
  if (!OPERATORS[type].includes(op)) {
    tell(`${named.image} is ${KINDS[type]}: it can be asked with ${listed(OPERATORS[type])}`, ...at(sign));
  }
  const isText = op === '=~' || op === '!~' || op === 'contains';
  const value: Value = isText
    ? { type: 'text', text: textOf(token) }
    : op === '=' || op === '!='
      ? keptValueOf(signal, field, named, token, tell)
      : valueOf(signal, field, named, token, tell);
  if (op === '=~' || op === '!~') {
    const fault = patternFault(textOf(token));
    if (fault !== null) tell(fault.message, ...at(token));
  }
  return { type: 'compare', field, op, value };
}

export function checkMembers(
  signal: Signal,
  field: Field,
  named: IToken,
  tokens: readonly IToken[],
  tell: Fault,
): Condition {
  return { type: 'in', field, values: tokens.map((token) => keptValueOf(signal, field, named, token, tell)) };
}

const WHOLE_NUMBER = /^[+-]?\d+$/;

/** As the store keeps it: a whole number beyond 2^53 is the text of its digits, which a 64-bit float cannot tell. */
function keptValueOf(signal: Signal, field: Field, named: IToken, token: IToken, tell: Fault): Value {
  const value = valueOf(signal, field, named, token, tell);
  const isKeptAsText =
    value.type === 'number' &&
    fieldType(signal, field) === 'attribute' &&
    !Number.isSafeInteger(value.number) &&
    WHOLE_NUMBER.test(token.image);
  return isKeptAsText ? { type: 'text', text: String(BigInt(token.image.replace('+', ''))) } : value;
}

/** What a token says as a value of the field. */
function valueOf(signal: Signal, field: Field, named: IToken, token: IToken, tell: Fault): Value {
  const type = fieldType(signal, field);
  const image = textOf(token);
  const wrong = (message: string): Value => {
    tell(message, ...at(token));
    return { type: 'text', text: image };
  };
  switch (type) {
    case 'text':
      return { type: 'text', text: image };
    case 'choice':
    case 'level': {
      const choices = (field.type === 'intrinsic' && intrinsic(signal, field.name)?.choices) || [];
      const text = image.toLowerCase();
      return choices.includes(text)
        ? { type: 'text', text }
        : wrong(`${named.image} is ${listed(choices)}, not “${image}”`);
    }
    case 'number': {
      const number = readNumber(image);
      return number === null
        ? wrong(`${named.image} is a number, not “${image}”`)
        : { type: 'number', number };
    }
    case 'duration':
      return durationOf(image, token, tell);
    case 'time': {
      const ms = readTime(image);
      if (ms !== null) return { type: 'time', ms };
      const measure = readMeasure(image);
      if (measure?.ms != null) return { type: 'duration', ms: measure.ms };
      if (measure !== null) return wrong(unknownUnit(measure.unit));
      return wrong(`expected a time, such as 2026-05-31T09:30 or -1h, not “${image}”`);
    }
    case 'boolean':
      return /^(true|false)$/i.test(image)
        ? { type: 'boolean', boolean: image.toLowerCase() === 'true' }
        : wrong(`${named.image} is true or false, not “${image}”`);
    case 'attribute':
      return attributeValue(token, wrong);
  }
}

/** Quoted it is text; else a number, true or false where it looks like one. */
function attributeValue(token: IToken, wrong: (message: string) => Value): Value {
  if (token.tokenType === Text) return { type: 'text', text: readText(token.image) };
  if (token.tokenType !== Literal) {
    return /^(true|false)$/i.test(token.image)
      ? { type: 'boolean', boolean: token.image.toLowerCase() === 'true' }
      : { type: 'text', text: token.image };
  }
  const number = readNumber(token.image);
  if (number !== null) return { type: 'number', number };
  const measure = readMeasure(token.image);
  if (measure === null) return { type: 'text', text: token.image };
  return wrong(
    measure.ms === null
      ? `${unknownUnit(measure.unit)}; put text into quotes`
      : 'an attribute has no unit: write the number alone, as it was recorded',
  );
}

const unknownUnit = (unit: string): string => `unknown unit “${unit}”: there are ${UNIT_NAMES.join(', ')}`;

function durationOf(
  image: string,
  token: IToken,
  tell: Fault,
): { readonly type: 'duration'; readonly ms: number } {
  const measure = readMeasure(image);
  if (measure !== null) {
    if (measure.ms !== null && Number.isFinite(measure.ms)) return { type: 'duration', ms: measure.ms };
    tell(unknownUnit(measure.unit), ...at(token));
  } else if (readNumber(image) === 0) {
    return { type: 'duration', ms: 0 };
  } else if (readNumber(image) === null) {
    tell(`expected a duration, such as 100ms or 1.5s, not “${image}”`, ...at(token));
  } else {
    tell(`a duration needs a unit: ${image}ms, or ${image}s`, ...at(token));
  }
  return { type: 'duration', ms: 0 };
}

type FigureTokens = {
  readonly name: IToken;
  readonly named: IToken | null;
  readonly close: IToken;
  readonly op: IToken;
  readonly value: IToken;
};

export function checkFigure(tokens: FigureTokens, field: Field | null, tell: Fault): FigureCondition {
  const { name, named, close, op, value } = tokens;
  const figure = name.image.toLowerCase() as Figure;
  const none: FigureCondition = {
    type: 'figure',
    figure: 'count',
    field: null,
    op: '=',
    value: { type: 'number', number: 0 },
  };
  if (!FIGURES.includes(figure)) {
    tell(`unknown figure “${name.image}”: there are ${FIGURES.join(', ')}`, ...at(name));
    return none;
  }
  const type = field === null ? 'number' : fieldType('spans', field);
  if (field === null && figure !== 'count') {
    tell(`${figure} needs a field, as in ${figure}(duration)`, name.startOffset, endOf(close));
    return none;
  }
  if (figure !== 'count' && !['number', 'duration', 'attribute'].includes(type)) {
    tell(`${named!.image} is ${KINDS[type]}: there is no ${figure} of it`, ...at(named!));
    return none;
  }
  const comparison = operatorOf(op) as FigureComparison;
  if (!FIGURE_COMPARISONS.includes(comparison)) {
    tell(`a figure can be asked with ${listed(FIGURE_COMPARISONS)}`, ...at(op));
    return none;
  }
  const image = textOf(value);
  if (type === 'duration' && figure !== 'count') {
    return { type: 'figure', figure, field, op: comparison, value: durationOf(image, value, tell) };
  }
  const number = readNumber(image);
  if (number === null) {
    const measure = readMeasure(image);
    const hint =
      measure !== null && measure.ms === null
        ? unknownUnit(measure.unit)
        : `expected a number, not “${image}”`;
    tell(hint, ...at(value));
    return none;
  }
  return { type: 'figure', figure, field, op: comparison, value: { type: 'number', number } };
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
}
