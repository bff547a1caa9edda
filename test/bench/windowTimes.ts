/** What is measured inside the app's window and its main process: frames, the time from a key to its picture, standstills. */
import type { ElectronApplication, Page } from 'playwright-core';
import { inMain } from '../harness/electronApp.ts';

const LIMIT_MS = 20_000;

/** What is waited for after an input. */
export type Seen =
  'cards' | 'other cards' | 'next study card' | 'answer' | 'message' | 'all marked' | 'trace';

export type Frames = {
  /** Between the beginnings of frames. */
  readonly ms: readonly number[];
  /** Work of more than 50 ms on the page's main thread. */
  readonly longTasks: readonly number[];
};

type InPage = {
  startFrames(): void;
  endFrames(): Frames;
  /** Ms from the next key, click or text to the frame in which it is seen, after that frame's drawing. */
  untilSeen(what: Seen): void;
  seen: Promise<number> | null;
};

/** Puts the measuring into the page. Once a page. */
export async function installWindowTimes(page: Page): Promise<void> {
  await page.evaluate((limitMs) => {
    const list = () => document.querySelector('[data-testid="card-list"]');
    const total = () => document.querySelector('[data-testid="card-total"]')?.textContent ?? '';
    const isFilled = () => {
      if (total() === '0 cards') return true;
      const rows = list()?.querySelectorAll('.card-row');
      return rows !== undefined && rows.length > 0 && list()?.querySelector('.card-row-empty') === null;
    };
    const card = () => document.querySelector('[data-testid="study-card"]');
    const messages = () => document.querySelectorAll('.toast').length;
    const marked = () => document.querySelector('.bulk-bar strong')?.textContent ?? '';
    let frames: number[] = [];
    let longTasks: number[] = [];
    let isOn = false;
    let last = 0;
    new PerformanceObserver((entries) => {
      if (isOn) longTasks.push(...entries.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
    const frame = (nowMs: number) => {
      if (!isOn) return;
      if (last > 0) frames.push(nowMs - last);
      last = nowMs;
      requestAnimationFrame(frame);
    };
    const times: InPage = {
      startFrames() {
        [frames, longTasks, isOn, last] = [[], [], true, 0];
        requestAnimationFrame(frame);
      },
      endFrames() {
        isOn = false;
        return { ms: frames, longTasks };
      },
      untilSeen(what) {
        const before = { total: total(), card: card(), messages: messages() };
        const isThere: Record<Seen, () => boolean> = {
          cards: isFilled,
          'other cards': () => total() !== before.total && isFilled(),
          'next study card': () => card() !== null && card() !== before.card,
          answer: () => document.querySelector('[data-testid="rate-3"]') !== null,
          message: () => messages() > before.messages,
          'all marked': () => marked() !== '',
          trace: () => document.querySelector('.wf-row') !== null,
        };
        times.seen = new Promise((resolve, reject) => {
          setTimeout(() => reject(new Error(`${what}: not seen in ${limitMs} ms`)), limitMs);
          const channel = new MessageChannel();
          let startMs = 0;
          channel.port1.addEventListener('message', () => resolve(performance.now() - startMs));
          channel.port1.start();
          const look = () => {
            // The message is taken after this frame was drawn.
            if (isThere[what]()) channel.port2.postMessage(null);
            else requestAnimationFrame(look);
          };
          const begin = (event: Event) => {
            for (const type of ['keydown', 'click', 'input']) removeEventListener(type, begin, true);
            startMs = event.timeStamp;
            requestAnimationFrame(look);
          };
          for (const type of ['keydown', 'click', 'input']) addEventListener(type, begin, true);
        });
      },
      seen: null,
    };
    (globalThis as unknown as { windowTimes: InPage }).windowTimes = times;
  }, LIMIT_MS);
}

/** Ms from the first key or click of `act` until `what` is painted. */
export async function timeUntilSeen(page: Page, what: Seen, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate(
    (wanted) => (globalThis as unknown as { windowTimes: InPage }).windowTimes.untilSeen(wanted),
    what,
  );
  await act();
  return (await page.evaluate(
    () => (globalThis as unknown as { windowTimes: InPage }).windowTimes.seen,
  )) as number;
}

/** Frames of the window while `act` goes on. */
export async function framesDuring(page: Page, act: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(() => (globalThis as unknown as { windowTimes: InPage }).windowTimes.startFrames());
  await act();
  return page.evaluate(() => (globalThis as unknown as { windowTimes: InPage }).windowTimes.endFrames());
}

export type LoopDelay = { readonly p50: number; readonly p99: number; readonly max: number };

/** How late timers of the main process come while `act` goes on, in ms over their 1 ms. */
export async function mainDelayDuring(
  app: ElectronApplication,
  act: () => Promise<unknown>,
): Promise<LoopDelay> {
  type Main = { loopDelay: { disable(): void; percentile(at: number): number; max: number } };
  await inMain(app, () => {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    (globalThis as unknown as { loopDelay: unknown }).loopDelay = delay;
  });
  await act();
  return inMain(app, () => {
    const { loopDelay } = globalThis as unknown as Main;
    loopDelay.disable();
    const ms = (ns: number) => ns / 1e6;
    return {
      p50: ms(loopDelay.percentile(50)),
      p99: ms(loopDelay.percentile(99)),
      max: ms(loopDelay.max),
    };
  });
}
