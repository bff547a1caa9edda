/** Conditions added to a query, by its own grammar. Load it late. */
import type { SetExpression } from '../../../shared/query/ast.ts';
import { andOf, togetherOf } from '../../../shared/query/build.ts';
import { formatQuery, parseQuery } from '../../../shared/query/index.ts';
import { formatText } from '../../../shared/query/literals.ts';

/** Fields that are equal to a text; `true` for a condition of one word (`error`). */
export type Conditions = Readonly<Record<string, string | boolean>>;

const conditionText = (conditions: Conditions): string =>
  Object.entries(conditions)
    .filter(([, value]) => value !== false)
    .map(([field, value]) => (typeof value === 'string' ? `${field} = ${formatText(value)}` : field))
    .join(' and ');

/** What both find: of single spans, spans that meet both; of anything else, traces that have both. */
export function narrowQuery(query: string, added: string | Conditions): string {
  const now = parseQuery(query);
  const more = parseQuery(typeof added === 'string' ? added : conditionText(added));
  if (!more.ok || more.ast.set === null) return query;
  if (!now.ok) return formatQuery(more.ast).trim();
  const { set, pipes } = now.ast;
  const both = set === null ? more.ast.set : together(set, more.ast.set);
  return formatQuery({ set: both, pipes }).trim();
}

function together(set: SetExpression, more: SetExpression): SetExpression {
  if (set.type !== 'spans' || more.type !== 'spans') return togetherOf([set, more]);
  if (set.where === null || more.where === null) return set.where === null ? more : set;
  const items = ({ type, ...rest }: typeof set.where) =>
    type === 'and' && 'items' in rest ? rest.items : null;
  const known = items(set.where) ?? [set.where];
  // What the query says already is not said twice.
  const texts = new Set(known.map((item) => JSON.stringify(item)));
  const fresh = (items(more.where) ?? [more.where]).filter((item) => !texts.has(JSON.stringify(item)));
  return { type: 'spans', where: andOf([...known, ...fresh]) };
}
