/**
 * Our packages in Mnemosyne, which is a reader of packages that shares no code with Anki:
 * `node test/optional/mnemosyne/realMnemosyne.ts`. Takes its library from the `python3` of the path or
 * `TRACEDECK_PYTHON`, or else out of Debian's package `mnemosyne`, which `apt-get` fetches into a temporary folder;
 * nothing is installed. Where it cannot be had, it says so and ends. Nothing of it runs in the usual tests.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createMediaStore } from '../../../electron/anki/mediaStore.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { addSamples, fillDeck } from '../../electron/anki/samples.ts';
import { findLibrary, pythonEnv } from './library.ts';

type Card = {
  readonly id: string;
  /** The guid of its note. */
  readonly fact: string;
  readonly type: string;
  readonly view: string;
  readonly ord: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** -1 where it is new, 0 in learning. */
  readonly grade: number;
  readonly lapses: number;
  readonly repetitions: number;
  readonly intervalDays: number | null;
  readonly nextRepS: number;
  readonly question: string;
  readonly answer: string;
};
type Found = {
  readonly version: string;
  readonly failed: string | null;
  readonly facts: number;
  readonly cards: readonly Card[];
  readonly sets: readonly string[];
  readonly repetitions: number;
  readonly media: readonly string[];
  /** What it told its user. */
  readonly said: readonly string[];
};
/** A card as the command line exports it to JSON. */
type Ours = {
  readonly noteId: string;
  readonly deck: string;
  readonly term: string;
  readonly type: string;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly tags: readonly string[];
};

const DECK = '한국어';
/** In the order of the templates, as packages have had them ever since. */
const TERM_VIEWS = [
  'recognition',
  'production',
  'reading',
  'usage',
  'comparison',
  'characters',
  'homonyms',
  'basic',
];
const ROOT = resolve(import.meta.dirname, '../../..');
const python = process.env['TRACEDECK_PYTHON'] ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'tracedeck-real-mnemosyne-'));
const home = join(folder, 'home');
mkdirSync(home);
let library = '';
try {
  const place = findLibrary(python, folder, home);
  if ('reason' in place) console.log(`skipped: ${place.reason}`);
  else {
    library = place.path;
    await run();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Imports packages into one of its databases; a process for each, so that only what is stored is found again. */
function drive(database: string, ...packages: readonly string[]): Found {
  const { status, stdout, stderr } = spawnSync(
    python,
    [join(import.meta.dirname, 'drive.py'), join(folder, database), ...packages],
    {
      cwd: home,
      env: pythonEnv(library, home),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  if (status !== 0) throw new Error(stderr);
  const found = JSON.parse(stdout) as Found;
  if (found.failed !== null) throw new Error(found.failed);
  return found;
}

function cli(data: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['run', '-s', 'cli', '--', '--data-dir', join(folder, data), ...args],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
}

async function run(): Promise<void> {
  cli(
    'data',
    'generate',
    'examples/korean-sample.csv',
    '--deck',
    DECK,
    '--generator',
    'offline',
    '--no-review',
  );
  const [whole, json] = [join(folder, 'whole.apkg'), join(folder, 'cards.json')];
  cli('data', 'export', '--deck', DECK, '--to', whole);
  cli('data', 'export', '--deck', DECK, '--to', json);
  const ours = JSON.parse(readFileSync(json, 'utf8')) as readonly Ours[];
  ok(ours.length > 100 && ours.every(({ deck }) => deck === DECK));

  const { said } = drive('fresh', whole);
  const found = drive('fresh');
  console.log(`Mnemosyne ${found.version}${library === '' ? '' : ', unpacked from its package'}`);
  sameCards(found, ours);
  ok(found.sets.includes(DECK), found.sets.join(', '));
  deepEqual([found.repetitions, found.media], [0, []]);
  // That is what it says whatever it imports.
  deepEqual(
    said.filter((line) => !/^Note that while you can edit imported cards|^Also, in case/.test(line)),
    [],
  );
  console.log(
    `one import: ${found.facts} facts, ${found.cards.length} cards; terms, fronts, backs, gaps, tags and deck are ours`,
  );

  const twice = drive('fresh', whole);
  sameCards(twice, ours);
  deepEqual(
    twice.cards.map(({ id }) => id),
    found.cards.map(({ id }) => id),
  );
  console.log('a second import adds nothing');
  await studied();
  ownWays(twice, ours);
}

/** Every card of ours is there once, with its own texts, and nothing else is. */
function sameCards({ facts, cards }: Found, ours: readonly Ours[]): void {
  equal(cards.length, ours.length);
  const bySide = new Map(
    cards.map((card) => {
      const { Id: id = '', Term: term } = card.fields;
      const note = id.split(':')[0];
      const text = card.type === 'Tracedeck cloze' ? card.fields['Text'] : card.fields[`${card.view} front`];
      return [JSON.stringify([note, term, card.type, plain(text), card.ord]), card] as const;
    }),
  );
  equal(bySide.size, cards.length);
  const notes = new Set<string>();
  for (const { noteId, term, type, front, back, cloze, tags } of ours) {
    const isCloze = cloze !== null;
    const ordinal = isCloze ? cloze - 1 : TERM_VIEWS.indexOf(type);
    const card = bySide.get(
      JSON.stringify([noteId, term, isCloze ? 'Tracedeck cloze' : 'Tracedeck term', front, ordinal]),
    );
    ok(card, `${term}: no ${type} card`);
    notes.add(card.fact);
    equal(plain(card.fields[isCloze ? 'Back' : `${card.view} back`]), back);
    deepEqual(card.tags, [...tags, DECK].sort());
    deepEqual([card.grade, card.repetitions], [-1, 0]);
    const [question, answer] = [plain(card.question), plain(card.answer)];
    equal(question, isCloze ? withGaps(front, cloze) : front);
    ok(answer.endsWith(back), answer);
    for (const side of [question, answer]) ok(!/\{\{|unknown field|invalid template/.test(side), side);
  }
  // A note of ours is one of its facts for the term, and one for each cloze text.
  const wanted = new Set(
    ours.map(({ noteId, cloze, front }) => (cloze === null ? noteId : `${noteId} ${front}`)),
  );
  deepEqual([facts, notes.size], [wanted.size, wanted.size]);
}

/** It shows both sides in windows of their own, and knows cards by their ids, where Anki goes by the guid of the note. */
function ownWays(whole: Found, ours: readonly Ours[]): void {
  // It looks for `<hr id=answer>` to leave the question out of the answer.
  const repeated = whole.cards.filter(
    ({ type, question, answer }) => type !== 'Tracedeck cloze' && answer.startsWith(question.slice(0, 40)),
  );
  deepEqual(repeated, []);
  // A package of some of the cards, after one of all, changes those and no others.
  const part = join(folder, 'part.apkg');
  cli('data', 'export', '--query', 'tag:pos::verb', '--to', part);
  drive('fresh', part);
  const { cards } = drive('fresh');
  const distinct = new Set(cards.map(({ fact, ord }) => `${ord} ${fact}`));
  equal(cards.length, ours.length);
  equal(distinct.size, ours.length);
}

/** Schedule, reviews, sounds and decks in decks, of one of everything that a card can be. */
async function studied(): Promise<void> {
  const nowMs = Date.now();
  mkdirSync(join(folder, 'studied'));
  const db = openDeck(join(folder, 'studied/deck.db'));
  addSamples(fillDeck(db), nowMs);
  await createMediaStore(db, join(folder, 'studied/media')).add('kitab.mp3', Buffer.from('sound'));
  db.close();
  const path = join(folder, 'studied.apkg');
  cli('studied', 'export', '--scheduling', '--to', path);
  drive('studied-there', path);
  const found = drive('studied-there');
  deepEqual([found.facts, found.cards.length, found.repetitions], [7, 12, 4]);
  deepEqual(found.media, ['kitab.mp3']);
  ok(
    ['Korean', 'Korean::Verbs', 'Book', 'عربي'].every((deck) => found.sets.includes(deck)),
    found.sets.join(', '),
  );
  const card = found.cards.find(({ grade }) => grade > 0)!;
  equal(plain(card.fields['Recognition back']), 'to eat\n<b>not</b> bold & "quoted"');
  deepEqual([card.repetitions, card.lapses, card.intervalDays], [4, 1, 15]);
  // What the sample is due at; an hour where clocks are put forward or back between.
  const dueMs = new Date(nowMs).setHours(4, 0, 0, 0) + 5 * 86_400_000;
  ok(Math.abs(card.nextRepS * 1000 - dueMs) <= 3_600_000, String(card.nextRepS));
  equal(found.cards.filter(({ grade }) => grade === -1).length, 11);
  const arabic = found.cards.find(({ fields }) => fields['Term'] === 'كتاب' && fields['Recognition front'])!;
  equal(arabic.fields['Recognition front'], 'كتاب <audio src="kitab.mp3">');
  deepEqual(arabic.tags, ['عربي', 'ملاحظة'].sort());
  console.log('a studied deck: intervals, due days, lapses, reviews, a sound and all decks are there');
}

/** The text of a field, of what is left of a side when its templates' marks are gone. */
function plain(html = ''): string {
  return html
    .replace(/<br(_off)*>|<\/div>(?=<)/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\n+$/, '');
}

/** A cloze text as its question: `[...]` or the hint for the gap that is asked for, the words of the others. */
function withGaps(text: string, asked: number): string {
  return text.replace(
    /\{\{c(\d+)::(.*?)(?:::(.*?))?\}\}/gs,
    (_, number: string, words: string, hint?: string) =>
      Number(number) === asked ? `[${hint ?? '...'}]` : words,
  );
}
