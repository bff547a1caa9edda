/** A query and one condition more: what a click on a value asks. */
import type { Query, Signal } from './ast.ts';
import { andOf, togetherOf } from './build.ts';
import { formatQuery } from './formatQuery.ts';
import { parseQuery } from './parseQuery.ts';

/** Of sets: traces that have such a span as well. A query that cannot be read gives way to the condition. */
export function narrowQuery(query: string, condition: string, signal: Signal = 'spans'): string {
  const parsed = parseQuery(query, signal);
  const added = parseQuery(condition, signal);
  if (!parsed.ok || !added.ok || added.ast.set === null) return condition;
  const { set, pipes } = parsed.ast;
  const more = added.ast.set;
  if (set === null || (set.type === 'spans' && set.where === null)) {
    return formatQuery({ set: more, pipes }, signal);
  }
  const isPlain = set.type === 'spans' && more.type === 'spans' && set.where !== null && more.where !== null;
  const narrowed: Query = {
    set: isPlain ? { type: 'spans', where: andOf([set.where, more.where]) } : togetherOf([set, more]),
    pipes,
  };
  return formatQuery(narrowed, signal);
}
