/**
 * Takes an Anki package into the deck. Notes match by guid alone: a newer one of the same notetype updates, another
 * notetype is a conflict, all else stays as it is. Schedules come with the cards they are of, once. Our own packages
 * come back as the notes they were. Importing the same again changes nothing, so one that was broken off is repeated.
 */
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { DeckImportReport } from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import type { StudySettings } from '../../shared/study.ts';
import { studySettingsSchema } from '../../shared/study.ts';
import { inPiece, type JobContext } from '../deckJobs/job.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { guidOf } from './ankiIds.ts';
import type { AnkiNote } from './ankiTypes.ts';
import { createDeckPlacer } from './deckPlacer.ts';
import { createDeckRecords } from './deckRecords.ts';
import { importDecks } from './importDecks.ts';
import { importForeign, renderAgain } from './importForeign.ts';
import { importOwn } from './importOwn.ts';
import type { OwnUnit } from './importOwn.ts';
import type { ImportTarget, Tally } from './importTarget.ts';
import { createImportLog } from './importLog.ts';
import { createMediaStore } from './mediaStore.ts';
import { createNoteWriter } from './noteWriter.ts';
import { createNotetypeStore } from './notetypeStore.ts';
import { ownKindOf } from './notetypes.ts';
import type { OwnKind } from './notetypes.ts';
import { idField, readId } from './ownNotes.ts';
import { openPackage } from './packageReader.ts';
import type { AnkiPackage } from './packageReader.ts';
import type { PackageLimits } from './packageLimits.ts';
import { shown } from './zipReader.ts';

export type ImportPackage = {
  readonly path: string;
  /** Where its decks go: its topmost deck takes this name, or they all go below it. `null` for where they were. */
  readonly deck: string | null;
  readonly mediaDir: string;
  /** Study settings of a deck, of the program for `null`; the program's usual ones where it is not given. */
  readonly settingsOf?: (deck: string | null) => StudySettings;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly limits?: PackageLimits;
  /** Waited for when the package is open and the deck is as it was. */
  readonly onceRead?: () => Promise<void>;
};

const NOTES_AT_ONCE = 300;
/** Where looking a few up reads all of them. */
const NOTES_WITHOUT_INDEX = 5000;
const MAX_TOLD = 200;

/**
 * @throws TracedeckError those of `openPackage`, before anything is changed; `cancelled`, where what came until then
 *   stays and can be taken back as one change; `import_failed` where the disk is full or not to be written
 */
export async function importPackage(
  db: Db,
  request: ImportPackage,
  context: JobContext,
): Promise<DeckImportReport> {
  const startMs = performance.now();
  const opened = await inPiece(context, PIECE.readPackage, () => openPackage(request.path, request.limits));
  try {
    await request.onceRead?.();
    const refused = createList(opened.refused);
    const { renamed, count } = await takeMedia(db, opened, request, refused.add, context);
    const { tally, changeSetId } = await takeNotes(db, opened, request, renamed, refused.add, context);
    return {
      path: request.path,
      form: opened.form,
      added: tally.added,
      updated: tally.updated,
      unchanged: tally.unchanged,
      conflicts: tally.conflicts.slice(0, MAX_TOLD),
      cards: tally.cards,
      media: count,
      reviews: tally.reviews,
      refused: refused.list(),
      changeSetId,
      tookMs: performance.now() - startMs,
    };
  } finally {
    await opened.close();
  }
}

/** The first of what was refused, and how many more there were. */
function createList(begin: readonly string[]) {
  const told = begin.slice(0, MAX_TOLD);
  let more = begin.length - told.length;
  return {
    add(reason: string): void {
      if (told.length < MAX_TOLD) told.push(reason);
      else more += 1;
    },
    list: (): readonly string[] => (more === 0 ? told : [...told, `${more} more.`]),
  };
}

async function takeMedia(
  db: Db,
  { media, openMedia }: AnkiPackage,
  { mediaDir, now = Date.now }: ImportPackage,
  refuse: (reason: string) => void,
  context: JobContext,
): Promise<{ renamed: Map<string, string>; count: number }> {
  const store = createMediaStore(db, mediaDir);
  const renamed = new Map<string, string>();
  let count = 0;
  for (const [index, file] of media.entries()) {
    context.throwIfCancelled();
    context.progress(index, media.length);
    try {
      const name = await inPiece(context, PIECE.takeMedia, async () =>
        store.addStream(file.name, await openMedia(file), now()),
      );
      if (name !== file.stored) renamed.set(file.stored, name);
      count += 1;
    } catch (thrown) {
      if (isDiskProblem(thrown)) {
        throw new TracedeckError('user', 'import_failed', `Cannot write media to ${mediaDir}.`, {
          hint: `${thrown.message}. Check the free space and the permissions of the folder, then import again.`,
          cause: thrown,
        });
      }
      const reason = thrown instanceof TracedeckError ? thrown.message : 'its bytes are damaged';
      refuse(`The media file ${shown(file.stored)}: ${reason}`);
    }
  }
  return { renamed, count };
}

function isDiskProblem(thrown: unknown): thrown is NodeJS.ErrnoException {
  const code = (thrown as NodeJS.ErrnoException | null)?.code ?? '';
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'EMFILE', 'ENOTDIR'].includes(code);
}

type Unit = { readonly kind: 'foreign'; readonly noteId: number } | (OwnUnit & { readonly kind: 'own' });

async function takeNotes(
  db: Db,
  { collection }: AnkiPackage,
  { path, deck, settingsOf = usualSettings, now = Date.now }: ImportPackage,
  renamed: ReadonlyMap<string, string>,
  refuse: (reason: string) => void,
  context: JobContext,
): Promise<{ tally: Tally; changeSetId: number | null }> {
  const nowMs = now();
  const log = createImportLog(db, `Import of ${basename(path)}`, nowMs);
  const tally: Tally = { added: 0, updated: 0, unchanged: 0, cards: 0, reviews: 0, conflicts: [] };
  const writer = createNoteWriter(db, log, collection.calendar, nowMs);
  const notetypes = createNotetypeStore(db, renamed, refuse);
  const placeDeck = createDeckPlacer(collection.used().decks, deck);
  const records = createDeckRecords(db);
  const before = records.names();
  const target: ImportTarget = {
    writer,
    notetypes,
    renamed,
    tally,
    refuse,
    nowMs,
    package: collection,
    deckOf: (id) => placeDeck(collection.decks.get(id)?.name ?? 'Default'),
  };
  const units = inPiece(context, PIECE.matchNotes, () => planUnits(collection, writer.findByGuid, refuse));
  const atOnce = collection.isIndexed ? NOTES_AT_ONCE : NOTES_WITHOUT_INDEX;
  for (let at = 0; at < units.length; at += atOnce) {
    context.throwIfCancelled();
    context.progress(at, units.length);
    const batch = units.slice(at, at + atOnce);
    const noteIds = batch.flatMap((unit) =>
      unit.kind === 'foreign' ? [unit.noteId] : unit.pieces.map(({ noteId }) => noteId),
    );
    inPiece(context, PIECE.writeNotes, () => {
      const cards = collection.cards(noteIds);
      const cardIds = [...cards.values()].flatMap((of) => of.map(({ id }) => id));
      const reviews = collection.reviews(cardIds);
      db.transaction(() => {
        for (const unit of batch) {
          if (unit.kind === 'own') importOwn(target, unit, cards, reviews);
          else importForeign(target, unit.noteId, cards.get(unit.noteId) ?? [], reviews);
        }
        log.settle();
      }).immediate();
    });
    // Lets the thread hear that it is asked to stop.
    await setImmediate();
  }
  inPiece(context, PIECE.writeDecks, () =>
    db
      .transaction(() => {
        importDecks({
          package: collection,
          records,
          before,
          placeOf: placeDeck,
          settingsOf,
          makeDeck: writer.makeDeck,
          refuse,
        });
        log.settle();
      })
      .immediate(),
  );
  for (const notetypeId of notetypes.changed) await renderAgain(db, target, notetypeId, log.settle, context);
  context.progress(units.length, units.length);
  return { tally, changeSetId: log.changeSetId };
}

const usualSettings = (): StudySettings => studySettingsSchema.parse({});

/** Foreign notes one by one; the pieces of a note of ours together, where the first of them stands. */
function planUnits(
  collection: AnkiPackage['collection'],
  findByGuid: (guid: string) => { readonly notetypeId: number | null } | null,
  refuse: (reason: string) => void,
): Unit[] {
  const kinds = new Map<number, OwnKind>();
  for (const [id, notetype] of collection.notetypes) {
    const kind = ownKindOf(notetype);
    if (kind !== null) kinds.set(id, kind);
  }
  const ids = collection.noteIds();
  if (kinds.size === 0) return ids.map((noteId) => ({ kind: 'foreign', noteId }));
  const claims = new Map<string, number>();
  const own = new Map<number, { kind: OwnKind; uuid: string; piece: number }>();
  // A note that was duplicated in Anki says the same of itself: the one with our guid is the one.
  for (const isOurGuid of [true, false]) {
    for (const noteId of ids) {
      const note = collection.note(noteId);
      if ('refused' in note) {
        if (isOurGuid) refuse(`A note: ${note.refused}.`);
        continue;
      }
      const found = claimOf(note, kinds);
      if (found === null || own.has(noteId)) continue;
      const { uuid, piece } = found;
      if ((note.guid === guidOf(uuid, piece)) !== isOurGuid || claims.has(`${uuid}:${piece}`)) continue;
      // It was taken in as any other before, because plain text could not hold it.
      if (findByGuid(note.guid) !== null) continue;
      claims.set(`${uuid}:${piece}`, noteId);
      own.set(noteId, found);
    }
  }
  const byUuid = new Map<string, OwnUnit['pieces'][number][]>();
  const units: Unit[] = [];
  for (const noteId of ids) {
    const found = own.get(noteId);
    if (found === undefined) {
      units.push({ kind: 'foreign', noteId });
      continue;
    }
    const { uuid, kind, piece } = found;
    const pieces = byUuid.get(uuid);
    if (pieces !== undefined) pieces.push({ noteId, kind, piece });
    else {
      const begun = [{ noteId, kind, piece }];
      byUuid.set(uuid, begun);
      units.push({ kind: 'own', uuid, pieces: begun });
    }
  }
  return units;
}

function claimOf(
  note: AnkiNote,
  kinds: ReadonlyMap<number, OwnKind>,
): { kind: OwnKind; uuid: string; piece: number } | null {
  const kind = kinds.get(note.notetypeId);
  if (kind === undefined) return null;
  const id = readId(note.fields[idField(kind)] ?? '');
  return id === null ? null : { kind, ...id };
}
