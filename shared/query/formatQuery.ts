/** From the meaning of a query back to its text: `parseQuery(formatQuery(ast))` is the same `ast`. */
import type {
  Condition,
  Field,
  FigureCondition,
  Query,
  Relation,
  SetExpression,
  Signal,
  Value,
} from './ast.ts';
import { readField } from './fields.ts';
import { formatDuration, formatText } from './literals.ts';

const SIGNS: { readonly [R in Relation]: string } = {
  child: '>',
  descendant: '>>',
  parent: '<',
  ancestor: '<<',
  sibling: '~',
};

/** What binds: the looser stands in parentheses inside the tighter. */
const EITHER = 0;
const BOTH = 1;
const TIGHT = 2;
const inParens = (text: string, own: number, within: number): string => (own < within ? `(${text})` : text);

export function formatQuery(query: Query, signal: Signal = 'spans'): string {
  const { set, pipes } = query;
  const parts: string[] = [];
  if (set !== null) {
    const plain = set.type === 'spans' && set.where !== null;
    parts.push(plain ? formatCondition(set.where, signal) : formatSet(set, signal));
  }
  for (const pipe of pipes) parts.push(`| ${formatFigures(pipe)}`);
  return parts.join(' ');
}

function formatSet(set: SetExpression, signal: Signal, within = EITHER): string {
  switch (set.type) {
    case 'spans':
      return set.where === null ? '{}' : `{ ${formatCondition(set.where, signal)} }`;
    case 'all':
      return inParens(set.sets.map((each) => formatSet(each, signal, BOTH + 1)).join(' and '), BOTH, within);
    case 'any':
      return inParens(set.sets.map((each) => formatSet(each, signal, BOTH)).join(' or '), EITHER, within);
    case 'without':
      // `not` takes a whole structure, so that alone needs no parentheses.
      return inParens(`not ${formatSet(set.set, signal, TIGHT)}`, TIGHT, within);
    case 'structure': {
      const left =
        set.left.type === 'structure' ? formatSet(set.left, signal) : formatSet(set.left, signal, TIGHT + 1);
      const right = formatSet(set.right, signal, TIGHT + 1);
      return inParens(`${left} ${SIGNS[set.relation]} ${right}`, TIGHT, within);
    }
  }
}

function formatCondition(condition: Condition, signal: Signal = 'spans', within = EITHER): string {
  switch (condition.type) {
    case 'and':
      return inParens(
        condition.items.map((item) => formatCondition(item, signal, BOTH + 1)).join(' and '),
        BOTH,
        within,
      );
    case 'or':
      return inParens(
        condition.items.map((item) => formatCondition(item, signal, BOTH)).join(' or '),
        EITHER,
        within,
      );
    case 'not':
      return `not ${formatCondition(condition.item, signal, TIGHT)}`;
    case 'compare': {
      const { field, op, value } = condition;
      return `${formatField(field, signal)} ${op} ${formatValue(value)}`;
    }
    case 'in':
      return `${formatField(condition.field, signal)} in (${condition.values.map(formatValue).join(', ')})`;
    case 'has':
      return `has(${formatField(condition.field, signal)})`;
    case 'text':
      return formatText(condition.text);
  }
}

const PLAIN = /^[^\s(){}|&=!<>~"'`,+\-.\d][^\s(){}|&=!<>~"'`,]*$/;
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'has', 'contains']);

export function formatField(field: Field, signal: Signal = 'spans'): string {
  if (field.type === 'intrinsic') return field.name;
  const prefix = field.scope === 'any' ? '' : `${field.scope}.`;
  const plain = `${prefix}${field.key}`;
  if (PLAIN.test(plain) && !KEYWORDS.has(plain.toLowerCase())) {
    const read = readField(signal, plain);
    if (read.type === 'attribute' && read.scope === field.scope && read.key === field.key) return plain;
  }
  return `${prefix}\`${field.key.replaceAll('`', '``')}\``;
}

export function formatValue(value: Value): string {
  switch (value.type) {
    case 'text':
      return formatText(value.text);
    case 'number':
      return String(value.number);
    case 'boolean':
      return String(value.boolean);
    case 'duration':
      return formatDuration(value.ms);
    case 'time':
      return new Date(value.ms).toISOString();
  }
}

function formatFigures(condition: FigureCondition, within = EITHER): string {
  switch (condition.type) {
    case 'and':
      return inParens(
        condition.items.map((item) => formatFigures(item, BOTH + 1)).join(' and '),
        BOTH,
        within,
      );
    case 'or':
      return inParens(condition.items.map((item) => formatFigures(item, BOTH)).join(' or '), EITHER, within);
    case 'not':
      return `not ${formatFigures(condition.item, TIGHT)}`;
    case 'figure': {
      const { figure, field, op, value } = condition;
      return `${figure}(${field === null ? '' : formatField(field)}) ${op} ${formatValue(value)}`;
    }
  }
}
