/**
 * Puts notes into a running Anki and keeps them up to date there. Nothing is deleted there, and what a person changed
 * there is not overwritten unless it is asked for. Notes that cannot go because Anki is away wait in the deck.
 */
import type { AnkiStatus, PushConflict, PushPlan, PushReport } from '../../shared/anki.ts';
import type { JobContext } from '../deckJobs/job.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { NewAnkiNote } from './ankiActions.ts';
import type { AnkiClient } from './ankiClient.ts';
import { isOutage } from './ankiErrors.ts';
import { comparePieces, firstField, readNotes, REASONS, theirsOf } from './comparePieces.ts';
import type { OurPiece, Verdict } from './comparePieces.ts';
import { createPreparation } from './prepareAnki.ts';
import type { Preparation } from './prepareAnki.ts';
import type { PushNote, PushPiece, PushSource } from './pushPorts.ts';
import { createPushRecords, hashOf } from './pushRecords.ts';
import type { PushRecord } from './pushRecords.ts';

export type AnkiPushOptions = {
  readonly db: Db;
  /** As the settings are now. */
  readonly client: () => AnkiClient;
  readonly source: PushSource;
  /** Whether notes wait for an Anki that is away; else its absence is an error. */
  readonly waits: () => boolean;
  readonly now: () => number;
};
export type PushRequest = { readonly deck: string | null; readonly onConflict: 'skip' | 'overwrite' };

export interface AnkiPush {
  status(): Promise<AnkiStatus>;
  /**
   * What a push would do. Reads only.
   * @throws TracedeckError those of `AnkiClient.greet` and `call`
   */
  plan(deck: string | null, context: JobContext): Promise<PushPlan>;
  /**
   * Counts of the report are notes as Anki has them: a note with two cloze texts of its own is three there.
   * @throws TracedeckError those of `plan`, but for outages where notes wait for Anki; `cancelled`
   */
  push(request: PushRequest, context: JobContext): Promise<PushReport>;
  /** Pushes some of the notes that wait; `queued` of the report is how many still do. */
  pushWaiting(context: JobContext): Promise<PushReport>;
  waiting(): number;
}

/** Pieces of a batch: some requests of at most a few hundred kilobytes, and a place to stop at. */
const BATCH = 100;
const WAITING_AT_ONCE = 500;
const SAMPLE = 20;
/** Of a list to look at; the counts are of all. */
const MAX_LISTED = 1000;

type Tally = {
  created: number;
  updated: number;
  unchanged: number;
  readonly conflicts: PushConflict[];
  readonly failed: PushConflict[];
};

export function createAnkiPush(options: AnkiPushOptions): AnkiPush {
  const { db, source, now } = options;
  const records = createPushRecords(db);
  let turn: Promise<unknown> = Promise.resolve();

  /** One push at a time: two would both find a note missing, and both make it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  }

  async function pushNotes(
    notes: Iterable<PushNote>,
    onConflict: PushRequest['onConflict'],
    context: JobContext,
    waits: boolean,
  ): Promise<PushReport> {
    const tally: Tally = { created: 0, updated: 0, unchanged: 0, conflicts: [], failed: [] };
    const client = options.client();
    const batches = batchesOf(notes);
    let current: readonly OurPiece[] = [];
    let done = 0;
    let queued = 0;
    try {
      await client.greet();
      const preparation = createPreparation(client, source);
      // By hand: leaving a `for` would end the generator, and what is left of it may have to wait.
      for (let next = batches.next(); next.done !== true; next = batches.next()) {
        current = next.value;
        context.throwIfCancelled();
        await pushBatch(client, preparation, current, onConflict, tally);
        done += current.length;
        current = [];
        context.progress(done, null);
      }
    } catch (thrown) {
      if (!waits || !isOutage(thrown)) throw thrown;
      // What was sent of this batch and not heard of is found by its Id the next time.
      const rest = new Set(current.map(({ note }) => note.noteId));
      for (const batch of batches) for (const { note } of batch) rest.add(note.noteId);
      queued = records.enqueue(rest, toTracedeckError(thrown).message, now());
    }
    return { ...tally, queued };
  }

  async function pushBatch(
    client: AnkiClient,
    preparation: Preparation,
    batch: readonly OurPiece[],
    onConflict: PushRequest['onConflict'],
    tally: Tally,
  ): Promise<void> {
    const verdicts = await comparePieces(client, records, batch);
    const create: Verdict[] = [];
    const update: Verdict[] = [];
    const adopt: Verdict[] = [];
    for (const verdict of verdicts) {
      const problem = await preparation.notetype(verdict.piece.notetype);
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

  return {
    async status() {
      const common = { waiting: records.waiting(), lastPushMs: records.lastPushMs() };
      try {
        const version = await options.client().greet();
        return { ...common, reachable: true, version, problem: null };
      } catch (thrown) {
        const { message, hint } = toTracedeckError(thrown);
        return { ...common, reachable: false, version: null, problem: { message, hint } };
      }
    },

    plan: (deck, context) =>
      inTurn(async () => {
        const client = options.client();
        await client.greet();
        const problems = await notetypeProblems(client, source);
        const decks = new Set(await client.call('deckNames', {}));
        const sample: PushPlan['sample'][number][] = [];
        const conflicts: PushConflict[] = [];
        const counts = { create: 0, update: 0, unchanged: 0 };
        let done = 0;
        for (const batch of batchesOf(source.readNotes({ deck }))) {
          context.throwIfCancelled();
          const verdicts = await comparePieces(client, records, batch);
          const refusals = await addRefusals(client, verdicts, decks);
          for (const verdict of verdicts) {
            const reason =
              (await problems(verdict.piece.notetype)) ?? verdict.reason ?? refusals.get(verdict) ?? null;
            if (verdict.kind === 'unchanged' || verdict.kind === 'adopt') counts.unchanged += 1;
            else if (reason !== null) conflicts.push(conflictOf(verdict, reason));
            else {
              const action = verdict.theirs === null ? 'create' : 'update';
              counts[action] += 1;
              if (sample.length < SAMPLE) sample.push(sampleOf(verdict, action));
            }
          }
          done += batch.length;
          context.progress(done, null);
        }
        return { deck, ...counts, conflicts: conflicts.slice(0, MAX_LISTED), sample };
      }),

    push: ({ deck, onConflict }, context) =>
      inTurn(() => pushNotes(source.readNotes({ deck }), onConflict, context, options.waits())),

    pushWaiting: (context) =>
      inTurn(async () => {
        const noteIds = records.queued(WAITING_AT_ONCE);
        const seen = new Set<string>();
        const notes = function* (): Generator<PushNote> {
          for (const note of source.readNotes({ noteIds })) {
            seen.add(note.noteId);
            yield note;
          }
        };
        const report = await pushNotes(notes(), 'skip', context, true);
        // Deleted here meanwhile.
        if (report.queued === 0) records.forget(noteIds.filter((noteId) => !seen.has(noteId)));
        return { ...report, queued: records.waiting() };
      }),

    waiting: () => records.waiting(),
  };
}

/** All pieces of a note are in one batch, so that a note is done or waits as a whole. */
function* batchesOf(notes: Iterable<PushNote>): Generator<readonly OurPiece[]> {
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

function newNote(piece: PushPiece, allowDuplicate: boolean): NewAnkiNote {
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

function conflictOf({ note }: OurPiece, reason: string): PushConflict {
  return { noteId: note.noteId, term: note.term, reason };
}

function sampleOf(verdict: Verdict, action: 'create' | 'update'): PushPlan['sample'][number] {
  const fields = Object.entries(verdict.piece.fields).flatMap(([name, after]) => {
    const before = verdict.theirs?.fields[name] ?? null;
    return before === after || (before === null && after === '') ? [] : [{ name, before, after }];
  });
  return { term: verdict.note.term, action, fields };
}

/** Without making any: what stands in the way of a notetype. */
async function notetypeProblems(client: AnkiClient, source: PushSource) {
  const there = await client.call('modelNamesAndIds', {});
  const known = new Map<string, string | null>();
  return async (name: string): Promise<string | null> => {
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    // Only a notetype that is there can be in the way.
    const problem = Object.hasOwn(there, name)
      ? await createPreparation(client, source).notetype(name)
      : null;
    known.set(name, problem?.message ?? null);
    return problem?.message ?? null;
  };
}

/** New notes that Anki would not take, as far as it can tell before their decks and notetypes are made. */
async function addRefusals(
  client: AnkiClient,
  verdicts: readonly Verdict[],
  decks: ReadonlySet<string>,
): Promise<ReadonlyMap<Verdict, string>> {
  const created = verdicts.filter(({ kind, piece }) => kind === 'create' && decks.has(piece.deck));
  if (created.length === 0) return new Map();
  const there = await client.call('modelNamesAndIds', {});
  const asked = created.filter(({ piece }) => Object.hasOwn(there, piece.notetype));
  if (asked.length === 0) return new Map();
  const answers = await client.call('canAddNotes', {
    notes: asked.map(({ piece }) => newNote(piece, false)),
  });
  return new Map(
    asked.flatMap((verdict, at) => {
      if (answers[at] !== false) return [];
      return [
        [verdict, firstField(verdict.piece).trim() === '' ? REASONS.empty : REASONS.duplicate] as const,
      ];
    }),
  );
}
