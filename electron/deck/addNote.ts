/** Notes written by hand. */
import { randomUUID } from 'node:crypto';
import { gapNumbers } from '../../shared/cloze.ts';
import type { ChangeSet, NewNote } from '../../shared/deck.ts';
import { foldKey } from '../../shared/foldKey.ts';
import { checkCard } from '../../shared/quality/checkCard.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { ChangeLog } from './changeLog.ts';
import { cleanTags, packWarnings } from './deckParts.ts';
import { cleanSide, keyOfSides, termOfFront } from './noteFolding.ts';

export type AddedNote = {
  /** UUID of the note. */
  readonly noteId: string;
  readonly changeSet: ChangeSet;
  /** Notes of the deck that ask the same, by uuid: told, not refused. */
  readonly duplicates: readonly string[];
};

export function createNoteAdder(db: Db, { log }: { readonly log: ChangeLog }) {
  // A key is a term, or a term and its meaning: another meaning of the same term is a note of its own.
  const sameKey = db
    .prepare<[{ deck: string; key: string; term: string }], string>(
      `SELECT notes.uuid FROM notes JOIN decks ON decks.id = notes.deck_id
       WHERE decks.name = :deck AND notes.key IN (:key, :term)
         AND EXISTS (SELECT 1 FROM cards WHERE note_id = notes.id AND status IN ('accepted', 'proposed'))
       ORDER BY notes.id LIMIT 20`,
    )
    .pluck();

  return {
    /**
     * Adds a note and its cards, accepted.
     * @throws TracedeckError of category `user`: `empty_front`, `empty_back`, `no_gap`
     */
    addNote({ deck, kind, front: givenFront, back: givenBack, tags }: NewNote): AddedNote {
      const front = cleanSide(givenFront);
      const back = cleanSide(givenBack);
      if (front === '')
        throw new TracedeckError('user', 'empty_front', 'The question is empty.', { hint: 'Write one.' });
      if (back === '' && kind !== 'cloze')
        throw new TracedeckError('user', 'empty_back', 'The answer is empty.', { hint: 'Write one.' });
      const gaps = kind === 'cloze' ? gapNumbers(front) : [];
      if (kind === 'cloze' && gaps.length === 0) {
        throw new TracedeckError('user', 'no_gap', 'The cloze text has no gap.', {
          hint: 'Mark what is to be hidden as {{c1::hidden}}.',
        });
      }
      const sides =
        kind === 'cloze'
          ? gaps.map((cloze) => ({ type: 'cloze' as const, front, back, cloze }))
          : [
              { type: 'basic' as const, front, back, cloze: null },
              ...(kind === 'reverse'
                ? [{ type: 'basic' as const, front: back, back: front, cloze: null }]
                : []),
            ];
      const term = termOfFront(front);
      const key = keyOfSides(front, back);
      const duplicates = sameKey.all({ deck, key, term: foldKey(front) });
      const uuid = randomUUID();
      const changeSet = log.record('Added a note', (changes) => {
        const noteId = changes.addNote({ uuid, deck, key, term, tags: cleanTags(tags) });
        for (const [ordinal, side] of sides.entries()) {
          const found = checkCard({ ...side, term, termLanguage: 'und', meaningLanguage: 'und' });
          const warnings = packWarnings(duplicates.length > 0 ? [...found, 'near_duplicate'] : found);
          changes.addCard({ noteId, deck, ordinal, ...side, status: 'accepted', warnings });
        }
      });
      return { noteId: uuid, changeSet, duplicates };
    },
  };
}
