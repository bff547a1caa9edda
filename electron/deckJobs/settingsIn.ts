import { studySettingsSchema, type StudySettings } from '../../shared/study.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createDeckSettings } from '../study/deckSettings.ts';

/** Study settings of a deck, of the program for `null`. @param program the usual ones where they are not given */
export function settingsIn(db: Db, program?: StudySettings): (deck: string | null) => StudySettings {
  const settings = createDeckSettings(db, () => program ?? studySettingsSchema.parse({}));
  return (deck) => settings.of(deck);
}
