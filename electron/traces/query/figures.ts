/** Figures over the spans that were found in a trace: count, sum, average, extremes, percentiles. */
import type { Field, Figure, FigureCondition } from '../../../shared/query/ast.ts';
import type { SpanIntrinsic } from '../../../shared/query/intrinsics.ts';
import { VALUE } from '../blockTypes.ts';
import type { SpanBlock } from '../blockTypes.ts';
import { readList, resourceOf, seek } from './attributeRows.ts';
import { toNumber } from './fieldQuestion.ts';
import type { FilterContext } from './fieldQuestion.ts';
import { compileCondition } from './rowFilter.ts';
import type { Rows } from './rows.ts';
import { numberTest, valueOf } from '../../../shared/query/valueTest.ts';

export type FoundPart = { readonly block: SpanBlock; readonly rows: Rows };
export type TraceTest = (found: readonly FoundPart[]) => boolean;

export function compileFigures(condition: FigureCondition, context: FilterContext): TraceTest {
  switch (condition.type) {
    case 'and': {
      const tests = condition.items.map((item) => compileFigures(item, context));
      return (found) => tests.every((test) => test(found));
    }
    case 'or': {
      const tests = condition.items.map((item) => compileFigures(item, context));
      return (found) => tests.some((test) => test(found));
    }
    case 'not': {
      const test = compileFigures(condition.item, context);
      return (found) => !test(found);
    }
    case 'figure': {
      const { figure, field, op, value } = condition;
      const isWanted = numberTest(op, toNumber(value, false, context.nowMs));
      const test = (number: number) => isWanted(number) !== (op === '!=');
      if (figure === 'count') {
        const has = field === null ? null : compileCondition({ type: 'has', field }, context);
        return (found) =>
          test(found.reduce((sum, { block, rows }) => sum + (has?.select(block, rows) ?? rows).length, 0));
      }
      const collect = valuesOf(field!, context);
      return (found) => {
        const values: number[] = [];
        for (const { block, rows } of found) collect(block, rows, values);
        const result = figureOf(figure, values);
        return result !== null && test(result);
      };
    }
  }
}

/** `null` of nothing, but for a sum. A percentile is the smallest value that as many are not above (nearest rank). */
function figureOf(figure: Exclude<Figure, 'count'>, values: number[]): number | null {
  if (figure === 'sum') return values.reduce((sum, value) => sum + value, 0);
  if (values.length === 0) return null;
  switch (figure) {
    case 'avg':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case 'min':
      return values.reduce((least, value) => Math.min(least, value));
    case 'max':
      return values.reduce((most, value) => Math.max(most, value));
    case 'p50':
    case 'p75':
    case 'p90':
    case 'p95':
    case 'p99': {
      const share = Number(figure.slice(1));
      const sorted = Float64Array.from(values).sort();
      return sorted[Math.max(0, Math.ceil((sorted.length * share) / 100) - 1)]!;
    }
  }
}

type Collect = (block: SpanBlock, rows: Rows, into: number[]) => void;

/** Values of the rows that have one; durations in microseconds. */
function valuesOf(field: Field, context: FilterContext): Collect {
  const { reader, views } = context;
  const { strings } = reader;
  if (field.type === 'intrinsic') return intrinsicValues(field.name as SpanIntrinsic, context);
  const { scope, key } = field;
  const fromResource = (block: SpanBlock, row: number, into: number[]): void => {
    for (const value of valueOf(resourceOf(strings, block.origin[row]!), key)) addNumbers(value, into);
  };
  switch (scope) {
    case 'resource':
      return (block, rows, into) => {
        for (const row of rows) fromResource(block, row, into);
      };
    case 'event':
    case 'link':
      return (block, rows, into) => {
        for (const row of rows) {
          const extra = block.extra(row);
          const holders = (scope === 'event' ? extra?.events : extra?.links) ?? [];
          for (const { attributes } of holders)
            for (const value of valueOf(attributes, key)) addNumbers(value, into);
        }
      };
    case 'span':
    case 'any':
      return (block, rows, into) => {
        const number = strings.find(key);
        const column = number === null ? null : block.attribute(number);
        let entry = 0;
        for (const row of rows) {
          if (column !== null) {
            if (entry < column.rows.length && column.rows[entry]! < row)
              entry = seek(column.rows, entry, row);
            if (column.rows[entry] === row) {
              const kind = column.type[entry]!;
              if (kind === VALUE.int || kind === VALUE.float) into.push(column.value[entry]!);
              else if (kind === VALUE.list) addNumbers(readList(column.texts[column.value[entry]!]!), into);
              continue;
            }
          }
          if (scope === 'any') fromResource(block, row, into);
        }
      };
  }

  function intrinsicValues(name: SpanIntrinsic, { reader: source }: FilterContext): Collect {
    const each =
      (value: (block: SpanBlock, row: number) => number): Collect =>
      (block, rows, into) => {
        for (const row of rows) {
          const number = value(block, row);
          if (!Number.isNaN(number)) into.push(number);
        }
      };
    const summary = (block: SpanBlock, row: number) => source.summary(block.trace[row]!);
    switch (name) {
      case 'duration':
        return each(({ durationUs }, row) => durationUs[row]!);
      case 'self':
        return each((block, row) => {
          const view = views.of(block.trace[row]!);
          return view.selfUs[view.placeOf(block, row)]!;
        });
      case 'depth':
        return each((block, row) => {
          const view = views.of(block.trace[row]!);
          return view.depth[view.placeOf(block, row)]!;
        });
      case 'trace.duration':
        return each((block, row) => (summary(block, row).durationMs ?? Number.NaN) * 1000);
      case 'trace.spans':
        return each((block, row) => summary(block, row).spanCount);
      case 'trace.errors':
        return each((block, row) => summary(block, row).errorCount);
      default:
        // The parser lets no other field through: there is no sum of a text.
        return () => undefined;
    }
  }
}

function addNumbers(value: unknown, into: number[]): void {
  if (typeof value === 'number') into.push(value);
  else if (Array.isArray(value)) for (const item of value) addNumbers(item, into);
}
