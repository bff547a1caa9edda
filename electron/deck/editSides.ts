/** Edits of the sides of notes of our own. Cards of one cloze text share it, and follow its gaps. */
import type { CardType } from '../../shared/card.ts';
import { gapNumbers } from '../../shared/cloze.ts';
import { checkCard } from '../../shared/quality/checkCard.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { Changes } from './changeLog.ts';
import { packWarnings, readWarnings } from './deckParts.ts';
import type { EditableCard, EditableNote } from './editableNote.ts';
import { cleanSide } from './noteFolding.ts';

export type SideEdit = {
  readonly cardId: number;
  readonly front: string;
  readonly back: string;
  readonly was?: { readonly front: string; readonly back: string } | undefined;
  /** Not given, it stays as it is. */
  readonly quote?: string | null | undefined;
};

/** As steps of a change set. */
export function createSideEditor(db: Db) {
  const nextOrdinal = db
    .prepare<[number], number>('SELECT coalesce(max(ordinal), -1) + 1 FROM cards WHERE note_id = ?')
    .pluck();

  /** @throws TracedeckError `card_unknown`, `note_changed`, `empty_front`, `no_gap` */
  function editSides(changes: Changes, note: EditableNote, edits: readonly SideEdit[]): void {
    const wanted = new Map<EditableCard, { front: string; back: string }>();
    for (const { cardId, front, back, was } of edits) {
      const card = note.cards.find(({ id }) => id === cardId);
      if (!card) {
        throw new TracedeckError('user', 'card_unknown', 'The card is no longer part of this note.', {
          hint: 'Open the note again.',
        });
      }
      if (was && (was.front !== card.front || was.back !== card.back)) throw changedMeanwhile();
      const sides = { front: cleanSide(front), back: cleanSide(back) };
      if (sides.front === '') {
        throw new TracedeckError('user', 'empty_front', 'The question is empty.', {
          hint: 'Write one, or delete the card.',
        });
      }
      wanted.set(card, sides);
    }
    const texts = new Map<string, EditableCard[]>();
    for (const [card, { front, back }] of wanted) {
      if (card.type === 'cloze') {
        const siblings = note.cards.filter((other) => other.type === 'cloze' && other.front === card.front);
        texts.set(card.front, siblings);
      } else {
        const warnings = repacked(note, card, front, back, card.cloze);
        changes.card(card.id, { front, back, warnings });
      }
    }
    for (const { cardId, quote } of edits) {
      if (quote !== undefined) changes.card(cardId, { quote: cleanSide(quote ?? '') || null });
    }
    for (const [oldFront, siblings] of texts) {
      const said = siblings.flatMap((card) => wanted.get(card) ?? []);
      const front = said.find((sides) => sides.front !== oldFront)?.front ?? oldFront;
      const oldBack = siblings[0]!.back;
      const isShared = siblings.every((card) => card.back === oldBack);
      const back = isShared ? (said.find((sides) => sides.back !== oldBack)?.back ?? oldBack) : null;
      editCloze(changes, note, siblings, front, (card) => back ?? wanted.get(card)?.back ?? card.back);
    }
  }

  /** The cards of one cloze text under its new text: gaps that stay keep their cards, and with them the schedule. */
  function editCloze(
    changes: Changes,
    note: EditableNote,
    siblings: readonly EditableCard[],
    front: string,
    backOf: (card: EditableCard) => string,
  ): void {
    const [first] = siblings;
    const gaps = gapNumbers(front);
    const before = gapNumbers(first?.front ?? '');
    if (!first || (gaps.length === 0 && before.length > 0)) {
      throw new TracedeckError('user', 'no_gap', 'The cloze text has no gap any more.', {
        hint: 'A gap is written {{c1::hidden}}. To give the text up, delete its cards.',
      });
    }
    const missing = new Set(gaps);
    for (const card of siblings) if (card.cloze !== null) missing.delete(card.cloze);
    for (const card of siblings) {
      let { cloze } = card;
      // A card of a text that had no gap yet asks for the first one.
      if (cloze === null && missing.size > 0) {
        cloze = Math.min(...missing);
        missing.delete(cloze);
      }
      if (cloze !== null && !gaps.includes(cloze)) {
        changes.card(card.id, { status: 'deleted' });
        continue;
      }
      const back = backOf(card);
      changes.card(card.id, { front, back, cloze, warnings: repacked(note, card, front, back, cloze) });
    }
    for (const cloze of missing) {
      const back = backOf(first);
      const { deck, quote, status, stageResultId } = first;
      changes.addCard({
        noteId: note.id,
        ordinal: nextOrdinal.get(note.id) ?? 0,
        type: 'cloze',
        warnings: packWarnings(warningsOf(note, 'cloze', front, back, cloze)),
        front,
        back,
        cloze,
        deck,
        quote,
        status,
        stageResultId,
      });
    }
  }

  return editSides;
}

/** Warnings of an own card with new sides; what was told of duplicates is looked at when it is reviewed. */
function warningsOf(note: EditableNote, type: CardType, front: string, back: string, cloze: number | null) {
  const { term, termLanguage, meaningLanguage } = note;
  return checkCard({ type, front, back, cloze, term, termLanguage, meaningLanguage });
}

function repacked(note: EditableNote, card: EditableCard, front: string, back: string, cloze: number | null) {
  const codes = warningsOf(note, card.type, front, back, cloze);
  const isNear = readWarnings(card.warnings).includes('near_duplicate');
  return packWarnings(isNear ? [...codes, 'near_duplicate'] : codes);
}

export function changedMeanwhile(): TracedeckError {
  return new TracedeckError('user', 'note_changed', 'The note was changed elsewhere meanwhile.', {
    hint: 'Nothing was written. Copy what you wrote, open the note again and look at what it says now.',
  });
}
