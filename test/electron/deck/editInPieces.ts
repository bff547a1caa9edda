/** A process that flags all cards of a deck piece by piece, or takes its newest change back so, until it is killed. */
import { createBulkEditor } from '../../../electron/deck/bulkEdit.ts';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { createNoteEditor } from '../../../electron/deck/editNotes.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { simpleRenderer } from './editedDeck.ts';

const [, , path = '', what] = process.argv;
const db = openDeck(path);
const log = createChangeLog(db);
const { bulkEditInPieces } = createBulkEditor(db, {
  log,
  notes: createNoteEditor(db, { log, renderer: simpleRenderer }),
});
const cardIds = db.prepare<[], number>('SELECT id FROM cards').pluck().all();
let pieces = 0;
const between = () => {
  pieces += 1;
  if (pieces <= 2) return;
  process.stdout.write('two pieces are done\n');
  // Long enough to be killed here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
};
if (what === 'undo') log.undoLastInPieces(between);
else bulkEditInPieces(cardIds, { kind: 'flag', flag: 5 }, between);
