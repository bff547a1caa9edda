/**
 * The flame graph and the waterfall in a real browser, over the same synthetic traces as in the project's
 * bounds. `run(['100000', '1000000'])`; a size of 0 is left out.
 */
import { resolve } from 'node:path';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { browserPath, withFlamePage } from '../fixtures/flameBrowser.ts';

type FlameResult = {
  readonly spans: number;
  readonly rows: number;
  readonly treeMs: number;
  readonly firstPaintMs: number;
  readonly treeBytes: number;
  readonly frameMs: readonly number[];
};
type LiveResult = {
  readonly added: number;
  readonly gaps: readonly number[];
  readonly appendMs: readonly number[];
};
type WaterfallResult = {
  readonly rows: number;
  readonly openMs: number;
  readonly expandMs: number;
  readonly frameMs: readonly number[];
};

const STEPS = 200;
const LIVE_SECONDS = 6;

/** Prints load, first paint and frame times. Needs a Chromium; says so and returns where there is none. */
export async function run(args: string[]): Promise<void> {
  const executablePath = browserPath();
  if (executablePath === null) {
    console.log('flame: no Chromium found (set TRACEDECK_CHROMIUM to its path)');
    return;
  }
  const sizes = args.map(Number).filter((size) => size > 0);
  const root = resolve(process.cwd());
  for (const spans of sizes.length > 0 ? sizes : [100_000, 1_000_000]) {
    await withFlamePage({ root, executablePath }, async (page) => {
      const flame = (await page.evaluate(`flamePage.flame(${spans}, ${STEPS})`)) as FlameResult;
      const { rows, treeMs, firstPaintMs, treeBytes, frameMs } = flame;
      console.log(
        `flame ${formatCount(flame.spans)} spans, ${rows} rows: tree ${treeMs.toFixed(0)} ms, ` +
          `first paint ${firstPaintMs.toFixed(0)} ms, ${formatBytes(treeBytes)} beside the table; ` +
          `zoom step ${summary(frameMs)}`,
      );
    });
    await withFlamePage({ root, executablePath }, async (page) => {
      const live = (await page.evaluate(`flamePage.live(${spans}, 10000, ${LIVE_SECONDS})`)) as LiveResult;
      const fps = 1000 / (live.gaps.reduce((sum, gap) => sum + gap, 0) / live.gaps.length);
      const slow = live.gaps.filter((gap) => gap > 34).length / live.gaps.length;
      console.log(
        `  live, 10,000 spans/s into it (${formatCount(live.added)} added): ${fps.toFixed(1)} fps, ` +
          `${(slow * 100).toFixed(1)} % of frames over 34 ms, frame gap ${summary(live.gaps)}; append ${summary(live.appendMs)}`,
      );
    });
    if (spans > 200_000) continue;
    await withFlamePage({ root, executablePath }, async (page) => {
      const {
        rows: count,
        openMs,
        expandMs,
        frameMs: scroll,
      } = (await page.evaluate(`flamePage.waterfall(${spans})`)) as WaterfallResult;
      console.log(
        `  waterfall: open ${openMs.toFixed(0)} ms, expand all to ${formatCount(count)} rows ${expandMs.toFixed(0)} ms, ` +
          `scroll frame ${summary(scroll)}`,
      );
    });
  }
}

function summary(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN).toFixed(2);
  return `median ${at(0.5)}, p95 ${at(0.95)}, worst ${at(1)} ms`;
}
