/** Everything that changes the deck by hand, over one open connection: what compose/ builds. */
import type { Card } from '../../shared/card.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createNoteAdder } from './addNote.ts';
import { createBulkEditor } from './bulkEdit.ts';
import { createChangeHistory } from './changeHistory.ts';
import { createChangeLog } from './changeLog.ts';
import type { ChangeLog } from './changeLog.ts';
import { createDeckAdmin } from './deckAdmin.ts';
import { createNoteEditor } from './editNotes.ts';
import type { NoteRenderer } from './editNotes.ts';
import { createNearDuplicates } from './nearDuplicates.ts';
import { createReviewQueue } from './reviewQueue.ts';

export type DeckEditorOptions = {
  /** In the order of `ids`; those that are gone are left out. */
  readonly readCards: (ids: readonly number[]) => readonly Card[];
  readonly renderer: NoteRenderer;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** After every change by hand, its undoing included: row ids of the notes. */
  readonly onChanged?: (noteIds: ReadonlySet<number>) => void;
};

export type DeckEditor = ReturnType<typeof createDeckEditor>;

export function createDeckEditor(
  db: Db,
  { readCards, renderer, now = Date.now, onChanged }: DeckEditorOptions,
) {
  const totalChanges = db.prepare<[], number>('SELECT total_changes()').pluck();
  let own = 0;
  function counted<T>(write: () => T): T {
    const before = totalChanges.get() ?? 0;
    try {
      return write();
    } finally {
      own += (totalChanges.get() ?? 0) - before;
    }
  }
  const near = createNearDuplicates(db, { readCards });
  const made = createChangeLog(db, {
    now,
    onChanged: (noteIds) => {
      near.changed(noteIds);
      review.changed(noteIds);
      onChanged?.(noteIds);
    },
  });
  const log: ChangeLog = {
    ...made,
    record: (label, work) => counted(() => made.record(label, work)),
    undoLast: () => counted(made.undoLast),
  };
  const notes = createNoteEditor(db, { log, renderer });
  const { addNote } = createNoteAdder(db, { log });
  const { bulkEdit } = createBulkEditor(db, { log, notes });
  const review = createReviewQueue(db, { near, readCards, write: counted });
  const { history, purge } = createChangeHistory(db, { now });

  return {
    /** For imports: their own steps as one change set. */
    record: log.record,
    undoLast: log.undoLast,
    changes: log.list,
    newestChange: log.newest,
    history,
    purge,
    editNote: notes.editNote,
    addNote,
    bulkEdit,
    ...createDeckAdmin(db, { log }),
    nearDuplicates: near.nearDuplicates,
    reviewPage: review.page,
    waitingCards: review.waiting,
    /** See `createReviewQueue`. */
    prepareReview: review.prepare,

    /** Rows that all of the above has written so far, as `total_changes()` counts them. */
    ownChanges: (): number => own,
    /** To be called when something else wrote: what is known of likenesses is looked at again when it is asked for. */
    outdated(): void {
      near.outdated();
      review.outdated();
    },
  };
}
