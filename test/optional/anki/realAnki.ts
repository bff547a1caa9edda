/**
 * Our packages in the real Anki, and its packages here: `node test/optional/anki/realAnki.ts`. Needs the Python library
 * of the program (`pip install anki`) in the `python3` of the path, or in `TRACEDECK_PYTHON`; without it, it says so
 * and ends. Nothing of it runs in the usual tests.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportPackage } from '../../../electron/anki/exportPackage.ts';
import { guidOf } from '../../../electron/anki/ankiIds.ts';
import { importPackage } from '../../../electron/anki/importPackage.ts';
import { createMediaStore } from '../../../electron/anki/mediaStore.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { settingsIn } from '../../../electron/deckJobs/settingsIn.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { addSamples, fillDeck } from '../../electron/anki/samples.ts';

type Log = Readonly<Record<string, number>>;
type Card = {
  readonly guid: string;
  readonly ord: number;
  readonly deck: string;
  readonly type: number;
  readonly queue: number;
  readonly dueIn: number;
  readonly ivl: number;
  readonly reps: number;
  readonly lapses: number;
  readonly flag: number;
  readonly stability: number | null;
  readonly difficulty: number | null;
  readonly question: string;
  readonly answer: string;
};
type State = {
  readonly notes: readonly {
    readonly guid: string;
    readonly flds: string;
    readonly csum: number;
    readonly tags: string;
  }[];
  readonly cards: readonly Card[];
  readonly reviews: number;
  readonly notetypes: readonly string[];
  readonly media: readonly string[];
  readonly css: readonly string[];
  readonly decks: Readonly<Record<string, { readonly desc: string; readonly options: unknown }>>;
  readonly problems: string;
  readonly empty: number;
};

const python = process.env['TRACEDECK_PYTHON'] ?? 'python3';
if (spawnSync(python, ['-c', 'import anki']).status !== 0) {
  console.log(
    `Skipped: ${python} has no library named anki. Install it with pip, or name another Python in TRACEDECK_PYTHON.`,
  );
  process.exit(0);
}
/** What is said of options of their decks. */
const REFUSED = [
  'Of the options of Other::Deck these have no counterpart here and are kept for Anki: intervals of SM-2, order of new cards, easy days.',
];
const folder = mkdtempSync(join(tmpdir(), 'tracedeck-real-anki-'));
try {
  await run();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function drive(collection: string, commands: readonly object[]): { version: string; steps: unknown[] } {
  const place = join(folder, collection);
  mkdirSync(place, { recursive: true });
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'drive.py'), place], {
    input: JSON.stringify(commands),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { version: string; steps: unknown[] };
}

function newDeck(name: string) {
  mkdirSync(join(folder, name));
  const db = openDeck(join(folder, name, 'deck.db'));
  const mediaDir = join(folder, name, 'media');
  return { ...fillDeck(db), db, mediaDir, media: createMediaStore(db, mediaDir) };
}
type Deck = ReturnType<typeof newDeck>;

async function write(deck: Deck, name: string): Promise<string> {
  const path = join(folder, name);
  const format = name.endsWith('.colpkg') ? 'colpkg' : 'apkg';
  const settingsOf = settingsIn(deck.db);
  const request = {
    deck: null,
    runId: null,
    scheduling: true,
    media: true,
    path,
    format,
    settingsOf,
    mediaDir: deck.mediaDir,
  } as const;
  await exportPackage(deck.db, request, UNWATCHED);
  return path;
}
function read(deck: Deck, path: string) {
  return importPackage(
    deck.db,
    { path, deck: null, mediaDir: deck.mediaDir, settingsOf: settingsIn(deck.db) },
    UNWATCHED,
  );
}

async function run(): Promise<void> {
  const deck = newDeck('ours');
  addSamples(deck);
  await deck.media.add('kitab.mp3', Buffer.from('sound'));
  deck.db.exec(`UPDATE decks SET study = '{"newPerDay":9,"learningSteps":[3,20],"suspendLeeches":true}',
    anki = '{"description":"Words of <b>Korean</b>"}' WHERE name = 'Korean::Verbs'`);
  const first = await write(deck, 'first.apkg');
  deck.db.exec(`UPDATE cards SET back = 'EDITED HERE' WHERE type = 'recognition' AND front = '먹다';
    UPDATE notes SET modified_ms = modified_ms + 60000 WHERE term = '먹다'`);
  const second = await write(deck, 'second.apkg');
  const [back, backNew] = [join(folder, 'back.apkg'), join(folder, 'back-new.apkg')];
  const uuid = '11111111-1111-4111-8111-111111111111';
  const { version, steps } = drive('theirs', [
    { do: 'import', path: first },
    { do: 'state' },
    { do: 'import', path: first },
    { do: 'import', path: second },
    { do: 'state' },
    { do: 'edit', guid: guidOf(uuid, 7), field: 0, text: 'EDITED THERE' },
    { do: 'export', path: back, legacy: true },
    { do: 'export', path: backNew, legacy: false },
  ]);
  const [once, state, twice, newer, after] = steps as [Log, State, Log, Log, State];
  console.log(`Anki ${version}`);

  deepEqual([once['new'], once['updated'], once['conflicting']], [7, 0, 0]);
  equal(state.cards.length, 12);
  deepEqual(state.notetypes, ['Tracedeck basic', 'Tracedeck cloze', 'Tracedeck term']);
  deepEqual(state.media, ['kitab.mp3']);
  equal(state.empty, 0);
  equal(state.reviews, 4);
  for (const { question, answer } of state.cards) {
    ok(
      !/template-problem|has a problem|unknown field|\{\{(?!not a field)/i.test(question + answer),
      question,
    );
  }
  const studied = state.cards.find(({ type }) => type === 2)!;
  deepEqual(
    [studied.dueIn, studied.ivl, studied.reps, studied.lapses, studied.flag, studied.queue],
    [5, 15, 4, 1, 3, 2],
  );
  ok(Math.abs(studied.stability! - 12.345678) < 1e-3 && Math.abs(studied.difficulty! - 5.4321) < 2e-3);
  equal(state.cards.filter(({ queue }) => queue === -1).length, 1);
  const verbs = state.decks['Korean::Verbs']!;
  equal(verbs.desc, 'Words of <b>Korean</b>');
  const said = verbs.options as { new: { perDay: number; delays: number[] }; lapse: { leechAction: number } };
  deepEqual([said.new.perDay, said.new.delays, said.lapse.leechAction], [9, [3, 20], 0]);
  ok(/no problems|optimi/i.test(state.problems), state.problems);
  const ours = ourSums(first);
  for (const { guid, csum } of state.notes) equal(csum, ours.get(guid));
  console.log(
    'one import: 7 notes, 12 cards, schedule, reviews, media; no empty card, no problem found, sums agree',
  );

  deepEqual([twice['new'], twice['updated']], [0, 0]);
  deepEqual([newer['new'], newer['updated'], newer['conflicting']], [0, 3, 0]);
  deepEqual([after.notes.length, after.cards.length, after.notetypes.length], [7, 12, 3]);
  equal(after.notes.filter(({ flds }) => flds.includes('EDITED HERE')).length, 1);
  console.log('a second import adds nothing, an edited note is updated');

  for (const path of [back, backNew]) {
    const again = newDeck(path === back ? 'again' : 'again-new');
    const report = await read(again, path);
    deepEqual([report.added, report.cards, report.media, report.reviews, report.refused], [3, 12, 1, 4, []]);
    deepEqual(report.form, path === back ? 'anki21' : 'anki21b');
    const sides = (of: Deck) =>
      of.db
        .prepare(
          `SELECT uuid, ordinal, type, front, back, cloze, quote FROM cards JOIN notes ON notes.id = note_id
           WHERE status = 'accepted' AND front NOT IN ('to take in', 'EDITED THERE') ORDER BY uuid, ordinal`,
        )
        .all();
    deepEqual(sides(again), sides(deck));
    equal(again.db.prepare("SELECT count(*) FROM cards WHERE front = 'EDITED THERE'").pluck().get(), 1);
  }
  const returned = await read(deck, backNew);
  deepEqual([returned.added, returned.updated, returned.unchanged, returned.cards], [0, 1, 2, 0]);
  equal(deck.db.prepare("SELECT count(*) FROM cards WHERE front = 'EDITED THERE'").pluck().get(), 1);
  console.log('from Anki our notes come back whole in both of its forms, with what was edited there');

  await foreign();
}

/** Notes of Anki's own notetypes: here, and back. */
async function foreign(): Promise<void> {
  const [legacy, latest] = [join(folder, 'legacy.apkg'), join(folder, 'latest.apkg')];
  const { steps } = drive('others', [
    { do: 'fill' },
    { do: 'state' },
    { do: 'export', path: legacy, legacy: true },
    { do: 'export', path: latest, legacy: false },
  ]);
  const before = steps[1] as State;
  for (const path of [legacy, latest]) {
    const deck = newDeck(path === legacy ? 'legacy' : 'latest');
    const report = await read(deck, path);
    deepEqual([report.added, report.cards, report.media, report.refused], [3, 5, 3, REFUSED]);
    const out = await write(deck, path === legacy ? 'legacy-out.apkg' : 'latest-out.apkg');
    const name = path === legacy ? 'back-legacy' : 'back-latest';
    const [log, after] = drive(name, [{ do: 'import', path: out }, { do: 'state' }]).steps as [Log, State];
    equal(log['new'], 3);
    const notes = ({ notes: all }: State) =>
      all
        .map(({ guid, flds, csum, tags }) => ({ guid, flds, csum, tags }))
        .sort((a, b) => (a.guid < b.guid ? -1 : 1));
    deepEqual(notes(after), notes(before));
    const cards = ({ cards: all }: State) =>
      all
        .map(({ question: _question, answer: _answer, dueIn, ...card }) => ({
          ...card,
          dueIn: card.type === 0 ? null : dueIn,
        }))
        .sort((a, b) => (a.guid + a.ord < b.guid + b.ord ? -1 : 1));
    deepEqual(cards(after), cards(before));
    equal(after.reviews, before.reviews);
    deepEqual(after.decks, before.decks);
    deepEqual(after.css, before.css);
    deepEqual(after.media, before.media);
    // And into the collection that they came from: nothing is new, nothing is another notetype.
    const [home] = drive('others', [{ do: 'import', path: out }]).steps as [Log];
    deepEqual([home['new'], home['updated'], home['conflicting']], [0, 0, 0]);
  }
  const whole = newDeck('whole');
  await read(whole, latest);
  const collection = await write(whole, 'all.colpkg');
  const [, replaced] = drive('back-collection', [{ do: 'collection', path: collection }, { do: 'state' }])
    .steps as [null, State];
  deepEqual(replaced.decks, before.decks);
  deepEqual([replaced.notes.length, replaced.cards.length, replaced.reviews], [3, 5, before.reviews]);
  deepEqual(replaced.media, before.media);
  console.log('a collection of ours takes the place of another one');
  console.log(
    "Anki's own notes, decks with options, styles and what these show go through the deck and back unchanged, in both forms",
  );
}

function ourSums(path: string): ReadonlyMap<string, number> {
  const { stdout } = spawnSync(
    python,
    [
      '-c',
      `import sys, json, sqlite3, zipfile, tempfile
with tempfile.TemporaryDirectory() as d:
    zipfile.ZipFile(sys.argv[1]).extract('collection.anki2', d)
    print(json.dumps(sqlite3.connect(d + '/collection.anki2').execute('select guid, csum from notes').fetchall()))`,
      path,
    ],
    { encoding: 'utf8' },
  );
  return new Map(JSON.parse(stdout) as [string, number][]);
}
