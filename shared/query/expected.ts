/**
 * What may come next after some tokens: the grammar, as the parser holds it, is walked in all the ways that they can
 * be read.
 */
import {
  Alternation,
  Alternative,
  NonTerminal,
  Option,
  Repetition,
  Terminal,
  tokenMatcher,
} from 'chevrotain';
import type { IProduction, IToken, TokenType } from 'chevrotain';
import type { QueryParser } from './grammar.ts';

/** A token that may come, and the rule of the grammar that asks for it. */
export type Expected = { readonly token: TokenType; readonly rule: string };

/** A place in a rule, and where to go on once the rule is done. */
type Place = {
  readonly parts: readonly IProduction[];
  readonly at: number;
  readonly rule: string;
  readonly back: Place | null;
};
type Reading = Expected & { readonly next: Place };

/** Empty where the tokens cannot be read. */
export function expectedAfter(parser: QueryParser, tokens: readonly IToken[]): readonly Expected[] {
  const start = parser.getGAstProductions()['query']!;
  let readings = readingsAt({ parts: start.definition, at: 0, rule: 'query', back: null });
  for (const token of tokens) {
    const read = readings.filter((reading) => tokenMatcher(token, reading.token));
    // Two ways to the same place are one.
    readings = unique(read.flatMap(({ next }) => readingsAt(next)));
  }
  return unique(readings);
}

function unique<T extends Reading | Expected>(readings: readonly T[]): T[] {
  const seen = new Set<string>();
  return readings.filter((reading) => {
    const key = `${reading.token.name} ${reading.rule} ${'next' in reading ? pathOf(reading.next) : ''}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function pathOf(place: Place | null): string {
  let path = '';
  for (let each = place; each !== null; each = each.back)
    path += `${each.rule}${each.at}:${each.parts.length} `;
  return path;
}

function readingsAt(place: Place | null): Reading[] {
  if (place === null) return [];
  const { parts, at, rule, back } = place;
  const part = parts[at];
  if (part === undefined) return readingsAt(back);
  const after: Place = { ...place, at: at + 1 };
  const inside = (definition: readonly IProduction[], next: Place, name = rule): Reading[] =>
    readingsAt({ parts: definition, at: 0, rule: name, back: next });
  if (part instanceof Terminal) return [{ token: part.terminalType, rule, next: after }];
  if (part instanceof NonTerminal) return inside(part.definition, after, part.nonTerminalName);
  if (part instanceof Alternative) return inside(part.definition, after);
  if (part instanceof Alternation) return part.definition.flatMap((choice) => inside([choice], after));
  if (part instanceof Option) return [...inside(part.definition, after), ...readingsAt(after)];
  // Once more, or on.
  if (part instanceof Repetition) return [...inside(part.definition, place), ...readingsAt(after)];
  throw new Error('The grammar uses a part that is not known here.');
}
