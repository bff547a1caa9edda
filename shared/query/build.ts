/** Puts conditions together: one of them is itself, and equals inside equals are taken out. */
import type { Condition, Field, SetExpression } from './ast.ts';

const flat = <T extends { readonly type: string }>(type: 'and' | 'or', items: readonly T[]): T => {
  const all = items.flatMap((item) =>
    item.type === type ? (item as unknown as { readonly items: readonly T[] }).items : [item],
  );
  return all.length === 1 ? all[0]! : ({ type, items: all } as unknown as T);
};

export const andOf = <T extends { readonly type: string }>(items: readonly T[]): T => flat('and', items);
export const orOf = <T extends { readonly type: string }>(items: readonly T[]): T => flat('or', items);

const flatSets = (type: 'all' | 'any', sets: readonly SetExpression[]): SetExpression => {
  const all = sets.flatMap((set) => (set.type === type ? set.sets : [set]));
  return all.length === 1 ? all[0]! : { type, sets: all };
};
export const togetherOf = (sets: readonly SetExpression[]): SetExpression => flatSets('all', sets);
export const eitherOf = (sets: readonly SetExpression[]): SetExpression => flatSets('any', sets);

/** `not in`: as with `!=`, the field is there and is none of them. */
export const noneOf = (field: Field, members: Condition): Condition => ({
  type: 'and',
  items: [
    { type: 'has', field },
    { type: 'not', item: members },
  ],
});
