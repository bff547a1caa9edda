/** What a push would do, found out without changing anything in Anki. */
import type { PushConflict, PushPlan } from '../../shared/anki.ts';
import type { JobContext } from '../deckJobs/job.ts';
import type { AnkiClient } from './ankiClient.ts';
import { comparePieces, firstField, REASONS } from './comparePieces.ts';
import type { Verdict } from './comparePieces.ts';
import { createPreparation } from './prepareAnki.ts';
import { batchesOf, conflictOf, newNote } from './pushBatch.ts';
import { OWN_FIELDS } from './pushPorts.ts';
import type { PushSource } from './pushPorts.ts';
import type { PushRecords } from './pushRecords.ts';

const SAMPLE = 20;
/** Of a list to look at; the counts are of all. */
const MAX_LISTED = 1000;

/** @throws TracedeckError those of `AnkiClient.greet` and `call`; `cancelled` */
export async function planPush(
  tools: { readonly client: AnkiClient; readonly source: PushSource; readonly records: PushRecords },
  deck: string | null,
  context: JobContext,
): Promise<PushPlan> {
  const { client, source, records } = tools;
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
}

function sampleOf(verdict: Verdict, action: 'create' | 'update'): PushPlan['sample'][number] {
  const isOurs = verdict.note.foundBy === 'id';
  const fields = Object.entries(verdict.piece.fields).flatMap(([name, after]) => {
    if (isOurs && OWN_FIELDS.has(name)) return [];
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
