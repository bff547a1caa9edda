/** One card of the deck anew. */
import type { Analysis, CardDraft, CardType } from '../../shared/card.ts';
import type { Generated, TermFacts } from '../pipeline/ports.ts';
import { emptyAnalysis } from './emptyAnalysis.ts';
import type { ModelGenerator } from './modelGenerator.ts';
import { CARD_TYPES_OF, promptKindOf } from './prompts.ts';

export type RegenerateRequest = {
  /** Plain text: of a card of an imported notetype, what it shows. */
  readonly card: Pick<CardDraft, 'type' | 'front' | 'back' | 'tags'>;
  /** What it was made from: of a note that no run made, its first field as the term. */
  readonly item: TermFacts;
  /** `null` where no run analysed the note. */
  readonly analysis: Analysis | null;
  readonly termLanguage: string;
  readonly meaningLanguage: string;
  /** In the learner's own words; may be empty. */
  readonly wish: string;
};

export async function regenerate(
  generator: ModelGenerator,
  { card, item, analysis, termLanguage, meaningLanguage, wish }: RegenerateRequest,
  signal: AbortSignal,
): Promise<Generated<CardDraft>> {
  const kind = promptKindOf(item.kind);
  // A basic card about a term is one that somebody wrote by hand; it may stay one. A cloze card stays cloze and no other
  // becomes one: only the two sides are taken over.
  const cardTypes: readonly CardType[] =
    card.type === 'cloze'
      ? ['cloze']
      : [...new Set([...CARD_TYPES_OF[kind], card.type])].filter((type) => type !== 'cloze');
  const input = {
    item,
    termLanguage,
    meaningLanguage,
    analysis: analysis ?? emptyAnalysis(item.term),
    cardTypes,
  };
  return generator.rewrite(input, card, wish.trim(), signal);
}
