/** Notes of other people's notetypes: fields are kept as they came, cards are rendered by the templates. */
import { setImmediate } from 'node:timers/promises';
import { foldKey } from '../../shared/foldKey.ts';
import { PIECE } from '../../shared/span.ts';
import { inPiece, type JobContext } from '../deckJobs/job.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { guidOf } from './ankiIds.ts';
import type { AnkiCard, AnkiNote, AnkiNotetype, AnkiReview } from './ankiTypes.ts';
import { fieldTitle } from './fieldHtml.ts';
import type { ImportTarget } from './importTarget.ts';
import { renameReferences } from './mediaNames.ts';
import type { NewCard, StoredCard, StoredNote } from './noteWriter.ts';
import { NEW_SCHEDULE } from './schedule.ts';
import { cardOrdinals, renderCard } from './templates.ts';
import type { RenderedCard } from './templates.ts';

type Reviews = ReadonlyMap<number, readonly AnkiReview[]>;

/** Characters on all cards of a note: a template may say a long field many times. */
const MAX_RENDERED = 16_000_000;

export function importForeign(
  target: ImportTarget,
  noteId: number,
  cards: readonly AnkiCard[],
  reviews: Reviews,
): void {
  const { writer, refuse } = target;
  const read = target.package.note(noteId);
  if ('refused' in read) return refuse(`A note: ${read.refused}.`);
  const given = target.package.notetypes.get(read.notetypeId);
  if (given === undefined || given.fields.length === 0 || given.templates.length === 0) {
    return refuse('A note: the package does not have its notetype.');
  }
  const notetype = target.notetypes.resolve(given);
  const note: AnkiNote = {
    ...read,
    guid: read.guid === '' ? guidOf(`anki ${noteId}`, 0) : read.guid,
    notetypeId: notetype.id,
    fields: fitFields(read.fields, notetype, refuse).map((field) => renameReferences(field, target.renamed)),
  };
  const there = writer.findByGuid(note.guid);
  if (there === null) addNote(target, note, notetype, fitCards(note, cards, notetype, refuse), reviews);
  else matchNote(target, there, note, notetype, fitCards(note, cards, notetype, refuse), reviews);
}

/** As many as the notetype has. */
function fitFields(
  fields: readonly string[],
  notetype: AnkiNotetype,
  refuse: (reason: string) => void,
): readonly string[] {
  const wanted = notetype.fields.length;
  if (fields.length > wanted) refuse(`A note: ${fields.length - wanted} fields more than its notetype has.`);
  return Array.from({ length: wanted }, (_, index) => fields[index] ?? '');
}

/** One of each ordinal that the notetype can have; where there is none at all, those that the rules make. */
function fitCards(
  note: AnkiNote,
  cards: readonly AnkiCard[],
  notetype: AnkiNotetype,
  refuse: (reason: string) => void,
): readonly AnkiCard[] {
  const most = notetype.kind === 'cloze' ? 500 : notetype.templates.length;
  const fitting = new Map<number, AnkiCard>();
  for (const card of cards) {
    if (card.ordinal < 0 || card.ordinal >= most) refuse('A card: its notetype has no template for it.');
    else if (!fitting.has(card.ordinal)) fitting.set(card.ordinal, card);
  }
  if (fitting.size > 0) return [...fitting.values()];
  return cardOrdinals(notetype, note.fields).map((ordinal) => ({
    ...NEW_SCHEDULE,
    id: note.id,
    noteId: note.id,
    deckId: 1,
    ordinal,
    mod: note.mod,
    flag: 0,
  }));
}

function addNote(
  target: ImportTarget,
  note: AnkiNote,
  notetype: AnkiNotetype,
  cards: readonly AnkiCard[],
  reviews: Reviews,
): void {
  const { writer, tally, refuse } = target;
  if (cards.length === 0) return refuse('A note: it has no cards.');
  const decks = cards.map(({ deckId }) => target.deckOf(deckId));
  const rendered = renderAll(note, notetype, cards, decks);
  if (rendered === null) return refuse('A note: its cards are too long.');
  const { term, key } = nameOf(note, notetype);
  const added = writer.addNote({
    uuid: null,
    guid: note.guid,
    deck: decks[0]!,
    key,
    term,
    notetypeId: notetype.id,
    fields: note.fields,
    tags: note.tags,
    source: null,
    createdMs: timeOf(note.id, target.nowMs),
    modifiedMs: note.mod * 1000,
  });
  for (const [index, card] of cards.entries()) {
    const sides = toNewCard(card, rendered[index]!, decks[index]!, notetype, target.nowMs);
    tally.reviews += writer.addCard(added, sides, card, reviews.get(card.id) ?? []);
    tally.cards += 1;
  }
  tally.added += 1;
}

function matchNote(
  target: ImportTarget,
  there: StoredNote,
  note: AnkiNote,
  notetype: AnkiNotetype,
  cards: readonly AnkiCard[],
  reviews: Reviews,
): void {
  const { writer, tally } = target;
  if (there.notetypeId !== notetype.id || there.fields === null) {
    const reason = 'It is of another notetype here.';
    tally.conflicts.push({ noteId: there.uuid, term: there.term, reason });
    return;
  }
  const stored = writer.cardsOf(there.id);
  // A note that was deleted here and comes again is as new; its history is still its own.
  const isGone = stored.every(({ status }) => status === 'deleted');
  const isNewer = isGone || note.mod > Math.floor(there.modifiedMs / 1000);
  const current = isNewer ? note : { ...note, fields: there.fields, tags: there.tags };
  const byOrdinal = new Map(stored.map((card) => [card.ordinal, card]));
  const missing = cards.filter(({ ordinal }) => !byOrdinal.has(ordinal));
  let changed = false;
  if (isNewer) {
    const { term, key } = nameOf(note, notetype);
    const wanted = { term, key, fields: note.fields, tags: note.tags };
    changed = writer.changeNote(there, wanted, note.mod * 1000);
    const back = new Set(cards.map(({ ordinal }) => ordinal));
    for (const card of stored) {
      const status = isGone && back.has(card.ordinal) ? 'accepted' : card.status;
      if (status === 'deleted') continue;
      if (writeAgain(target, there, card, current, notetype, status)) changed = true;
    }
  }
  const decks = missing.map(({ deckId }) => target.deckOf(deckId));
  const rendered = renderAll(current, notetype, missing, decks);
  for (const [index, card] of (rendered === null ? [] : missing).entries()) {
    const sides = toNewCard(card, rendered![index]!, decks[index]!, notetype, target.nowMs);
    tally.reviews += writer.addCard(there, sides, card, reviews.get(card.id) ?? []);
    tally.cards += 1;
    changed = true;
  }
  if (isGone) tally.added += 1;
  else if (changed) tally.updated += 1;
  else tally.unchanged += 1;
}

function writeAgain(
  { writer }: ImportTarget,
  note: StoredNote,
  card: StoredCard,
  { fields, tags }: Pick<AnkiNote, 'fields' | 'tags'>,
  notetype: AnkiNotetype,
  status: string,
): boolean {
  const { front, back } = renderCard(notetype, fields, tags, card.deck, card.ordinal);
  return writer.changeCard(note, card, { front, back, quote: card.quote, status });
}

/** All cards of a notetype whose templates came in a newer version. */
export async function renderAgain(
  db: Db,
  target: ImportTarget,
  notetypeId: number,
  settle: () => void,
  context: JobContext,
): Promise<void> {
  const notetype = target.notetypes.get(notetypeId);
  if (notetype === null) return;
  let lastId = 0;
  for (;;) {
    context.throwIfCancelled();
    const notes = target.writer.notesOf(notetypeId, lastId);
    if (notes.length === 0) return;
    const write = db.transaction(() => {
      for (const note of notes) {
        const current = { fields: note.fields ?? [], tags: note.tags };
        for (const card of target.writer.cardsOf(note.id)) {
          if (card.status !== 'deleted') writeAgain(target, note, card, current, notetype, card.status);
        }
      }
      settle();
    });
    inPiece(context, PIECE.renderCards, () => write.immediate());
    lastId = notes.at(-1)!.id;
    await setImmediate();
  }
}

function renderAll(
  note: Pick<AnkiNote, 'fields' | 'tags'>,
  notetype: AnkiNotetype,
  cards: readonly AnkiCard[],
  decks: readonly string[],
): RenderedCard[] | null {
  const rendered: RenderedCard[] = [];
  let length = 0;
  for (const [index, { ordinal }] of cards.entries()) {
    const card = renderCard(notetype, note.fields, note.tags, decks[index]!, ordinal);
    length += card.front.length + card.back.length;
    if (length > MAX_RENDERED) return null;
    rendered.push(card);
  }
  return rendered;
}

/** A note is called by its first field that says something, and known by its first. */
function nameOf({ fields }: AnkiNote, notetype: AnkiNotetype): { term: string; key: string } {
  const titles = fields.slice(0, 20).map((field) => fieldTitle(field));
  const term = titles.find((title) => title !== '') ?? notetype.name;
  return { term, key: foldKey(titles[0] === '' ? term : (titles[0] ?? term)) };
}

function toNewCard(
  card: AnkiCard,
  { front, back, cloze, ordinal }: RenderedCard,
  deck: string,
  notetype: AnkiNotetype,
  nowMs: number,
): NewCard {
  return {
    ordinal,
    deck,
    type: notetype.kind === 'cloze' ? 'cloze' : 'basic',
    front,
    back,
    cloze,
    quote: null,
    warnings: null,
    suspended: card.queue === -1,
    flag: card.flag,
    createdMs: timeOf(card.id, nowMs),
    modifiedMs: card.mod * 1000,
  };
}

/** Ids are times, where they are any. */
export function timeOf(id: number, nowMs: number): number {
  return id > 0 && id <= nowMs + 86_400_000 ? id : nowMs;
}
