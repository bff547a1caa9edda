/**
 * The deck of cards under load: rows written by a run, and searches over 100,000 cards, by shape of query and by order,
 * right after a write and again while nothing is written.
 * Arguments: `--cards 100000`, `--times 15`, `--json`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CARD_SORTS } from '../../shared/deck.ts';
import { formatBytes } from '../../shared/units.ts';
import { createDeckTree } from '../../electron/deck/deckTree.ts';
import { createCardStore } from '../../electron/deck/cardStore.ts';
import { openDeck } from '../../electron/deck/openDeck.ts';
import { createRunStore } from '../../electron/deck/runStore.ts';
import type { ItemOutcome } from '../../electron/pipeline/ports.ts';
import { NO_TOKENS } from '../../shared/run.ts';
import { anAnalysis, cardsFor, rowsOf, someSettings, TEST_IDENTITY } from '../fixtures/items.ts';
import { fillLargeDeck, LARGE_DECK_NOW_MS } from '../fixtures/largeDeck.ts';
import { median } from './medians.ts';

export const QUERIES: Readonly<Record<string, string>> = {
  'all cards': '',
  'a word': 'river',
  'a rare word': 'river17',
  'one letter': 'w',
  'two letters': 'wa',
  'one syllable': '한',
  'two syllables': '한국',
  'three syllables': '한국말',
  phrase: '"green river"',
  'two words': 'river stone',
  'one of two words': 'river or stone',
  'not a word': '-river',
  'on one side': 'front:river',
  tag: 'tag:topic3',
  'no tag': 'tag:none',
  deck: 'deck:Korean',
  'sub-deck': 'deck:"Korean::Level 3"',
  due: 'is:due',
  new: 'is:new',
  'not due': '-is:due',
  suspended: 'is:suspended',
  type: 'type:cloze',
  warning: 'warning:any',
  rated: 'rated:7:1',
  edited: 'edited:30',
  stability: 'prop:stability>=100',
  combined: '한국 deck:"Korean::Level 3" is:due -tag:topic3',
  'combined, negated': '-(river tag:topic3) -is:suspended (type:cloze or is:due)',
};

/** Runs the benchmark and prints one line a case, or one JSON object with `--json`. */
export async function run(args: string[]): Promise<void> {
  const numberAfter = (flag: string, otherwise: number) =>
    args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : otherwise;
  const cards = numberAfter('--cards', 100_000);
  const times = numberAfter('--times', 15);
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-bench-'));
  const results: { name: string; ms: number; worstMs: number; found?: number }[] = [];
  const measure = (name: string, work: () => number, before = () => {}) => {
    let found = 0;
    const ms = Array.from({ length: times }, () => {
      before();
      const start = performance.now();
      found = work();
      return performance.now() - start;
    });
    results.push({ name, ms: median(ms), worstMs: Math.max(...ms), found });
  };
  try {
    const settleMs = await settleRows(join(folder, 'runs.db'), 10_000);
    results.push({ name: 'settle a row of 2 cards (us)', ms: settleMs / 10, worstMs: settleMs / 10 });

    const path = join(folder, 'deck.db');
    const db = openDeck(path);
    const start = performance.now();
    fillLargeDeck(db, Math.ceil(cards / 3));
    const fillMs = performance.now() - start;
    results.push({ name: 'write all cards, indexed', ms: fillMs, worstMs: fillMs });
    const store = createCardStore(db, { now: () => LARGE_DECK_NOW_MS });
    const find = (query: string, sort: (typeof CARD_SORTS)[number] = 'newest') =>
      store.find({ query, deck: null, runId: null, sort }).ids.length;
    // Any write, however small, makes the search forget what it read.
    const flag = db.prepare('UPDATE cards SET flag = 1 - flag WHERE id = 1');
    const search = (name: string, query: string, sort?: (typeof CARD_SORTS)[number]) => {
      measure(
        name,
        () => find(query, sort),
        () => flag.run(),
      );
      measure(`${name}, again`, () => find(query, sort));
    };
    for (const [name, query] of Object.entries(QUERIES)) search(name, query);
    for (const sort of CARD_SORTS) search(`all, by ${sort}`, '', sort);
    for (const sort of CARD_SORTS) search(`not due, by ${sort}`, '-is:due', sort);
    for (const sort of CARD_SORTS) search(`due, by ${sort}`, 'is:due', sort);
    const { ids } = store.find({ query: '', deck: null, runId: null, sort: 'newest' });
    measure('read 100 cards by id', () => store.byIds([...ids.subarray(500, 600)]).length);
    const all = { deck: null, runId: null, listOfRun: null, search: null };
    measure('first page of 100', () => store.page({ ...all, offset: 0, limit: 100 }).total);
    const tree = createDeckTree(db);
    const settingsOf = () => ({ newPerDay: 20, reviewsPerDay: 200, burySiblings: true });
    const today = { nowMs: LARGE_DECK_NOW_MS, dayStartsAtHour: 4, settingsOf };
    const treeMs: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const start = performance.now();
      await tree.deckTree(today);
      treeMs.push(performance.now() - start);
    }
    results.push({ name: 'tree of 40 decks, in turns', ms: median(treeMs), worstMs: Math.max(...treeMs) });
    measure('tags with counts', () => tree.tags().length);
    db.close();
    const { size } = statSync(path);
    if (args.includes('--json')) {
      console.log(JSON.stringify({ benchmark: 'deck', cards, bytes: size, times, unit: 'ms', results }));
      return;
    }
    console.log(`${cards} cards in ${formatBytes(size)}; ms, median of ${times} (worst)`);
    for (const { name, ms, worstMs, found } of results) {
      const count = found === undefined ? '' : `  ${found} found`;
      console.log(`${name.padEnd(30)} ${ms.toFixed(1).padStart(8)}  (${worstMs.toFixed(1)})${count}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds in which a run's rows are written in groups of 64, as the pipeline does it. */
async function settleRows(path: string, rows: number): Promise<number> {
  const db = openDeck(path);
  const runs = createRunStore(db);
  const terms = Array.from({ length: rows }, (_, index) => `단어${index}`);
  const runId = await runs.create(someSettings(), 'list.csv', [rowsOf(...terms)]);
  runs.take(runId, 'a'.repeat(32));
  const stage = { ...TEST_IDENTITY, cached: false, usage: NO_TOKENS };
  const start = performance.now();
  for (let after = 0; ;) {
    const claimed = await runs.claim(runId, after, 64);
    const last = claimed.at(-1);
    if (last === undefined) break;
    after = last.itemId;
    const settled = claimed.map((queued) => {
      const { term } = queued.item;
      const outcome: ItemOutcome = {
        state: 'done',
        analysis: anAnalysis(term),
        cards: cardsFor(term),
        stages: [
          { ...stage, stage: 'analyse' },
          { ...stage, stage: 'write' },
        ],
      };
      return { queued, outcome };
    });
    await runs.settle(runId, settled, []);
  }
  const tookMs = performance.now() - start;
  db.close();
  return tookMs;
}
