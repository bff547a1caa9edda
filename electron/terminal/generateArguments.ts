/** `generate` as data. */
import { CARD_TYPES, type CardType } from '../../shared/card.ts';
import { GENERATORS, type GeneratorId } from '../../shared/run.ts';
import { build, integer, oneOf, text, UsageError } from './commandArguments.ts';
import type { ParsedCommand } from './commandArguments.ts';

export type GenerateCommand = {
  readonly name: 'generate';
  /** `-` for standard input. */
  readonly file: string;
  readonly deck: string | null;
  readonly generator: GeneratorId | null;
  readonly termLanguage: string | null;
  readonly meaningLanguage: string | null;
  readonly concurrency: number | null;
  readonly limit: number | null;
  readonly out: string | null;
  readonly baseUrl: string | null;
  readonly model: string | null;
  /** Whether the cards wait for the user's word; `null` as the settings have it. */
  readonly review: boolean | null;
  readonly cardTypes: readonly CardType[] | null;
  /** US dollars. */
  readonly budget: number | null;
  readonly budgetTokens: number | null;
  /** Notes that are there get the cards that they lack. */
  readonly fill: boolean;
  /** Ids of templates. */
  readonly promptAnalyse: string | null;
  readonly promptWrite: string | null;
  /** Says what the run would take, and does not run. */
  readonly estimate: boolean;
};

export const GENERATE = {
  deck: { type: 'string' },
  generator: { type: 'string' },
  concurrency: { type: 'string' },
  limit: { type: 'string' },
  out: { type: 'string' },
  'term-language': { type: 'string' },
  'meaning-language': { type: 'string' },
  'base-url': { type: 'string' },
  model: { type: 'string' },
  review: { type: 'boolean' },
  'no-review': { type: 'boolean' },
  'card-types': { type: 'string' },
  budget: { type: 'string' },
  'budget-tokens': { type: 'string' },
  fill: { type: 'boolean' },
  'prompt-analyse': { type: 'string' },
  'prompt-write': { type: 'string' },
  estimate: { type: 'boolean' },
} as const;

const MAX_DOLLARS = 1e6;

export function parseGenerate(args: readonly string[]): ParsedCommand<GenerateCommand> {
  return build(args, GENERATE, 1, 1, ([file = ''], values) => {
    if (values.review === true && values['no-review'] === true)
      throw new UsageError('--review and --no-review exclude each other.');
    const out = text(values.out, '--out');
    const estimate = values.estimate === true;
    if (estimate && out !== null) throw new UsageError('--estimate writes no cards: leave --out away.');
    return {
      name: 'generate',
      file,
      deck: text(values.deck, '--deck'),
      generator: oneOf(values.generator, GENERATORS, '--generator'),
      termLanguage:
        values['term-language'] === 'auto' ? 'auto' : language(values['term-language'], '--term-language'),
      meaningLanguage: language(values['meaning-language'], '--meaning-language'),
      concurrency: integer(values.concurrency, '--concurrency', 1, 256),
      limit: integer(values.limit, '--limit', 1, Number.MAX_SAFE_INTEGER),
      out,
      baseUrl: text(values['base-url'], '--base-url'),
      model: text(values.model, '--model'),
      review: values.review === true ? true : values['no-review'] === true ? false : null,
      cardTypes: cardTypes(text(values['card-types'], '--card-types')),
      budget: dollars(text(values.budget, '--budget')),
      budgetTokens: integer(values['budget-tokens'], '--budget-tokens', 0, Number.MAX_SAFE_INTEGER),
      fill: values.fill === true,
      promptAnalyse: text(values['prompt-analyse'], '--prompt-analyse'),
      promptWrite: text(values['prompt-write'], '--prompt-write'),
      estimate,
    };
  });
}

/** A BCP 47 tag: a language's name would be taken for a tag that nobody knows. */
function language(value: string | boolean | undefined, option: string): string | null {
  const tag = text(value, option);
  if (tag === null || /^[a-z]{2,3}(-[a-z\d]{1,8})*$/i.test(tag)) return tag;
  throw new UsageError(`${option} wants a language tag like ko, de or zh-Hant, not '${tag}'.`);
}

function cardTypes(list: string | null): readonly CardType[] | null {
  if (list === null) return null;
  return [...new Set(list.split(','))].map((name) => oneOf(name.trim(), CARD_TYPES, '--card-types')!);
}

function dollars(value: string | null): number | null {
  if (value === null) return null;
  const number = Number(value);
  if (/^\d*\.?\d+$/.test(value) && number <= MAX_DOLLARS) return number;
  throw new UsageError(`--budget wants US dollars like 0.50, not '${value}'.`);
}
