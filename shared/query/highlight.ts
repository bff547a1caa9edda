/** The parts of a query and what they are, for colours: the same tokens and the same grammar that read it. */
import type { QueryError, Signal } from './ast.ts';
import type { Role } from './grammar.ts';
import { parseMarked } from './parseQuery.ts';
import * as t from './tokens.ts';

export type Mark = { readonly from: number; readonly to: number; readonly role: Role };
export type Marked = { readonly marks: readonly Mark[]; readonly errors: readonly QueryError[] };

/** Every token, in order. What stands after a fault is told by its looks. */
export function highlight(text: string, signal: Signal = 'spans'): Marked {
  const { parsed, roles } = parseMarked(text, signal);
  const marks = t.tokenize(text).map((token): Mark => {
    const from = token.startOffset;
    return { from, to: t.endOf(token), role: roles.get(from) ?? roleOf(token) };
  });
  return { marks, errors: parsed.ok ? [] : parsed.errors };
}

function roleOf({ tokenType }: ReturnType<typeof t.tokenize>[number]): Role {
  switch (tokenType) {
    case t.Text:
    case t.Literal:
    case t.Unclosed:
      return 'value';
    case t.Quoted:
      return 'field';
    case t.Word:
      return 'text';
    case t.And:
    case t.Or:
    case t.Not:
    case t.Has:
      return 'keyword';
    case t.In:
      return 'operator';
    default:
      return tokenType.CATEGORIES?.includes(t.Operator) === true ? 'operator' : 'sign';
  }
}
