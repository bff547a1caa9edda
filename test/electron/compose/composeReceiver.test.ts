import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import { settingsErrors } from '../../../renderer/views/settings/validation.ts';
import { LOOP_FAULT } from '../../../shared/receiverLoop.ts';
import { exporterSchema } from '../../../shared/telemetrySettings.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';
import { until } from '../telemetry/export/exportRecords.ts';
import { freePort } from '../../harness/freePort.ts';

let folder: string;
const open: Program[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-receives-'));
});
afterEach(async () => {
  for (const program of open.splice(0)) await program.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(name: string, env: Record<string, string> = {}, receives = true): Promise<Program> {
  const program = await compose({
    dataDir: join(folder, name),
    files: {
      wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
      traceWorker: join(PROJECT_ROOT, 'electron/traces/traceWorker.ts'),
      receiverWorker: join(PROJECT_ROOT, 'electron/receive/receiverWorker.ts'),
    },
    version: '1.2.3',
    env,
    encryption: null,
    stays: receives,
    print: () => undefined,
  });
  open.push(program);
  return program;
}
async function receiving(program: Program, port: number): Promise<void> {
  const settings = program.settings.current();
  await program.settings.save({
    ...settings,
    receiver: { ...settings.receiver, http: { enabled: true, port } },
  });
  await until(() => program.receiver.status().http.state === 'listening');
}

describe('two programs', () => {
  it('A exports, B receives: B has what A recorded, as of A', async () => {
    const port = await freePort();
    const b = await start('b');
    await receiving(b, port);
    const a = await start('a', {
      OTEL_SERVICE_NAME: 'program-a',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
    });
    await a.telemetry.withSpan('lesson', () => a.telemetry.withSpan('word', () => undefined));
    await a.flush();
    await a.close();
    open.splice(open.indexOf(a), 1);

    const search = { query: '', fromMs: null, toMs: null, order: 'newest' as const, limit: 10 };
    await until(() => b.receiver.status().spans >= 2);
    const found = await b.traces.ask('searchTraces', search);
    expect(found.items.map(({ service, name, spanCount }) => ({ service, name, spanCount }))).toContainEqual({
      service: 'program-a',
      name: 'lesson',
      spanCount: 2,
    });
  });
});

describe('a program that exports to itself', () => {
  it('is told so, refuses what comes back, and does not go in circles', async () => {
    const port = await freePort();
    const program = await start('self', {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_SERVICE_NAME: 'me',
    });
    await receiving(program, port);
    expect(
      program.telemetry.logger
        .recent(null, 50)
        .map(({ message }) => message)
        .join('\n'),
    ).toContain('points at Tracedeck itself');
    for (let turn = 0; turn < 5; turn += 1) await program.telemetry.withSpan(`turn ${turn}`, () => undefined);
    await program.flush();
    await until(() => program.receiver.status().refusedRequests > 0);
    const counts = () => {
      const { spans, requests } = program.receiver.status();
      return { spans, requests, started: program.telemetry.spans.counts().started };
    };
    const before = counts();
    expect(before.spans).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // Nothing is recorded of what is received or refused, so that nothing follows from it.
    expect(counts().started).toBe(before.started);
    expect(counts().spans).toBe(0);
    expect(counts().requests - before.requests).toBeLessThan(5);
  });

  it('cannot be set up in the settings', async () => {
    const program = await start('settings', {}, false);
    const settings = program.settings.current();
    const exporter = exporterSchema.parse({ id: 'otlp', kind: 'otlp', endpoint: 'http://localhost:4318' });
    const draft = { ...settings, telemetry: { ...settings.telemetry, exporters: [exporter] } };
    expect(settingsErrors(draft)).toEqual({});
    const http = { enabled: true, port: 4318 };
    const looping = { ...draft, receiver: { ...settings.receiver, http } };
    expect(settingsErrors(looping)).toEqual({ 'telemetry.exporters.0.endpoint': LOOP_FAULT });
    const elsewhere = { ...looping, receiver: { ...settings.receiver, http: { ...http, port: 14_318 } } };
    expect(settingsErrors(elsewhere)).toEqual({});
  });
});

describe('the token', () => {
  it('is not stored where nothing can encrypt it, and comes from the environment then', async () => {
    const program = await start('token', {}, false);
    await expect(program.receiver.setToken('a-good-token')).rejects.toMatchObject({
      code: 'encryption_unavailable',
    });
    expect(program.receiver.status().hasToken).toBe(false);
    const other = await start('env', { TRACEDECK_RECEIVER_TOKEN: 'a-good-token' });
    await receiving(other, await freePort());
    const { url } = other.receiver.status().http;
    expect(other.receiver.status().hasToken).toBe(true);
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{}',
      });
    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: 'Bearer a-good-token' })).status).toBe(200);
    expect(JSON.stringify(other.telemetry.logger.recent(null, 100))).not.toContain('a-good-token');
  });
});
