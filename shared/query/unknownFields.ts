/** What a query asks for that no span has: mostly a slip of the hand, which finds nothing and says nothing. */
import { didYouMean, nearestNames } from '../nearestNames.ts';
import type { FieldCatalog } from '../traceQuery.ts';
import type { Field, FigureCondition, Query, SetExpression } from './ast.ts';
import { INTRINSICS } from './fields.ts';
import { fieldsOf } from './fieldTest.ts';
import { formatField } from './formatQuery.ts';
import { parseQuery } from './parseQuery.ts';

export type UnknownField = {
  /** As a query writes it. */
  readonly field: string;
  /** Fields with names that are near it, the nearest first; as a query writes them. */
  readonly near: readonly string[];
};

/**
 * The attributes a query about spans asks for that the catalog does not have, each once. Those of events and links are
 * left out, for the catalog has none of them. A query that cannot be read has none.
 */
export function unknownFields(query: string, catalog: FieldCatalog): readonly UnknownField[] {
  const parsed = parseQuery(query);
  if (!parsed.ok) return [];
  const keys = catalog.attributes.map(({ key }) => key);
  const known = new Set(keys);
  const names = [...INTRINSICS.spans.map(({ name }) => name), ...keys];
  const unknown = new Map<string, UnknownField>();
  for (const asked of fieldsOfQuery(parsed.ast)) {
    if (asked?.type !== 'attribute' || known.has(asked.key)) continue;
    if (asked.scope === 'event' || asked.scope === 'link') continue;
    const field = formatField(asked);
    const near = nearestNames(asked.key, asked.scope === 'any' ? names : keys);
    unknown.set(field, { field, near: near.map((name) => written(name, asked)) });
  }
  return [...unknown.values()];
}

/** In a sentence: “No span has duratoin. Did you mean duration?” */
export function unknownFieldText({ field, near }: UnknownField): string {
  return `No recent span has ${field}.${didYouMean(near)}`;
}

function written(name: string, { scope }: Field & { type: 'attribute' }): string {
  const isIntrinsic = scope === 'any' && INTRINSICS.spans.some((field) => field.name === name);
  return isIntrinsic ? name : formatField({ type: 'attribute', scope, key: name });
}

type Asked = Field | null;

function fieldsOfQuery({ set, pipes }: Query): readonly Asked[] {
  return [...(set === null ? [] : fieldsOfSet(set)), ...pipes.flatMap(fieldsOfFigures)];
}

function fieldsOfSet(set: SetExpression): readonly Asked[] {
  switch (set.type) {
    case 'spans':
      return set.where === null ? [] : fieldsOf(set.where);
    case 'structure':
      return [...fieldsOfSet(set.left), ...fieldsOfSet(set.right)];
    case 'all':
    case 'any':
      return set.sets.flatMap(fieldsOfSet);
    case 'without':
      return fieldsOfSet(set.set);
  }
}

function fieldsOfFigures(figures: FigureCondition): readonly Asked[] {
  switch (figures.type) {
    case 'and':
    case 'or':
      return figures.items.flatMap(fieldsOfFigures);
    case 'not':
      return fieldsOfFigures(figures.item);
    case 'figure':
      return [figures.field];
  }
}
