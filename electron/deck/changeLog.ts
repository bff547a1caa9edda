/**
 * Everything that a hand or an import changes goes through here: each set is one transaction, is written down as it is
 * made, and can be taken back as a whole. A change and its undoing are the same step with before and after swapped.
 */
import type { ChangeSet } from '../../shared/deck.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createBulkParts } from './bulkParts.ts';
import type { BulkPart } from './bulkParts.ts';
import { differing, isSaid } from './changeParts.ts';
import type { Parts } from './changeParts.ts';
import { createDeckPartStore } from './deckParts.ts';
import type { CardParts, DeckParts, NoteParts } from './deckParts.ts';
import { createTakeBack, createTally, LEFT_ALONE_MAX } from './takeBack.ts';
import type { ChangeRow, StepBack, Tally } from './takeBack.ts';

export type NewCardRow = Pick<
  CardParts,
  'deck' | 'type' | 'front' | 'back' | 'cloze' | 'status' | 'warnings'
> & {
  readonly noteId: number;
  readonly ordinal: number;
  readonly quote?: string | null;
  readonly stageResultId?: number | null;
};
export type NewNoteRow = Pick<NoteParts, 'deck' | 'key' | 'term' | 'tags'> & { readonly uuid: string };

/** What one change set does. Each step is written down and done at once; one that changes nothing is neither. */
export interface Changes {
  /** Whether anything changed; `false` as well for a card that is gone. */
  card(cardId: number, parts: Partial<CardParts>): boolean;
  /** The same part of many cards at once: a tenth of the time that one by one would take. */
  cards<Part extends BulkPart>(cardIds: readonly number[], part: Part, value: CardParts[Part]): void;
  note(noteId: number, parts: Partial<NoteParts>): boolean;
  deck(deckId: number, parts: Partial<DeckParts>): boolean;
  addCard(card: NewCardRow): number;
  /** A note of our own. */
  addNote(note: NewNoteRow): number;
  /** The deck of this name, made or brought back where it is not there. */
  deckId(name: string): number;
  /** For who writes rows by other means: the note with its cards, or the card, is new. */
  added(entity: 'note' | 'card', id: number): void;
  /** Says that a card was left alone, and why; 0 where it is no single card. */
  leave(cardId: number, reason: string): void;
}

export type Counts = { readonly notes: number; readonly cards: number };
/** What a set is called; told the counts when all is done. */
/** Does a piece, and what is to be done around it. */
export type Around = <T>(piece: () => T) => T;
export type Label = string | ((counts: Counts) => string);

type SetRow = { id: number; label: string; atMs: number; undone: 0 | 1; notes: number; cards: number };

const SELECT_SET =
  'SELECT id, label, at_ms AS atMs, undone_ms IS NOT NULL AS undone, notes, cards FROM change_sets';

export type ChangeLog = ReturnType<typeof createChangeLog>;
export type ChangeLogOptions = {
  readonly now?: () => number;
  /** After a set is committed or taken back: row ids of the notes that it touched. */
  readonly onChanged?: (noteIds: ReadonlySet<number>) => void;
};

/** The log over an open deck. `now` is in epoch milliseconds. */
export function createChangeLog(db: Db, { now = Date.now, onChanged }: ChangeLogOptions = {}) {
  const store = createDeckPartStore(db);
  const insertSet = db.prepare("INSERT INTO change_sets (label, at_ms) VALUES ('', ?)");
  const finishSet = db.prepare('UPDATE change_sets SET label = ?, notes = ?, cards = ? WHERE id = ?');
  const dropSet = db.prepare('DELETE FROM change_sets WHERE id = ?');
  const insertChange = db.prepare(
    `INSERT INTO changes (change_set_id, entity, entity_id, note_uuid, before, after) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const insertCard = db.prepare(
    `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, quote, stage_result_id, status, warnings,
       created_ms, modified_ms)
     VALUES (:noteId, :deckId, :ordinal, :type, :front, :back, :cloze, :quote, :stageResultId, :status, :warnings,
       :nowMs, :nowMs)`,
  );
  const insertNote = db.prepare(
    `INSERT INTO notes (uuid, deck_id, key, term, created_ms, modified_ms)
     VALUES (:uuid, :deckId, :key, :term, :nowMs, :nowMs)`,
  );
  const cardIdsOf = db
    .prepare<[number], number>('SELECT id FROM cards WHERE note_id = ? ORDER BY ordinal')
    .pluck();
  const setById = db.prepare<[number], SetRow>(`${SELECT_SET} WHERE id = ?`);
  const newestSet = db.prepare<[], SetRow>(`${SELECT_SET} WHERE undone_ms IS NULL ORDER BY id DESC LIMIT 1`);
  const sets = db.prepare<[number], SetRow>(`${SELECT_SET} ORDER BY id DESC LIMIT ?`);
  const setUndone = db.prepare('UPDATE change_sets SET undone_ms = ? WHERE id = ?');
  const bulkParts = createBulkParts(db, store, now);
  const { parts: bulk, stored } = bulkParts;
  const stepsBack = createTakeBack(db, { store, bulk: bulkParts });

  function createChanges(setId: number, atMs: number, tally: Tally): Changes {
    const write = (
      entity: ChangeRow['entity'],
      entityId: number,
      uuid: string | null,
      before: Parts | null,
      after: Parts | null,
    ) => {
      tally.written += 1;
      insertChange.run(
        setId,
        entity,
        entityId,
        uuid,
        before === null ? null : JSON.stringify(before),
        after === null ? null : JSON.stringify(after),
      );
    };

    const changes: Changes = {
      card(cardId, parts) {
        const found = store.card(cardId);
        if (!found) return false;
        const was = parts.memory === undefined ? found : { ...found, memory: store.memory(cardId) };
        const changed = differing(was as Parts, parts as Parts);
        if (!changed) return false;
        if (parts.deck !== undefined) changes.deckId(parts.deck);
        write('card', cardId, found.uuid, changed.before, changed.after);
        store.writeCard(cardId, changed.after as Partial<CardParts>, atMs);
        tally.cards.add(cardId);
        tally.notes.add(found.noteId);
        if (isSaid(changed.after)) tally.texts.add(found.noteId);
        return true;
      },
      cards(cardIds, part, value) {
        if (part === 'deck') changes.deckId(String(value));
        const { find, log, write: writeAll } = bulk[part];
        const wanted = stored(part, value);
        const rows = find.all({ ids: JSON.stringify(cardIds), value: wanted });
        if (rows.length === 0) return;
        const ids = JSON.stringify(rows.map(({ id }) => id));
        log.run({ setId, ids, after: JSON.stringify({ [part]: value }) });
        writeAll.run({ ids, value: wanted, nowMs: atMs });
        tally.written += rows.length;
        for (const { id, noteId } of rows) {
          tally.cards.add(id);
          tally.notes.add(noteId);
          if (part === 'status') tally.texts.add(noteId);
        }
      },
      note(noteId, parts) {
        const found = store.note(noteId, { tags: parts.tags !== undefined, from: parts.from !== undefined });
        const changed = found && differing(found as Parts, parts as Parts);
        if (!changed) return false;
        if (parts.deck !== undefined) changes.deckId(parts.deck);
        write('note', noteId, found.uuid, changed.before, changed.after);
        store.writeNote(noteId, changed.after as Partial<NoteParts>, atMs);
        tally.notes.add(noteId);
        return true;
      },
      deck(deckId, parts) {
        const found = store.deck(deckId);
        const changed = found && differing(found as Parts, parts as Parts);
        if (!changed) return false;
        write('deck', deckId, null, changed.before, changed.after);
        store.writeDeck(deckId, changed.after as Partial<DeckParts>);
        return true;
      },
      addCard({ deck, quote = null, stageResultId = null, ...card }) {
        const deckId = changes.deckId(deck);
        const id = Number(
          insertCard.run({ ...card, deckId, quote, stageResultId, nowMs: atMs }).lastInsertRowid,
        );
        changes.added('card', id);
        tally.texts.add(card.noteId);
        return id;
      },
      addNote({ deck, tags, ...note }) {
        const deckId = changes.deckId(deck);
        const id = Number(insertNote.run({ ...note, deckId, nowMs: atMs }).lastInsertRowid);
        store.made(id);
        store.writeNote(id, { tags }, atMs);
        write('note', id, note.uuid, null, { term: note.term, tags, deck });
        tally.notes.add(id);
        return id;
      },
      deckId(name) {
        const there = store.deckNamed(name);
        if (there?.removed === true) changes.deck(there.id, { removed: false });
        if (there) return there.id;
        const id = store.addDeck(name, atMs);
        write('deck', id, null, null, { name });
        return id;
      },
      added(entity, id) {
        if (entity === 'note') {
          const note = store.note(id);
          if (!note) return;
          store.made(id);
          const { uuid, term, tags, deck } = note;
          write('note', id, uuid, null, { term, tags, deck });
          tally.notes.add(id);
          for (const cardId of cardIdsOf.all(id)) changes.added('card', cardId);
          return;
        }
        const card = store.card(id);
        if (!card) return;
        const { type, front, back, cloze, deck, status } = card;
        const memory = store.memory(id);
        write('card', id, card.uuid, null, { type, front, back, cloze, deck, status, memory });
        tally.cards.add(id);
        tally.notes.add(card.noteId);
      },
      leave(cardId, reason) {
        if (tally.left.size < LEFT_ALONE_MAX) tally.left.set(cardId, reason);
      },
    };
    return changes;
  }

  const told = ({ left }: Tally): ChangeSet['leftAlone'] =>
    [...left].map(([cardId, reason]) => ({ cardId, reason }));

  const ifStanding = (set: SetRow | undefined): SetRow | null => (set?.undone === 0 ? set : null);
  const undone = (set: SetRow, tally: Tally): ChangeSet => ({
    ...toChangeSet(set),
    undone: true,
    leftAlone: told(tally),
  });

  /** Takes the set back in pieces, each a transaction; `null` where it does not stand, or somebody else is first. */
  function undoInPieces(
    set: SetRow | null,
    between: (done: number) => void,
    around: Around = (piece) => piece(),
  ): ChangeSet | null {
    if (set === null) return null;
    const nowMs = now();
    const tally = createTally();
    const write = db.transaction((step: StepBack): boolean => {
      store.begin();
      if (ifStanding(setById.get(set.id)) === null) return false;
      step(nowMs, tally);
      return true;
    });
    for (const step of stepsBack(set.id)) {
      between(tally.cards.size);
      if (!around(() => write.immediate(step))) return null;
    }
    if (!write.immediate(() => setUndone.run(nowMs, set.id))) return null;
    onChanged?.(tally.notes);
    return undone(set, tally);
  }

  return {
    /**
     * Does `work` as one change set: all of it or, where it throws, nothing. A set that changed nothing is not kept:
     * its `changeSetId` is 0.
     */
    record(label: Label, work: (changes: Changes) => void): ChangeSet {
      const atMs = now();
      const tally = createTally();
      const result = db
        .transaction((): ChangeSet => {
          store.begin();
          const setId = Number(insertSet.run(atMs).lastInsertRowid);
          work(createChanges(setId, atMs, tally));
          const counts = { notes: tally.notes.size, cards: tally.cards.size };
          const text = typeof label === 'string' ? label : label(counts);
          if (tally.written === 0) dropSet.run(setId);
          else finishSet.run(text, counts.notes, counts.cards, setId);
          for (const noteId of tally.texts) store.touchNote(noteId, atMs);
          const changeSetId = tally.written === 0 ? 0 : setId;
          return { changeSetId, label: text, atMs, ...counts, undone: false, leftAlone: told(tally) };
        })
        .immediate();
      if (result.changeSetId !== 0) onChanged?.(tally.notes);
      return result;
    },

    /**
     * Does `pieces` as one change set, each in a transaction of its own, so that others can write between them. Where
     * one throws, what the others did is taken back; where the process ends, it stays, and can be taken back by hand.
     * @param between is called before each piece, outside of any transaction
     * @param around does each piece, with its transaction
     * @throws TracedeckError `cancelled` where the set was taken back before it was whole
     */
    recordInPieces(
      label: Label,
      pieces: Iterable<(changes: Changes) => void>,
      between: () => void = () => {},
      around: Around = (piece) => piece(),
    ): ChangeSet {
      const atMs = now();
      const tally = createTally();
      let setId = 0;
      const counts = () => ({ notes: tally.notes.size, cards: tally.cards.size });
      const text = () => (typeof label === 'string' ? label : label(counts()));
      const write = db.transaction((piece: (changes: Changes) => void) => {
        store.begin();
        if (setId === 0) setId = Number(insertSet.run(atMs).lastInsertRowid);
        else if (setById.get(setId)?.undone !== 0)
          throw new TracedeckError('transient', 'cancelled', 'It was taken back before it was whole.');
        tally.texts.clear();
        piece(createChanges(setId, atMs, tally));
        for (const noteId of tally.texts) store.touchNote(noteId, atMs);
        finishSet.run(text(), tally.notes.size, tally.cards.size, setId);
      });
      try {
        for (const piece of pieces) {
          between();
          around(() => write.immediate(piece));
        }
      } catch (thrown) {
        const rest = () => {
          try {
            between();
          } catch {
            // That it was stopped is known: this is how the deck becomes what it was.
          }
        };
        if (setId !== 0) undoInPieces(ifStanding(setById.get(setId)), rest);
        throw thrown;
      }
      if (tally.written === 0 && setId !== 0) dropSet.run(setId);
      const changeSetId = tally.written === 0 ? 0 : setId;
      if (changeSetId !== 0) onChanged?.(tally.notes);
      return { changeSetId, label: text(), atMs, ...counts(), undone: false, leftAlone: told(tally) };
    },

    /**
     * Takes the newest set back that still stands; `null` where there is none. Parts that were changed since by other
     * means stay as they are, and `leftAlone` says so.
     */
    undoLast(): ChangeSet | null {
      const nowMs = now();
      const tally = createTally();
      const result = db
        .transaction((): ChangeSet | null => {
          store.begin();
          const set = newestSet.get();
          if (set === undefined) return null;
          for (const step of stepsBack(set.id)) step(nowMs, tally);
          setUndone.run(nowMs, set.id);
          return undone(set, tally);
        })
        .immediate();
      if (result) onChanged?.(tally.notes);
      return result;
    },

    /**
     * The same in pieces, each in a transaction of its own. The set stands until the last of them: where `between` throws
     * or the process ends, what is left of it is taken back the next time.
     * @param between is called before each piece with how many cards are done, outside of any transaction
     */
    undoLastInPieces: (between: (done: number) => void, around?: Around): ChangeSet | null =>
      undoInPieces(ifStanding(newestSet.get()), between, around),

    /** The set that would be taken back next. */
    newest: (): ChangeSet | null => {
      const set = newestSet.get();
      return set === undefined ? null : toChangeSet(set);
    },

    /** Newest first, those that were taken back included. What was left alone is told once, when it happens. */
    list: (limit: number): readonly ChangeSet[] => sets.all(limit).map(toChangeSet),
  };
}

function toChangeSet({ id, undone, ...set }: SetRow): ChangeSet {
  return { changeSetId: id, ...set, undone: undone === 1, leftAlone: [] };
}
