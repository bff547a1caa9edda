/**
 * A large deck in the real window: `--cards N` (100,000), `--rounds N` (3), `--only search,scroll,…`, `--json`. Parts:
 * `search` from the key to the list, and each shape of query in the main process; `scroll` frame by frame, beside a plain
 * list; `study` from the key to the next card; `many` marking and changing all cards; `run` a run of 5,000 rows while a view
 * looks at the deck.
 */
import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { CDPSession, Page } from 'playwright-core';
import type { Api } from '../../shared/ipc.ts';
import { koreanCsvs } from '../fixtures/lists.ts';
import { launchApp, type LaunchedApp } from '../harness/electronApp.ts';
import { setUpEnvironment } from '../harness/environment.ts';
import { QUERIES } from './deck.ts';
import { largeDataDir } from './largeDataDir.ts';
import { median } from './medians.ts';
import { hidePlainList, showPlainList } from './plainList.ts';
import { framesDuring, installWindowTimes, mainDelayDuring, timeUntilSeen } from './windowTimes.ts';
import type { Frames } from './windowTimes.ts';

const PARTS = ['search', 'scroll', 'study', 'many', 'run'] as const;
type Part = (typeof PARTS)[number];

const SEARCH_BOUND_MS = 50;
const NEXT_BOUND_MS = 10;
const FRAME_BOUND_MS = 32;
const LOOP_BOUND_MS = 50;
const SCROLL_MS = 4000;
const RATINGS = 60;
const RUN_ROWS = 5000;
/** A search begins so long after the last key. */
const TYPING_PAUSE_MS = 120;

/** Each without its last letter, and the letter. */
const TYPED = ['river', '한국', 'river stone', 'tag:topic3', 'is:due', '-is:due', '-river', ''] as const;

type Row = {
  readonly part: Part;
  readonly name: string;
  readonly ms: readonly number[];
  readonly boundMs: number | null;
  /** What the bound holds for: the median, or each. */
  readonly holdsFor?: 'median' | 'each';
};
type Bench = {
  readonly launched: LaunchedApp;
  readonly page: Page;
  readonly keys: CDPSession;
  readonly cards: number;
  readonly rounds: number;
  readonly add: (row: Row) => void;
};

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      cards: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const cards = Number(values.cards ?? 100_000);
  const rounds = Number(values.rounds ?? 3);
  const parts = PARTS.filter((part) => values.only === undefined || values.only.split(',').includes(part));
  const tearDown = await setUpEnvironment();
  const rows: Row[] = [];
  const loads = [loadavg()[0]!];
  try {
    for (const part of parts) {
      const ofPart =
        part === 'study' ? await studyRounds(cards, rounds) : await overCopy(cards, rounds, WORK[part]);
      rows.push(...ofPart);
      if (!values.json) for (const row of ofPart) print(row);
      loads.push(loadavg()[0]!);
    }
  } finally {
    await tearDown();
  }
  const load = loads.map((one) => Number(one.toFixed(1)));
  if (values.json) console.log(JSON.stringify({ benchmark: 'cards', cards, rounds, load, rows }));
  else console.log(`load average ${load.join(', ')}`);
}

const WORK = { search, scroll, study, many, run: runBeside } satisfies Record<Part, unknown>;
/** Opens the first card so often in a round: for the first time, and again. */
const OPENINGS = 2;

/** A part over a deck of its own, in an app of its own. */
async function overCopy(
  cards: number,
  rounds: number,
  work: (bench: Bench) => Promise<void>,
): Promise<readonly Row[]> {
  const dataDir = await largeDataDir(cards);
  const rows: Row[] = [];
  try {
    const launched = await launchApp({ dataDir });
    try {
      const { page } = launched;
      await page.locator('html[data-ready="true"]').waitFor();
      await installWindowTimes(page);
      const keys = await page.context().newCDPSession(page);
      await work({ launched, page, keys, cards, rounds, add: (row) => void rows.push(row) });
    } finally {
      await launched.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
  return rows;
}

/** A day's cards are used up by one round: each has its own deck. */
async function studyRounds(cards: number, rounds: number): Promise<readonly Row[]> {
  const byName = new Map<string, Row>();
  for (let round = 0; round < rounds; round += 1) {
    for (const row of await overCopy(cards, OPENINGS, study)) {
      byName.set(row.name, { ...row, ms: [...(byName.get(row.name)?.ms ?? []), ...row.ms] });
    }
  }
  return [...byName.values()];
}

async function openCards({ page }: Bench): Promise<void> {
  await page.getByTestId('nav-cards').click();
  await page.locator('.card-row strong').first().waitFor();
}

async function search(bench: Bench): Promise<void> {
  const { page, rounds, add } = bench;
  const opened: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await page.getByTestId('nav-generate').click();
    await page.locator('#main h1').waitFor();
    opened.push(await timeUntilSeen(page, 'cards', () => page.getByTestId('nav-cards').click()));
  }
  add({ part: 'search', name: 'the view opens, first time', ms: opened.slice(0, 1), boundMs: null });
  add({ part: 'search', name: 'the view opens, again', ms: opened.slice(1), boundMs: null });

  const field = page.getByRole('searchbox', { name: 'Search cards' });
  for (const query of TYPED) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await field.fill(query === '' ? 'river' : '');
      await page.waitForTimeout(600);
      // Before the pause is over, so that the list is still another query's.
      if (query !== '') await field.fill(query.slice(0, -1));
      await field.press('End');
      const last = query.slice(-1);
      const type = async () => {
        if (query === '') await field.fill('');
        else if (/^[ -~]$/.test(last)) await page.keyboard.press(last);
        else await page.keyboard.insertText(last);
      };
      times.push((await timeUntilSeen(page, 'other cards', type)) - TYPING_PAUSE_MS);
    }
    const name = `key to list, the pause of ${TYPING_PAUSE_MS} ms left out: ${query || '(emptied)'}`;
    add({ part: 'search', name, ms: times, boundMs: null });
  }
  await field.fill('');

  // Where no view looks at the deck: one that does would search at the same time.
  await page.getByTestId('nav-settings').click();
  await page.locator('#main h1').waitFor();
  const found = await page.evaluate(
    async ({ queries, times }) => {
      const { api } = globalThis as unknown as { api: Api };
      const answers: { name: string; ms: number[]; tookMs: number[]; againMs: number[] }[] = [];
      for (const [name, query] of Object.entries(queries)) {
        const answer = { name, ms: [] as number[], tookMs: [] as number[], againMs: [] as number[] };
        const asked = { query, deck: null, runId: null, sort: 'newest' } as const;
        for (let time = 0; time < times; time += 1) {
          // A write makes the search forget what it read.
          await api.bulkEdit({ cardIds: Uint32Array.of(1), action: { kind: 'flag', flag: 1 + (time % 2) } });
          const startMs = performance.now();
          const { tookMs } = await api.findCards(asked);
          answer.ms.push(performance.now() - startMs);
          answer.tookMs.push(tookMs);
          answer.againMs.push((await api.findCards(asked)).tookMs);
        }
        answers.push(answer);
      }
      return answers;
    },
    { queries: QUERIES, times: rounds * 5 },
  );
  for (const { name, ms, tookMs, againMs } of found) {
    add({ part: 'search', name: `in the main process: ${name}`, ms: tookMs, boundMs: SEARCH_BOUND_MS });
    add({ part: 'search', name: `asked from the window: ${name}`, ms, boundMs: null });
    add({ part: 'search', name: `again, nothing written: ${name}`, ms: againMs, boundMs: null });
  }
}

async function scroll(bench: Bench): Promise<void> {
  const { page, rounds, cards, keys, add } = bench;
  await openCards(bench);
  for (const who of ['cards', 'plain list'] as const) {
    if (who === 'plain list') await showPlainList(page, cards);
    const selector = who === 'cards' ? '[data-testid="card-list"]' : '#plain-list';
    const list = page.locator(selector);
    const toTop = () => list.evaluate((element) => void (element.scrollTop = 0));
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      'at rest': () => page.waitForTimeout(SCROLL_MS),
      'by the wheel, 7,500 px/s': () => wheel(page, keys, selector, 120),
      'by the wheel, 22,500 px/s': () => wheel(page, keys, selector, 360),
      'PageDown held': () => held(page, keys, 'PageDown', 34, selector),
      'End and Home in turns': () => endAndHome(page, selector),
      'thumb dragged over all': () => dragged(page, selector),
    };
    for (const [name, way] of Object.entries(ways)) {
      const frames: Frames[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await toTop();
        await page.waitForTimeout(500);
        frames.push(await framesDuring(page, way));
      }
      addFrames(add, 'scroll', `${who}, ${name}`, frames);
    }
  }
  await hidePlainList(page);
}

/** A notch of so many px every 16 ms. */
async function wheel(page: Page, keys: CDPSession, selector: string, notchPx: number): Promise<void> {
  const box = (await page.locator(selector).boundingBox())!;
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const sent: Promise<unknown>[] = [];
  for (const endMs = performance.now() + SCROLL_MS; performance.now() < endMs;) {
    sent.push(
      keys.send('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY: notchPx }),
    );
    await page.waitForTimeout(16);
  }
  await Promise.all(sent);
}

/** Windows' numbers of the keys that are held, which the browser asks for. */
const KEY_CODES = { PageDown: 34, PageUp: 33 } as const;

/** A key that repeats as the system lets it. */
async function held(
  page: Page,
  keys: CDPSession,
  key: keyof typeof KEY_CODES,
  everyMs: number,
  selector: string,
): Promise<void> {
  await page.locator(selector).focus();
  const sent: Promise<unknown>[] = [];
  const code = KEY_CODES[key];
  for (const endMs = performance.now() + SCROLL_MS; performance.now() < endMs;) {
    const what = { key, code: key, windowsVirtualKeyCode: code, autoRepeat: sent.length > 0 };
    sent.push(keys.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...what }));
    await page.waitForTimeout(everyMs);
  }
  await Promise.all(sent);
  await keys.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key });
}

async function endAndHome(page: Page, selector: string): Promise<void> {
  await page.locator(selector).focus();
  for (let turn = 0; turn < SCROLL_MS / 400; turn += 1) {
    await page.keyboard.press(turn % 2 === 0 ? 'End' : 'Home');
    await page.waitForTimeout(400);
  }
}

/** From the first row to the last, a step each frame. */
async function dragged(page: Page, selector: string): Promise<void> {
  await page.locator(selector).evaluate(
    (list, lastsMs) =>
      new Promise<void>((resolve) => {
        const startMs = performance.now();
        const step = () => {
          const part = (performance.now() - startMs) / lastsMs;
          list.scrollTop = part * (list.scrollHeight - list.clientHeight);
          if (part < 1) requestAnimationFrame(step);
          else resolve();
        };
        requestAnimationFrame(step);
      }),
    SCROLL_MS,
  );
}

async function study(bench: Bench): Promise<void> {
  const { launched, page, add } = bench;
  const opened: number[] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    await page.getByTestId('nav-study').click();
    const all = page.getByRole('button', { name: 'Study all decks' });
    await all.waitFor();
    opened.push(await timeUntilSeen(page, 'next study card', () => all.click()));
    if (round < bench.rounds - 1) await page.keyboard.press('Escape');
  }
  add({ part: 'study', name: 'click to first card painted', ms: opened.slice(0, 1), boundMs: null });
  add({ part: 'study', name: 'the same, again', ms: opened.slice(1), boundMs: null });
  const painted: number[] = [];
  const revealed: number[] = [];
  const delay = await mainDelayDuring(launched.app, async () => {
    for (let at = 0; at < RATINGS; at += 1) {
      revealed.push(await timeUntilSeen(page, 'answer', () => page.keyboard.press('Enter')));
      painted.push(
        await timeUntilSeen(page, 'next study card', () => page.keyboard.press(`${(at % 4) + 1}`)),
      );
    }
  });
  add({ part: 'study', name: 'key to answer painted', ms: revealed, boundMs: null });
  add({ part: 'study', name: 'rating key to next card painted', ms: painted, boundMs: null });
  add({ part: 'study', name: 'main process stands still at most', ms: [delay.max], boundMs: null });

  const asked = await page.evaluate(async (times) => {
    const { api } = globalThis as unknown as { api: Api };
    const place = { deck: null, mode: 'due' } as const;
    let turn = await api.nextCard(place);
    const ms: number[] = [];
    for (let at = 0; at < times && turn.next !== null; at += 1) {
      const { cardId } = turn.next.card;
      const startMs = performance.now();
      turn = await api.rateCard({ ...place, cardId, rating: 3, durationMs: 2000 });
      ms.push(performance.now() - startMs);
    }
    return ms;
  }, RATINGS);
  add({
    part: 'study',
    name: 'rating asked from the window, next card back',
    ms: asked,
    boundMs: NEXT_BOUND_MS,
  });
}

async function many(bench: Bench): Promise<void> {
  const { launched, page, rounds, add } = bench;
  const marked: number[] = [];
  type Standstill = { readonly message: number[]; readonly main: number[]; readonly window: number[] };
  const changes: Record<string, Standstill> = {};
  const measure = async (name: string, act: () => Promise<unknown>) => {
    const of = (changes[name] ??= { message: [], main: [], window: [] });
    let frames: Frames = { ms: [], longTasks: [] };
    const delay = await mainDelayDuring(launched.app, async () => {
      frames = await framesDuring(page, async () => {
        of.message.push(await timeUntilSeen(page, 'message', act));
        // What follows it: the list and the decks are read again.
        await page.waitForTimeout(1500);
      });
    });
    of.main.push(delay.max);
    of.window.push(Math.max(...frames.ms));
  };
  const dismissed = async () => {
    const old = page.getByRole('button', { name: 'Dismiss' });
    while ((await old.count()) > 0) await old.first().click();
  };
  for (let round = 0; round < rounds; round += 1) {
    await page.getByTestId('nav-generate').click();
    await openCards(bench);
    const list = page.getByTestId('card-list');
    await list.focus();
    marked.push(await timeUntilSeen(page, 'all marked', () => page.keyboard.press('Control+a')));
    const menu = page.getByRole('toolbar', { name: 'Marked cards' }).getByRole('button', { name: 'More' });
    await dismissed();
    await menu.click();
    const suspend = page.getByRole('menuitem', { name: 'Suspend', exact: true });
    await measure('Suspend', () => suspend.click());
    await dismissed();
    await list.focus();
    await measure('Undo', () => page.keyboard.press('Control+z'));
  }
  add({ part: 'many', name: 'all marked: key to paint', ms: marked, boundMs: null });
  for (const [name, { message, main, window }] of Object.entries(changes)) {
    add({ part: 'many', name: `${name}: click to message`, ms: message, boundMs: null });
    add({ part: 'many', name: `${name}: main process stands still`, ms: main, boundMs: null });
    add({ part: 'many', name: `${name}: window stands still`, ms: window, boundMs: null });
  }
}

async function runBeside({ launched, page, rounds, add }: Bench): Promise<void> {
  const lists = koreanCsvs(RUN_ROWS);
  for (const view of ['generate', 'study', 'cards'] as const) {
    const runs: { ms: number; p50: number; p99: number; max: number; frames: Frames }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await page.getByTestId(`nav-${view}`).click();
      await page.locator('#main h1').waitFor();
      await page.waitForTimeout(1000);
      const text = lists.next().value as string;
      let ms = 0;
      let frames: Frames = { ms: [], longTasks: [] };
      const delay = await mainDelayDuring(launched.app, async () => {
        frames = await framesDuring(page, async () => {
          ms = await page.evaluate(async (csv) => {
            const { api } = globalThis as unknown as { api: Api };
            const { sourceId } = await api.previewText({ text: csv, as: 'list' });
            const languages = { termLanguage: 'ko', meaningLanguage: 'en' };
            const settings = { deck: 'Beside', generator: 'offline', concurrency: 32, limit: null } as const;
            const startMs = performance.now();
            const ended = new Promise<void>((resolve) => {
              const off = api.onRunChanged(({ state }) => {
                if (state === 'running') return;
                off();
                resolve();
              });
            });
            await api.startRun({ sourceId, settings: { ...settings, ...languages } });
            await ended;
            return performance.now() - startMs;
          }, text);
        });
      });
      runs.push({ ms, ...delay, frames });
    }
    const name = `${RUN_ROWS} rows with ${view} open`;
    add({ part: 'run', name, ms: runs.map(({ ms }) => ms), boundMs: null });
    const p99 = runs.map((one) => one.p99);
    add({ part: 'run', name: `${name}: loop delay p99`, ms: p99, boundMs: LOOP_BOUND_MS, holdsFor: 'each' });
    add({ part: 'run', name: `${name}: loop delay p50`, ms: runs.map(({ p50 }) => p50), boundMs: null });
    add({ part: 'run', name: `${name}: loop delay max`, ms: runs.map(({ max }) => max), boundMs: null });
    const all = runs.map(({ frames }) => frames);
    addFrames((row) => add({ ...row, boundMs: null }), 'run', `${name}: frames`, all);
  }
}

function addFrames(add: Bench['add'], part: Part, name: string, rounds: readonly Frames[]): void {
  const ms = rounds.flatMap((frames) => frames.ms);
  const late = ms.filter((one) => one > FRAME_BOUND_MS).length;
  const tasks = rounds.flatMap(({ longTasks }) => longTasks);
  const share = `${((late / ms.length) * 100).toFixed(2)} % of ${ms.length} beyond ${FRAME_BOUND_MS} ms`;
  const long = tasks.length === 0 ? '' : `, ${tasks.length} long tasks, longest ${Math.max(...tasks)} ms`;
  add({ part, name: `${name}: ${share}${long}`, ms, boundMs: FRAME_BOUND_MS, holdsFor: 'each' });
}

function print({ name, ms, boundMs, holdsFor = 'median' }: Row): void {
  if (ms.length === 0) return console.log(`        ${name}: nothing was measured`);
  const sorted = ms.toSorted((a, b) => a - b);
  const p95 = sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))]!;
  const counts = holdsFor === 'each' ? sorted.at(-1)! : median(ms);
  const verdict = boundMs === null ? '      ' : counts <= boundMs ? 'met   ' : 'MISSED';
  const bound = boundMs === null ? '' : `, bound ${boundMs}`;
  const figures = `${median(ms).toFixed(1)} ms (${sorted[0]!.toFixed(1)} to ${sorted.at(-1)!.toFixed(1)}), p95 ${p95.toFixed(1)}`;
  console.log(`${verdict} ${name}\n         ${figures}${bound}; ${ms.length} times`);
}
