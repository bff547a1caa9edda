/** One batch of a push: what is new is made, what changed is written over, and what was sent is kept in the deck. */
import type { PushConflict } from '../../shared/anki.ts';
import type { NewAnkiNote } from './ankiActions.ts';
import type { AnkiClient } from './ankiClient.ts';
import { comparePieces, readNotes, REASONS, theirsOf } from './comparePieces.ts';
import type { OurPiece, Verdict } from './comparePieces.ts';
import type { Preparation } from './prepareAnki.ts';
import type { PushNote, PushPiece } from './pushPorts.ts';
import { hashOf } from './pushRecords.ts';
import type { PushRecord, PushRecords } from './pushRecords.ts';

/** What becomes of notes that were changed in Anki. */
export type OnConflict = 'skip' | 'overwrite';
export type PushTools = {
  readonly client: AnkiClient;
  readonly preparation: Preparation;
  readonly records: PushRecords;
  readonly now: () => number;
};
/** Pieces of a batch: some requests of at most a few hundred kilobytes, and a place to stop at. */
const BATCH = 100;

export type Tally = {
  created: number;
  updated: number;
  unchanged: number;
  readonly conflicts: PushConflict[];
  readonly failed: PushConflict[];
};

/** All pieces of a note are in one batch, so that a note is done or waits as a whole. */
export function* batchesOf(notes: Iterable<PushNote>): Generator<readonly OurPiece[]> {
  let batch: OurPiece[] = [];
  for (const note of notes) {
    if (batch.length > 0 && batch.length + note.pieces.length > BATCH) {
      yield batch;
      batch = [];
    }
    for (const piece of note.pieces) batch.push({ note, piece });
  }
  if (batch.length > 0) yield batch;
}

/**
 * Brings the pieces of one batch to Anki and keeps what was sent; `tally` counts them.
 * @throws TracedeckError what the client throws; what was sent until then is found by its `Id` the next time
 */
export async function pushBatch(
  { client, preparation, records, now }: PushTools,
  batch: readonly OurPiece[],
  onConflict: OnConflict,
  tally: Tally,
): Promise<void> {
  const verdicts = await comparePieces(client, records, batch);
  const create: Verdict[] = [];
  const update: Verdict[] = [];
  const adopt: Verdict[] = [];
  for (const verdict of verdicts) {
    const problem = await preparation.notetype(verdict.piece.notetype);
    if (problem === null) {
      for (const name of await preparation.dress(verdict.piece.notetype)) {
        tally.failed.push(conflictOf(verdict, `The file ${name} of its notetype could not be sent.`));
      }
    }
    const overwrites = onConflict === 'overwrite' && verdict.reason !== REASONS.otherNotetype;
    if (verdict.kind === 'unchanged') tally.unchanged += 1;
    else if (problem !== null) tally.conflicts.push(conflictOf(verdict, problem.message));
    else if (verdict.kind === 'conflict' && !overwrites) {
      tally.conflicts.push(conflictOf(verdict, verdict.reason ?? ''));
    } else if (verdict.kind === 'adopt') adopt.push(verdict);
    else if (verdict.theirs === null) create.push(verdict);
    else update.push(verdict);
  }
  for (const verdict of [...create, ...update]) {
    await preparation.deck(verdict.piece.deck);
    for (const name of await preparation.media(verdict.piece)) {
      tally.failed.push(conflictOf(verdict, `Its file ${name} could not be sent; the note was.`));
    }
  }
  const written: { readonly verdict: Verdict; readonly ankiId: number }[] = [];

  const added = await client.multi(
    'addNote',
    create.map(({ piece }) => ({ note: newNote(piece, onConflict === 'overwrite') })),
  );
  for (const [at, outcome] of added.entries()) {
    const verdict = create[at]!;
    if (outcome.ok && outcome.value !== null) {
      written.push({ verdict, ankiId: outcome.value });
      tally.created += 1;
    } else refused(verdict, outcome.ok ? '' : outcome.said, tally);
  }
  const changed = await client.multi(
    'updateNoteFields',
    update.map(({ piece, theirs }) => ({ note: { id: theirs!.ankiId, fields: piece.fields } })),
  );
  const updated: Verdict[] = [];
  for (const [at, outcome] of changed.entries()) {
    const verdict = update[at]!;
    if (outcome.ok) {
      written.push({ verdict, ankiId: verdict.theirs!.ankiId });
      updated.push(verdict);
      tally.updated += 1;
    } else refused(verdict, outcome.said, tally);
  }
  tally.unchanged += adopt.length;
  await moveAndTag(client, [...updated, ...adopt]);

  // Anki may write a field otherwise than it was sent: what it made of it is what a later change is told by.
  const infos = await readNotes(
    client,
    written.map(({ ankiId }) => ankiId),
  );
  const saved: PushRecord[] = written.map(({ verdict, ankiId }) => {
    const info = infos.get(ankiId);
    const { piece } = verdict;
    const fields = info === undefined ? piece.fields : theirsOf(info, Object.keys(piece.fields)).fields;
    return recordOf(verdict, ankiId, hashOf(piece.notetype, fields));
  });
  for (const verdict of adopt) {
    const { ankiId, fields } = verdict.theirs!;
    saved.push(recordOf(verdict, ankiId, hashOf(verdict.piece.notetype, fields)));
  }
  records.save(saved, [...new Set(batch.map(({ note }) => note.noteId))], now());
}

function recordOf({ note, piece }: Verdict, ankiId: number, storedHash: string): PushRecord {
  return {
    noteId: note.noteId,
    piece: piece.piece,
    ankiId,
    sentHash: hashOf(piece.notetype, piece.fields),
    storedHash,
    sentTags: piece.tags,
    sentDeck: piece.deck,
  };
}

/** @param allowDuplicate whether another note of the deck may have the same first field */
export function newNote(piece: PushPiece, allowDuplicate: boolean): NewAnkiNote {
  return {
    deckName: piece.deck,
    modelName: piece.notetype,
    fields: piece.fields,
    tags: piece.tags,
    options: {
      allowDuplicate,
      duplicateScope: 'deck',
      duplicateScopeOptions: { deckName: piece.deck, checkChildren: false },
    },
  };
}

/**
 * Tags and decks that changed with us since the last push. What somebody did to them in Anki stays: only tags that
 * we gave are taken away, and a card that was moved there stays where it is while it stays with us.
 */
async function moveAndTag(client: AnkiClient, verdicts: readonly Verdict[]): Promise<void> {
  const byTags = (pick: (verdict: Verdict) => readonly string[]): { notes: number[]; tags: string }[] => {
    const groups = new Map<string, number[]>();
    for (const verdict of verdicts) {
      const tags = pick(verdict)
        .map((tag) => tag.trim().replace(/\s+/gu, '_'))
        .join(' ');
      if (tags === '') continue;
      const notes = groups.get(tags);
      if (notes === undefined) groups.set(tags, [verdict.theirs!.ankiId]);
      else notes.push(verdict.theirs!.ankiId);
    }
    return [...groups].map(([tags, notes]) => ({ tags, notes }));
  };
  const sent = ({ record }: Verdict): readonly string[] => record?.sentTags ?? [];
  await client.multi(
    'removeTags',
    byTags((verdict) => sent(verdict).filter((tag) => !verdict.piece.tags.includes(tag))),
  );
  await client.multi(
    'addTags',
    byTags((verdict) => verdict.piece.tags.filter((tag) => !sent(verdict).includes(tag))),
  );
  const moved = verdicts.filter(
    ({ record, piece, theirs }) =>
      record !== null && record.sentDeck !== piece.deck && theirs !== null && theirs.cards.length > 0,
  );
  await client.multi(
    'changeDeck',
    moved.map(({ piece, theirs }) => ({ cards: theirs!.cards, deck: piece.deck })),
  );
}

function refused(verdict: Verdict, said: string, tally: Tally): void {
  if (/duplicate/iu.test(said)) tally.conflicts.push(conflictOf(verdict, REASONS.duplicate));
  else if (/empty/iu.test(said)) tally.failed.push(conflictOf(verdict, REASONS.empty));
  else tally.failed.push(conflictOf(verdict, `Anki says: ${said.replace(/\s+/gu, ' ').slice(0, 200)}`));
}

export function conflictOf({ note }: OurPiece, reason: string): PushConflict {
  return { noteId: note.noteId, term: note.term, reason };
}
