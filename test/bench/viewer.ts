/**
 * Our flame graph beside those of others, over one trace, each in its own input form: first picture and zoom steps.
 * `npm run bench -- viewer [spans…] [--rounds=N]`; 100,000 and 1,000,000 spans, three rounds. The viewers take turns,
 * so that a slow minute of the machine hits all of them. The others are fetched from npm at the first time.
 */
import { resolve, join } from 'node:path';
import { rm } from 'node:fs/promises';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { ensureBrowser } from '../harness/browser.ts';
import { median } from './medians.ts';
import { bundlePeer, copyApp, fetchPeer, heapBytes, mainThreadMs, openFolder } from './viewer/peerBrowser.ts';
import type { PeerSource } from './viewer/peerBrowser.ts';
import { nestedTrace } from './viewer/nestedTrace.ts';
import { speedscopeFile } from './viewer/speedscope.ts';

const STEPS = 60;
const OURS = 'tracedeck';

const VIEWERS: readonly PeerSource[] = [
  // What the measuring itself costs.
  { name: 'empty page', adapter: 'emptyPage.ts', packages: [] },
  { name: OURS, adapter: 'ours.ts', packages: [] },
  { name: 'flame-chart-js', adapter: 'flameChartJs.js', packages: ['flame-chart-js@3.3.0'] },
  { name: 'speedscope', adapter: 'speedscope.ts', packages: ['speedscope@1.25.0'] },
  {
    name: 'd3-flame-graph',
    adapter: 'd3FlameGraph.js',
    packages: ['d3-flame-graph@5.0.0', 'd3-selection@3.0.0'],
  },
  {
    name: '@grafana/flamegraph',
    adapter: 'grafanaFlameGraph.js',
    hasNoZoom: true,
    packages: ['@grafana/flamegraph@13.0.1', 'react@18.3.1', 'react-dom@18.3.1'],
    // It names a commit of a git repository; the package of that name does for what is measured here.
    overrides: { 'react-data-grid': '7.0.0-beta.59', react: '18.3.1', 'react-dom': '18.3.1' },
    // A button that is not shown.
    instead: { '@grafana/assistant': 'export const OpenAssistantButton = () => null;' },
  },
];

type Measured = { readonly loadMs: number; readonly stepMs: readonly number[]; readonly heapBytes: number };

export async function run(args: string[]): Promise<void> {
  await ensureBrowser(console.error);
  const root = resolve(process.cwd());
  const rounds = Number(args.find((arg) => arg.startsWith('--rounds='))?.slice(9) ?? 3);
  const only = args
    .find((arg) => arg.startsWith('--only='))
    ?.slice(7)
    .split(',');
  const sizes = args.map(Number).filter((size) => size > 0);
  const ready: { readonly viewer: PeerSource; readonly folder: string }[] = [];
  for (const viewer of VIEWERS) {
    if (only !== undefined && !only.includes(viewer.name)) continue;
    try {
      const packages = viewer.packages.length === 0 ? null : await fetchPeer(root, viewer);
      const isApp = viewer.name === 'speedscope';
      const folder = isApp
        ? join(packages!, 'node_modules/speedscope/dist/release')
        : await bundlePeer(root, viewer, packages);
      ready.push({ viewer, folder });
    } catch (error) {
      const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
      console.log(`  ${viewer.name}: not measured, it could not be fetched or bundled (${reason})`);
    }
  }
  console.log(
    `Load: from the trace in the viewer's own input form to the frame after its first picture. Step: main thread's work for one zoom\n` +
      `step (script, style, layout, paint), ${STEPS} a round; ${rounds} rounds, least to most of the rounds' medians in brackets.`,
  );
  for (const spans of sizes.length > 0 ? sizes : [100_000, 1_000_000]) {
    const results = new Map<string, Measured[]>();
    for (let round = 0; round < rounds; round += 1) {
      for (const { viewer, folder } of ready) {
        try {
          const measured =
            viewer.name === 'speedscope'
              ? await measureSpeedscope(folder, spans)
              : await measure(folder, spans, viewer.hasNoZoom ? 0 : STEPS);
          results.set(viewer.name, [...(results.get(viewer.name) ?? []), measured]);
        } catch (error) {
          const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
          console.log(`  ${viewer.name}, ${formatCount(spans)} spans: failed (${reason})`);
        }
      }
    }
    print(spans, results);
  }
  for (const { viewer, folder } of ready) {
    if (viewer.name !== 'speedscope') await rm(resolve(folder, '..'), { recursive: true, force: true });
  }
}

async function measure(folder: string, spans: number, steps: number): Promise<Measured> {
  return openFolder({ folder }, async ({ page, session }) => {
    page.setDefaultTimeout(180_000);
    await page.waitForFunction('globalThis.peerPage !== undefined');
    await page.evaluate(`peerPage.prepare(${spans})`);
    const before = await heapBytes(session);
    const loadMs = (await page.evaluate('peerPage.load()')) as number;
    // What is drawn or computed later than the first picture is not to be counted as a step.
    await page.waitForTimeout(500);
    const heap = (await heapBytes(session)) - before;
    const stepMs: number[] = [];
    for (let index = 0; index < steps; index += 1) {
      const at = await mainThreadMs(session);
      await page.evaluate(`peerPage.step(${index})`);
      stepMs.push((await mainThreadMs(session)) - at);
    }
    return { loadMs, stepMs, heapBytes: heap };
  });
}

/** An app: it reads its file, and is there when it has its canvases. */
async function measureSpeedscope(app: string, spans: number): Promise<Measured> {
  const folder = await copyApp(app, 'trace.json', speedscopeFile(nestedTrace(spans)));
  try {
    return await openFolder({ folder }, async ({ page, session, url }) => {
      page.setDefaultTimeout(180_000);
      await page.waitForTimeout(1000);
      const before = await heapBytes(session);
      const began = Date.now();
      await page.goto(`${url}#profileURL=${encodeURIComponent(`${url}trace.json`)}`);
      await page.reload();
      await page.waitForFunction(
        `document.title.includes('trace') && document.querySelector('canvas') !== null`,
      );
      await page.evaluate('new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))');
      const loadMs = Date.now() - began;
      await page.waitForTimeout(500);
      const heap = (await heapBytes(session)) - before;
      const stepMs: number[] = [];
      for (let index = 0; index < STEPS; index += 1) {
        const at = await mainThreadMs(session);
        await page.evaluate(`new Promise((r) => {
          const canvas = [...document.querySelectorAll('canvas')].at(-1);
          const target = document.elementFromPoint(700, 400);
          target.dispatchEvent(new WheelEvent('wheel', { deltaY: ${index % 40 < 20 ? -150 : 150}, ctrlKey: true,
            clientX: ${400 + 6 * index}, clientY: 400, bubbles: true, cancelable: true }));
          requestAnimationFrame(() => requestAnimationFrame(r));
        })`);
        stepMs.push((await mainThreadMs(session)) - at);
      }
      return { loadMs, stepMs, heapBytes: heap };
    });
  } finally {
    await rm(resolve(folder, '..'), { recursive: true, force: true });
  }
}

function print(spans: number, results: ReadonlyMap<string, readonly Measured[]>): void {
  const ours = results.get(OURS);
  const figure = (values: readonly number[]) => {
    if (values.some(Number.isNaN)) return '–';
    const digits = median(values) < 20 ? 1 : 0;
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return `${median(values).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
  };
  const against = (theirs: number, own: number | undefined) =>
    own === undefined || Number.isNaN(theirs) ? '' : `${(theirs / own).toFixed(1)}×`;
  const loadOf = (rounds: readonly Measured[]) => rounds.map(({ loadMs }) => loadMs);
  const stepOf = (rounds: readonly Measured[]) => rounds.map(({ stepMs }) => median(stepMs));
  console.log(`\n${formatCount(spans)} spans`);
  console.log(
    `  ${'viewer'.padEnd(20)} ${'load, ms'.padEnd(22)} ${''.padEnd(7)} ${'step, ms'.padEnd(20)} ${''.padEnd(7)} ${'p95'.padEnd(6)} worst   heap`,
  );
  for (const [name, rounds] of results) {
    const steps = rounds.flatMap(({ stepMs }) => stepMs).toSorted((a, b) => a - b);
    const at = (share: number) => steps[Math.ceil(share * steps.length) - 1]?.toFixed(0) ?? '–';
    console.log(
      `  ${name.padEnd(20)} ${figure(loadOf(rounds)).padEnd(22)} ` +
        `${against(median(loadOf(rounds)), ours && median(loadOf(ours))).padEnd(7)} ${figure(stepOf(rounds)).padEnd(20)} ` +
        `${against(median(stepOf(rounds)), ours && median(stepOf(ours))).padEnd(7)} ${at(0.95).padEnd(6)} ${at(1).padEnd(7)} ` +
        formatBytes(median(rounds.map(({ heapBytes: bytes }) => bytes))),
    );
  }
}
