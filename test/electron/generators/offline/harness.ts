/** Runs the real offline generator over one row, with the real dictionary. */
import type { Analysis, CardDraft, CardType, SourceItem } from '../../../../shared/card.ts';
import { analysisSchema, cardDraftsSchema } from '../../../../shared/card.ts';
import type { OfflineGenerator } from '../../../../electron/generators/offline/offlineGenerator.ts';
import { createOfflineGenerator } from '../../../../electron/generators/offline/offlineGenerator.ts';
import { anItem } from '../../../fixtures/items.ts';
import { wordNetPath } from '../../../fixtures/wordNet.ts';

export type Row = {
  readonly term: string;
  readonly language: string;
  readonly meaningLanguage?: string;
  readonly kind?: SourceItem['kind'];
  readonly fields?: SourceItem['fields'];
  readonly passage?: NonNullable<SourceItem['passage']>;
  readonly cardTypes?: readonly CardType[];
};
export type Made = { readonly analysis: Analysis; readonly cards: readonly CardDraft[] };

export function testGenerator(): OfflineGenerator {
  return createOfflineGenerator({ wordNetPath: wordNetPath() });
}

/** Both stages, each answer parsed by its schema and unchanged by the parsing. */
export async function make(generator: OfflineGenerator, row: Row): Promise<Made> {
  const input = {
    item: anItem(row.term, {
      kind: row.kind ?? 'term',
      fields: row.fields ?? {},
      ...(row.passage === undefined ? {} : { passage: row.passage }),
    }),
    termLanguage: row.language,
    meaningLanguage: row.meaningLanguage ?? 'en',
  };
  const { signal } = new AbortController();
  const raw = (await generator.analyse(input, signal)).value;
  const analysis = analysisSchema.parse(raw);
  if (JSON.stringify(analysis) !== JSON.stringify(raw)) throw new Error('the schema changed the analysis');
  const drafts = (await generator.write({ ...input, analysis, cardTypes: row.cardTypes ?? null }, signal))
    .value;
  const cards = cardDraftsSchema.parse(drafts);
  if (JSON.stringify(cards) !== JSON.stringify(drafts)) throw new Error('the schema changed the cards');
  return { analysis, cards };
}

/** The code of the error that a row ends in, or `null` where it makes cards. */
export async function codeOf(generator: OfflineGenerator, row: Row): Promise<string | null> {
  try {
    await make(generator, row);
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

export function cardOf(made: Made, type: CardType): CardDraft {
  const card = made.cards.find((one) => one.type === type);
  if (card === undefined)
    throw new Error(`no ${type} card among ${made.cards.map((one) => one.type).join(', ')}`);
  return card;
}

export function typesOf(made: Made): readonly CardType[] {
  return made.cards.map(({ type }) => type);
}
