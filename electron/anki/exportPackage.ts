/** Writes cards of the deck as an Anki package: `.apkg`, in the form that every version of Anki reads. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DeckExportReport } from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import type { StudySettings } from '../../shared/study.ts';
import { studySettingsSchema } from '../../shared/study.ts';
import { inPiece, type JobContext } from '../deckJobs/job.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createIdClock, stableId } from './ankiIds.ts';
import type { AnkiNotetype, AnkiSchedule } from './ankiTypes.ts';
import { createCollectionWriter } from './collectionWriter.ts';
import type { CollectionWriter, WrittenDeck } from './collectionWriter.ts';
import { createDeckNotes, inScope } from './deckNotes.ts';
import type { DeckCard, NoteScope } from './deckNotes.ts';
import { USUAL_OPTIONS, writeOptions } from './deckOptions.ts';
import { createDeckRecords } from './deckRecords.ts';
import type { DeckRecords } from './deckRecords.ts';
import { mediaReferences } from './mediaNames.ts';
import { createMediaStore } from './mediaStore.ts';
import { notetypeOf, piecesOf } from './notePieces.ts';
import { TERM_NOTETYPE } from './notetypes.ts';
import { fromMemory, localDay, NEW_SCHEDULE, toRevlog } from './schedule.ts';
import { ZipWriter } from './zipWriter.ts';

export type ExportPackage = NoteScope & {
  /** The schedule, reviews included, goes along; flags and suspended cards always do. */
  readonly scheduling: boolean;
  readonly media: boolean;
  /** A collection is a package of all there is, which takes the place of what Anki has. */
  readonly format?: 'apkg' | 'colpkg';
  readonly path: string;
  readonly mediaDir: string;
  /** Study settings of a deck; the program's usual ones where it is not given. */
  readonly settingsOf?: (deck: string) => StudySettings;
  /** Epoch milliseconds. */
  readonly now?: () => number;
};

type Exported = { readonly notes: Set<number>; cards: number; readonly names: Set<string> };

const MAX_LEFT_OUT = 100;
/** Pieces of one note whose ids lie apart. */
const MAX_PIECES = 32;

/**
 * Accepted cards of the scope, with the notes they belong to. The file appears whole or not at all.
 * @throws TracedeckError `export_failed` where it cannot be written; `cancelled`
 */
export async function exportPackage(
  db: Db,
  request: ExportPackage,
  context: JobContext,
): Promise<DeckExportReport> {
  const startMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-apkg-'));
  try {
    const collection = join(folder, 'collection.anki2');
    // All that is read of the deck is of one moment, whoever writes to it meanwhile.
    const exported = inPiece(context, PIECE.writeCollection, () =>
      db.transaction(() => writeCollection(db, collection, request, context))(),
    );
    const { media, bytes, missing } = await inPiece(context, PIECE.packArchive, () =>
      writeArchive(db, collection, exported, request, context),
    );
    const leftOut = missing.map((name) => `${name}: the file is not there.`);
    return {
      path: request.path,
      format: request.format ?? 'apkg',
      notes: exported.notes.size,
      cards: exported.cards,
      media,
      bytes,
      tookMs: performance.now() - startMs,
      leftOut: leftOut.slice(0, MAX_LEFT_OUT),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function writeCollection(db: Db, path: string, request: ExportPackage, context: JobContext): Exported {
  const nowMs = (request.now ?? Date.now)();
  const source = createDeckNotes(db);
  // Days are counted from the earliest, so that nothing is due before the collection began.
  const firstDay = localDay(Math.min(nowMs, source.earliestMs() ?? nowMs)) - 1;
  const writer = createCollectionWriter(path, firstDay, nowMs);
  try {
    const ids = source.find(request);
    const exported = writeNotes(writer, source, ids, { ...request, nowMs, firstDay }, context);
    const records = createDeckRecords(db);
    writer.finish(exported.notetypes, (name) => deckNamed(name, records, request));
    return exported;
  } catch (thrown) {
    writer.abandon();
    throw thrown;
  }
}

/** With its options where the schedule goes along, as Anki has it. */
function deckNamed(
  name: string,
  records: DeckRecords,
  { scheduling, settingsOf = usualSettings }: ExportPackage,
): WrittenDeck {
  const { description, isMarkdown, options: kept } = records.find(name);
  if (!scheduling) return { description, isMarkdown, options: null };
  const values = writeOptions(settingsOf(name), kept?.values ?? null);
  const options = isDeepStrictEqual(values, USUAL_OPTIONS) ? null : { name: kept?.name || name, values };
  return { description, isMarkdown, options };
}

const usualSettings = (): StudySettings => studySettingsSchema.parse({});

function writeNotes(
  writer: CollectionWriter,
  source: ReturnType<typeof createDeckNotes>,
  ids: readonly number[],
  request: ExportPackage & { readonly nowMs: number; readonly firstDay: number },
  context: JobContext,
): Exported & { readonly notetypes: readonly AnkiNotetype[] } {
  const { nowMs, firstDay, scheduling } = request;
  const retentionOf = retentionsOf(request);
  const noteIds = createIdClock(nowMs);
  const cardIds = createIdClock(nowMs);
  const reviewIds = createIdClock(nowMs);
  const isWanted = inScope(request);
  const imported = new Map<number, AnkiNotetype>();
  const used = new Set<AnkiNotetype>();
  const exported: Exported = { notes: new Set(), cards: 0, names: new Set() };
  let newCards = 0;
  let done = 0;

  const scheduleOf = (card: DeckCard): AnkiSchedule => {
    const schedule =
      scheduling && card.memory !== null
        ? fromMemory(card.memory, card.importedSchedule, { firstDay }, retentionOf(card.deck))
        : NEW_SCHEDULE;
    if (schedule.type === 0) newCards += 1;
    const placed = schedule.type === 0 ? { ...schedule, due: newCards } : schedule;
    // A kept schedule may say that Anki had suspended or buried the card: ours is what counts.
    const queue = placed.queue < 0 ? queueOf(placed) : placed.queue;
    return { ...placed, queue: card.suspended ? -1 : queue };
  };
  for (const note of source.read(ids)) {
    if (done % 200 === 0) {
      context.throwIfCancelled();
      context.progress(done, ids.length);
    }
    done += 1;
    // An imported note was made at the time that its id says.
    const idOf = note.notetypeId === null ? stableId : (createdMs: number) => createdMs;
    for (const { piece, guid, notetype, fields, cards } of piecesOf(note, (id) =>
      notetypeOf(source, imported, id),
    )) {
      const wanted = cards.filter(({ card }) => isWanted(card));
      if (wanted.length === 0) continue;
      used.add(notetype);
      const id = noteIds(idOf(note.createdMs, note.id * MAX_PIECES + piece));
      const mod = Math.floor(note.modifiedMs / 1000);
      writer.note({ id, guid, notetypeId: notetype.id, mod, tags: note.tags, fields }, notetype);
      exported.notes.add(note.id);
      for (const field of fields) for (const name of mediaReferences(field)) exported.names.add(name);
      const reviews = scheduling ? source.reviews(wanted.map(({ card }) => card.id)) : null;
      for (const { card, ordinal } of wanted) {
        const cardId = cardIds(idOf(Math.max(card.createdMs, note.createdMs), card.id));
        writer.card({
          ...scheduleOf(card),
          id: cardId,
          noteId: id,
          deckId: writer.deckId(card.deck),
          ordinal,
          mod: Math.floor(card.modifiedMs / 1000),
          flag: card.flag,
        });
        exported.cards += 1;
        const log = reviews?.get(card.id) ?? [];
        for (const row of toRevlog(cardId, log, card.memory, reviewIds)) writer.review(row);
      }
    }
  }
  context.progress(done, ids.length);
  const notetypes = used.size === 0 ? [TERM_NOTETYPE] : [...used];
  for (const { css, templates } of notetypes) {
    for (const text of [css, ...templates.flatMap(({ front, back }) => [front, back])]) {
      for (const name of mediaReferences(text)) exported.names.add(name);
    }
  }
  return { ...exported, notetypes };
}

/** Looked up once a deck: a package may have a hundred thousand cards. */
function retentionsOf({ settingsOf = usualSettings }: ExportPackage): (deck: string) => number {
  const known = new Map<string, number>();
  return (deck) => {
    const retention = known.get(deck) ?? settingsOf(deck).desiredRetention;
    known.set(deck, retention);
    return retention;
  };
}

/** The queue that a card of this kind waits in. */
function queueOf({ type, due }: AnkiSchedule): number {
  if (type === 1 || type === 3) return Math.abs(due) >= 1_000_000_000 ? 1 : 3;
  return type;
}

async function writeArchive(
  db: Db,
  collection: string,
  { names }: Exported,
  request: ExportPackage,
  context: JobContext,
): Promise<{ media: number; bytes: number; missing: string[] }> {
  const store = createMediaStore(db, request.mediaDir);
  const files: { name: string; path: string; bytes: number }[] = [];
  const missing: string[] = [];
  for (const name of request.media ? [...names].sort() : []) {
    const row = store.find(name);
    // A name that the deck never had is a reference into nothing, as it was where it came from.
    if (row === null) continue;
    const path = store.pathOf(row.sha256);
    if ((await stat(path).catch(() => null))?.size === row.bytes)
      files.push({ name, path, bytes: row.bytes });
    else missing.push(name);
  }
  const zip = await ZipWriter.create(request.path);
  try {
    await zip.addFile('collection.anki2', collection, 8);
    const index = Object.fromEntries(files.map(({ name }, number) => [number, name]));
    await zip.addBytes('media', Buffer.from(JSON.stringify(index)), 8);
    for (const [number, { path }] of files.entries()) {
      context.throwIfCancelled();
      await zip.addFile(String(number), path, 0);
      context.progress(number + 1, files.length);
    }
    return { media: files.length, bytes: await zip.finish(), missing };
  } catch (thrown) {
    await zip.discard();
    throw thrown;
  }
}
