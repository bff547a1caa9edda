import { COST_KEYS, costByPrice, USAGE_KEYS, statedUsage } from '../../../shared/analysis/usage.ts';
import type { ReportedUsage, Usage } from '../../../shared/analysis/usage.ts';
import type { ModelPrice } from '../../../shared/run.ts';
import { ATTR } from '../../../shared/span.ts';
import type { SpanBlock, Strings } from '../blockTypes.ts';
import { AttributeAccess, keyNumbers } from './attributeAccess.ts';

const USAGE_FACTS = ['input', 'output', 'cacheRead', 'cacheWrite', 'reasoning'] as const;

/** What spans state of tokens and money, read block by block. */
export class UsageReader {
  readonly #prices: readonly ModelPrice[];
  readonly #usage: Record<keyof ReportedUsage, readonly number[]>;
  readonly #cost: readonly number[];
  readonly #currency: readonly number[];
  readonly #asked: readonly number[];
  readonly #answered: readonly number[];
  readonly #outcome: readonly number[];

  constructor(strings: Strings, prices: readonly ModelPrice[]) {
    this.#prices = prices;
    const read = (fact: keyof ReportedUsage) => keyNumbers(strings, USAGE_KEYS[fact]);
    this.#usage = {
      input: read('input'),
      output: read('output'),
      cacheRead: read('cacheRead'),
      cacheWrite: read('cacheWrite'),
      reasoning: read('reasoning'),
    };
    this.#cost = keyNumbers(strings, COST_KEYS);
    this.#currency = keyNumbers(strings, [ATTR.currency]);
    this.#asked = keyNumbers(strings, [ATTR.genAiRequestModel, 'llm.model_name']);
    this.#answered = keyNumbers(strings, [ATTR.genAiResponseModel]);
    this.#outcome = keyNumbers(strings, [ATTR.cacheOutcome]);
  }

  /** Of all attributes that may be read. */
  get keys(): readonly number[] {
    return [
      ...Object.values(this.#usage).flat(),
      ...[this.#cost, this.#currency, this.#asked, this.#answered, this.#outcome].flat(),
    ];
  }

  open(block: SpanBlock): BlockUsage {
    const access = (keys: readonly number[]) => new AttributeAccess(block, keys);
    const usage = Object.fromEntries(USAGE_FACTS.map((fact) => [fact, access(this.#usage[fact])])) as Record<
      keyof ReportedUsage,
      AttributeAccess
    >;
    return new BlockUsage(
      usage,
      {
        cost: access(this.#cost),
        currency: access(this.#currency),
        asked: access(this.#asked),
        answered: access(this.#answered),
        outcome: access(this.#outcome),
      },
      this.#prices,
    );
  }
}

/** The model that was asked for, and the one that answered. */
type Models = { readonly asked: string | null; readonly answered: string | null };

/** By the price of the model that was asked for, else of the one that answered; `null` where neither has one. */
export function costOfModels(
  prices: readonly ModelPrice[],
  { asked, answered }: Models,
  usage: Usage,
): number | null {
  return costByPrice(prices, asked, usage) ?? costByPrice(prices, answered, usage);
}

type CostFacts = Readonly<Record<'cost' | 'currency' | 'asked' | 'answered' | 'outcome', AttributeAccess>>;

export class BlockUsage {
  readonly #usage: Record<keyof ReportedUsage, AttributeAccess>;
  readonly #facts: CostFacts;
  readonly #prices: readonly ModelPrice[];

  constructor(
    usage: Record<keyof ReportedUsage, AttributeAccess>,
    facts: CostFacts,
    prices: readonly ModelPrice[],
  ) {
    this.#usage = usage;
    this.#facts = facts;
    this.#prices = prices;
  }

  /** Of what says how many tokens, and what they cost. */
  get attributes(): readonly AttributeAccess[] {
    return [...Object.values(this.#usage), this.#facts.cost];
  }

  /** As it was asked for; where it does not say, the one that answered. */
  model(row: number): string | null {
    return this.#facts.asked.text(row) ?? this.#facts.answered.text(row);
  }

  /** Answered by our own cache: nothing was used, nothing paid. */
  isCached(row: number): boolean {
    return this.#facts.outcome.text(row) === 'hit';
  }

  /** `null` where it says nothing of tokens. */
  usage(row: number): Usage | null {
    const input = this.#usage.input.amount(row);
    const output = this.#usage.output.amount(row);
    const cacheRead = this.#usage.cacheRead.amount(row);
    const cacheWrite = this.#usage.cacheWrite.amount(row);
    const reasoning = this.#usage.reasoning.amount(row);
    return statedUsage({ input, output, cacheRead, cacheWrite, reasoning });
  }

  /** US dollars as the span states them; `null` where it does not, or in another currency. */
  statedCost(row: number): number | null {
    const { cost, currency } = this.#facts;
    return (currency.text(row) ?? 'USD') === 'USD' ? cost.amount(row) : null;
  }

  /** US dollars: as the span states them, else by the price table; `null` for neither, or another currency. */
  cost(row: number, usage: Usage | null): number | null {
    const stated = this.statedCost(row);
    return stated ?? (usage === null ? null : costOfModels(this.#prices, this.models(row), usage));
  }

  models(row: number): Models {
    const { asked, answered } = this.#facts;
    return { asked: asked.text(row), answered: answered.text(row) };
  }
}

/** Tokens and dollars of many spans as columns for `ownAmounts`; `null` where no span says anything. */
export class StatedAmounts {
  input: Float64Array | null = null;
  output: Float64Array | null = null;
  cost: Float64Array | null = null;
  readonly #reader: UsageReader;
  readonly #count: number;

  constructor(reader: UsageReader, count: number) {
    this.#reader = reader;
    this.#count = count;
  }

  /** Row `rows[i]` is span `base + i`. */
  read(block: SpanBlock, rows: Uint32Array, base: number): void {
    const open = this.#reader.open(block);
    const { attributes } = open;
    if (attributes.every(({ isEmpty }) => isEmpty)) return;
    const said = new Uint8Array(block.count);
    for (const { rows: lists } of attributes) for (const list of lists) for (const row of list) said[row] = 1;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i]!;
      if (said[row] !== 1 || open.isCached(row)) continue;
      const usage = open.usage(row);
      if (usage !== null) {
        this.input ??= nothing(this.#count);
        this.output ??= nothing(this.#count);
        this.input[base + i] = usage.uncachedInput + usage.cacheRead + usage.cacheWrite;
        this.output[base + i] = usage.output;
      }
      const cost = open.cost(row, usage);
      if (cost !== null) (this.cost ??= nothing(this.#count))[base + i] = cost;
    }
  }
}

function nothing(count: number): Float64Array {
  return new Float64Array(count).fill(NaN);
}
