/**
 * Quick filters as a part of the query's text: read out of it and written into it, by its own grammar. Brings the
 * grammar along: load it late.
 */
import type { Condition, Query, SetExpression } from '../../shared/query/ast.ts';
import { andOf, togetherOf } from '../../shared/query/build.ts';
import { formatQuery, parseQuery } from '../../shared/query/index.ts';

export type Filters = {
  /** Spans that failed. */
  readonly errors: boolean;
  readonly runsOnly: boolean;
  readonly service: string | null;
  readonly operation: string | null;
  /** Traces that took at least so long. */
  readonly minMs: number | null;
};
type Name = keyof Filters;
export const NO_FILTERS: Filters = {
  errors: false,
  runsOnly: false,
  service: null,
  operation: null,
  minMs: null,
};

/** `null` for a query that cannot be read. */
export function filtersOf(query: string): Filters | null {
  const parsed = parseQuery(query);
  if (!parsed.ok) return null;
  const found: Record<Name, boolean | string | number | null> = { ...NO_FILTERS };
  for (const condition of conditionsOf(parsed.ast.set)) {
    const known = filterOf(condition);
    if (known !== null) found[known.name] = known.value;
  }
  return found as Filters;
}

/** The query with these filters and no others of their kind; as it was, where it cannot be read. */
export function withFilters(query: string, change: Partial<Filters>): string {
  const parsed = parseQuery(query);
  if (!parsed.ok) return query;
  const { set, pipes } = parsed.ast;
  const isReplaced = (condition: Condition) => {
    const known = filterOf(condition);
    return known !== null && known.name in change;
  };
  const added = (Object.keys(change) as Name[]).flatMap((name) => {
    const condition = conditionOf(name, change[name] ?? null);
    return condition === null ? [] : [condition];
  });
  if (set === null || set.type === 'spans') {
    const kept = conditionsOf(set).filter((condition) => !isReplaced(condition));
    const all = [...kept, ...added];
    return write({ set: all.length === 0 ? null : { type: 'spans', where: andOf(all) }, pipes });
  }
  const sets = set.type === 'all' ? set.sets : [set];
  const kept = sets.filter((each) => each.type !== 'spans' || each.where === null || !isReplaced(each.where));
  const all = [...kept, ...added.map((where): SetExpression => ({ type: 'spans', where }))];
  return write({ set: all.length === 0 ? null : togetherOf(all), pipes });
}

const write = (query: Query) => formatQuery(query).trim();

/** What holds of the found spans, or beside a structure in its trace, as single conditions. */
function conditionsOf(set: SetExpression | null): readonly Condition[] {
  if (set === null) return [];
  if (set.type === 'all')
    return set.sets.flatMap((each) => (each.type === 'spans' ? conditionsOf(each) : []));
  if (set.type !== 'spans' || set.where === null) return [];
  return set.where.type === 'and' ? set.where.items : [set.where];
}

const intrinsic = (name: 'error' | 'run' | 'service' | 'name' | 'trace.duration') =>
  ({ type: 'intrinsic', name }) as const;

function conditionOf(name: Name, value: boolean | string | number | null): Condition | null {
  if (value === null || value === false) return null;
  const equal = (field: 'service' | 'name'): Condition => ({
    type: 'compare',
    field: intrinsic(field),
    op: '=',
    value: { type: 'text', text: String(value) },
  });
  switch (name) {
    case 'errors':
      return {
        type: 'compare',
        field: intrinsic('error'),
        op: '=',
        value: { type: 'boolean', boolean: true },
      };
    case 'runsOnly':
      return { type: 'has', field: intrinsic('run') };
    case 'service':
      return equal('service');
    case 'operation':
      return equal('name');
    case 'minMs':
      return {
        type: 'compare',
        field: intrinsic('trace.duration'),
        op: '>=',
        value: { type: 'duration', ms: Number(value) },
      };
  }
}

function filterOf(condition: Condition): { name: Name; value: boolean | string | number } | null {
  if (condition.type === 'has') {
    const { field } = condition;
    return field.type === 'intrinsic' && field.name === 'run' ? { name: 'runsOnly', value: true } : null;
  }
  if (condition.type !== 'compare' || condition.field.type !== 'intrinsic') return null;
  const { field, op, value } = condition;
  if (field.name === 'error' && op === '=' && value.type === 'boolean' && value.boolean)
    return { name: 'errors', value: true };
  if (field.name === 'service' && op === '=' && value.type === 'text')
    return { name: 'service', value: value.text };
  if (field.name === 'name' && op === '=' && value.type === 'text')
    return { name: 'operation', value: value.text };
  if (field.name === 'trace.duration' && op === '>=' && value.type === 'duration')
    return { name: 'minMs', value: value.ms };
  return null;
}
