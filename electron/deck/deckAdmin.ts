/** Decks as things of their own: made, renamed and removed, each as a change set. */
import type { ChangeSet } from '../../shared/deck.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { ChangeLog } from './changeLog.ts';

type DeckRow = { id: number; name: string; removed: 0 | 1 };

/** The deck and those below it: `A` has `A::B`. Names are compared letter by letter, as Anki's are. */
const WITH_THOSE_BELOW = `(name = :name OR substr(name, 1, length(:name) + 2) = :name || '::')`;

export function createDeckAdmin(db: Db, { log }: { readonly log: ChangeLog }) {
  const subtree = db.prepare<[{ name: string }], DeckRow>(
    `SELECT id, name, removed FROM decks WHERE ${WITH_THOSE_BELOW} ORDER BY name`,
  );
  const named = db.prepare<[string], DeckRow>('SELECT id, name, removed FROM decks WHERE name = ?');
  const liveCards = db
    .prepare<[number], number>("SELECT id FROM cards WHERE deck_id = ? AND status <> 'deleted'")
    .pluck();
  const strays = db.prepare<[string], { noteId: number; deck: string }>(
    `SELECT notes.id AS noteId, decks.name AS deck
     FROM notes
       JOIN cards ON cards.id = (SELECT id FROM cards WHERE note_id = notes.id AND status <> 'deleted'
         ORDER BY ordinal LIMIT 1)
       JOIN decks ON decks.id = cards.deck_id
     WHERE notes.deck_id IN (SELECT value FROM json_each(?)) AND cards.deck_id <> notes.deck_id`,
  );

  function present(name: string): DeckRow[] {
    const rows = subtree.all({ name }).filter(({ removed }) => removed === 0);
    if (rows.length > 0) return rows;
    throw new TracedeckError('user', 'deck_unknown', `There is no deck named ${name}.`, {
      hint: 'It may have been renamed or removed.',
    });
  }

  return {
    /** @throws TracedeckError `deck_exists` */
    createDeck(name: string): ChangeSet {
      if (named.get(name)?.removed === 0) throw deckExists(name);
      return log.record(`Made the deck ${name}`, (changes) => void changes.deckId(name));
    },

    /**
     * With the decks below it.
     * @throws TracedeckError `deck_unknown`; `deck_exists` where a new name is taken; `deck_in_itself`
     */
    renameDeck(name: string, to: string): ChangeSet {
      return log.record(`Renamed the deck ${name} to ${to}`, (changes) => {
        const rows = present(name);
        if (to.startsWith(`${name}::`)) {
          throw new TracedeckError('user', 'deck_in_itself', 'A deck cannot be below itself.', {
            hint: 'Choose a name outside of it.',
          });
        }
        for (const row of rows) {
          const next = `${to}${row.name.slice(name.length)}`;
          const other = named.get(next);
          if (other && other.id !== row.id) {
            if (other.removed === 0) throw deckExists(next);
            // A removed deck gives its name up, and has it back when this is undone.
            changes.deck(other.id, { name: freeName(next) });
          }
          changes.deck(row.id, { name: next });
        }
      });
    },

    /**
     * With all its cards, and the decks below it.
     * @throws TracedeckError `deck_unknown`
     */
    removeDeck(name: string): ChangeSet {
      return log.record(
        ({ cards }) => `Removed the deck ${name}${cards === 0 ? '' : ` with ${cards} cards`}`,
        (changes) => {
          const rows = present(name);
          for (const { id } of rows) {
            changes.cards(liveCards.all(id), 'status', 'deleted');
          }
          // Notes with cards elsewhere live there now.
          for (const { noteId, deck } of strays.all(JSON.stringify(rows.map(({ id }) => id))))
            changes.note(noteId, { deck });
          for (const { id } of rows) changes.deck(id, { removed: true });
        },
      );
    },
  };

  function freeName(name: string): string {
    for (let n = 1; ; n += 1) {
      const free = `${name} (removed${n === 1 ? '' : ` ${n}`})`;
      if (!named.get(free)) return free;
    }
  }
}

function deckExists(name: string): TracedeckError {
  return new TracedeckError('user', 'deck_exists', `There is a deck named ${name} already.`, {
    hint: 'Choose another name, or move the cards into it.',
  });
}
