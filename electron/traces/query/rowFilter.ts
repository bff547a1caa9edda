/**
 * Compiles a condition into questions to columns: each names what it needs and leaves fewer rows to the next, so that
 * a column is read only where rows are left. Texts are looked at once a dictionary, not once a row.
 */
import type { Condition, Field } from '../../../shared/query/ast.ts';
import type { SpanIntrinsic } from '../../../shared/query/intrinsics.ts';
import { attributeSelect } from './attributeRows.ts';
import { testOf } from './fieldQuestion.ts';
import type { FilterContext, Question } from './fieldQuestion.ts';
import { intrinsicFilter } from './intrinsicFilter.ts';
import { textSelect } from './rowSelects.ts';
import type { RowFilter } from './rowSelects.ts';
import { merged, NO_ROWS, without } from './rows.ts';

export function compileCondition(condition: Condition, context: FilterContext): RowFilter {
  switch (condition.type) {
    case 'and': {
      const filters = condition.items.map((item) => compileCondition(item, context));
      filters.sort((a, b) => a.cost - b.cost);
      return {
        cost: filters[0]!.cost,
        select(block, within) {
          let rows = within;
          for (const { select } of filters) {
            if (rows.length === 0) return NO_ROWS;
            rows = select(block, rows);
          }
          return rows;
        },
      };
    }
    case 'or': {
      const filters = condition.items.map((item) => compileCondition(item, context));
      return {
        cost: filters.reduce((sum, { cost }) => sum + cost, 0),
        select(block, within) {
          let found = NO_ROWS;
          let rest = within;
          for (const { select } of filters) {
            if (rest.length === 0) break;
            const more = select(block, rest);
            found = merged(found, more);
            rest = without(rest, more);
          }
          return found;
        },
      };
    }
    case 'not': {
      const { select, cost } = compileCondition(condition.item, context);
      return { cost, select: (block, within) => without(within, select(block, within)) };
    }
    case 'compare': {
      const { field, op, value } = condition;
      return compileField(field, { op, value, context });
    }
    case 'in':
      return compileField(condition.field, { members: condition.values, context });
    case 'has':
      return compileField(condition.field, { context });
    case 'text':
      return { cost: 100, select: textSelect(condition.text, context) };
  }
}

function compileField(field: Field, question: Question): RowFilter {
  const { reader } = question.context;
  if (field.type === 'intrinsic') return intrinsicFilter(field.name as SpanIntrinsic, question);
  const { scope, key } = field;
  const test = testOf(question);
  const cost = { span: 2, any: 3, resource: 1, event: 20, link: 20 }[scope];
  return { cost, select: attributeSelect(reader.strings, scope, key, test) };
}
