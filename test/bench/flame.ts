/**
 * The flame graph and the waterfall in a real browser, over the same synthetic traces as in the project's
 * bounds. `run(['100000', '1000000'])`; a size of 0 is left out.
 */
import { resolve } from 'node:path';
import { formatBytes, formatCount } from '../../shared/units.ts';
import type { Page } from 'playwright-core';
import { openStoredTrace } from './openTrace.ts';
import { withFlamePage } from '../fixtures/flameBrowser.ts';
import { ensureBrowser } from '../harness/browser.ts';

type FlameResult = {
  readonly spans: number;
  readonly kind: 'page' | 'worker';
  readonly treeMs: number;
  readonly blockedMs: number;
  readonly firstPaintMs: number;
  readonly bytes: number;
  readonly drawMs: readonly number[];
  readonly pageMs: readonly number[];
  readonly wholeMs: readonly number[];
  readonly gaps: readonly number[];
};
type LiveResult = {
  readonly added: number;
  readonly kept: number;
  readonly gaps: readonly number[];
  /** A batch, as the mean of 50 each. */
  readonly appendMs: readonly number[];
  readonly renderMs: readonly number[];
};
type StoredResult = {
  readonly loadMs: number;
  readonly longestMs: number;
  readonly pictureMs: number;
  readonly bytesPerSpan: number;
};
type WaterfallResult = {
  readonly rows: number;
  readonly openMs: number;
  readonly expandMs: number;
};
type ScrollResult = {
  readonly frameMs: readonly number[];
  /** From the beginning of a frame to its picture. */
  readonly workMs: readonly number[];
  /** Main thread's milliseconds a step, by kind of work. */
  readonly mainMs: Readonly<Record<(typeof WORK)[number], number>>;
};

const STEPS = 200;
/** Times that a stored trace is opened after the first. */
const OPENED = 3;
const LIVE_SECONDS = 6;

/** As the browser counts it. */
const WORK = ['Script', 'RecalcStyle', 'Layout', 'Task'] as const;

const SCREENS = [
  { width: 1400, height: 800 },
  { width: 2560, height: 1440 },
];
const RATES = [10_000, 50_000];

/**
 * Prints load, first paint and frame times. `page` and `worker` among the arguments say where to draw; without them
 * it is where the product does. Needs a Chromium.
 */
export async function run(args: string[]): Promise<void> {
  await ensureBrowser(console.error);
  const sizes = args.map(Number).filter((size) => size > 0);
  const named = args.filter((arg) => arg === 'page' || arg === 'worker');
  const modes = named.length > 0 ? named : ['auto'];
  const root = resolve(process.cwd());
  for (const spans of sizes.length > 0 ? sizes : [100_000, 1_000_000]) {
    for (const mode of modes) {
      for (const viewport of SCREENS) {
        await withFlamePage({ root, viewport }, async (page) => {
          const flame = (await page.evaluate(
            `flamePage.flame(${spans}, ${STEPS}, '${mode}')`,
          )) as FlameResult;
          const { kind, treeMs, blockedMs, firstPaintMs, bytes } = flame;
          console.log(
            `flame ${formatCount(flame.spans)} spans, ${viewport.width} × ${viewport.height}, drawn by the ${kind}: ` +
              `first paint ${firstPaintMs.toFixed(0)} ms (page blocked ${blockedMs.toFixed(0)}, of it tree ${treeMs.toFixed(0)}), ` +
              `${formatBytes(bytes)} beside the table\n` +
              `  zoom step: drawing ${summary(flame.drawMs)}; page ${summary(flame.pageMs)}; ` +
              `wheel to picture ${summary(flame.wholeMs)}; frame gap ${summary(flame.gaps)}`,
          );
        });
      }
      for (const rate of RATES) {
        await withFlamePage({ root }, async (page) => {
          const live = (await page.evaluate(
            `flamePage.live(${spans}, ${rate}, ${LIVE_SECONDS}, '${mode}')`,
          )) as LiveResult;
          const fps = 1000 / (live.gaps.reduce((sum, gap) => sum + gap, 0) / live.gaps.length);
          const slow = live.gaps.filter((gap) => gap > 34).length / live.gaps.length;
          console.log(
            `  live, ${formatCount(rate)} spans/s into it (${formatCount(live.added)} added, ${formatCount(live.added - live.kept)} lost): ` +
              `${fps.toFixed(1)} fps, ${(slow * 100).toFixed(1)} % of frames over 34 ms, frame gap ${summary(live.gaps)}; ` +
              `append (mean of 50 batches each) ${summary(live.appendMs)}; tree and React ${summary(live.renderMs)}`,
          );
        });
      }
    }
    await withFlamePage({ root }, async (page) => {
      const { loadMs, longestMs, pictureMs, bytesPerSpan } = (await page.evaluate(
        `flamePage.stored(${spans})`,
      )) as StoredResult;
      console.log(
        `  out of the store: taken in ${loadMs.toFixed(0)} ms (page blocked ${longestMs.toFixed(0)} at most), ` +
          `picture after ${pictureMs.toFixed(0)} ms; ${bytesPerSpan} B a span`,
      );
    });
    if (spans > 200_000) continue;
    const { firstMs, laterMs } = await openStoredTrace(spans, OPENED);
    console.log(
      `  out of the store in the real Electron, click to rows: first ${firstMs.toFixed(0)} ms, then ${summary(laterMs)}`,
    );
    await withFlamePage({ root }, async (page) => {
      const found = (await page.evaluate(`flamePage.waterfall(${spans})`)) as WaterfallResult;
      const still = await scrollSteps(page, false);
      const moving = await scrollSteps(page, true);
      const ownMs = (kind: (typeof WORK)[number]) => (moving.mainMs[kind] - still.mainMs[kind]).toFixed(2);
      console.log(
        `  waterfall: open ${found.openMs.toFixed(0)} ms, expand all to ${formatCount(found.rows)} rows ${found.expandMs.toFixed(0)} ms\n` +
          `    frame at rest ${summary(still.frameMs)}; while scrolling ${summary(moving.frameMs)}, of it until the picture ${summary(moving.workMs)}\n` +
          `    main thread, a step of scrolling above one at rest: script ${ownMs('Script')}, style ${ownMs('RecalcStyle')}, ` +
          `layout ${ownMs('Layout')}, with paint and all else ${ownMs('Task')} ms`,
      );
    });
  }
}

/** 120 steps in the waterfall that is open, each of two frames. */
async function scrollSteps(page: Page, isMoving: boolean): Promise<ScrollResult> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const workMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const msOf = (kind: string) =>
      1000 * (metrics.find(({ name }) => name === `${kind}Duration`)?.value ?? NaN);
    return WORK.map(msOf);
  };
  const before = await workMs();
  const times = (await page.evaluate(`flamePage.scroll(${isMoving})`)) as Omit<ScrollResult, 'mainMs'>;
  const after = await workMs();
  await session.detach();
  const stepMs = WORK.map((_kind, at) => (after[at]! - before[at]!) / times.frameMs.length);
  return {
    ...times,
    mainMs: Object.fromEntries(WORK.map((kind, at) => [kind, stepMs[at]!])) as ScrollResult['mainMs'],
  };
}

function summary(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN).toFixed(2);
  return `median ${at(0.5)}, p95 ${at(0.95)}, worst ${at(1)} ms`;
}
