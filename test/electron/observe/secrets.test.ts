/** The whole program against a real model server, and then every byte that it left on disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import { ATTR } from '../../../shared/span.ts';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import type { TelemetrySettings } from '../../../shared/telemetrySettings.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';
import { startModelServer, type ModelServer } from '../../fixtures/modelServer.ts';

const TERM = 'canaryterm낱말';
const CANARIES = {
  apiKey: 'canarykey0123456789',
  urlPassword: 'canaryurlpassword',
  exporterHeader: 'canaryexporterheader',
  otherHeader: 'canaryotherheader42',
  term: 'canaryterm',
  meaning: 'canarymeaning',
  answer: 'canaryanswer',
  serverError: 'canaryservererror',
};
/** What is in the files that hold cards and answers on purpose. */
const KEPT_ON_PURPOSE = /^(deck|cache)\.db/;
/** Words of the prompt itself, which nobody else writes. */
const PROMPT_WORDS = '<data>';

let folder: string;
let server: ModelServer;
let program: Program | null = null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-secrets-'));
  server = await startModelServer({ headers: { 'x-ratelimit-remaining-requests': '17' } });
  let calls = 0;
  server.behave(({ stage }) => {
    calls += 1;
    // A failure to tell of, an answer that is of no use, and good ones.
    if (calls === 1) return { kind: 'status', status: 503, body: `{"error":"${CANARIES.serverError}"}` };
    if (stage === 'analyse' && calls === 2)
      return { kind: 'content', content: `{"no": "${CANARIES.answer}"}` };
    return { kind: 'ok' };
  });
});
afterEach(async () => {
  await program?.close();
  program = null;
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A run of two rows with everything on that records or sends. */
async function run(recordText: boolean): Promise<string> {
  const config = join(folder, 'telemetry.json');
  const telemetry: Partial<TelemetrySettings> & object = {
    recordText,
    slowQueryMs: 1,
    components: Object.fromEntries(
      ['pipeline', 'generator', 'cache', 'database', 'client', 'ipc'].map((name) => [name, { mode: 'full' }]),
    ) as never,
    exporters: [
      { id: 'file', kind: 'file', path: join(folder, 'exported.jsonl') },
      { id: 'jaeger', kind: 'file', format: 'jaeger', path: join(folder, 'jaeger.json') },
      {
        id: 'nowhere',
        kind: 'otlp',
        // Nobody listens: all of it goes to the spool.
        endpoint: 'http://127.0.0.1:9',
        gzip: false,
        headers: { authorization: `Bearer ${CANARIES.exporterHeader}`, 'x-team': CANARIES.otherHeader },
      },
    ] as never,
  };
  writeFileSync(config, JSON.stringify(telemetry));
  const { host } = new URL(server.baseUrl);
  program = await compose({
    dataDir: join(folder, 'data'),
    files: {
      wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
      traceWorker: join(PROJECT_ROOT, 'electron/traces/traceWorker.ts'),
    },
    version: '1.2.3',
    env: {
      TRACEDECK_TELEMETRY_CONFIG: config,
      TRACEDECK_BASE_URL: `http://user:${CANARIES.urlPassword}@${host}/v1?token=${CANARIES.urlPassword}`,
      TRACEDECK_MODEL: 'tiny',
      TRACEDECK_API_KEY: CANARIES.apiKey,
    },
    encryption: null,
  });
  const text = `term,meaning\n${TERM},${CANARIES.meaning}\n${TERM}둘,${CANARIES.meaning} two\n`;
  const list = await program.openList({ kind: 'text', text, name: `/home/somebody/list.csv` });
  const runId = await program.startRun(list, {
    deck: 'Korean',
    generator: 'openai',
    termLanguage: 'ko',
    meaningLanguage: 'en',
    concurrency: 1,
    limit: null,
  });
  await program.runs.finished(runId);
  // The run's span ends right after what waits for the run is told.
  await setImmediate();
  const { traceId } = program.runs.report(runId);
  // What is thrown with a secret in it must not carry it further.
  const thrown = new Error(
    `the server said: Authorization: Bearer ${CANARIES.apiKey}, ${CANARIES.otherHeader}`,
  );
  program.telemetry.withSpan('careless', (span) => {
    span.set('note', `key ${CANARIES.apiKey}, header ${CANARIES.exporterHeader}`);
    span.set('authorization', CANARIES.apiKey);
    span.recordError(thrown);
    program!.telemetry.logger.error(`failed with ${CANARIES.apiKey}`, { header: CANARIES.otherHeader });
  });
  await program.flush();
  return traceId;
}

function filesBelow(path: string): string[] {
  return readdirSync(path).flatMap((name) => {
    const child = join(path, name);
    return statSync(child).isDirectory() ? filesBelow(child) : [child];
  });
}
/** Which canaries are in which files, under what is for everybody to read. */
function found(words: readonly string[]): string[] {
  const files = filesBelow(join(folder, 'data')).filter(
    (path) => !KEPT_ON_PURPOSE.test(path.split('/').at(-1)!),
  );
  const exported = filesBelow(folder).filter((path) => /exported|jaeger/.test(path));
  return [...files, ...exported].flatMap((path) => {
    const bytes = readFileSync(path);
    // SQLite keeps text as UTF-8; nothing here is compressed.
    return words
      .filter((word) => bytes.includes(word))
      .map((word) => `${word} in ${path.slice(folder.length)}`);
  });
}

describe('secrets', () => {
  it('are in no trace, log, spool or export of a run, though all of it was recorded', async () => {
    const traceId = await run(false);
    const spans = decodeSpans(await program!.traces.get(traceId));
    const names = new Set(spans.map(({ name }) => name));
    for (const name of [
      'run',
      'item',
      'chat tiny',
      'POST',
      'cache get',
      'INSERT notes',
      'transaction deck',
    ]) {
      expect(names).toContain(name);
    }
    const calls = spans.filter(({ name }) => name === 'chat tiny');
    expect(calls.some(({ events }) => events.some(({ name }) => name === 'retry'))).toBe(true);
    expect(calls.some(({ attributes }) => attributes[ATTR.errorType] !== undefined)).toBe(true);
    const inMemory = JSON.stringify([await program!.telemetry.metrics.collect(), program!.telemetryStatus()]);
    const { paths } = program!;
    await program!.close();
    program = null;

    const written = filesBelow(folder).map((path) => path.slice(folder.length));
    expect(written).toEqual(expect.arrayContaining(['/data/traces.db', '/exported.jsonl', '/jaeger.json']));
    expect(filesBelow(paths.spool).length).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'exported.jsonl'), 'utf8')).toContain(traceId);
    const words = [...Object.values(CANARIES), PROMPT_WORDS, '/home/somebody'];
    expect(found(words)).toStrictEqual([]);
    for (const word of words) expect(inMemory).not.toContain(word);
    // The cards are where they belong.
    expect(readFileSync(paths.deck).includes(CANARIES.term)).toBe(true);
  });

  it('of the text alone are recorded where the user wants it, and the others not even then', async () => {
    const traceId = await run(true);
    const spans = decodeSpans(await program!.traces.get(traceId));
    const call = spans.find(
      ({ name, attributes }) => name === 'chat tiny' && ATTR.genAiOutputMessages in attributes,
    );
    expect(call!.attributes[ATTR.genAiInputMessages]).toContain(CANARIES.term);
    await program!.close();
    program = null;
    const told = found([CANARIES.term]).join();
    for (const place of ['exported.jsonl', 'jaeger.json', 'spool']) expect(told).toContain(place);
    expect(found([CANARIES.answer]).join()).toMatch(/traces\.db/);
    const { apiKey, urlPassword, exporterHeader, otherHeader, serverError } = CANARIES;
    expect(found([apiKey, urlPassword, exporterHeader, otherHeader, serverError])).toStrictEqual([]);
  });
});
