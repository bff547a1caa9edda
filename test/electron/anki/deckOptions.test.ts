import { describe, expect, it } from 'vitest';
import { readOptions, USUAL_OPTIONS, writeOptions } from '../../../electron/anki/deckOptions.ts';
import { settingsIn } from '../../../electron/deckJobs/settingsIn.ts';
import { studySettingsSchema } from '../../../shared/study.ts';
import { createTestDeck, writeForeign } from './fixtures.ts';
import { FORMS, sampleContent } from './foreignPackages.ts';
import { addSamples } from './samples.ts';

const PLAIN = {
  name: 'A',
  description: '',
  isMarkdown: false,
  optionsId: 1,
  newPerDay: null,
  reviewsPerDay: null,
  desiredRetention: null,
};
const USUAL = studySettingsSchema.parse({});
const WEIGHTS = Array.from({ length: 21 }, (_, index) => (index + 1) / 8);
const HARD = {
  name: 'Hard',
  description: 'By <b>many</b> hands, 日本語',
  newLimit: 7,
  perDay: 35,
  steps: [0.5, 15, 60],
  leechAction: 0,
  retention: 0.93,
  weights: WEIGHTS,
  easyBonus: 1.3,
} as const;

describe("Anki's options of a deck", () => {
  it('of a new collection are the usual settings here, and back', () => {
    const { study, left } = readOptions(undefined, PLAIN);
    expect(left).toEqual([]);
    expect({ ...USUAL, ...study }).toEqual(USUAL);
    expect(writeOptions(USUAL, null)).toEqual(USUAL_OPTIONS);
  });

  it('say of siblings what both programs mean by it', () => {
    const read = (values: object) => readOptions({ name: '', values: { ...values } }, PLAIN);
    const unburied = writeOptions({ ...USUAL, burySiblings: false }, null);
    expect(unburied).toMatchObject({ new: { bury: false }, rev: { bury: false } });
    expect(read(unburied)).toMatchObject({ study: { burySiblings: false }, left: [] });
    const buried = { ...USUAL_OPTIONS, new: { bury: true }, rev: { bury: true }, buryInterdayLearning: true };
    expect(read(buried)).toMatchObject({ study: { burySiblings: true } });
    expect(writeOptions(USUAL, buried)).toMatchObject({ new: { bury: true }, buryInterdayLearning: true });
    expect(writeOptions({ ...USUAL, burySiblings: false }, buried)).toMatchObject({ new: { bury: false } });
  });

  it('that have no counterpart are named, and what cannot be is not taken', () => {
    const values = {
      new: { delays: [1, 20_000], ints: [2, 4, 0], order: 0, perDay: -1 },
      rev: { ease4: 1.5, perDay: 200, maxIvl: 36500, bury: true },
      lapse: { delays: [], leechFails: 8, leechAction: 1 },
      timer: 1,
      reviewOrder: 3,
      fsrsWeights: [1, 2, 3],
      easyDaysPercentages: [1, 1, 1, 1, 1, 0.5, 0],
      addonThing: { on: true },
    };
    const { study, left } = readOptions({ name: 'Odd', values }, PLAIN);
    expect(left).toEqual([
      'burying of some siblings and not of others',
      'order of reviews',
      'weights of an older FSRS',
      'intervals of SM-2',
      'order of new cards',
      'timer',
      'easy days',
      'settings of add-ons',
      'newPerDay -1',
      'learningSteps [1,20000]',
    ]);
    expect(study).toMatchObject({ relearningSteps: [], burySiblings: true, reviewsPerDay: 200 });
    expect(study).not.toHaveProperty('newPerDay');
  });

  it('go back with what only Anki knows as it was, and ours as they are now', () => {
    const values = { ...USUAL_OPTIONS, easyDaysPercentages: [1, 1, 1, 1, 1, 0, 0], reviewOrder: 9, addon: 1 };
    const changed = { ...USUAL, newPerDay: 3, suspendLeeches: true, burySiblings: false, weights: WEIGHTS };
    expect(writeOptions(changed, values)).toMatchObject({
      easyDaysPercentages: [1, 1, 1, 1, 1, 0, 0],
      reviewOrder: 9,
      addon: 1,
      new: { perDay: 3, delays: [1, 10], bury: false },
      lapse: { leechAction: 0 },
      fsrsParams6: WEIGHTS,
    });
    expect(writeOptions({ ...USUAL, reviewOrder: 'random' }, values)).toMatchObject({ reviewOrder: 8 });
  });

  it('take the weights of FSRS 5 as those of FSRS 6 that they are', () => {
    const fsrsParams5 = WEIGHTS.slice(0, 19);
    const { study } = readOptions({ name: '', values: { fsrsParams5 } }, PLAIN);
    expect(study.weights).toEqual([...fsrsParams5, 0, 0.5]);
  });
});

describe('a package with options of its decks', () => {
  const content = { ...sampleContent(), deckOptions: { 11: HARD } };

  it.each(FORMS)('of the form %s has the deck studied as there', async (form) => {
    const deck = createTestDeck();
    const report = await deck.import(writeForeign(content, form), { settingsOf: settingsIn(deck.db) });
    const settings = settingsIn(deck.db);
    expect(settings('Japanese::Core')).toEqual({
      ...USUAL,
      newPerDay: 7,
      learningSteps: [0.5, 15, 60],
      desiredRetention: 0.93,
      suspendLeeches: true,
      weights: WEIGHTS,
    });
    expect(settings('Japanese')).toEqual(USUAL);
    expect(report.refused).toEqual([]);

    const again = await deck.import(writeForeign(content, form), { settingsOf: settingsIn(deck.db) });
    expect(again).toMatchObject({ added: 0, refused: [], changeSetId: null });
  });

  it.each(FORMS)('of the form %s goes through the deck and out again with all it said', async (form) => {
    const first = createTestDeck();
    const odd = { ...content, deckOptions: { 11: { ...HARD, easyBonus: 2 } } };
    const report = await first.import(writeForeign(odd, form), { settingsOf: settingsIn(first.db) });
    expect(report.refused).toEqual([
      'Of the options of Japanese::Core these have no counterpart here and are kept for Anki: intervals of SM-2.',
    ]);
    await first.export('out.apkg', { settingsOf: settingsIn(first.db) });
    const second = createTestDeck();
    await second.import(`${first.folder}/out.apkg`, { settingsOf: settingsIn(second.db) });
    const said = (db: typeof first.db) =>
      db
        .prepare<[], { anki: string; study: string }>(
          "SELECT anki, study FROM decks WHERE name = 'Japanese::Core'",
        )
        .all()
        .map(({ anki, study }) => ({ ...(JSON.parse(anki) as Said), study: JSON.parse(study) as unknown }));
    type Said = { description: string; options: { name: string; values: { rev: { ease4: number } } } };
    const [before] = said(first.db);
    const [after] = said(second.db);
    expect(after!.description).toBe(HARD.description);
    expect(after!.options).toMatchObject({ name: 'Hard', values: { rev: { ease4: 2 } } });
    expect(after!.study).toEqual(before!.study);
  });

  it('leaves a deck alone that is here, and says so', async () => {
    const deck = createTestDeck();
    addSamples(deck);
    deck.db.exec(`UPDATE decks SET name = 'Japanese::Core' WHERE name = 'Korean::Verbs'`);
    const settingsOf = settingsIn(deck.db);
    const report = await deck.import(writeForeign(content, 'anki21b'), { settingsOf });
    expect(report.refused).toEqual([
      'The options of Japanese::Core: the deck here keeps its own.',
      'The description of Japanese::Core: the deck here keeps its own.',
    ]);
    expect(settingsOf('Japanese::Core')).toEqual(USUAL);
  });

  it('without the schedule has the usual options, and the description', async () => {
    const deck = createTestDeck();
    await deck.import(writeForeign(content, 'anki2'), { settingsOf: settingsIn(deck.db) });
    await deck.export('plain.apkg', { settingsOf: settingsIn(deck.db), scheduling: false });
    const other = createTestDeck();
    await other.import(`${deck.folder}/plain.apkg`, { settingsOf: settingsIn(other.db) });
    expect(settingsIn(other.db)('Japanese::Core')).toEqual(USUAL);
    expect(other.db.prepare("SELECT anki FROM decks WHERE name = 'Japanese::Core'").pluck().get()).toBe(
      JSON.stringify({ description: HARD.description }),
    );
  });
});
