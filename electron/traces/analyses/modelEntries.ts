/** Which spans of a block are about a model's tokens: read in one way by all who count them. */
import { MODEL_OPERATIONS } from '../../../shared/analysis/usage.ts';
import type { Usage } from '../../../shared/analysis/usage.ts';
import type { ModelPrice } from '../../../shared/run.ts';
import { ATTR } from '../../../shared/span.ts';
import type { SpanBlock, Strings } from '../blockTypes.ts';
import { AttributeAccess, keyNumbers } from './attributeAccess.ts';
import { UsageReader } from './usageReader.ts';
import type { BlockUsage } from './usageReader.ts';

export type BlockEntries = {
  readonly usage: BlockUsage;
  /** States usage or cost, or is a model's answer; ascending. `stated`: `null` where it says nothing of tokens. */
  readonly entries: readonly { readonly row: number; readonly stated: Usage | null }[];
  /** Tokens that an answer from our own cache saved. */
  readonly saved: readonly { readonly row: number; readonly tokens: number }[];
};

export class ModelEntries {
  readonly #usages: UsageReader;
  readonly #operation: readonly number[];
  readonly #saved: readonly number[];

  constructor(strings: Strings, prices: readonly ModelPrice[]) {
    this.#usages = new UsageReader(strings, prices);
    this.#operation = keyNumbers(strings, [ATTR.genAiOperation]);
    this.#saved = keyNumbers(strings, [ATTR.tokensSaved]);
  }

  /** Of all attributes that may be read. */
  get keys(): readonly number[] {
    return [...this.#usages.keys, ...this.#operation, ...this.#saved];
  }

  /** Of those of `rows`. */
  of(block: SpanBlock, rows: Uint32Array): BlockEntries {
    const usage = this.#usages.open(block);
    const operation = new AttributeAccess(block, this.#operation);
    const tokensSaved = new AttributeAccess(block, this.#saved);
    const entries: { row: number; stated: Usage | null }[] = [];
    const saved: { row: number; tokens: number }[] = [];
    for (const row of rowsOf([operation, tokensSaved, ...usage.attributes], rows, block.count)) {
      const tokens = tokensSaved.amount(row) ?? 0;
      if (tokens > 0) {
        saved.push({ row, tokens });
        continue;
      }
      const stated = usage.usage(row);
      const isEntry =
        stated !== null || usage.statedCost(row) !== null || MODEL_OPERATIONS.has(operation.text(row) ?? '');
      if (isEntry) entries.push({ row, stated });
    }
    return { usage, entries, saved };
  }
}

/** Those of `rows` that have any of the attributes, ascending. */
function rowsOf(facts: readonly AttributeAccess[], rows: Uint32Array, count: number): number[] {
  if (facts.every(({ isEmpty }) => isEmpty)) return [];
  const has = new Uint8Array(count);
  for (const fact of facts) for (const list of fact.rows) for (const row of list) has[row] = 1;
  const found: number[] = [];
  for (const row of rows) if (has[row] === 1) found.push(row);
  return found;
}
