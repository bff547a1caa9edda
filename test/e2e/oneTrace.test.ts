/** One trace from the user's hand to the model server and the trace store's SQL, in the real app and its built page. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { LogRecord, SpanRecord, TraceSummary } from '../../shared/span.ts';
import { decodeSpans } from '../../shared/spanCodec.ts';
import type { TraceSearch } from '../../shared/traceQuery.ts';
import { startModelServer, type ModelServer } from '../fixtures/modelServer.ts';
import { launchApp, type LaunchedApp } from '../harness/electronApp.ts';

const WAIT_MS = 30_000;

type Bridge = {
  settings(): Promise<unknown>;
  searchTraces(input: TraceSearch): Promise<{ readonly items: readonly TraceSummary[] }>;
  trace(input: { traceId: string }): Promise<Uint8Array>;
  logs(input: { traceId: null; limit: number }): Promise<readonly LogRecord[]>;
  recordSpans(input: { bytes: Uint8Array }): Promise<void>;
};

let launched: LaunchedApp;
let server: ModelServer;
let page: Page;
beforeEach(async () => {
  server = await startModelServer();
});
afterEach(async () => {
  await launched.close();
  await server.close();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  launched = await launchApp({ env });
  page = launched.page;
  // The page is up before the program behind it.
  await page.evaluate(() => (window as unknown as { api: Bridge }).api.settings());
}

const summaries = () =>
  page.evaluate(async () => {
    const search = { query: '', fromMs: null, toMs: null, order: 'newest', limit: 1000 } as const;
    return (await (window as unknown as { api: Bridge }).api.searchTraces(search)).items;
  });
async function spansOf(traceId: string): Promise<readonly SpanRecord[]> {
  const bytes = await page.evaluate(
    async (id) => Array.from(await (window as unknown as { api: Bridge }).api.trace({ traceId: id })),
    traceId,
  );
  return decodeSpans(Uint8Array.from(bytes));
}

/** The stored trace whose root has this name, as soon as it holds all of `names`. */
async function traceWith(root: string, names: readonly string[]): Promise<readonly SpanRecord[]> {
  const deadline = Date.now() + WAIT_MS;
  let seen: string[] = [];
  do {
    seen = [];
    for (const { traceId } of await summaries()) {
      const spans = await spansOf(traceId);
      const has = (name: string) => spans.some((span) => span.name === name);
      if (spans.some(({ name, parentSpanId }) => name === root && parentSpanId === null) && names.every(has))
        return spans;
      seen.push([...new Set(spans.map(({ name }) => name))].join(', '));
    }
    await page.waitForTimeout(200);
  } while (Date.now() < deadline);
  throw new Error(`No trace of '${root}' with ${names.join(', ')}. There were:\n${seen.join('\n')}`);
}

/** Names from a span up to its root. */
function pathOf(spans: readonly SpanRecord[], span: SpanRecord): readonly string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? [span.name] : [span.name, ...pathOf(spans, parent)];
}
const named = (spans: readonly SpanRecord[], name: string) => spans.filter((span) => span.name === name);

async function runThreeWords(): Promise<void> {
  await start({ TRACEDECK_BASE_URL: server.baseUrl, TRACEDECK_MODEL: 'test-model' });
  await page
    .getByRole('textbox', { name: 'Paste a list' })
    .fill('dog,animal that barks\ncat,animal that purrs\noak,a tree');
  await page.getByRole('button', { name: 'Use this text' }).click();
  await page.getByTestId('list-rows').waitFor();
  await page.getByRole('radio', { name: /^Model server/ }).check();
  const options = page.getByRole('complementary', { name: 'Options' });
  await options.getByRole('button', { name: 'Generate', exact: true }).click();
  await page.locator('[data-testid="run-header"][data-state="done"]').waitFor({ timeout: WAIT_MS });
}

describe('one trace', () => {
  it('leads from the click over the call, the run and its rows to the model server', async () => {
    await runThreeWords();
    const spans = await traceWith('ui Generate', ['run', 'item', 'chat test-model', 'POST', 'ipc startRun']);
    const posts = named(spans, 'POST');
    expect(posts.length).toBe(6);
    expect(named(spans, 'item').length).toBe(3);
    for (const post of posts) {
      expect(pathOf(spans, post)).toEqual([
        'POST',
        'chat test-model',
        'generate',
        expect.stringMatching(/^stage (analyse|write)$/),
        'item',
        'run',
        'ipc startRun',
        'ipc startRun',
        'ui Generate',
      ]);
    }
    const run = named(spans, 'run')[0]!;
    expect(run.spanId).toBe(run.traceId.slice(16));
    expect(named(spans, 'ipc startRun').map(({ kind }) => kind)).toEqual(['client', 'server']);
    const [click] = named(spans, 'ui Generate');
    expect(click!.attributes).toMatchObject({ 'tracedeck.ui.event': 'click', 'thread.name': 'window' });
    // The server was told the same trace, and each request its own span.
    const told = server.requests.map(({ headers }) => String(headers['traceparent']).split('-'));
    expect(new Set(told.map(([, traceId]) => traceId))).toEqual(new Set([run.traceId]));
    expect(new Set(told.map(([, , spanId]) => spanId))).toEqual(new Set(posts.map(({ spanId }) => spanId)));
    // Nothing of the list is in it.
    expect(JSON.stringify(spans)).not.toMatch(/barks|purrs|"dog"/);

    // It is listed as the run that it is about, and is as long as that.
    const summary = (await summaries()).find(({ traceId }) => traceId === run.traceId)!;
    expect(summary).toMatchObject({ name: 'run', runId: run.attributes['tracedeck.run.id'] });
    expect(summary.startMs).toBeCloseTo(click!.startMs, 1);
    expect(summary.durationMs).toBeGreaterThanOrEqual(run.endMs! - click!.startMs - 1);
  });

  it('leads from a click in the list of traces to the SQL in the thread that stores them', async () => {
    await runThreeWords();
    await traceWith('ui Generate', ['run']);
    await page.getByTestId('nav-traces').click();
    const row = page.getByTestId('trace-list').getByRole('row', { name: /run/ }).first();
    await row.click();
    await page.getByTestId('trace-screen').getByRole('treegrid').waitFor();
    // The view shows the whole of it, the click included.
    await page.getByRole('treegrid').getByText('ui Generate').waitFor();
    const spans = await traceWith('ui Open trace', ['ipc trace', 'SELECT chunk']);
    const [statement] = named(spans, 'SELECT chunk');
    expect(pathOf(spans, statement!)).toEqual(['SELECT chunk', 'ipc trace', 'ipc trace', 'ui Open trace']);
    expect(statement!.attributes).toMatchObject({ 'thread.name': 'traces', 'db.namespace': 'traces' });
    expect(Number(statement!.attributes['db.response.returned_rows'])).toBeGreaterThan(0);
    expect(JSON.stringify(spans)).not.toContain('INSERT');
  });

  it('holds across every await of the built page', async () => {
    await start();
    // With another server there may be another key: saving is followed by a read, an await later.
    await page.getByTestId('nav-settings').click();
    await page.getByLabel('Base URL').fill('http://127.0.0.1:9/v1');
    await page.getByRole('button', { name: 'Save settings' }).click();
    const spans = await traceWith('ui Save settings', ['ipc saveSettings', 'ipc settings']);
    for (const name of ['ipc saveSettings', 'ipc settings']) {
      expect(named(spans, name).map(({ kind }) => kind)).toEqual(['client', 'server']);
      expect(pathOf(spans, named(spans, name)[1]!)).toEqual([name, name, 'ui Save settings']);
    }
  });

  it('is begun by nothing but the user: polls and pushes are not traced', async () => {
    await runThreeWords();
    await page.waitForTimeout(2500);
    const calls = (await Promise.all((await summaries()).map(({ traceId }) => spansOf(traceId))))
      .flatMap((spans) => spans.map((span) => pathOf(spans, span)))
      .filter(([name]) => name!.startsWith('ipc '));
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.filter((path) => !path.at(-1)!.startsWith('ui '))).toEqual([]);
    // What the run's screen asks for again and again is not in it; the click's own reads are.
    expect(calls.length).toBeLessThan(20);
  });

  it('has the log record of a call that failed', async () => {
    await start();
    await page.getByRole('textbox', { name: 'Paste a list' }).fill('---');
    await page.getByRole('button', { name: 'Use this text' }).click();
    await page.getByRole('alert').first().waitFor();
    const spans = await traceWith('ui Use this text', ['ipc previewText']);
    const [, server] = named(spans, 'ipc previewText');
    expect(server).toMatchObject({ kind: 'server', status: expect.any(String) });
    const logs = await page.evaluate(() =>
      (window as unknown as { api: Bridge }).api.logs({ traceId: null, limit: 100 }),
    );
    const failed = logs.filter(({ message }) => message === 'A call from a window failed.');
    expect(failed.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      [server!.traceId, server!.spanId],
    ]);
  });

  it('takes no nonsense from a window', async () => {
    await start();
    const code = await page.evaluate(async () => {
      const { api } = window as unknown as { api: Bridge };
      return api.recordSpans({ bytes: Uint8Array.of(1, 2, 3) }).then(
        () => null,
        (fault: unknown) => (fault as { code: string }).code,
      );
    });
    expect(code).toBe('bad_input');
  });
});
