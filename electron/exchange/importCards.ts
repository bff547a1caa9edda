import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { DeckImportReport, PackagePreview } from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import { countOf } from '../../shared/units.ts';
import { inPiece, type JobContext } from '../deckJobs/job.ts';
import type {
  CardFile,
  CardFileTools,
  CardImportPort,
  FileNote,
  IncomingNote,
  KnownNote,
  NoteUpdate,
} from './incomingNotes.ts';
import { readCardFile } from './readCardFile.ts';
import { wholeNotes } from './wholeNotes.ts';

export type ImportChoice = {
  /** All notes go there; `null` for the decks that the file names. */
  readonly deck: string | null;
  /** Waited for when the file has been read and the deck is as it was. */
  readonly onceRead?: () => Promise<void>;
};

/** Between two looks at whether to stop. */
const NOTES_A_STEP = 1000;

/**
 * Reads a file of cards into the deck: notes that are not there are added; those that are, known by our UUID or Anki's
 * guid, are brought up to date, unless they were changed here after the file was written. One change of the deck: where it
 * is stopped, what was written is taken back.
 * @throws TracedeckError those of `readCardFile`; `cancelled`
 */
export async function importCards(
  path: string,
  choice: ImportChoice,
  port: CardImportPort,
  context: JobContext,
): Promise<DeckImportReport> {
  const startMs = performance.now();
  const file = await inPiece(context, PIECE.readFile, () => readCardFile(path, choice.deck, toolsOf(port)));
  await choice.onceRead?.();
  const refused = [...file.refused];
  const conflicts: DeckImportReport['conflicts'][number][] = [];
  const add: IncomingNote[] = [];
  const update: NoteUpdate[] = [];
  let unchanged = 0;
  const lost = new Set<string>();
  const byGuid = port.byGuid(file.notes.flatMap(({ guid }) => guid ?? []));
  const notes = wholeNotes(file.notes, ({ guid }) => guid !== null && byGuid.has(guid));
  const known = lookUp(notes, byGuid, port);
  const seen = new Set<string>();

  for (const [at, note] of notes.entries()) {
    if (at % NOTES_A_STEP === 0) {
      context.throwIfCancelled();
      context.progress(at, notes.length);
    }
    const key = note.guid ?? note.noteId ?? '';
    if (seen.has(key)) {
      refused.push(`${note.term.slice(0, 80)}: the file has this note twice.`);
      continue;
    }
    seen.add(key);
    const here = known(note);
    if (here === null && note.rowOf !== null) {
      conflicts.push({
        noteId: note.rowOf.noteId,
        term: note.term,
        reason: 'The note has other cards here.',
      });
      continue;
    }
    if (here === null) {
      if (note.lostFormatting) lost.add(note.term);
      const { modifiedMs: _modified, lostFormatting: _lost, rowOf: _row, ...incoming } = note;
      add.push(incoming);
      continue;
    }
    const change = changeOf(note, here, file.form);
    if (change.kind === 'conflict') {
      conflicts.push({ noteId: here.note.noteId, term: here.note.term, reason: change.reason });
    } else if (
      change.kind === 'same' ||
      file.keepsCurrent ||
      (note.modifiedMs !== null && note.modifiedMs <= here.note.modifiedMs)
    ) {
      unchanged += 1;
    } else {
      if (note.lostFormatting) lost.add(note.term);
      update.push(change.update);
    }
  }
  if (lost.size > 0) {
    refused.push(
      `Formatting, pictures and sounds of ${countOf(lost.size, 'note')}: what shows them is not in this deck. A package (.apkg) brings them along.`,
    );
  }
  const unknown = cardsOfUnknownRuns(add, port);
  if (unknown > 0) {
    refused.push(
      `Which run, model and prompt ${countOf(unknown, 'card')} came from: the runs are none of this data folder's.`,
    );
  }
  context.throwIfCancelled();
  const merged = mergeUpdates(update);
  const label = `Import of ${basename(path)}`;
  const { changeSetId, cards, reviews } =
    add.length + merged.length === 0
      ? { changeSetId: null, cards: 0, reviews: 0 }
      : port.addNotes({ label, add, update: merged });
  context.progress(notes.length, notes.length);
  return {
    path,
    form: file.form,
    added: add.length,
    updated: merged.length,
    unchanged,
    conflicts,
    cards,
    media: 0,
    reviews,
    refused,
    changeSetId,
    tookMs: performance.now() - startMs,
  };
}

/** Cards of new notes that say which run made them, of runs that are not here. */
function cardsOfUnknownRuns(add: readonly IncomingNote[], port: CardImportPort): number {
  const runIds = add.flatMap(({ cards }) => cards.flatMap(({ provenance }) => provenance?.runId ?? []));
  if (runIds.length === 0) return 0;
  const known = port.knownRuns(runIds);
  return runIds.filter((runId) => !known.has(runId)).length;
}

/**
 * What a file of cards holds.
 * @throws TracedeckError those of `readCardFile`
 */
export async function previewCards(
  path: string,
  port: Pick<CardImportPort, 'fieldCount' | 'rowGuid'>,
): Promise<PackagePreview> {
  const file = await readCardFile(path, null, toolsOf(port));
  const notes = wholeNotes(file.notes, () => false);
  const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();
  return {
    path,
    form: file.form,
    notes: notes.length,
    // Of a notetype it is not known before its templates are rendered: one at least.
    cards: notes.reduce((sum, { cards }) => sum + Math.max(cards.length, 1), 0),
    decks: distinct(notes.map(({ deck }) => deck)),
    notetypes: distinct(notes.flatMap(({ notetype }) => (notetype === null ? [] : [notetype.name]))),
    media: 0,
    reviews: notes.reduce((sum, { cards }) => sum + reviewsOf(cards), 0),
    refused: file.refused,
  };
}

function reviewsOf(cards: FileNote['cards']): number {
  return cards.reduce((sum, { schedule }) => sum + (schedule?.reviews.length ?? 0), 0);
}

function toolsOf(port: Pick<CardImportPort, 'fieldCount' | 'rowGuid'>): CardFileTools {
  const counts = new Map<string, number | null>();
  return {
    rowGuid: port.rowGuid,
    hasNotetype(name, fields) {
      let count = counts.get(name);
      if (count === undefined) counts.set(name, (count = port.fieldCount(name)));
      return count === fields;
    },
  };
}

type Here = {
  readonly note: KnownNote;
  /** Which of its cards are meant. */ readonly cardIds: readonly number[];
};

function lookUp(
  notes: readonly FileNote[],
  byGuid: ReturnType<CardImportPort['byGuid']>,
  port: CardImportPort,
): (note: FileNote) => Here | null {
  const byNoteId = port.byNoteId(notes.flatMap(({ noteId }) => noteId ?? []));
  return ({ noteId, guid }) => {
    const note = noteId === null ? undefined : byNoteId.get(noteId);
    if (note !== undefined) return { note, cardIds: note.cards.map(({ cardId }) => cardId) };
    return (guid === null ? undefined : byGuid.get(guid)) ?? null;
  };
}

type Change =
  | { readonly kind: 'same' }
  | { readonly kind: 'update'; readonly update: NoteUpdate }
  | { readonly kind: 'conflict'; readonly reason: string };

function changeOf(file: FileNote, { note, cardIds }: Here, form: CardFile['form']): Change {
  const tags = sameSet(file.tags, note.tags) ? {} : { tags: file.tags };
  if (note.notetype !== null) {
    if (file.notetype === null || file.notetype.name !== note.notetype.name) {
      return { kind: 'conflict', reason: `It is of the notetype ${note.notetype.name} here.` };
    }
    const { fields } = file.notetype;
    const before = note.notetype.fields;
    const isSame = fields.length === before.length && fields.every((field, at) => field === before[at]);
    return changed(note.noteId, { ...tags, ...(isSame ? {} : { fields }) });
  }
  if (file.notetype !== null) return { kind: 'conflict', reason: 'It is a note without a notetype here.' };
  const wanted = new Set(cardIds);
  const ours = note.cards.filter(({ cardId }) => wanted.has(cardId));
  // Cards of a note are told apart by what they are, then by their order.
  const free = [...ours];
  const pairs = file.cards.map((card) => {
    const at = free.findIndex(
      ({ type, cloze }) =>
        cloze === card.cloze && (type === card.type || (file.noteId === null && cloze === null)),
    );
    return { card, our: at < 0 ? null : free.splice(at, 1)[0]! };
  });
  if (pairs.some(({ our }) => our === null) || free.length > 0) {
    return { kind: 'conflict', reason: 'It has other cards here.' };
  }
  // Rows of a table say nothing of quotes.
  const saysQuotes = form === 'json';
  const cards = pairs.flatMap(({ card: { front, back, quote }, our }) => {
    if (our === null) return [];
    const isSame = our.front === front && our.back === back && (!saysQuotes || our.quote === quote);
    return isSame ? [] : [{ cardId: our.cardId, front, back, ...(saysQuotes ? { quote } : {}) }];
  });
  return changed(note.noteId, { ...tags, ...(cards.length === 0 ? {} : { cards }) });
}

function changed(noteId: string, parts: Omit<NoteUpdate, 'noteId'>): Change {
  return Object.keys(parts).length === 0
    ? { kind: 'same' }
    : { kind: 'update', update: { noteId, ...parts } };
}

/** Rows of a text file may be about the same note. */
function mergeUpdates(updates: readonly NoteUpdate[]): readonly NoteUpdate[] {
  const byNote = new Map<string, NoteUpdate>();
  for (const update of updates) {
    const before = byNote.get(update.noteId);
    const cards = [...(before?.cards ?? []), ...(update.cards ?? [])];
    byNote.set(update.noteId, { ...before, ...update, ...(cards.length === 0 ? {} : { cards }) });
  }
  return [...byNote.values()];
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(b);
  return a.length === b.length && a.every((one) => set.has(one));
}
