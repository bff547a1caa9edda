/** What can be written at a place in a query: asked of the grammar, filled from what the store knows. */
import type { IToken } from 'chevrotain';
import type { FieldCatalog } from '../traceQuery.ts';
import { FIGURE_COMPARISONS, FIGURES } from './ast.ts';
import type { Field, Signal } from './ast.ts';
import { expectedAfter } from './expected.ts';
import type { Expected } from './expected.ts';
import { fieldType, intrinsic, INTRINSICS, OPERATORS, PREFIXES, readField } from './fields.ts';
import { formatField } from './formatQuery.ts';
import { QueryParser } from './grammar.ts';
import { formatText, readText } from './literals.ts';
import { tooDeep } from './parseQuery.ts';
import * as t from './tokens.ts';

const COMPLETION_KINDS = ['field', 'operator', 'value', 'keyword', 'figure', 'structure'] as const;
export type CompletionKind = (typeof COMPLETION_KINDS)[number];

export type Completion = {
  readonly kind: CompletionKind;
  readonly label: string;
  /** Takes the place of the text from `from` to `to`. */
  readonly insert: string;
  /** How many characters before the end of what was put in the cursor belongs: inside of parentheses. */
  readonly back: number;
  readonly about: string;
};
export type Completions = {
  readonly from: number;
  readonly to: number;
  readonly items: readonly Completion[];
};

const MAX_ITEMS = 60;
const NOTHING: FieldCatalog = { operations: [], services: [], attributes: [] };

let made: QueryParser | null = null;

/** @param catalog - `null` while it is not known */
export function completions(
  text: string,
  cursor: number,
  catalog: FieldCatalog | null,
  signal: Signal = 'spans',
): Completions {
  const tokens = t.tokenize(text);
  const before = tokens.filter((token) => token.startOffset < cursor);
  // The word that the cursor stands in or behind is the one that is being written.
  const last = before.at(-1);
  const isTouched = last !== undefined && t.endOf(last) >= cursor && isWriting(last);
  const current = isTouched ? before.pop()! : null;
  const from = current?.startOffset ?? cursor;
  const to = current === null ? cursor : t.endOf(current);
  const typed = text.slice(from, cursor);
  // What is too deep is no query; to walk it would take seconds.
  const expected = tooDeep(before) === null ? expectedAfter((made ??= new QueryParser()), before) : [];
  const state: State = { before, catalog: catalog ?? NOTHING, signal };
  const items = ranked(
    expected.flatMap((each) => itemsFor(each, state)),
    typed,
  );
  return { from, to: current?.tokenType === t.Unclosed ? cursor : to, items };
}

/** Words, numbers and quotes grow as they are typed; signs are done. */
function isWriting({ tokenType, image }: IToken): boolean {
  return (
    tokenType === t.Word ||
    tokenType === t.Literal ||
    tokenType === t.Text ||
    tokenType === t.Quoted ||
    tokenType === t.Unclosed ||
    /^\w+$/.test(image)
  );
}

type State = { readonly before: readonly IToken[]; readonly catalog: FieldCatalog; readonly signal: Signal };

function itemsFor({ token, rule }: Expected, state: State): readonly Completion[] {
  const { before, signal } = state;
  const previous = before.at(-1);
  switch (rule) {
    case 'fieldName':
      if (token !== t.Word) return [];
      return isInFigure(before) ? figureFields(state) : conditionFields(state);
    case 'condition':
      return token === t.Has ? [item('keyword', 'has', 'the field is there', 'has()', 1)] : [];
    case 'negation':
    case 'figurePrimary':
      return token === t.Not ? [item('keyword', 'not', 'the opposite')] : [];
    case 'both':
    case 'figuresBoth':
      return token === t.And ? [item('keyword', 'and', 'both hold')] : [];
    case 'either':
    case 'figures':
      return token === t.Or ? [item('keyword', 'or', 'one of them holds')] : [];
    case 'asked':
      return askedItems(token.name, previous, signal);
    case 'value':
      return token === t.Text ? valueItems(state) : [];
    case 'structure':
      return previous?.tokenType === t.CloseSet && signal === 'spans' ? RELATIONS : [];
    case 'primary':
      // Braces inside of braces, or beside a bare condition, are not what anybody wants.
      if (token === t.OpenSet && signal === 'spans' && depthOf(before, '{', '}') === 0 && !isBare(before)) {
        return [item('structure', '{ }', 'spans that …', '{  }', 2)];
      }
      if (token === t.CloseSet) return [item('structure', '}', 'end of the set')];
      return token === t.Close ? [item('structure', ')', 'end of the group')] : [];
    case 'query':
      return previous !== undefined &&
        token === t.Pipe &&
        signal === 'spans' &&
        depthOf(before, '(', ')') === 0
        ? [item('structure', '|', 'figures of the trace: count, sum, p95 …')]
        : [];
    case 'figure':
      if (token === t.Word) return FIGURE_ITEMS;
      return token === t.Operator
        ? FIGURE_COMPARISONS.map((sign) => item('operator', sign, OPERATOR_ABOUT[sign] ?? ''))
        : [];
    default:
      return [];
  }
}

const item = (
  kind: CompletionKind,
  label: string,
  about: string,
  insert = `${label} `,
  back = 0,
): Completion => ({
  kind,
  label,
  insert,
  back,
  about,
});

const OPERATOR_ABOUT: Readonly<Record<string, string>> = {
  '=': 'equal',
  '!=': 'there, and not equal',
  '>': 'more than',
  '>=': 'at least',
  '<': 'less than',
  '<=': 'at most',
  '=~': 'matches a regular expression',
  '!~': 'there, and matches no regular expression',
  contains: 'has it somewhere, whatever the case',
};
const RELATIONS = [
  item('structure', '>', 'its children that …', '> {  }', 2),
  item('structure', '>>', 'what is below it and …', '>> {  }', 2),
  item('structure', '<', 'its parent, if it …', '< {  }', 2),
  item('structure', '<<', 'what is above it and …', '<< {  }', 2),
  item('structure', '~', 'its siblings that …', '~ {  }', 2),
];
const FIGURE_ITEMS = FIGURES.map((figure) =>
  figure === 'count'
    ? item('figure', 'count()', 'how many spans were found', 'count() ')
    : item('figure', `${figure}(…)`, figure.startsWith('p') ? 'percentile' : '', `${figure}()`, 1),
);

function conditionFields({ catalog, signal, before }: State): Completion[] {
  const isInHas = before.at(-1)?.tokenType === t.Open && before.at(-2)?.tokenType === t.Has;
  const end = isInHas ? '' : ' ';
  const own = INTRINSICS[signal].map(({ name, about }) => item('field', name, about, `${name}${end}`));
  const attributes = catalog.attributes.map(({ key, types }) => {
    const name = formatField({ type: 'attribute', scope: 'any', key }, signal);
    return item('field', key, types.join(', '), `${name}${end}`);
  });
  const prefixes = PREFIXES[signal].map((prefix) =>
    item('field', `${prefix}.`, `attributes of the ${prefix} alone`, `${prefix}.`),
  );
  return [...own, ...attributes, ...prefixes];
}

function figureFields({ catalog }: State): Completion[] {
  const own = INTRINSICS.spans
    .filter(({ type }) => type === 'number' || type === 'duration')
    .map(({ name, about }) => item('field', name, about, name));
  const attributes = catalog.attributes
    .filter(({ types }) => types.includes('number'))
    .map(({ key, types }) =>
      item('field', key, types.join(', '), formatField({ type: 'attribute', scope: 'any', key })),
    );
  return [...own, ...attributes];
}

function askedItems(token: string, previous: IToken | undefined, signal: Signal): Completion[] {
  if (previous === undefined) return [];
  if (token === 'In') return [item('operator', 'in', 'one of a list', 'in ()', 1)];
  if (token === 'Not') return [item('operator', 'not in', 'none of a list', 'not in ()', 1)];
  if (token !== 'Operator') return [];
  const signs = OPERATORS[fieldType(signal, readField(signal, previous.image))];
  return signs.map((sign) => item('operator', sign, OPERATOR_ABOUT[sign] ?? ''));
}

function valueItems({ before, catalog, signal }: State): readonly Completion[] {
  const figure = isFigureValue(before);
  const named = figure ?? fieldBefore(before);
  if (named === null) return [];
  const field = readField(signal, named.image);
  const isListed = before.some((token, i) => token.tokenType === t.In && i > before.indexOf(named));
  const end = isListed ? '' : ' ';
  const type = fieldType(signal, field);
  const plain = (values: readonly string[], about = ''): Completion[] =>
    values.map((value) => item('value', value, about, `${value}${end}`));
  const quoted = (values: readonly string[]): Completion[] =>
    values.map((value) => item('value', value, '', `${formatText(value)}${end}`));
  switch (type) {
    case 'boolean':
      return plain(['true', 'false']);
    case 'duration':
      return plain(['1ms', '10ms', '100ms', '1s', '10s', '1m']);
    case 'time':
      return plain(['-5m', '-1h', '-1d', '-7d'], 'before now');
    case 'choice':
    case 'level':
      return plain((field.type === 'intrinsic' && intrinsic(signal, field.name)?.choices) || []);
    case 'number':
      return [];
    case 'text':
      if (field.type === 'intrinsic' && (field.name === 'name' || field.name === 'trace.name')) {
        return quoted(catalog.operations);
      }
      return field.type === 'intrinsic' && field.name === 'service' ? quoted(catalog.services) : [];
    case 'attribute':
      return figure === null ? attributeValues(field, catalog, plain, quoted) : [];
  }
}

function attributeValues(
  field: Field,
  catalog: FieldCatalog,
  plain: (values: readonly string[]) => Completion[],
  quoted: (values: readonly string[]) => Completion[],
): Completion[] {
  if (field.type !== 'attribute') return [];
  const known = catalog.attributes.find(({ key }) => key === field.key);
  if (known === undefined) return [];
  const { types, values } = known;
  if (types.includes('boolean') && types.length === 1) return plain(['true', 'false']);
  const isNumber = (value: string) => types.includes('number') && /^-?\d+(\.\d+)?$/.test(value);
  return values.flatMap((value) => (isNumber(value) ? plain([value]) : quoted([value])));
}

/** The field whose value is being written: before the operator, or before the list. */
function fieldBefore(before: readonly IToken[]): IToken | null {
  let at = before.length - 1;
  while (at >= 0 && [t.Comma, t.Text, t.Literal, t.Word, t.Open].includes(before[at]!.tokenType)) at--;
  const sign = before[at];
  if (sign === undefined) return null;
  if (sign.tokenType === t.In && before[at - 1]?.tokenType === t.Not) at--;
  return before[at - 1] ?? null;
}

/** The field of a figure that is compared; `null` where it is not one, or has no field. */
function isFigureValue(before: readonly IToken[]): IToken | null {
  if (before.at(-2)?.tokenType !== t.Close) return null;
  const field = before.at(-3);
  return field === undefined || field.tokenType === t.Open ? null : field;
}

const isInFigure = (before: readonly IToken[]): boolean =>
  before.some(({ tokenType }) => tokenType === t.Pipe) && before.at(-1)?.tokenType === t.Open;

function depthOf(tokens: readonly IToken[], open: string, close: string): number {
  let depth = 0;
  for (const { image } of tokens) depth += image === open ? 1 : image === close ? -1 : 0;
  return depth;
}

/** Whether there are conditions and no set around them. */
const isBare = (before: readonly IToken[]): boolean =>
  before.some(({ tokenType }) => tokenType === t.Word || tokenType === t.Text || tokenType === t.Quoted) &&
  !before.some(({ tokenType }) => tokenType === t.OpenSet);

/** Those that fit what was typed, the best first: the beginning, the beginning of a part, anywhere. */
function ranked(items: readonly Completion[], typed: string): readonly Completion[] {
  const wanted = unquoted(typed).toLowerCase();
  const seen = new Set<string>();
  const fitting: { readonly item: Completion; readonly rank: number }[] = [];
  for (const each of items) {
    const rank = rankOf(each.label.toLowerCase(), wanted);
    if (rank === null || seen.has(each.insert)) continue;
    seen.add(each.insert);
    fitting.push({ item: each, rank });
  }
  fitting.sort((a, b) => a.rank - b.rank || placeOf(a.item) - placeOf(b.item));
  return fitting.slice(0, MAX_ITEMS).map((each) => each.item);
}

/** Of equals: what goes on with what is there, then what begins something new. */
function placeOf({ kind, label }: Completion): number {
  if (label === 'not') return 4;
  if (label === 'has' || label === '{ }') return 3;
  if (kind === 'field') return label.endsWith('.') ? 5 : 2;
  return kind === 'structure' && '})|'.includes(label) ? 1 : 0;
}

function rankOf(label: string, wanted: string): number | null {
  if (wanted === '') return 0;
  const at = label.indexOf(wanted);
  if (at === -1) return null;
  if (at === 0) return label === wanted ? 1 : 0;
  return /[\w]/.test(label[at - 1]!) ? 3 : 2;
}

const unquoted = (typed: string): string => {
  if (typed.startsWith('`')) return typed.slice(1);
  return /^["']/.test(typed) ? readText(`${typed}"`).replace(/["']$/, '') : typed;
};
