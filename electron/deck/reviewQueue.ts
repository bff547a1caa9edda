/** Cards that wait for the user's word, note by note. What is said of them are bulk edits, which can be taken back. */
import type { Card, QualityCode } from '../../shared/card.ts';
import type { ReviewNote, ReviewPage } from '../../shared/deck.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { packWarnings, readWarnings } from './deckParts.ts';
import type { NearNote } from './likenessIndex.ts';
import type { NearDuplicates } from './nearDuplicates.ts';

export type ReviewFilter = {
  readonly runId: string | null;
  readonly show: 'all' | 'warnings' | 'duplicates';
  readonly offset: number;
  readonly limit: number;
};
type Waiting = { id: number; noteId: number; warnings: string | null };

/** One page never looks for duplicates of all that wait for longer than this; `prepare` has no such limit. */
const LOOK_MS = 150;
const SLICE_NOTES = 20;

/** Proposed cards of a run: those that it made, whichever note they belong to. */
const WAITING = `cards LEFT JOIN stage_results ON stage_results.id = stage_result_id
  WHERE status = 'proposed' AND (:runId IS NULL OR stage_results.run_id = :runId)`;

export function createReviewQueue(
  db: Db,
  {
    near,
    readCards,
    write = (work) => work(),
  }: {
    readonly near: NearDuplicates;
    readonly readCards: (ids: readonly number[]) => readonly Card[];
    /** Around what is written here. */
    readonly write?: (work: () => void) => void;
  },
) {
  type Which = { runId: string | null };
  const HAS: Readonly<Record<ReviewFilter['show'], string>> = {
    all: '',
    warnings: 'AND warnings IS NOT NULL',
    duplicates: "AND instr(warnings, ' near_duplicate ') > 0",
  };
  const forEach = <T>(make: (show: ReviewFilter['show']) => T) => ({
    all: make('all'),
    warnings: make('warnings'),
    duplicates: make('duplicates'),
  });
  const pages = forEach((show) =>
    db
      .prepare<[Which & { offset: number; limit: number }], number>(
        `SELECT DISTINCT cards.note_id FROM ${WAITING} ${HAS[show]} ORDER BY cards.note_id LIMIT :limit OFFSET :offset`,
      )
      .pluck(),
  );
  const totals = forEach((show) =>
    db.prepare<[Which], number>(`SELECT count(DISTINCT cards.note_id) FROM ${WAITING} ${HAS[show]}`).pluck(),
  );
  const counts = db.prepare<[Which], { waiting: number; withWarnings: number }>(
    `SELECT count(*) AS waiting, count(warnings) AS withWarnings FROM ${WAITING}`,
  );
  const waitingOf = db.prepare<[Which & { noteIds: string }], Waiting>(
    `SELECT cards.id, cards.note_id AS noteId, warnings FROM ${WAITING}
       AND cards.note_id IN (SELECT value FROM json_each(:noteIds)) ORDER BY cards.note_id, ordinal`,
  );
  const waitingIds = forEach((show) =>
    db.prepare<[Which], number>(`SELECT cards.id FROM ${WAITING} ${HAS[show]} ORDER BY cards.id`).pluck(),
  );
  const clearIds = db
    .prepare<[Which], number>(`SELECT cards.id FROM ${WAITING} AND warnings IS NULL ORDER BY cards.id`)
    .pluck();
  const setWarnings = db.prepare('UPDATE cards SET warnings = ? WHERE id = ?');

  /** Notes that were looked at, so that the list of all duplicates is not looked for at every page. */
  const looked = new Set<number>();

  /** Looks for what is near to these notes, and says so in the warnings of their waiting cards. */
  function mark(noteIds: readonly number[]): ReadonlyMap<number, readonly NearNote[]> {
    const found = near.nearNotes(noteIds);
    const changes: [string | null, number][] = [];
    for (const { id, noteId, warnings } of waitingOf.all({ runId: null, noteIds: JSON.stringify(noteIds) })) {
      const codes = readWarnings(warnings);
      const isNear = (found.get(noteId)?.length ?? 0) > 0;
      if (isNear === codes.includes('near_duplicate')) continue;
      const others = codes.filter((code): code is QualityCode => code !== 'near_duplicate');
      changes.push([packWarnings(isNear ? [...others, 'near_duplicate'] : others), id]);
    }
    if (changes.length > 0) {
      const note = db.transaction(() => {
        for (const [warnings, id] of changes) setWarnings.run(warnings, id);
      });
      write(() => note.immediate());
    }
    for (const noteId of noteIds) looked.add(noteId);
    return found;
  }

  function* slices(runId: string | null): Generator<readonly number[]> {
    const all = pages.all.all({ runId, offset: 0, limit: -1 }).filter((noteId) => !looked.has(noteId));
    for (let at = 0; at < all.length; at += SLICE_NOTES) yield all.slice(at, at + SLICE_NOTES);
  }

  return {
    /** Oldest first. Counts are of the run, or of all runs, whatever is shown of it. */
    page({ runId, show, offset, limit }: ReviewFilter): ReviewPage {
      if (show !== 'all') {
        const until = performance.now() + LOOK_MS;
        for (const noteIds of slices(runId)) {
          mark(noteIds);
          if (performance.now() > until) break;
        }
      }
      const wanted = { runId, offset, limit };
      let noteIds = pages[show].all(wanted);
      let found = mark(noteIds);
      if (show !== 'all') {
        // Those that turned out to have no duplicate any more are not shown as ones.
        noteIds = pages[show].all(wanted);
        if (noteIds.some((noteId) => !found.has(noteId))) found = mark(noteIds);
      }
      const waiting = waitingOf.all({ runId, noteIds: JSON.stringify(noteIds) });
      const nearIds = [...found.values()].flatMap((list) => list.map(({ cardId }) => cardId));
      const cards = new Map(
        readCards([...new Set([...waiting.map(({ id }) => id), ...nearIds])]).map((card) => [
          card.cardId,
          card,
        ]),
      );
      const notes = noteIds.flatMap((noteId): ReviewNote[] => {
        const own = waiting.flatMap(({ id, noteId: of }) => (of === noteId ? (cards.get(id) ?? []) : []));
        const [first] = own;
        if (!first) return [];
        const duplicates = (found.get(noteId) ?? []).flatMap(({ cardId, similarity }) => {
          const card = cards.get(cardId);
          return card ? [{ card, similarity }] : [];
        });
        return [{ noteId: first.noteId, term: first.term, cards: own, duplicates }];
      });
      return {
        notes,
        total: totals[show].get({ runId }) ?? 0,
        ...(counts.get({ runId }) ?? { waiting: 0, withWarnings: 0 }),
      };
    },

    /** All cards that wait, of a run or of all; with `withoutWarnings` only those that nothing was found about. */
    waiting(
      runId: string | null,
      { withoutWarnings }: { readonly withoutWarnings: boolean },
    ): readonly number[] {
      for (const noteIds of withoutWarnings ? slices(runId) : []) mark(noteIds);
      return withoutWarnings ? clearIds.all({ runId }) : waitingIds.all.all({ runId });
    },

    /** Looks for duplicates of all that wait in short pieces: meant for the end of a run. */
    async prepare(runId: string | null, signal?: AbortSignal): Promise<void> {
      await near.prepare(signal);
      for (const noteIds of slices(runId)) {
        if (signal?.aborted === true) return;
        mark(noteIds);
        await new Promise<void>((resolve) => void setImmediate(resolve));
      }
    },

    /** To be told when notes change: what was looked at is looked at again. */
    changed(noteIds: Iterable<number>): void {
      for (const noteId of noteIds) looked.delete(noteId);
    },
    /** Notes changed, and nobody knows which: any of them may have a duplicate now, or none any more. */
    outdated(): void {
      looked.clear();
    },
  };
}
