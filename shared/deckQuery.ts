/**
 * The deck's query language (docs/deck-search.md): text to a tree with positions. It never throws: what cannot be read
 * is said with its place and left out, and the rest is searched for.
 */
import { CARD_TYPES, QUALITY_CODES } from './card.ts';

const CARD_STATES = [
  'new',
  'learning',
  'review',
  'due',
  'suspended',
  'buried',
  'leech',
  'proposed',
  'rejected',
  'accepted',
] as const;
export type CardState = (typeof CARD_STATES)[number];
const CARD_PROPERTIES = ['stability', 'difficulty', 'lapses', 'reps', 'interval'] as const;
export type CardProperty = (typeof CARD_PROPERTIES)[number];
const CARD_SIDES = ['front', 'back', 'term'] as const;
export type CardSide = (typeof CARD_SIDES)[number];
export const COMPARISONS = ['>=', '<=', '!=', '=', '>', '<'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Every key, with its values where they are fixed: for completions and for messages. */
const DECK_QUERY_KEYS = {
  deck: null,
  tag: null,
  type: CARD_TYPES,
  is: CARD_STATES,
  flag: ['0', '1', '2', '3', '4', '5', '6', '7'],
  warning: ['any', ...QUALITY_CODES],
  front: null,
  back: null,
  term: null,
  added: null,
  edited: null,
  rated: null,
  prop: CARD_PROPERTIES,
  run: null,
  notetype: null,
} as const satisfies Readonly<Record<string, readonly string[] | null>>;
export type DeckQueryKey = keyof typeof DECK_QUERY_KEYS;

/** Where in the text it stands: from the first to behind the last UTF-16 unit. */
export type QueryRange = { readonly from: number; readonly to: number };
export type DeckCondition =
  /** `word`: its last word may go on; `phrase`: these very words, in a row. */
  | {
      readonly kind: 'text';
      readonly form: 'word' | 'phrase';
      readonly text: string;
      readonly side: CardSide | null;
    }
  /** With those below it. `*` in a name is any text, unless it is `exact`. */
  | { readonly kind: 'deck' | 'tag' | 'notetype'; readonly name: string; readonly exact?: true }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'is'; readonly state: CardState }
  | { readonly kind: 'flag'; readonly flag: number }
  /** `null` for any. */
  | { readonly kind: 'warning'; readonly code: string | null }
  /** Within so many days, today being one. */
  | { readonly kind: 'added' | 'edited'; readonly days: number }
  | { readonly kind: 'rated'; readonly days: number; readonly rating: number | null }
  | {
      readonly kind: 'prop';
      readonly property: CardProperty;
      readonly comparison: Comparison;
      readonly value: number;
    }
  | { readonly kind: 'run'; readonly runId: string };
export type DeckQuery = QueryRange &
  (
    | DeckCondition
    | { readonly kind: 'and' | 'or'; readonly parts: readonly DeckQuery[] }
    | { readonly kind: 'not'; readonly part: DeckQuery }
  );

export type QueryProblem = { readonly message: string; readonly at: number };
export type ParsedDeckQuery = {
  /** `null` where nothing restricts: all cards. */
  readonly query: DeckQuery | null;
  /** The first one. */
  readonly problem: QueryProblem | null;
};

type Token =
  | ({ readonly kind: '(' | ')' | '-' | 'or' | 'and' } & QueryRange)
  | ({
      readonly kind: 'term';
      readonly key: string | null;
      /** Where the value begins. */
      readonly at: number;
      readonly value: string;
      readonly quoted: boolean;
    } & QueryRange);
type Say = (message: string, at: number) => void;

/** How deep parentheses may lie within one another. */
const MAX_DEPTH = 50;

/** Reads a query. */
export function parseDeckQuery(text: string): ParsedDeckQuery {
  let problem: QueryProblem | null = null;
  const say: Say = (message, at) => {
    if (problem === null || at < problem.at) problem = { message, at };
  };
  const tokens = tokensOf(text, say);
  let next = 0;

  /** Side by side binds tighter than `or`. */
  function readEither(depth: number): DeckQuery | null {
    const parts: DeckQuery[] = [];
    for (;;) {
      const part = readAll(depth);
      if (part !== null) parts.push(part);
      const token = tokens[next];
      if (token?.kind !== 'or') return joined('or', parts);
      const follower = tokens[next + 1]?.kind;
      const bare = next === 0 || ['(', 'or', 'and'].includes(tokens[next - 1]!.kind);
      if (bare || follower === undefined || follower === ')' || follower === 'or') {
        say('"or" stands between two conditions.', token.from);
      }
      next += 1;
    }
  }

  function readAll(depth: number): DeckQuery | null {
    const parts: DeckQuery[] = [];
    for (;;) {
      const token = tokens[next];
      if (token === undefined || token.kind === 'or') return joined('and', parts);
      if (token.kind === ')') {
        if (depth > 0) return joined('and', parts);
        say('There is no "(" to this ")".', token.from);
        next += 1;
        continue;
      }
      if (token.kind === 'and') {
        next += 1;
        continue;
      }
      const part = readOne(depth);
      if (part !== null) parts.push(part);
    }
  }

  function readOne(depth: number): DeckQuery | null {
    const token = tokens[next]!;
    next += 1;
    if (token.kind === '-') {
      const follower = tokens[next];
      if (
        follower === undefined ||
        !['(', '-', 'term'].includes(follower.kind) ||
        follower.from !== token.to
      ) {
        say('"-" stands right before what it excludes.', token.from);
        return null;
      }
      const part = readOne(depth);
      if (part === null) return null;
      return part.kind === 'not' ? part.part : { kind: 'not', part, from: token.from, to: part.to };
    }
    if (token.kind === '(') {
      if (depth >= MAX_DEPTH) {
        say('The parentheses lie too deep.', token.from);
        next = tokens.length;
        return null;
      }
      const part = readEither(depth + 1);
      const end = tokens[next];
      if (end?.kind === ')') next += 1;
      else say('There is no ")" to this "(".', token.from);
      return part;
    }
    if (token.kind !== 'term') return null;
    const condition = conditionOf(token, say);
    return condition === null ? null : { ...condition, from: token.from, to: token.to };
  }

  const query = readEither(0);
  return { query, problem };
}

function joined(kind: 'and' | 'or', parts: readonly DeckQuery[]): DeckQuery | null {
  const [first] = parts;
  if (first === undefined) return null;
  return parts.length === 1 ? first : { kind, parts, from: first.from, to: parts.at(-1)!.to };
}

/** Typed quotes as word processors make them, too. */
const QUOTES: Readonly<Record<string, string>> = { '"': '"', '“': '”', '„': '“', '«': '»', '「': '」' };
const KEY = /([a-z]+):(?!:)/iy;
const SPACE = /\s/u;

function tokensOf(text: string, say: Say): Token[] {
  const tokens: Token[] = [];
  let at = 0;

  function readQuoted(): string {
    const opening = at;
    const closing = QUOTES[text[at]!]!;
    let value = '';
    for (at += 1; at < text.length && text[at] !== closing; at += 1) {
      // Within quotes a backslash takes the next quote or backslash as it is.
      if (text[at] === '\\' && (text[at + 1] === closing || text[at + 1] === '\\')) at += 1;
      value += text[at]!;
    }
    if (at >= text.length) say('The quotation does not end.', opening);
    at += 1;
    return value;
  }
  function readBare(): string {
    const start = at;
    while (at < text.length && !SPACE.test(text[at]!) && text[at] !== '(' && text[at] !== ')') at += 1;
    return text.slice(start, at);
  }

  while (at < text.length) {
    const from = at;
    const character = text[at]!;
    if (SPACE.test(character)) {
      at += 1;
    } else if (character === '(' || character === ')' || character === '-') {
      at += 1;
      tokens.push({ kind: character, from, to: at });
    } else if (character in QUOTES) {
      const value = readQuoted();
      tokens.push({
        kind: 'term',
        key: null,
        at: from,
        value,
        quoted: true,
        from,
        to: Math.min(at, text.length),
      });
    } else {
      KEY.lastIndex = at;
      const key = KEY.exec(text)?.[1];
      if (key !== undefined) at += key.length + 1;
      const valueAt = at;
      const quoted = key !== undefined && Object.hasOwn(QUOTES, text[at] ?? '');
      const value = quoted ? readQuoted() : readBare();
      const to = Math.min(at, text.length);
      const word = key === undefined ? value.toLowerCase() : '';
      if (word === 'or' || word === 'and') tokens.push({ kind: word, from, to });
      else
        tokens.push({ kind: 'term', key: key?.toLowerCase() ?? null, at: valueAt, value, quoted, from, to });
    }
  }
  return tokens;
}

const MAX_DAYS = 100_000;
const WORDLIKE = /[\p{L}\p{N}]/u;
const PROPERTY = /^([a-z]+)\s*(>=|<=|!=|=|>|<)\s*(-?\d+(?:\.\d+)?)d?$/i;

function conditionOf(token: Extract<Token, { kind: 'term' }>, say: Say): DeckCondition | null {
  const { key, quoted, at } = token;
  const value = token.value.normalize('NFC').trim();
  const wrong = (message: string, place = at): null => {
    say(message, place);
    return null;
  };
  if (key === null) return textOf(value, quoted, null, at, say);
  if (!isKey(key)) return wrong(`There is no "${key}:"; quote the text to search for it.`, token.from);
  if (value === '') return wrong(`Something must follow "${key}:".`, token.from);
  const fixed: readonly string[] | null = DECK_QUERY_KEYS[key];
  const word = value.toLowerCase();
  if (fixed !== null && key !== 'prop' && !fixed.includes(word)) {
    return wrong(`"${key}:" has no "${value}"; it is one of ${fixed.join(', ')}.`);
  }
  switch (key) {
    case 'front':
    case 'back':
    case 'term':
      return textOf(value, quoted, key, at, say);
    case 'deck':
    case 'tag':
    case 'notetype':
      return { kind: key, name: value };
    case 'run':
      return { kind: 'run', runId: value };
    case 'type':
      return { kind: 'type', type: word };
    case 'is':
      return { kind: 'is', state: word as CardState };
    case 'flag':
      return { kind: 'flag', flag: Number(word) };
    case 'warning':
      return { kind: 'warning', code: word === 'any' ? null : word };
    case 'added':
    case 'edited': {
      const days = daysOf(word);
      return days === null ? wrong(`"${key}:" takes a number of days, as in ${key}:7.`) : { kind: key, days };
    }
    case 'rated': {
      const [daysText = '', ratingText, ...more] = word.split(':');
      const days = daysOf(daysText);
      const rating = ratingText === undefined ? null : '1234'.indexOf(ratingText) + 1;
      if (days === null || rating === 0 || more.length > 0 || ratingText === '') {
        return wrong('"rated:" takes a number of days and a rating 1 to 4, as in rated:7 or rated:7:1.');
      }
      return { kind: 'rated', days, rating };
    }
    case 'prop': {
      const [, name = '', comparison, number] = PROPERTY.exec(value) ?? [];
      const property = CARD_PROPERTIES.find((known) => known === name.toLowerCase());
      if (property === undefined || comparison === undefined) {
        return wrong(
          `"prop:" takes a comparison with a number, as in prop:stability>=21: ${CARD_PROPERTIES.join(', ')}.`,
        );
      }
      return { kind: 'prop', property, comparison: comparison as Comparison, value: Number(number) };
    }
  }
}

function textOf(
  value: string,
  quoted: boolean,
  side: CardSide | null,
  at: number,
  say: Say,
): DeckCondition | null {
  // `*` at the end lets the last word go on, within quotation marks too; elsewhere no index could find it.
  const open = value.endsWith('*');
  const text = open ? value.replace(/\*+$/, '') : value;
  if (text.includes('*')) {
    say('"*" stands for the rest of a word, at its end.', at + text.indexOf('*'));
    return null;
  }
  if (!WORDLIKE.test(text)) {
    // An empty pair of quotation marks is what one types on the way to a full one.
    if (text !== '' || open) say('There is no letter or digit to search for.', at);
    return null;
  }
  return { kind: 'text', form: quoted && !open ? 'phrase' : 'word', text, side };
}

function daysOf(text: string): number | null {
  const days = Number(text);
  return /^\d+$/.test(text) && days >= 1 && days <= MAX_DAYS ? days : null;
}

function isKey(key: string): key is DeckQueryKey {
  return Object.hasOwn(DECK_QUERY_KEYS, key);
}
