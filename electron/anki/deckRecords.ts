/** What the deck's table says of decks for Anki: their descriptions, and options that only Anki has. */
import type { StudySettings } from '../../shared/study.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { AnkiOptions } from './ankiTypes.ts';
import { parseExactJson, toExactJson } from './exactJson.ts';

export type DeckRecord = {
  /** HTML, or Markdown. */
  readonly description: string;
  readonly isMarkdown: boolean;
  /** As they came; `null` where all of them are settings of ours. */
  readonly options: AnkiOptions | null;
};
const NOTHING: DeckRecord = { description: '', isMarkdown: false, options: null };

export type DeckRecords = ReturnType<typeof createDeckRecords>;

export function createDeckRecords(db: Db) {
  const find = db
    .prepare<[string], string | null>('SELECT anki FROM decks WHERE name = ? AND removed = 0')
    .pluck();
  const put = db.prepare('UPDATE decks SET anki = ?, study = coalesce(?, study) WHERE name = ?');
  const names = db.prepare<[], string>('SELECT name FROM decks WHERE removed = 0').pluck();

  return {
    /** Nothing where there is no such deck. */
    find(name: string): DeckRecord {
      const json = find.get(name);
      return json == null ? NOTHING : { ...NOTHING, ...(parseExactJson(json) as Partial<DeckRecord>) };
    },
    /** @param study what the deck has of its own from now on, where it is anything */
    put(name: string, record: DeckRecord, study: Partial<StudySettings>): void {
      const said = Object.entries(record).filter(
        ([key, value]) => value !== NOTHING[key as keyof DeckRecord],
      );
      const json = said.length === 0 ? null : toExactJson(Object.fromEntries(said));
      put.run(json, Object.keys(study).length === 0 ? null : JSON.stringify(study), name);
    },
    names: (): ReadonlySet<string> => new Set(names.all()),
  };
}
