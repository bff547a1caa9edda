/** Cards as JSON: an array, one card a line. */
import type { Card } from '../../shared/card.ts';
import type { ImportedNote } from './ankiRows.ts';
import type { CardForm } from './cardForms.ts';
import type { CardSchedule } from './incomingNotes.ts';

/** What `cards list --json` and `generate --out` say of a card. */
export type CardJson = Pick<Card, 'noteId' | 'deck' | 'front' | 'back' | 'type' | 'tags' | 'provenance'> &
  Pick<Card, 'cardId' | 'term' | 'createdMs'>;

export function cardToJson(card: Card): CardJson {
  const { noteId, deck, front, back, type, tags, provenance, cardId, term, createdMs } = card;
  return { noteId, deck, front, back, type, tags, provenance, cardId, term, createdMs };
}

function arrayOf(toJson: (card: Card) => unknown): CardForm {
  return {
    start: '[',
    between: ',',
    end: '\n]\n',
    card: (card) => `\n  ${JSON.stringify(toJson(card))}`,
  };
}

export const json: CardForm = arrayOf(cardToJson);

/** A card with all that is known of it; the first of an imported note says what Anki knows the note by. */
export type DeckCardJson = Card &
  Partial<Omit<ImportedNote, 'fields'> & { readonly fields: readonly string[] }> &
  Partial<CardSchedule>;

/**
 * The form of a deck's export, which `importCards` reads back.
 * @param scheduleOf of a card that was studied; `null` where schedules stay here
 */
export function deckJson(
  importedNote: (noteId: string) => ImportedNote | null,
  scheduleOf: ((cardId: number) => CardSchedule | null) | null,
): CardForm {
  return {
    ...arrayOf((card) => card),
    card(card, previous) {
      const imported = previous?.noteId === card.noteId ? null : importedNote(card.noteId);
      const { guid, notetype, fields } = imported ?? {};
      const json: DeckCardJson = {
        ...card,
        ...(guid === undefined || notetype === undefined || fields === undefined
          ? {}
          : { guid, notetype, fields: fields.map(({ value }) => value) }),
        ...scheduleOf?.(card.cardId),
      };
      return `\n  ${JSON.stringify(json)}`;
    },
  };
}
