/** One card anew: what the note was made from, what the user wishes, and one model call. */
import type { RegeneratedCard } from '../../shared/prompt.ts';
import type { MadeAnew } from '../deck/madeAnew.ts';
import { sortText } from '../anki/ankiIds.ts';
import type { Program } from '../compose/compose.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { guessLanguage } from '../exchange/guessLanguage.ts';

/** @throws TracedeckError `card_unknown`, `needs_model`, and what the model's call throws */
export async function regenerateCard(
  { deck, generators, settings, runs }: Program,
  { cardId, wish }: { readonly cardId: number; readonly wish: string },
  signal: AbortSignal,
): Promise<RegeneratedCard & { readonly made: MadeAnew }> {
  const [card] = deck.cards.byIds([cardId]);
  const note = card === undefined ? null : deck.notes.detail(card.noteId);
  if (card === undefined || note === null) {
    throw new TracedeckError('user', 'card_unknown', 'This card is no longer there.');
  }
  const plain = (side: string) => (card.format === 'html' ? sortText(side) : side);
  const item = deck.notes.sourceItem(card.noteId) ?? { term: note.term, kind: 'term' as const, fields: {} };
  const { type, tags, provenance } = card;
  const { termLanguage, meaningLanguage } =
    provenance === null ? settings.current() : runs.settings(provenance.runId);
  const request = {
    card: { type, front: plain(card.front), back: plain(card.back), tags: [...tags] },
    item,
    analysis: note.analysis,
    termLanguage: termLanguage === 'auto' ? guessLanguage([note.term], []) : termLanguage,
    meaningLanguage,
    wish,
  };
  return generators.regenerate(request, signal);
}
