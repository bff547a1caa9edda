import type { Db, Statement } from '../sqlite/openDatabase.ts';
import { STUDY_SQL } from './studySql.ts';

export type StudyStatements = { readonly [Name in keyof typeof STUDY_SQL]: Statement };

/** Those that return one value a row, and that value bare. */
const BARE: ReadonlySet<string> = new Set([
  'dueCount',
  'moreDueThan',
  'dueCards',
  'dueNotes',
  'dueOfNote',
  'newCount',
  'newNotesCount',
  'everyCard',
  'aheadByDeck',
  'aheadByDue',
  'cardsInScope',
  'lastReviewId',
  'nextDueByDue',
  'nextDueByDeck',
  'undoable',
  'tagId',
]);

export function prepareStudy(db: Db): StudyStatements {
  const prepared = Object.entries(STUDY_SQL).map(([name, text]) => {
    const statement = db.prepare(text) as Statement;
    return [name, BARE.has(name) ? statement.pluck() : statement];
  });
  return Object.fromEntries(prepared) as StudyStatements;
}
