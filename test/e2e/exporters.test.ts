/** Exporters set on the screen, in the real app: what is recorded arrives, waits, moves, and is shown. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { decodeBlock } from '../../shared/leafCodec.ts';
import type { SpanBatch, SpanCursor, SpanRecord } from '../../shared/span.ts';
import { koreanCsv } from '../fixtures/lists.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../fixtures/otlpReceiver.ts';
import { inMain, launchApp, shot, type LaunchedApp } from '../harness/electronApp.ts';

const WAIT_MS = 60_000;

let launched: LaunchedApp;
let page: Page;
let runs: number;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  await launched.close();
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  launched = await launchApp({ env });
  page = launched.page;
  runs = 0;
  // The page is up before the program behind it.
  await page.evaluate(() => (window as unknown as { api: { settings(): Promise<unknown> } }).api.settings());
}

async function receiverAt(ports: { httpPort?: number; grpcPort?: number } = {}): Promise<OtlpReceiver> {
  const receiver = await startOtlpReceiver(ports);
  ends.push(() => receiver.close().catch(() => undefined));
  return receiver;
}

async function resize(width: number, height = 800): Promise<void> {
  await inMain(
    launched.app,
    ({ BrowserWindow }, [w, h]) => BrowserWindow.getAllWindows()[0]!.setContentSize(w, h),
    [width, height] as const,
  );
  await page.waitForFunction((wanted) => innerWidth === wanted, width);
}

async function toSettings(section: string): Promise<void> {
  await page.getByTestId('nav-settings').click();
  await page.locator(`#${section}`).evaluate((heading) => {
    const box = heading.closest('.view-scroll')!;
    box.scrollTop += heading.getBoundingClientRect().top - box.getBoundingClientRect().top - 12;
  });
}

const exporter = (id: string) => page.getByRole('group', { name: `Exporter ${id}`, exact: true });
const stateOf = (id: string, state: string) =>
  exporter(id).getByTestId('exporter-state').getByText(state, { exact: true }).waitFor({ timeout: WAIT_MS });
const figuresOf = (id: string, text: RegExp) =>
  exporter(id).getByTestId('exporter-figures').getByText(text).waitFor({ timeout: WAIT_MS });
const add = (kind: string) => page.getByRole('button', { name: `Add ${kind}`, exact: true });

async function save(): Promise<void> {
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByRole('button', { name: 'Save settings' }).waitFor({ state: 'detached' });
}

async function generate(list: () => Promise<void>): Promise<void> {
  await page.getByTestId('nav-generate').click();
  if (runs > 0) await page.getByRole('button', { name: 'New list' }).click();
  runs += 1;
  await list();
  await page.getByTestId('list-rows').waitFor();
  const options = page.getByRole('complementary', { name: 'Options' });
  await options.getByRole('button', { name: 'Generate', exact: true }).click();
  await page.getByTestId('run-header').waitFor();
}
const runIsDone = () =>
  page.locator('[data-testid="run-header"][data-state="done"]').waitFor({ timeout: WAIT_MS });
const sample = () => page.getByRole('button', { name: 'Try the sample list' }).click();
async function choose(rows: number): Promise<void> {
  const file = join(launched.dataDir, 'list.csv');
  writeFileSync(file, koreanCsv(rows));
  await inMain(
    launched.app,
    ({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
    },
    file,
  );
  await page.getByRole('button', { name: 'Choose a file…' }).click();
}

/** All that has ended, by id. */
async function endedSpans(): Promise<Map<string, SpanRecord>> {
  const blocks = await page.evaluate(async () => {
    const { api } = window as unknown as { api: { spansSince(from: SpanCursor): Promise<SpanBatch> } };
    const batch = await api.spansSince({ spans: 0, leaves: 0 });
    return [Array.from(batch.bytes), Array.from(batch.leaves)];
  });
  const spans = blocks
    .filter((block) => block.length > 0)
    .flatMap((block) => decodeBlock(Uint8Array.from(block)));
  return new Map(spans.filter(({ endMs }) => endMs !== null).map((span) => [span.spanId, span]));
}

/** Until every span that ended after `sinceMs` is with one of the receivers; each of them once. */
async function everythingArrives(sinceMs: number, receivers: readonly OtlpReceiver[]): Promise<number> {
  const wanted = [...(await endedSpans()).values()].filter(({ endMs }) => endMs! > sinceMs);
  const deadline = Date.now() + WAIT_MS;
  let missing: SpanRecord[];
  do {
    const arrived = receivers.flatMap((receiver) => receiver.spans()).map(({ spanId }) => spanId);
    expect(new Set(arrived).size).toBe(arrived.length);
    const known = new Set(arrived);
    missing = wanted.filter(({ spanId }) => !known.has(spanId));
    if (missing.length === 0) return wanted.length;
    await page.waitForTimeout(200);
  } while (Date.now() < deadline);
  throw new Error(
    `${missing.length} of ${wanted.length} spans did not arrive, as ${missing[0]!.name}.\n${launched.output()}`,
  );
}

describe('an exporter set on the screen', () => {
  it('sends, waits on disk while the endpoint is away, follows, and changes its protocol without a loss', async () => {
    const first = await receiverAt();
    const { httpPort, grpcPort } = first;
    await start();
    await resize(1280);
    await toSettings('exporters');
    await page.getByTestId('no-exporters').waitFor();
    await shot(page, 'settings-exporters-none');

    // With the keyboard: the new exporter's address has the focus, and Enter saves.
    await add('OTLP').focus();
    await page.keyboard.press('Enter');
    await stateOf('otlp', 'not saved yet');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(`http://127.0.0.1:${httpPort}`);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save settings' }).waitFor({ state: 'detached' });
    const sinceMs = Date.now();
    await stateOf('otlp', 'working');

    await generate(sample);
    await runIsDone();
    expect(await everythingArrives(sinceMs, [first])).toBeGreaterThan(200);
    expect(first.spans().filter(({ name }) => name === 'item').length).toBe(40);
    await expect
      .poll(() => first.logs().map(({ message }) => message), { timeout: WAIT_MS })
      .toContain('A run came to rest.');
    await toSettings('exporters');
    await figuresOf('otlp', /^[\d,]{3,} sent · the last took/);
    await shot(page, 'settings-exporters-working-light');

    await first.close();
    await generate(sample);
    await runIsDone();
    await toSettings('exporters');
    await stateOf('otlp', 'endpoint away');
    await figuresOf('otlp', /on disk \(.+\) · \d+ repetitions?/);
    await exporter('otlp')
      .getByText(/No connection/)
      .waitFor();
    await shot(page, 'settings-exporters-away-light');
    await page.getByRole('radio', { name: 'Dark' }).check();
    await resize(760);
    await toSettings('exporters');
    await shot(page, 'settings-exporters-away-dark-760');
    const spool = join(launched.dataDir, 'spool', 'otlp');
    expect(readdirSync(spool).filter((name) => name.endsWith('.otlp')).length).toBeGreaterThan(0);

    const second = await receiverAt({ httpPort, grpcPort });
    await everythingArrives(sinceMs, [first, second]);
    await stateOf('otlp', 'working');
    expect(readdirSync(spool).filter((name) => name.endsWith('.otlp'))).toEqual([]);

    // In the middle of a run.
    await generate(() => choose(3000));
    await page.waitForTimeout(300);
    await toSettings('exporters');
    await exporter('otlp').getByLabel('Protocol').selectOption('grpc');
    await exporter('otlp').getByLabel('Endpoint').fill(second.grpcUrl);
    await save();
    await page.getByTestId('nav-generate').click();
    await runIsDone();
    await everythingArrives(sinceMs, [first, second]);
    expect(new Set(second.requests.map(({ transport }) => transport))).toEqual(new Set(['http', 'grpc']));
    await toSettings('exporters');
    await figuresOf('otlp', /^[\d,]+ sent · (?!.*(given up|refused))/);
    await page.getByText(second.grpcUrl, { exact: true }).waitFor();
  });

  it('says what is wrong with a field, with a port and with a file, and goes back where it is told to', async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    ends.push(() => taken.close());
    await start();
    await resize(1280);
    await toSettings('exporters');

    // What is not saved goes away again, and so does the focus with what is removed.
    await add('OTLP').click();
    await exporter('otlp').getByLabel('Endpoint').fill('nowhere');
    await exporter('otlp')
      .getByText(/^Enter an address/)
      .waitFor();
    for (const signal of ['traces', 'metrics', 'logs']) {
      await exporter('otlp').getByRole('checkbox', { name: signal }).uncheck();
    }
    await exporter('otlp').getByText('Choose at least one.').waitFor();
    await exporter('otlp').getByText('Headers, limits, TLS').click();
    await exporter('otlp').getByLabel('Timeout, seconds').fill('0');
    await exporter('otlp').getByText('Headers, limits, TLS').click();
    await expect.poll(() => page.getByRole('button', { name: 'Save settings' }).isDisabled()).toBe(true);
    await shot(page, 'settings-exporters-faults');
    await page.getByRole('button', { name: 'A field needs another look.' }).click();
    await expect.poll(() => exporter('otlp').getByLabel('Endpoint').evaluate(isFocused)).toBe(true);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByTestId('no-exporters').waitFor();

    await add('Prometheus').click();
    await exporter('prometheus')
      .getByLabel('Port')
      .fill(String((taken.address() as AddressInfo).port));
    await add('File').click();
    const path = exporter('file').getByLabel('Path');
    await path.fill('/proc/telemetry/file.jsonl');
    await add('Jaeger').click();
    await exporter('jaeger').getByRole('button', { name: 'Remove jaeger' }).click();
    await expect.poll(() => add('OTLP').evaluate(isFocused)).toBe(true);
    await save();
    await stateOf('prometheus', 'failed');
    await figuresOf('prometheus', /taken by another program/);
    await stateOf('file', 'failed');
    await figuresOf('file', /could not be written/);
    await toSettings('exporters');
    await shot(page, 'settings-exporters-failed');

    // As soon as the port is free it listens, and a relative path is in the data folder.
    await new Promise((resolve) => taken.close(resolve));
    await path.fill('sent.jsonl');
    await save();
    await stateOf('file', 'working');
    await figuresOf('file', /[1-9]\d* sent/);
    expect(existsSync(join(launched.dataDir, 'sent.jsonl'))).toBe(true);
    await stateOf('prometheus', 'working');
    await exporter('prometheus').getByLabel('On', { exact: true }).uncheck();
    await save();
    await stateOf('prometheus', 'off');
  });

  it('leaves what comes from elsewhere to those who set it, and shows how it fares', async () => {
    const receiver = await receiverAt();
    await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.httpUrl,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary-of-the-header',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.5',
    });
    await resize(1280);
    await generate(sample);
    await runIsDone();
    await toSettings('exporters');
    await exporter('otlp').getByText('Set by OTEL_* variables.').waitFor();
    await stateOf('otlp', 'working');
    await expect.poll(() => page.getByLabel('Traces recorded, %').isDisabled()).toBe(true);
    // Another one gets another name.
    await add('OTLP').click();
    await stateOf('otlp-2', 'not saved yet');
    await shot(page, 'settings-exporters-environment');
    expect(receiver.requests[0]!.headers['authorization']).toBe('Bearer canary-of-the-header');
    expect(await page.content()).not.toContain('canary');
  });

  it('shows a configuration file as what holds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracedeck-config-'));
    ends.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'telemetry.json');
    writeFileSync(
      file,
      JSON.stringify({
        components: { cache: { mode: 'counted' } },
        exporters: [{ id: 'archive', kind: 'file', path: 'archive.jsonl' }],
      }),
    );
    await start({ TRACEDECK_TELEMETRY_CONFIG: file });
    await resize(1280);
    await generate(sample);
    await runIsDone();
    await toSettings('telemetry');
    await page.getByText(file).waitFor();
    await page.getByRole('row', { name: /^Cache counts alone/ }).waitFor();
    await stateOf('archive', 'working');
    await expect.poll(() => add('OTLP').count()).toBe(0);
    await expect.poll(() => page.getByLabel('Traces recorded, %').count()).toBe(0);
    expect(readFileSync(join(launched.dataDir, 'archive.jsonl'), 'utf8')).toContain('resource');
    await shot(page, 'settings-telemetry-file');
  });
});

describe('how closely a part is recorded', () => {
  it('changes as soon as it is saved', async () => {
    await start();
    await resize(1280);
    await toSettings('telemetry');
    await shot(page, 'settings-telemetry-light');
    await page.getByLabel('Cache: recorded as').selectOption('counted');
    await page.getByLabel('Database: one in').fill('0');
    await page.getByText(/^Database: one in 1 to/).waitFor();
    await page.getByLabel('Database: one in').fill('2');
    await page.getByLabel('Spans a second at most').fill('item = x');
    await page.getByText(/^A name and a number/).waitFor();
    await page.getByLabel('Spans a second at most').fill('item = 5');
    await page.getByLabel('Keep only some traces').check();
    await page.getByLabel('Kept for one of these attributes').fill('tracedeck.item.state=failed');
    await save();
    await generate(sample);
    await runIsDone();
    await toSettings('telemetry');
    // Forty items, five a second: the rest is left out, and so is all that the cache did.
    const cells = async (name: string) => page.getByRole('row', { name }).getByRole('cell').allTextContents();
    await expect.poll(async () => Number((await cells('Cache'))[1])).toBeGreaterThan(100);
    const [, operations, recorded, leftOut] = await cells('Cache');
    expect([recorded, leftOut]).toEqual(['0', operations]);
    const counts = page.getByTestId('span-counts').locator('div');
    await expect
      .poll(async () =>
        Number(await counts.filter({ hasText: 'Left out at the start' }).locator('dd').textContent()),
      )
      .toBeGreaterThan(20);
    await page.getByRole('radio', { name: 'Dark' }).check();
    await toSettings('telemetry');
    await shot(page, 'settings-telemetry-dark');
    await resize(760);
    await toSettings('telemetry');
    await shot(page, 'settings-telemetry-dark-760');
  });
});

function isFocused(element: Element): boolean {
  return element === document.activeElement;
}
