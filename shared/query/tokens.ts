/** The words of the language, for parser, completion and colours alike. */
import { createToken, Lexer } from 'chevrotain';
import type { IToken, TokenType } from 'chevrotain';

/** Everything that is neither space nor a sign of the language: names of fields, words, values without quotes. */
const WORD = /[^\s(){}|&=!<>~"'`,]+/;

export const Word = createToken({ name: 'Word', label: 'a name', pattern: WORD, line_breaks: false });
/** Begins like a number; what it is depends on the field it is compared with. */
export const Literal = createToken({
  name: 'Literal',
  label: 'a number',
  pattern: /[+-]?\.?\d[^\s(){}|&=!<>~"'`,]*/,
  line_breaks: false,
});
export const Text = createToken({
  name: 'Text',
  label: 'text in quotes',
  pattern: /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/,
  line_breaks: true,
});
/** A key that holds signs of the language, or is called like a field. */
export const Quoted = createToken({
  name: 'Quoted',
  label: 'a key in backquotes',
  pattern: /(?:(?:span|resource|event|link)\.)?`(?:[^`]|``)*`/,
  line_breaks: true,
});
/** A quote that is never closed: taken to the end, so that the fault is told where it begins. */
export const Unclosed = createToken({ name: 'Unclosed', pattern: /["'`][\s\S]*/, line_breaks: true });

export const And = createToken({ name: 'And', label: 'and', pattern: /&&?|and/i, longer_alt: Word });
export const Or = createToken({ name: 'Or', label: 'or', pattern: /\|\||or/i, longer_alt: Word });
export const Not = createToken({ name: 'Not', label: 'not', pattern: /!|not/i, longer_alt: Word });
export const In = createToken({ name: 'In', label: 'in', pattern: /in/i, longer_alt: Word });
export const Has = createToken({ name: 'Has', label: 'has', pattern: /has(?=\s*\()/i });

/** Compares a field with a value. */
export const Operator = createToken({ name: 'Operator', label: 'an operator', pattern: Lexer.NA });
/** Says how two sets of spans stand to each other. */
export const Relate = createToken({ name: 'Relate', label: 'a relation', pattern: Lexer.NA });
const operator = (name: string, pattern: string | RegExp, categories: TokenType[] = [Operator]) =>
  createToken({ name, pattern, categories, ...(name === 'Contains' && { longer_alt: Word }) });
const operators = [
  operator('Match', '=~'),
  operator('NotMatch', '!~'),
  operator('NotEqual', '!='),
  operator('Equal', /==?/),
  operator('AtLeast', '>='),
  operator('AtMost', '<='),
  operator('Descendant', '>>', [Relate]),
  operator('Ancestor', '<<', [Relate]),
  operator('More', '>', [Operator, Relate]),
  operator('Less', '<', [Operator, Relate]),
  operator('Sibling', '~', [Relate]),
  operator('Contains', /contains/i),
];

const sign = (name: string, label: string) => createToken({ name, label, pattern: label });
export const Open = sign('Open', '(');
export const Close = sign('Close', ')');
export const OpenSet = sign('OpenSet', '{');
export const CloseSet = sign('CloseSet', '}');
export const Comma = sign('Comma', ',');
export const Pipe = sign('Pipe', '|');

const Space = createToken({ name: 'Space', pattern: /\s+/, group: Lexer.SKIPPED, line_breaks: true });

/** In the order in which they are tried. */
export const TOKENS: readonly TokenType[] = [
  Space,
  Operator,
  Relate,
  Quoted,
  Text,
  Unclosed,
  ...operators,
  And,
  Or,
  Not,
  In,
  Has,
  Open,
  Close,
  OpenSet,
  CloseSet,
  Comma,
  Pipe,
  Literal,
  Word,
];

const lexer = new Lexer([...TOKENS], { positionTracking: 'onlyOffset' });

/** Every character belongs to a token or is space: nothing is refused here. */
export const tokenize = (text: string): IToken[] => lexer.tokenize(text).tokens;

/** Where a token ends (the character after it). */
export const endOf = (token: IToken): number => token.startOffset + token.image.length;
