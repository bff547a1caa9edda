/** Changes of many cards, and taking them back, in pieces: each is one change of the deck all the same. */
import type { BulkAction, ChangeSet } from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import { createBulkEditor } from '../deck/bulkEdit.ts';
import { createChangeLog } from '../deck/changeLog.ts';
import { createNoteEditor } from '../deck/editNotes.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { ankiRenderer } from './cardImport.ts';
import { inPiece, type JobContext } from './job.ts';

export type BulkParams = { readonly cardIds: readonly number[]; readonly action: BulkAction };

/** Where it is stopped, what was changed is taken back. */
export function bulkEditCards(db: Db, { cardIds, action }: BulkParams, context: JobContext): ChangeSet {
  const log = createChangeLog(db);
  const notes = createNoteEditor(db, { log, renderer: ankiRenderer });
  return createBulkEditor(db, { log, notes }).bulkEditInPieces(
    cardIds,
    action,
    (done) => {
      context.progress(done, cardIds.length);
      context.throwIfCancelled();
    },
    (piece) => inPiece(context, PIECE.changeCards, piece),
  );
}

/** Where it is stopped, the rest of the change still stands, and is what is taken back next. */
export function undoNewest(db: Db, context: JobContext): ChangeSet | null {
  const log = createChangeLog(db);
  const total = log.newest()?.cards ?? null;
  return log.undoLastInPieces(
    (done) => {
      context.progress(done, total);
      context.throwIfCancelled();
    },
    (piece) => inPiece(context, PIECE.takeBack, piece),
  );
}
