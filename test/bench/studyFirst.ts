/** Prints how many ms the first card of a deck takes in a process that has done nothing else: `<file> [deck]`. */
import { openDeck } from '../../electron/deck/openDeck.ts';
import { createStudy } from '../../electron/study/study.ts';
import { studySettingsSchema } from '../../shared/study.ts';
import { cardReader, STUDY_NOW_MS } from './studyDeck.ts';

const [path, deck = null] = process.argv.slice(2) as [string, string?];
const db = openDeck(path);
const settings = studySettingsSchema.parse({});
const study = createStudy({
  db,
  settings: () => settings,
  clock: { nowMs: () => STUDY_NOW_MS, offsetMs: () => 7_200_000 },
  readCards: cardReader(db),
});
const startMs = performance.now();
const turn = study.next({ deck, mode: 'due' });
const tookMs = performance.now() - startMs;
if (turn.next === null) throw new Error('No card is due.');
console.log(tookMs);
db.close();
