/** How it is written what the model calls of a block used: its sums as a small table, a column each. */
import { createHash } from 'node:crypto';
import { COST_KEYS, MODEL_KEYS, MODEL_OPERATIONS, USAGE_KEYS } from '../../../shared/analysis/usage.ts';
import { ATTR } from '../../../shared/span.ts';
import { VALUE } from '../blockTypes.ts';
import type { AttributeColumn, UsageSum, UsageSums } from '../blockTypes.ts';
import { readAttribute, writeAttribute } from './attributeCodec.ts';
import { ChunkError } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { checked, readInts, writeInts } from './numberCodec.ts';
import { ColumnBuilder } from './spanColumns.ts';

/** To be raised when spans are summed up by other rules, or the sums are written in another way. */
const FORM = 1;
let readBy: number | undefined;
/**
 * Stands for the rules and the names of attributes by which spans were read: sums by others are void. Made when first
 * asked for: the window's tests have blocks in a page, where nothing makes hashes.
 */
function rulesRead(): number {
  return (readBy ??= createHash('sha256')
    .update(
      JSON.stringify([
        FORM,
        [USAGE_KEYS, COST_KEYS, MODEL_KEYS, [...MODEL_OPERATIONS]],
        [ATTR.currency, ATTR.cacheOutcome, ATTR.tokensSaved, ATTR.genAiOperation],
      ]),
    )
    .digest()
    .readUInt32LE(0));
}

const TEXTS = ['asked', 'answered'] as const;
/** 0 is not written. */
const AMOUNTS = ['calls', 'uncachedInput', 'cacheRead', 'cacheWrite', 'output'] as const;

export function writeUsageSums(into: ByteWriter, { sums, open }: UsageSums): void {
  const column = (fill: (builder: ColumnBuilder, sum: UsageSum, row: number) => void): void => {
    const builder = new ColumnBuilder();
    for (const [row, sum] of sums.entries()) fill(builder, sum, row);
    writeAttribute(into, builder.finish(), sums.length);
  };
  into.word(rulesRead());
  into.varint(open.length);
  writeInts(into, Float64Array.from(open));
  into.varint(sums.length);
  writeInts(
    into,
    Float64Array.from(sums, ({ trace }) => trace),
  );
  for (const key of TEXTS)
    column((builder, { [key]: text }, row) => {
      if (text !== null) builder.text(row, text);
    });
  for (const key of AMOUNTS)
    column((builder, { [key]: amount }, row) => {
      if (amount !== 0) builder.number(row, amount);
    });
  column((builder, { cost }, row) => {
    if (cost !== null) builder.number(row, cost);
  });
}

/** @param limit - rows of the block: it has no more traces; @returns `null` for sums by other rules */
export function readUsageSums(from: ByteReader, limit: number): UsageSums | null {
  if (from.word() !== rulesRead()) return null;
  const open = [...readInts(from, checked(from.varint(), limit))];
  const count = checked(from.varint(), limit);
  const traces = readInts(from, count);
  const [asked, answered] = TEXTS.map(() => textsOf(readAttribute(from, count), count));
  const [calls, uncachedInput, cacheRead, cacheWrite, output] = AMOUNTS.map(() =>
    amountsOf(readAttribute(from, count), new Float64Array(count)),
  );
  const cost = amountsOf(readAttribute(from, count), new Float64Array(count).fill(NaN));
  const sums: UsageSum[] = [];
  for (let row = 0; row < count; row += 1)
    sums.push({
      trace: traces[row]!,
      asked: asked![row]!,
      answered: answered![row]!,
      calls: calls![row]!,
      uncachedInput: uncachedInput![row]!,
      cacheRead: cacheRead![row]!,
      cacheWrite: cacheWrite![row]!,
      output: output![row]!,
      cost: Number.isNaN(cost[row]!) ? null : cost[row]!,
    });
  return { sums, open };
}

function textsOf({ rows, type, value, texts }: AttributeColumn, count: number): (string | null)[] {
  const found = new Array<string | null>(count).fill(null);
  for (let i = 0; i < rows.length; i += 1) {
    if (type[i] !== VALUE.string) throw new ChunkError('A model has no name.');
    found[rows[i]!] = texts[value[i]!]!;
  }
  return found;
}

function amountsOf({ rows, value }: AttributeColumn, into: Float64Array): Float64Array {
  for (let i = 0; i < rows.length; i += 1) into[rows[i]!] = value[i]!;
  return into;
}
