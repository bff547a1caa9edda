/** Cards of the deck to a file, in whatever form: chosen here, written by `electron/anki` and `electron/exchange`. */
import { readFileSync } from 'node:fs';
import { characterNo } from '../../shared/characterNo.ts';
import type { Card } from '../../shared/card.ts';
import type { DeckExportReport, ExportChoice } from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import type { StudySettings } from '../../shared/study.ts';
import { createAnkiSource } from '../anki/ankiSource.ts';
import { createCardStore, type CardStore } from '../deck/cardStore.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { isKnownDeck, unknownDeck } from '../errors/unknownDeck.ts';
import { writeDeckFile, type DeckFileTools } from '../exchange/writeDeckFile.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { settingsIn } from './settingsIn.ts';
import { createCardSchedules } from './cardSchedules.ts';
import { countCards, countMedia } from './exportPlan.ts';
import { inPiece, type JobContext } from './job.ts';
import type { DeckPlace } from './jobTypes.ts';
import { leftOutOf } from './leftOut.ts';

export type ExportParams = {
  readonly path: string;
  readonly choice: ExportChoice;
  /** The program's, which decks may have otherwise; the usual ones where they are not given. */
  readonly study?: StudySettings;
};
type PrintSheet = DeckFileTools['printSheet'];

const CARDS_A_PAGE = 500;

/**
 * @param printSheet only where there is a browser: not in a thread
 * @throws TracedeckError `deck_unknown`, `nothing_to_export`, `query_invalid`, `export_failed`, `print_unavailable`, `cancelled`
 */
export async function exportDeck(
  { db, mediaDir }: Pick<DeckPlace, 'db' | 'mediaDir'>,
  { path, choice, study }: ExportParams,
  context: JobContext,
  printSheet: PrintSheet = null,
): Promise<DeckExportReport> {
  const { format, deck, runId, query, scheduling, media } = choice;
  const cards = createCardStore(db);
  const ids = inPiece(context, PIECE.findCards, () => chosenIds(cards, choice));
  const wanted = JSON.stringify([...ids]);
  const counts = inPiece(context, PIECE.countCards, () => countCards(db, wanted));
  if (counts.cards === 0) throw nothingToExport(db, choice);
  const leftOut = leftOutOf(choice, counts, () =>
    inPiece(context, PIECE.countMedia, () => countMedia(db, wanted, context)),
  );
  if (format === 'apkg' || format === 'colpkg') {
    const { exportPackage } = await import('../anki/exportPackage.ts');
    // What a run made are its cards, also those that it added to notes of others: as in every other form.
    const isChosen = query.trim() !== '' || runId !== null;
    const cardIds = isChosen ? ids : undefined;
    const report = await exportPackage(
      db,
      {
        path,
        deck,
        runId: null,
        cardIds,
        scheduling,
        media,
        mediaDir,
        format,
        settingsOf: settingsIn(db, study),
      },
      context,
    );
    return { ...report, leftOut: [...leftOut, ...report.leftOut] };
  }
  const source = createAnkiSource(db, mediaDir);
  const tools: DeckFileTools = {
    guidOf: source.guidOf,
    importedNote: source.importedNote,
    media(name) {
      const file = source.mediaPath(name);
      return file === null ? null : readOrNull(file);
    },
    scheduleOf: createCardSchedules(db).find,
    printSheet,
  };
  const report = await inPiece(context, PIECE.writeFile, () =>
    writeDeckFile(path, pages(cards, ids), { ...choice, format }, tools, context),
  );
  return { ...report, leftOut: [...leftOut, ...report.leftOut] };
}

/** Oldest first; read in pages. */
function* pages(cards: CardStore, ids: Uint32Array): Generator<Card> {
  for (let from = 0; from < ids.length; from += CARDS_A_PAGE) {
    yield* cards.byIds([...ids.subarray(from, from + CARDS_A_PAGE)]);
  }
}

function chosenIds(cards: CardStore, { deck, runId, query }: ExportChoice): Uint32Array {
  const { ids, problem } = cards.find({ deck, runId, query, sort: 'oldest' });
  if (problem === null) return ids;
  const place = characterNo(query ?? '', problem.at);
  throw new TracedeckError('user', 'query_invalid', `${problem.message} (at character ${place})`);
}

function readOrNull(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** A file without a card would look like one that lost them all: `deck_unknown`, `run_unknown`, `nothing_to_export`. */
function nothingToExport(db: Db, { deck, runId }: ExportChoice): TracedeckError {
  const decks = db.prepare<[], string>('SELECT name FROM decks WHERE removed = 0').pluck().all();
  if (deck !== null && !isKnownDeck(deck, decks)) return unknownDeck(deck, decks);
  if (
    runId !== null &&
    db.prepare<[string], number>('SELECT 1 FROM runs WHERE id = ?').get(runId) === undefined
  ) {
    return new TracedeckError('user', 'run_unknown', `There is no run ${runId}.`, {
      hint: 'The ids of all: npm run -s cli -- runs list',
    });
  }
  return new TracedeckError('user', 'nothing_to_export', 'There is no card to export.', {
    hint: 'Cards that wait for review are not exported before they are accepted.',
  });
}
