/** Random meanings of queries, in the normal form in which the parser gives them. */
import { FIGURES, RELATIONS } from '../../../shared/query/ast.ts';
import type {
  Comparison,
  Condition,
  Field,
  FigureCondition,
  Query,
  SetExpression,
  Signal,
  Value,
} from '../../../shared/query/ast.ts';
import { andOf, eitherOf, orOf, togetherOf } from '../../../shared/query/build.ts';
import { fieldType, INTRINSICS, intrinsic, OPERATORS, PREFIXES } from '../../../shared/query/fields.ts';
import type { Random } from './random.ts';

/** What the queries are to be about, so that some of them find something. */
export type Vocabulary = {
  readonly texts: readonly string[];
  readonly keys: readonly string[];
  readonly numbers: readonly number[];
  readonly durationsMs: readonly number[];
  readonly timesMs: readonly number[];
  readonly patterns: readonly string[];
};

export function randomQueries(random: Random, words: Vocabulary, signal: Signal = 'spans') {
  const field = (): Field => {
    if (random.chance(0.5)) {
      return { type: 'intrinsic', name: random.pick(INTRINSICS[signal]).name as 'name' };
    }
    const scope = random.chance(0.5) ? 'any' : random.pick(PREFIXES[signal]);
    return { type: 'attribute', scope: scope as 'any', key: random.pick(words.keys) };
  };
  const text = (): Value => ({ type: 'text', text: random.pick(words.texts) });
  const value = (of: Field): Value => {
    switch (fieldType(signal, of)) {
      case 'text':
        return text();
      case 'choice':
      case 'level':
        return {
          type: 'text',
          text: random.pick(intrinsic(signal, (of as { name: string }).name)!.choices!),
        };
      case 'number':
        return { type: 'number', number: random.pick(words.numbers) };
      case 'duration':
        return { type: 'duration', ms: random.pick(words.durationsMs) };
      case 'time':
        return random.chance(0.5)
          ? { type: 'time', ms: random.pick(words.timesMs) }
          : { type: 'duration', ms: 0 - random.pick(words.durationsMs) };
      case 'boolean':
        return { type: 'boolean', boolean: random.chance(0.5) };
      case 'attribute':
        if (random.chance(0.4)) return text();
        return random.chance(0.7)
          ? { type: 'number', number: random.pick(words.numbers) }
          : { type: 'boolean', boolean: random.chance(0.5) };
    }
  };
  const some = <T>(make: () => T, most = 3): T[] => Array.from({ length: random.int(2, most) }, make);

  const condition = (depth = 2): Condition => {
    const kind = random.int(0, depth > 0 ? 9 : 5);
    if (kind <= 3) {
      const of = field();
      const op: Comparison = random.pick(OPERATORS[fieldType(signal, of)]);
      if (op === '=~' || op === '!~') {
        return { type: 'compare', field: of, op, value: { type: 'text', text: random.pick(words.patterns) } };
      }
      return { type: 'compare', field: of, op, value: op === 'contains' ? text() : value(of) };
    }
    if (kind === 4) {
      const of = field();
      return random.chance(0.5)
        ? { type: 'has', field: of }
        : { type: 'in', field: of, values: some(() => value(of)) };
    }
    if (kind === 5) return { type: 'text', text: random.pick(words.texts) };
    if (kind === 6) return { type: 'not', item: condition(depth - 1) };
    return (kind === 7 ? orOf : andOf)(some(() => condition(depth - 1)));
  };

  const spans = (): SetExpression => ({ type: 'spans', where: random.chance(0.1) ? null : condition(1) });
  /** A set that says which spans it finds. */
  const named = (depth: number): SetExpression => {
    const kind = depth > 0 ? random.int(0, 5) : 0;
    if (kind <= 1) return spans();
    if (kind === 2) return togetherOf(some(() => named(depth - 1)));
    if (kind === 3) return eitherOf(some(() => named(depth - 1)));
    return {
      type: 'structure',
      relation: random.pick(RELATIONS),
      left: named(depth - 1),
      right: named(depth - 1),
    };
  };
  const set = (depth = 2): SetExpression => {
    const kind = depth > 0 ? random.int(0, 5) : 0;
    if (kind <= 2) return named(depth);
    if (kind === 3) return { type: 'without', set: set(depth - 1) };
    return (kind === 4 ? togetherOf : eitherOf)(some(() => set(depth - 1)));
  };

  const figure = (depth = 1): FigureCondition => {
    const kind = depth > 0 ? random.int(0, 5) : 0;
    if (kind === 3) return { type: 'not', item: figure(depth - 1) };
    if (kind === 4) return orOf(some(() => figure(depth - 1)));
    if (kind === 5) return andOf(some(() => figure(depth - 1)));
    const op = random.pick(['=', '!=', '>', '>=', '<', '<='] as const);
    const number = { type: 'number', number: random.pick(words.numbers) } as const;
    if (random.chance(0.3)) return { type: 'figure', figure: 'count', field: null, op, value: number };
    const name = random.pick(FIGURES);
    if (random.chance(0.5)) {
      const of: Field = { type: 'intrinsic', name: random.pick(['duration', 'self'] as const) };
      const wanted = { type: 'duration', ms: random.pick(words.durationsMs) } as const;
      return { type: 'figure', figure: name, field: of, op, value: name === 'count' ? number : wanted };
    }
    const of: Field = random.chance(0.3)
      ? { type: 'intrinsic', name: random.pick(['depth', 'trace.spans'] as const) }
      : { type: 'attribute', scope: 'any', key: random.pick(words.keys) };
    return { type: 'figure', figure: name, field: of, op, value: number };
  };

  const query = (): Query => {
    if (signal === 'logs') return { set: { type: 'spans', where: condition() }, pipes: [] };
    const kind = random.int(0, 9);
    return {
      set: kind === 0 ? null : kind <= 4 ? { type: 'spans', where: condition() } : set(),
      pipes: kind === 0 || random.chance(0.3) ? Array.from({ length: random.int(1, 2) }, () => figure()) : [],
    };
  };
  return { condition, query };
}
