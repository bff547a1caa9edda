/** Cards of the deck to a file, in whatever form: chosen here, written by `electron/anki` and `electron/exchange`. */
import { readFileSync } from 'node:fs';
import type { Card } from '../../shared/card.ts';
import type { DeckExportReport, ExportChoice } from '../../shared/deck.ts';
import type { StudySettings } from '../../shared/study.ts';
import { createAnkiSource } from '../anki/ankiSource.ts';
import { createCardStore, type CardStore } from '../deck/cardStore.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { writeDeckFile, type DeckFileTools } from '../exchange/writeDeckFile.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { settingsIn } from './settingsIn.ts';
import { createCardSchedules } from './cardSchedules.ts';
import type { JobContext } from './job.ts';
import type { DeckPlace } from './jobTypes.ts';

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
  const ids = chosenIds(cards, choice);
  requireCards(db, ids, choice);
  if (format === 'apkg' || format === 'colpkg') {
    const { exportPackage } = await import('../anki/exportPackage.ts');
    // What a run made are its cards, also those that it added to notes of others: as in every other form.
    const isChosen = query.trim() !== '' || runId !== null;
    const cardIds = isChosen ? ids : undefined;
    return exportPackage(
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
  return writeDeckFile(path, pages(cards, ids), { ...choice, format }, tools, context);
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
  throw new TracedeckError('user', 'query_invalid', `${problem.message} (at character ${problem.at + 1})`);
}

function readOrNull(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/**
 * A file without a card would look like one that lost them all.
 * @throws TracedeckError `deck_unknown`, `run_unknown`, `nothing_to_export`
 */
function requireCards(db: Db, ids: Uint32Array, { deck, runId }: ExportChoice): void {
  const accepted = db
    .prepare<[string], number>(
      "SELECT count(*) FROM json_each(?) AS wanted JOIN cards ON cards.id = wanted.value WHERE status = 'accepted'",
    )
    .pluck();
  if (ids.length > 0 && accepted.get(JSON.stringify([...ids])) !== 0) return;
  const isDeck =
    deck === null ||
    db.prepare<[string], number>('SELECT 1 FROM decks WHERE removed = 0 AND name = ?').get(deck) !==
      undefined;
  if (!isDeck) {
    throw new TracedeckError('user', 'deck_unknown', `There is no deck ${deck}.`, {
      hint: 'The names of all: npm run -s cli -- decks',
    });
  }
  if (
    runId !== null &&
    db.prepare<[string], number>('SELECT 1 FROM runs WHERE id = ?').get(runId) === undefined
  ) {
    throw new TracedeckError('user', 'run_unknown', `There is no run ${runId}.`, {
      hint: 'The ids of all: npm run -s cli -- runs',
    });
  }
  throw new TracedeckError('user', 'nothing_to_export', 'There is no card to export.', {
    hint: 'Cards that wait for review are not exported before they are accepted.',
  });
}
