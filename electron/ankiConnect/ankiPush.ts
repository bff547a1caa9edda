/**
 * Puts notes into a running Anki and keeps them up to date there. Nothing is deleted there, and what a person changed
 * there is not overwritten unless it is asked for. Notes that cannot go because Anki is away wait in the deck.
 */
import type { AnkiStatus, PushPlan, PushReport } from '../../shared/anki.ts';
import type { JobContext } from '../deckJobs/job.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import { isKnownDeck, unknownDeck } from '../errors/unknownDeck.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { AnkiClient } from './ankiClient.ts';
import { isOutage } from './ankiErrors.ts';
import type { OurPiece } from './comparePieces.ts';
import { planPush } from './planPush.ts';
import { createPreparation } from './prepareAnki.ts';
import { batchesOf, pushBatch } from './pushBatch.ts';
import type { OnConflict, Tally } from './pushBatch.ts';
import type { PushNote, PushSource } from './pushPorts.ts';
import { createPushRecords } from './pushRecords.ts';

export type AnkiPushOptions = {
  readonly db: Db;
  /** As the settings are now. */
  readonly client: () => AnkiClient;
  readonly source: PushSource;
  /** Whether notes wait for an Anki that is away; else its absence is an error. */
  readonly waits: () => boolean;
  readonly now: () => number;
};
export type PushRequest = { readonly deck: string | null; readonly onConflict: OnConflict };

export interface AnkiPush {
  status(): Promise<AnkiStatus>;
  /**
   * What a push would do. Reads only.
   * @throws TracedeckError `deck_unknown`; those of `AnkiClient.greet` and `call`
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

const WAITING_AT_ONCE = 500;

export function createAnkiPush(options: AnkiPushOptions): AnkiPush {
  const { db, source, now } = options;
  const records = createPushRecords(db);
  const deckNames = db.prepare<[], string>('SELECT name FROM decks WHERE removed = 0').pluck();
  let turn: Promise<unknown> = Promise.resolve();

  /** Nothing that was pushed would look like all that there is. */
  function requireDeck(deck: string | null): void {
    if (deck === null) return;
    const names = deckNames.all();
    if (!isKnownDeck(deck, names)) throw unknownDeck(deck, names);
  }

  /** One push at a time: two would both find a note missing, and both make it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  }

  async function pushNotes(
    notes: Iterable<PushNote>,
    onConflict: OnConflict,
    context: JobContext,
    { waits, mayBeAway = false }: { readonly waits: boolean; readonly mayBeAway?: boolean },
  ): Promise<PushReport> {
    const tally: Tally = { created: 0, updated: 0, unchanged: 0, conflicts: [], failed: [] };
    const client = options.client();
    const batches = batchesOf(notes);
    let current: readonly OurPiece[] = [];
    let done = 0;
    let queued = 0;
    try {
      await client.greet({ mayBeAway });
      const preparation = createPreparation(client, source);
      // By hand: leaving a `for` would end the generator, and what is left of it may have to wait.
      for (let next = batches.next(); next.done !== true; next = batches.next()) {
        current = next.value;
        context.throwIfCancelled();
        await pushBatch({ client, preparation, records, now }, current, onConflict, tally);
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

  return {
    async status() {
      const common = { waiting: records.waiting(), lastPushMs: records.lastPushMs() };
      try {
        const version = await options.client().greet({ mayBeAway: true });
        return { ...common, reachable: true, version, problem: null };
      } catch (thrown) {
        const { message, hint } = toTracedeckError(thrown);
        return { ...common, reachable: false, version: null, problem: { message, hint } };
      }
    },

    plan: (deck, context) =>
      inTurn(() => {
        requireDeck(deck);
        return planPush({ client: options.client(), source, records }, deck, context);
      }),

    push: ({ deck, onConflict }, context) =>
      inTurn(() => {
        requireDeck(deck);
        return pushNotes(source.readNotes({ deck }), onConflict, context, { waits: options.waits() });
      }),

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
        const report = await pushNotes(notes(), 'skip', context, { waits: true, mayBeAway: true });
        // Deleted here meanwhile.
        if (report.queued === 0) records.forget(noteIds.filter((noteId) => !seen.has(noteId)));
        return { ...report, queued: records.waiting() };
      }),

    waiting: () => records.waiting(),
  };
}
