/** Questions to the columns of a block: which of these rows are meant. */
import { containsTest } from '../../../shared/query/valueTest.ts';
import type { ValueTest } from '../../../shared/query/valueTest.ts';
import type { SpanBlock } from '../blockTypes.ts';
import { columnSelect, extraSelect, idSelect } from './attributeRows.ts';
import type { Select } from './attributeRows.ts';
import { boundsOfQuestion } from './fieldQuestion.ts';
import type { FilterContext, Question } from './fieldQuestion.ts';
import { merged, NO_ROWS, without } from './rows.ts';
import type { Rows } from './rows.ts';

export type RowFilter = {
  readonly select: Select;
  /** How dear a row is, roughly: the cheaper are asked first. */
  readonly cost: number;
};

export function numberSelect(
  cost: number,
  question: Question,
  column: (block: SpanBlock) => Float64Array,
): RowFilter {
  const isTime = cost === 1;
  const all = boundsOfQuestion(question, isTime);
  const single = all.length === 1 ? all[0]! : null;
  if (single === null) {
    return rowSelect(cost, (block) => {
      const numbers = column(block);
      return (row) => all.some(({ from, to }) => numbers[row]! >= from && numbers[row]! <= to);
    });
  }
  const { from, to, negated } = single;
  return {
    cost,
    select(block, within) {
      const numbers = column(block);
      const found = new Uint32Array(within.length);
      let length = 0;
      for (let at = 0; at < within.length; at++) {
        const row = within[at]!;
        const number = numbers[row]!;
        if ((number >= from && number <= to) !== negated && number === number) found[length++] = row;
      }
      return found.subarray(0, length);
    },
  };
}

export function rowSelect(cost: number, testFor: (block: SpanBlock) => (row: number) => boolean): RowFilter {
  return {
    cost,
    select(block, within) {
      if (within.length === 0) return NO_ROWS;
      const test = testFor(block);
      const found = new Uint32Array(within.length);
      let length = 0;
      for (let at = 0; at < within.length; at++) {
        const row = within[at]!;
        if (test(row)) found[length++] = row;
      }
      return found.subarray(0, length);
    },
  };
}

export function flagSelect(isMeant: (flags: number) => boolean): RowFilter {
  const verdicts = Uint8Array.from({ length: 256 }, (_, flags) => (isMeant(flags) ? 1 : 0));
  return rowSelect(
    1,
    ({ flags }) =>
      (row) =>
        verdicts[flags[row]!] === 1,
  );
}

/** Rows by their trace; each trace is looked at once. */
export function traceSelect(isMeant: (trace: number) => boolean): Select {
  const verdicts = new Map<number, boolean>();
  return (block, within) => {
    const { trace } = block;
    const found = new Uint32Array(within.length);
    let length = 0;
    let last = -1;
    let verdict = false;
    for (let at = 0; at < within.length; at++) {
      const number = trace[within[at]!]!;
      if (number !== last) {
        last = number;
        const known = verdicts.get(number);
        if (known === undefined) verdicts.set(number, (verdict = isMeant(number)));
        else verdict = known;
      }
      if (verdict) found[length++] = within[at]!;
    }
    return found.subarray(0, length);
  };
}

export const hexId = (words: Uint32Array, row: number): string =>
  words[row * 2]!.toString(16).padStart(8, '0') + words[row * 2 + 1]!.toString(16).padStart(8, '0');

export function idTest(words: Uint32Array, { op, value }: Question, isMeant: (text: string) => boolean) {
  if (op === '=' && value.type === 'text' && /^[0-9a-f]{16}$/i.test(value.text)) {
    const high = Number.parseInt(value.text.slice(0, 8), 16);
    const low = Number.parseInt(value.text.slice(8), 16);
    return (row: number) => words[row * 2] === high && words[row * 2 + 1] === low;
  }
  return (row: number) => isMeant(hexId(words, row));
}

/** Rows that have the text in their name, status message or an attribute. */
export function textSelect(wanted: string, { reader }: FilterContext): Select {
  const test = containsTest(wanted);
  const inName = idSelect(
    ({ name }) => name,
    (id) => test(reader.strings.text(id)),
  );
  const asked: ValueTest = { negated: false, text: test, number: () => false, boolean: () => false };
  const inMessage = extraSelect(asked, ({ statusMessage }) =>
    statusMessage === null ? [] : [statusMessage],
  );
  return (block, within) => {
    let found = inName(block, within);
    let rest: Rows = without(within, found);
    const more = (rows: Rows): void => {
      found = merged(found, rows);
      rest = without(rest, rows);
    };
    if (rest.length > 0) more(inMessage(block, rest));
    for (const key of block.keys) {
      if (rest.length === 0) break;
      // Most keys have no such text (a list's are written otherwise): then their rows need not be read.
      if (!block.textsOf(key).some((text) => test(text) || text.startsWith('['))) continue;
      more(columnSelect(block, block.attribute(key)!, rest, asked));
    }
    return found;
  };
}
