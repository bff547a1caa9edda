/** Cards of the deck to a file, in whatever form: chosen here, written by `electron/anki` and `electron/exchange`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Card } from '../../shared/card.ts';
import type { DeckExportReport, ExportChoice } from '../../shared/deck.ts';
import { guidOf } from '../anki/ankiIds.ts';
import { createCardStore, type CardStore } from '../deck/cardStore.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { ImportedNote } from '../exchange/ankiRows.ts';
import { writeDeckFile, type DeckFileTools } from '../exchange/writeDeckFile.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { JobContext } from './job.ts';
import type { DeckPlace } from './jobTypes.ts';

export type ExportParams = {
  readonly path: string;
  readonly choice: ExportChoice;
  /** Of the schedule in a package; 0.9 where it is not given. */
  readonly desiredRetention?: number;
};
type PrintSheet = DeckFileTools['printSheet'];

const CARDS_A_PAGE = 500;
const IS_HASH = /^[0-9a-f]{64}$/;

/**
 * @param printSheet only where there is a browser: not in a thread
 * @throws TracedeckError `query_invalid`, `export_failed`, `print_unavailable`, `cancelled`
 */
export async function exportDeck(
  { db, mediaDir }: Pick<DeckPlace, 'db' | 'mediaDir'>,
  { path, choice, desiredRetention }: ExportParams,
  context: JobContext,
  printSheet: PrintSheet = null,
): Promise<DeckExportReport> {
  const { format, deck, runId, query, scheduling, media } = choice;
  if (format === 'apkg') {
    const { exportPackage } = await import('../anki/exportPackage.ts');
    const cardIds = query.trim() === '' ? undefined : chosenIds(createCardStore(db), choice);
    const retention = desiredRetention === undefined ? {} : { desiredRetention };
    return exportPackage(
      db,
      { path, deck, runId, cardIds, scheduling, media, mediaDir, ...retention },
      context,
    );
  }
  const tools: DeckFileTools = {
    guidOf,
    importedNote: importedNotes(db),
    media: mediaFiles(db, mediaDir),
    printSheet,
  };
  return writeDeckFile(path, chosenCards(db, choice), { ...choice, format }, tools, context);
}

/** Oldest first; read in pages. */
function* chosenCards(db: Db, choice: ExportChoice): Generator<Card> {
  const cards = createCardStore(db);
  const ids = chosenIds(cards, choice);
  for (let from = 0; from < ids.length; from += CARDS_A_PAGE) {
    yield* cards.byIds([...ids.subarray(from, from + CARDS_A_PAGE)]);
  }
}

function chosenIds(cards: CardStore, { deck, runId, query }: ExportChoice): Uint32Array {
  const { ids, problem } = cards.find({ deck, runId, query, sort: 'oldest' });
  if (problem === null) return ids;
  throw new TracedeckError('user', 'query_invalid', `${problem.message} (at character ${problem.at + 1})`);
}

function importedNotes(db: Db): (noteId: string) => ImportedNote | null {
  type Row = { guid: string | null; notetype: string; names: string; fields: string };
  const select = db.prepare<[string], Row>(
    `SELECT notes.guid, notetypes.name AS notetype, notetypes.fields AS names, notes.fields
     FROM notes JOIN notetypes ON notetypes.id = notes.notetype_id WHERE notes.uuid = ?`,
  );
  return (noteId) => {
    const row = select.get(noteId);
    if (row === undefined) return null;
    const names = JSON.parse(row.names) as readonly { readonly name: string }[];
    const values = JSON.parse(row.fields) as readonly string[];
    return {
      guid: row.guid ?? guidOf(noteId, 0),
      notetype: row.notetype,
      fields: names.map(({ name }, at) => ({ name, value: values[at] ?? '' })),
    };
  };
}

function mediaFiles(db: Db, mediaDir: string): (name: string) => Uint8Array | null {
  const select = db.prepare<[string], string>('SELECT sha256 FROM media WHERE name = ?').pluck();
  return (name) => {
    const sha256 = select.get(name.normalize('NFC'));
    if (sha256 === undefined || !IS_HASH.test(sha256)) return null;
    try {
      return readFileSync(join(mediaDir, sha256));
    } catch {
      return null;
    }
  };
}
