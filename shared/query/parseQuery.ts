/** From the text of a query to its meaning. Loads the grammar: import it late where the first screen counts. */
import { FIGURES } from './ast.ts';
import type { Parsed, Query, QueryError, Signal } from './ast.ts';
import { QueryParser } from './grammar.ts';
import type { Role } from './grammar.ts';
import { endOf, Open, OpenSet, Pipe, tokenize, Unclosed } from './tokens.ts';

/** Deeper nesting would cost more stack than there may be. */
const MAX_DEPTH = 100;

let made: QueryParser | null = null;
const parser = (): QueryParser => (made ??= new QueryParser());

export function parseQuery(text: string, signal: Signal = 'spans'): Parsed {
  return parseMarked(text, signal).parsed;
}

/** The meaning, and what each token is (by the place where it begins), as far as it was read. */
export function parseMarked(
  text: string,
  signal: Signal,
): { readonly parsed: Parsed; readonly roles: ReadonlyMap<number, Role> } {
  const tokens = tokenize(text);
  const unclosed = tokens.find((token) => token.tokenType === Unclosed);
  const before = unclosed === undefined ? tokens : tokens.slice(0, tokens.indexOf(unclosed));
  const it = parser();
  it.input = before;
  it.signal = signal;
  const deep = tooDeep(before);
  if (deep !== null) return { parsed: { ok: false, errors: [deep] }, roles: new Map() };
  const ast = it.query() as Query | undefined;
  const { roles } = it;
  if (unclosed !== undefined) {
    const error = {
      message: `what begins here has no closing ${unclosed.image[0]!}`,
      from: unclosed.startOffset,
      to: endOf(unclosed),
    };
    return { parsed: { ok: false, errors: [error] }, roles };
  }
  const syntax = it.errors.map((error): QueryError => {
    const { token } = error;
    const end = before.at(-1);
    if (!(token.startOffset >= 0)) {
      const from = end === undefined ? 0 : endOf(end);
      return { message: error.message, from, to: from + 1 };
    }
    return { message: error.message, from: token.startOffset, to: endOf(token) };
  });
  const faults = [...it.faults, ...syntax].sort((a, b) => a.from - b.from);
  const meant = faults.length === 0 ? null : otherLanguage(before);
  const errors = meant === null ? faults : [meant];
  return {
    parsed: errors.length > 0 || ast === undefined ? { ok: false, errors } : { ok: true, ast },
    roles,
  };
}

/** What is right elsewhere, and would be told of here as something that it is not. */
function otherLanguage(tokens: ReturnType<typeof tokenize>): QueryError | null {
  for (const [index, token] of tokens.entries()) {
    if (token.tokenType === Pipe) return null;
    const next = tokens[index + 1];
    if (next === undefined || next.startOffset !== endOf(token)) continue;
    const place = { from: token.startOffset, to: endOf(next) };
    if (token.image === '<' && next.image === '>') return { message: '<> is written != here', ...place };
    const isFigure = FIGURES.some((figure) => figure === token.image.toLowerCase());
    if (isFigure && next.tokenType === Open) {
      return { message: `a figure of a trace stands behind a |, as in | ${token.image}(…) > 3`, ...place };
    }
  }
  return null;
}

/** `null` where the tokens nest no deeper than a query may. */
export function tooDeep(tokens: ReturnType<typeof tokenize>): QueryError | null {
  let depth = 0;
  for (const token of tokens) {
    if (token.tokenType === Open || token.tokenType === OpenSet) depth++;
    else if (token.image === ')' || token.image === '}') depth--;
    if (depth > MAX_DEPTH) {
      return { message: 'too many parentheses inside each other', from: token.startOffset, to: endOf(token) };
    }
  }
  return null;
}
