/**
 * Lines of a table that say which of its rows are one note of ours. Anki has a note for each row and passes over them,
 * as over every line that begins with #; here the note comes back whole.
 *
 *     #tracedeck note 01a0…-uuid recognition 12 production 13 cloze 14: 사과
 */
import { CARD_TYPES, type Card, type CardType } from '../../shared/card.ts';
import type { AnkiRow } from './ankiRows.ts';

export type NoteLine = {
  readonly noteId: string;
  readonly term: string;
  /** Of each row its first card, by which its id is made. */
  readonly rows: readonly { readonly type: CardType; readonly cardId: number }[];
};

const LINE = /^#tracedeck note (\S{1,64})((?: [a-z]+ \d{1,15})+):(.*)$/u;
/** What would part or quote the line in a table program. */
const UNSAFE = /[%,;|"\t\r\n]/gu;

/** @param cards all of one note; `null` where its rows say all that there is */
export function noteLineOf(cards: readonly Card[], rows: readonly AnkiRow[]): NoteLine | null {
  const [first] = cards;
  // Notes that came from a package are one row each.
  if (first === undefined || first.format === 'html') return null;
  const typeOf = new Map(cards.map(({ cardId, type }) => [cardId, type]));
  return {
    noteId: first.noteId,
    term: first.term,
    rows: rows.map(({ cardIds }) => {
      const cardId = Math.min(...cardIds);
      return { cardId, type: typeOf.get(cardId)! };
    }),
  };
}

export function writeNoteLine({ noteId, term, rows }: NoteLine): string {
  const cards = rows.map(({ type, cardId }) => ` ${type} ${cardId}`).join('');
  const safe = term.replace(UNSAFE, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `#tracedeck note ${noteId}${cards}: ${safe}`;
}

/** `null` for any other comment. */
export function readNoteLine(line: string): NoteLine | null {
  const [, noteId, cards = '', safe = ''] = LINE.exec(line) ?? [];
  if (noteId === undefined) return null;
  // A table program fills short lines up with delimiters.
  const term = safe
    .replace(/[,;|\t]+$/u, '')
    .replace(/%([0-9a-f]{2})/gu, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .trim();
  const words = cards.trim().split(' ');
  const rows = words.flatMap((word, at) => {
    const type = CARD_TYPES.find((known) => known === word);
    return at % 2 === 0 && type !== undefined ? [{ type, cardId: Number(words[at + 1]) }] : [];
  });
  return { noteId, term, rows };
}
