/** What a file of cards will hold, counted before anything is written. */
import type { ExportPlan, ExportScope } from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import { mediaReferences } from '../anki/mediaNames.ts';
import { createCardStore } from '../deck/cardStore.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { inPiece, type JobContext } from './job.ts';

/** Texts between two looks at whether to stop. */
const TEXTS_A_STEP = 1000;

/** A query that is wrong finds nothing: whoever types it is told so where it is typed. */
export function exportPlan(db: Db, { deck, runId, query }: ExportScope, context: JobContext): ExportPlan {
  const wanted = inPiece(context, PIECE.findCards, () => {
    const { ids, problem } = createCardStore(db).find({ deck, runId, query, sort: 'oldest' });
    return JSON.stringify(problem === null ? [...ids] : []);
  });
  const counts = inPiece(context, PIECE.countCards, () => countCards(db, wanted));
  return { ...counts, media: inPiece(context, PIECE.countMedia, () => countMedia(db, wanted, context)) };
}

export type CardCounts = Omit<ExportPlan, 'media'>;

/** @param cardIds JSON array */
export function countCards(db: Db, cardIds: string): CardCounts {
  return db
    .prepare<[string], CardCounts>(
      `SELECT count(DISTINCT note_id) FILTER (WHERE status = 'accepted') AS notes,
         count(*) FILTER (WHERE status = 'accepted') AS cards,
         count(*) FILTER (WHERE status = 'proposed') AS waiting,
         count(*) FILTER (WHERE status = 'accepted' AND state > 0) AS studied
       FROM json_each(?) AS wanted JOIN cards ON cards.id = wanted.value LEFT JOIN memory ON memory.card_id = cards.id`,
    )
    .get(cardIds)!;
}

/** Files of the deck that notes name, or the notetypes of their cards. */
export function countMedia(db: Db, cardIds: string, context: JobContext): number {
  const known = new Set(db.prepare<[], string>('SELECT name FROM media').pluck().all());
  if (known.size === 0) return 0;
  const notes = `SELECT notes.* FROM notes WHERE notetype_id IS NOT NULL AND notes.id IN
    (SELECT note_id FROM cards JOIN json_each(?) AS wanted ON wanted.value = cards.id WHERE status = 'accepted')`;
  const texts = db
    .prepare<[string, string], string>(
      `SELECT value FROM (${notes}) AS notes, json_each(notes.fields)
       UNION ALL
       SELECT css || char(10) || group_concat(json_extract(json_each.value, '$.front') || char(10) || json_extract(json_each.value, '$.back'))
       FROM notetypes, json_each(templates) WHERE notetypes.id IN (SELECT notetype_id FROM (${notes})) GROUP BY notetypes.id`,
    )
    .pluck();
  const used = new Set<string>();
  let done = 0;
  for (const text of texts.iterate(cardIds, cardIds)) {
    if ((done += 1) % TEXTS_A_STEP === 0) context.throwIfCancelled();
    for (const name of mediaReferences(text)) if (known.has(name)) used.add(name);
  }
  return used.size;
}
