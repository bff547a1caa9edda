/**
 * Notes as rows of a text file for Anki's own importer. It takes notes and not cards, and only of notetypes that are
 * there already: so our cards go as `Basic` and `Cloze`, which every collection has, and imported notes as they came.
 */
import type { Card } from '../../shared/card.ts';

/** A note of an imported notetype, as Anki knows it. */
export type ImportedNote = {
  readonly guid: string;
  readonly notetype: string;
  /** HTML, in the notetype's order. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
};
export type RowTools = {
  /** Anki's id of a note of ours, the same for ever; from its UUID and the number of its piece. */
  readonly guidOf: (noteUuid: string, piece: number) => string;
  /** `null` for a note of our own. */
  readonly importedNote: (noteId: string) => ImportedNote | null;
};
export type AnkiRow = {
  readonly guid: string;
  readonly notetype: string;
  readonly deck: string;
  readonly tags: readonly string[];
  readonly format: 'text' | 'html';
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly cardIds: readonly number[];
};

/** Far above the pieces of a package, whose notes are of other notetypes: a row never takes the place of one. */
const FIRST_ROW_PIECE = 1_000_000;

/** Number of the piece that a row is, by the first of its cards. */
export function rowPiece(cardId: number): number {
  return FIRST_ROW_PIECE + cardId;
}

/** @param cards all of one note; cards of one cloze text are one row */
export function ankiRows(cards: readonly Card[], tools: RowTools): readonly AnkiRow[] {
  const [first] = cards;
  if (first === undefined) return [];
  const { deck, tags, noteId } = first;
  const imported = tools.importedNote(noteId);
  if (imported !== null) {
    const { guid, notetype, fields } = imported;
    const cardIds = cards.map(({ cardId }) => cardId);
    return [{ guid, notetype, deck, tags, format: 'html', fields, cardIds }];
  }
  const rows = new Map<string, Card[]>();
  for (const card of cards) {
    const key = card.type === 'cloze' ? `cloze ${card.front}` : `card ${card.cardId}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [card]);
    else row.push(card);
  }
  return [...rows.values()].map((row): AnkiRow => {
    const card = row[0]!;
    const cardIds = row.map(({ cardId }) => cardId);
    const isCloze = card.type === 'cloze';
    return {
      guid: tools.guidOf(noteId, rowPiece(Math.min(...cardIds))),
      notetype: isCloze ? 'Cloze' : 'Basic',
      deck: card.deck,
      tags,
      format: card.format,
      fields: [
        { name: isCloze ? 'Text' : 'Front', value: card.front },
        { name: isCloze ? 'Back Extra' : 'Back', value: card.back },
      ],
      cardIds,
    };
  });
}
