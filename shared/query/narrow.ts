/** A query and one condition more: what a click on a value, or on a row of figures, asks. */
import type { Condition, Query, SetExpression, Signal } from './ast.ts';
import { andOf, togetherOf } from './build.ts';
import { formatQuery } from './formatQuery.ts';
import { parseQuery } from './parseQuery.ts';

/**
 * What both find: of single spans, spans that meet both; of anything else, traces that have both. What the query says
 * already is not said twice. A query that cannot be read gives way to the condition; a condition that cannot be read
 * changes nothing.
 */
export function narrowQuery(query: string, condition: string, signal: Signal = 'spans'): string {
  const parsed = parseQuery(query, signal);
  const added = parseQuery(condition, signal);
  if (!added.ok || added.ast.set === null) return query;
  if (!parsed.ok) return formatQuery(added.ast, signal).trim();
  const { set, pipes } = parsed.ast;
  const both: Query = { set: set === null ? added.ast.set : together(set, added.ast.set), pipes };
  return formatQuery(both, signal).trim();
}

function together(set: SetExpression, more: SetExpression): SetExpression {
  if (set.type !== 'spans' || more.type !== 'spans') return togetherOf([set, more]);
  if (set.where === null || more.where === null) return set.where === null ? more : set;
  const known = itemsOf(set.where);
  const texts = new Set(known.map((item) => JSON.stringify(item)));
  const fresh = itemsOf(more.where).filter((item) => !texts.has(JSON.stringify(item)));
  return { type: 'spans', where: andOf([...known, ...fresh]) };
}

const itemsOf = (where: Condition): readonly Condition[] => (where.type === 'and' ? where.items : [where]);
