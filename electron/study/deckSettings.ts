/** Study settings of a deck: the program's, with what the decks on the way to it say of their own. */
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { studySettingsSchema } from '../../shared/study.ts';
import type { StudySettings } from '../../shared/study.ts';

export type StudyOverride = Partial<StudySettings>;

const BETWEEN_DECKS = '::';
/** The day is the same for all decks. */
const NOT_OF_A_DECK: ReadonlySet<string> = new Set(['dayStartsAtHour']);

/** `['A', 'A::B', 'A::B::C']` for `A::B::C`. */
export function decksTo(deck: string): readonly string[] {
  const parts = deck.split(BETWEEN_DECKS);
  return parts.map((_part, index) => parts.slice(0, index + 1).join(BETWEEN_DECKS));
}

/** The valid settings of a deck's own JSON; what is not valid, or of a later version, is left out. */
export function readOverride(json: string | null): StudyOverride {
  if (json === null) return {};
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch {
    return {};
  }
  if (typeof values !== 'object' || values === null) return {};
  const override: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (NOT_OF_A_DECK.has(name) || !Object.hasOwn(studySettingsSchema.shape, name)) continue;
    const schema = studySettingsSchema.shape[name as keyof StudySettings];
    const parsed = schema.safeParse(value);
    if (parsed.success) override[name] = parsed.data;
  }
  return override as StudyOverride;
}

export function createDeckSettings(db: Db, program: () => StudySettings) {
  const ofDecks = db.prepare<[string], { name: string; study: string }>(
    `SELECT name, study FROM json_each(?) AS wanted CROSS JOIN decks ON decks.name = wanted.value
     WHERE study IS NOT NULL`,
  );
  const keep = db.prepare<[string | null, string]>('UPDATE decks SET study = ? WHERE name = ?');
  const own = db.prepare<[string], string | null>('SELECT study FROM decks WHERE name = ?').pluck();

  return {
    /** The nearest deck's word counts; the program's settings for `null`. */
    of(deck: string | null): StudySettings {
      if (deck === null) return program();
      const rows = ofDecks.all(JSON.stringify(decksTo(deck)));
      rows.sort((a, b) => a.name.length - b.name.length);
      return Object.assign({ ...program() }, ...rows.map(({ study }) => readOverride(study)));
    },

    override: (deck: string): StudyOverride => readOverride(own.get(deck) ?? null),

    /**
     * What the deck says of its own from now on; an empty object for nothing.
     *
     * @throws TracedeckError `deck_unknown`
     */
    setOverride(deck: string, override: StudyOverride): void {
      const valid = readOverride(JSON.stringify(override));
      const json = Object.keys(valid).length === 0 ? null : JSON.stringify(valid);
      if (keep.run(json, deck).changes === 0) {
        throw new TracedeckError('user', 'deck_unknown', 'There is no such deck.', {
          hint: 'It may have been renamed or removed; look at the list of decks.',
        });
      }
    },
  };
}
