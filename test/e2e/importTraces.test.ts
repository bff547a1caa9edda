/** A large trace file comes in while the app goes on: how far it is can be seen, and it can be stopped. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Api } from '../../shared/ipc.ts';
import { hasFocus } from '../fixtures/keys.ts';
import { inMain, launchApp, type LaunchedApp } from '../harness/electronApp.ts';

/** Long enough to be stopped on the slowest machine that anybody has, and on the fastest. */
const LINES = 4000;
const SPANS_A_LINE = 250;

let launched: LaunchedApp;
let folder: string;
let large: string;
let small: string;

/** OTLP JSON lines, a trace a line. */
async function writeTraces(path: string, lines: number): Promise<void> {
  const file = createWriteStream(path);
  const nanos = (ms: number) => `${1_790_000_000_000 + ms}000000`;
  for (let line = 1; line <= lines; line += 1) {
    const spans = Array.from({ length: SPANS_A_LINE }, (_, i) => ({
      traceId: line.toString(16).padStart(32, 'c'),
      spanId: (i + 1).toString(16).padStart(16, '0'),
      ...(i === 0 ? {} : { parentSpanId: '0'.repeat(15) + '1' }),
      name: i === 0 ? 'imported run' : `step ${i}`,
      startTimeUnixNano: nanos(line * 10),
      endTimeUnixNano: nanos(line * 10 + 5),
      attributes: [{ key: 'n', value: { intValue: String(i) } }],
    }));
    if (!file.write(`${JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })}\n`))
      await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracedeck-import-'));
  large = join(folder, 'large.jsonl');
  small = join(folder, 'small.jsonl');
  await writeTraces(large, LINES);
  await writeTraces(small, 4);
  launched = await launchApp({ dataDir: join(folder, 'data') });
  launched.page.setDefaultTimeout(15_000);
  await launched.page.locator('html[data-ready="true"]').waitFor();
  await launched.page.getByTestId('nav-traces').click();
});
afterAll(async () => {
  await launched?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const answerDialogs = (path: string) =>
  inMain(
    launched.app,
    ({ dialog }, file) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
    },
    path,
  );
const imported = () =>
  launched.page.evaluate(async () => {
    const { api } = window as unknown as { api: Api };
    const search = { query: 'trace.name = "imported run"', fromMs: null, toMs: null };
    const { items } = await api.searchTraces({ ...search, order: 'newest', limit: 10_000 });
    return items.reduce((sum, { spanCount }) => sum + spanCount, 0);
  });

it('shows how far it is, stops, says what had come in, and keeps just that', async () => {
  const { page } = launched;
  await answerDialogs(large);
  await page.getByRole('button', { name: 'Import…' }).click();
  const progress = page.getByRole('progressbar', { name: 'Import of large.jsonl (MB)' });
  await progress.waitFor();
  await expect.poll(async () => Number(await progress.getAttribute('aria-valuenow'))).toBeGreaterThan(2);
  expect(Number(await progress.getAttribute('aria-valuemax'))).toBeGreaterThan(100);
  // The window goes on meanwhile.
  await page.getByTestId('nav-logs').click();
  await page.getByTestId('nav-traces').click();
  await page.getByRole('button', { name: 'Stop Import of large.jsonl (MB)' }).click();
  const said = page.getByRole('alert').filter({ hasText: 'The import was stopped before the end.' });
  await said.waitFor();
  const [, told = ''] = /What had come in stays: ([\d,]+) spans\./.exec(await said.innerText())!;
  const spans = Number(told.replaceAll(',', ''));
  expect(spans).toBeGreaterThan(0);
  expect(spans).toBeLessThan(LINES * SPANS_A_LINE);
  await progress.waitFor({ state: 'detached' });
  expect(await imported()).toBe(spans);
  expect(launched.output()).not.toMatch(/unhandled|uncaught/i);
});

it('and the next import works as ever', async () => {
  const { page } = launched;
  await answerDialogs(small);
  await page.getByTestId('nav-traces').click();
  await page.getByRole('button', { name: 'Import…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('4 traces').waitFor();
  expect(await dialog.innerText()).toContain('1,000 spans were there already');
  await page.keyboard.press('Escape');
  await expect.poll(() => hasFocus(page.getByRole('button', { name: 'Import…' }))).toBe(true);
});
