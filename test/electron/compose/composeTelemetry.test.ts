import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import { createTelemetryPlan, protectHeaders } from '../../../electron/compose/composeTelemetry.ts';
import type { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { exporterSchema, telemetrySettingsSchema } from '../../../shared/telemetrySettings.ts';
import { koreanCsv } from '../../fixtures/lists.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-telemetry-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const defaults = telemetrySettingsSchema.parse({});
function planOf(env: Record<string, string>, saved = defaults) {
  const notices: TracedeckError[] = [];
  const plan = createTelemetryPlan(env, folder, (notice) => notices.push(notice))(saved);
  return { plan, notices };
}
function configFile(content: unknown): string {
  const path = join(folder, 'telemetry.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const consoleExporter = (id: string) => exporterSchema.parse({ id, kind: 'console' });

describe('where telemetry is configured', () => {
  it('takes the settings as they are where nobody says more', () => {
    expect(planOf({})).toStrictEqual({
      plan: {
        enabled: true,
        settings: defaults,
        sources: {},
        above: { isOff: false, file: null, ratio: null },
        serviceName: null,
        resource: {},
        logLevel: null,
      },
      notices: [],
    });
  });

  it('asks the standard variables first, then the file, then the settings', () => {
    const path = configFile({
      sampling: { ratio: 0.5, perSecond: { item: 9 } },
      exporters: [consoleExporter('console'), consoleExporter('mine')],
    });
    const { plan, notices } = planOf(
      {
        TRACEDECK_TELEMETRY_CONFIG: path,
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
        OTEL_TRACES_EXPORTER: 'console',
        OTEL_SERVICE_NAME: 'cards',
        OTEL_RESOURCE_ATTRIBUTES: 'team=words',
        OTEL_LOG_LEVEL: 'debug',
      },
      telemetrySettingsSchema.parse({ exporters: [consoleExporter('saved')] }),
    );
    expect(notices).toStrictEqual([]);
    expect(plan.settings.sampling).toMatchObject({ ratio: 0.25, perSecond: { item: 9 } });
    expect(plan.settings.exporters.map(({ id, signals }) => [id, signals])).toStrictEqual([
      ['console', ['traces']],
      ['mine', ['traces', 'metrics', 'logs']],
    ]);
    expect(plan).toMatchObject({ serviceName: 'cards', resource: { team: 'words' }, logLevel: 'debug' });
    expect(plan.sources).toStrictEqual({ console: 'environment', mine: 'file' });
    expect(plan.above).toStrictEqual({ isOff: false, file: path, ratio: 0.25 });
  });

  it('takes relative paths of exporters from the data folder', () => {
    const saved = telemetrySettingsSchema.parse({
      exporters: [
        { id: 'file', kind: 'file', path: 'sent/telemetry.jsonl' },
        { id: 'there', kind: 'file', path: join(folder, 'there.jsonl') },
        { id: 'otlp', kind: 'otlp', endpoint: 'https://127.0.0.1:1', tls: { ca: 'ca.pem' } },
      ],
    });
    expect(planOf({}, saved).plan.settings.exporters).toMatchObject([
      { path: join(folder, 'sent/telemetry.jsonl') },
      { path: join(folder, 'there.jsonl') },
      { tls: { ca: join(folder, 'ca.pem'), cert: null, key: null } },
    ]);
  });

  it('is switched off by either variable', () => {
    expect(planOf({ TRACEDECK_TELEMETRY: 'off' }).plan.enabled).toBe(false);
    expect(planOf({ OTEL_SDK_DISABLED: 'true' }).plan.enabled).toBe(false);
  });

  it('passes over what cannot be used with a notice that quotes none of it', () => {
    const saved = telemetrySettingsSchema.parse({ slowQueryMs: 7 });
    for (const path of [
      join(folder, 'nowhere.json'),
      configFile('{"exporters": secretvalue'),
      configFile({ exporters: [{ id: 'x', kind: 'otlp', endpoint: 'secretvalue' }], slowQueryMs: -1 }),
      configFile('[]'),
    ]) {
      const { plan, notices } = planOf({ TRACEDECK_TELEMETRY_CONFIG: path }, saved);
      expect(plan.settings).toStrictEqual(saved);
      expect(notices.map(({ code }) => code)).toStrictEqual(['bad_telemetry_config']);
      expect(`${notices[0]!.message} ${notices[0]!.hint ?? ''}`).not.toContain('secretvalue');
    }
    expect(planOf({ OTEL_TRACES_SAMPLER: 'no such' }).notices.map(({ code }) => code)).toStrictEqual([
      'bad_environment',
    ]);
  });

  it('keeps what exporters log in with out of everything recorded', () => {
    const secrets: string[] = [];
    const exporters = [
      exporterSchema.parse({
        id: 'otlp',
        kind: 'otlp',
        endpoint: 'http://127.0.0.1:1',
        headers: { authorization: 'Bearer ${TOKEN}', 'x-tenant': 'short', 'x-empty': '${NOT_SET}' },
      }),
      consoleExporter('console'),
    ];
    protectHeaders({ protectSecret: (secret) => secrets.push(secret) }, exporters, { TOKEN: 'tok-12345678' });
    expect(secrets).toStrictEqual(['Bearer tok-12345678', 'tok-12345678']);

    secrets.length = 0;
    const address = exporterSchema.parse({
      id: 'address',
      kind: 'otlp',
      endpoint: 'https://everybody:pass%2Fword@host/path?tenant=production',
      // As it comes out of OTEL_EXPORTER_OTLP_HEADERS.
      headers: { 'x-key': '$${literal}' },
    });
    protectHeaders({ protectSecret: (secret) => secrets.push(secret) }, [address], { literal: 'other' });
    const login = Buffer.from('everybody:pass/word').toString('base64');
    for (const secret of ['${literal}', 'pass%2Fword', 'pass/word', login]) expect(secrets).toContain(secret);
    for (const word of ['other', 'everybody', 'production']) expect(secrets).not.toContain(word);
    const malformed = { ...address, endpoint: 'https://user:%zz-pass-word@host' };
    expect(() => protectHeaders({ protectSecret: () => undefined }, [malformed], {})).not.toThrow();
  });
});

describe('the program', () => {
  async function start(env: Record<string, string> = {}): Promise<Program> {
    return compose({
      dataDir: join(folder, 'data'),
      files: {
        wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
        traceWorker: join(PROJECT_ROOT, 'electron/traces/traceWorker.ts'),
      },
      version: '1.2.3',
      env,
      encryption: null,
      print: () => undefined,
    });
  }
  async function run(program: Program, rows: number): Promise<void> {
    const list = await program.openList({ kind: 'text', text: koreanCsv(rows), name: 'list.csv' });
    const settings = settingsSchema.parse({});
    const runId = await program.startRun(list, {
      deck: 'Korean',
      generator: 'offline',
      termLanguage: 'ko',
      meaningLanguage: 'en',
      concurrency: settings.concurrency,
      limit: null,
    });
    await program.runs.finished(runId);
    await program.flush();
  }

  it('says of every part what was counted and recorded, and every count adds up', async () => {
    const program = await start({ OTEL_TRACES_EXPORTER: 'console', OTEL_SERVICE_NAME: 'cards' });
    await run(program, 20);
    const status = program.telemetryStatus();
    for (const [name, { operations, spans, rows, leftOut }] of Object.entries(status.components)) {
      expect([name, operations]).toStrictEqual([name, spans + rows + leftOut]);
    }
    const { pipeline, generator, cache, database, client } = status.components;
    expect([pipeline!.mode, generator!.mode, cache!.mode, database!.mode, client!.operations]).toStrictEqual([
      'full',
      'leaf',
      'leaf',
      'sampled',
      0,
    ]);
    // One run, a span for each item and each of its stages, and what the queue did.
    expect(pipeline!.spans).toBeGreaterThan(1 + 20 * 3);
    expect([generator!.rows, cache!.rows]).toStrictEqual([40, 80]);
    expect(database!.operations).toBeGreaterThan(200);
    expect(status.spans.held + status.spans.evicted).toBe(status.spans.started);
    expect(status.store.written + status.store.lost + status.store.failed).toBeLessThanOrEqual(
      status.spans.ended,
    );
    expect(status.faults).toBe(0);
    expect(status.exporters.map(({ id, kind }) => [id, kind])).toStrictEqual([['console', 'console']]);
    expect(program.telemetry.resource['service.name']).toBe('cards');
    await program.close();
  });

  it('makes changed settings hold at once, for its databases too', async () => {
    const program = await start();
    const { settings, telemetry } = program;
    const now = settings.current();
    settings.save({
      ...now,
      telemetry: {
        ...now.telemetry,
        sampling: { ...now.telemetry.sampling, ratio: 0 },
        components: { ...now.telemetry.components, database: { mode: 'off', every: 8, slowMs: 100 } },
        exporters: [exporterSchema.parse({ id: 'file', kind: 'file', path: join(folder, 'out.jsonl') })],
      },
    });
    expect(telemetry.component('database').mode).toBe('off');
    expect(program.telemetryStatus().exporters.map(({ id }) => id)).toStrictEqual([]);
    const before = program.telemetryStatus();
    await run(program, 5);
    const after = program.telemetryStatus();
    expect(after.components.database!.operations).toBe(before.components.database!.operations);
    expect(after.spans.started).toBe(before.spans.started);
    expect(after.spans.headDropped).toBeGreaterThan(0);
    expect(after.exporters.map(({ id }) => id)).toStrictEqual(['file']);
    await program.close();
  });

  it('records nothing where it is switched off, and works all the same', async () => {
    const program = await start({ TRACEDECK_TELEMETRY: 'off', OTEL_TRACES_EXPORTER: 'console' });
    await run(program, 5);
    const status = program.telemetryStatus();
    expect(status.spans.started).toBe(0);
    expect(status.exporters).toStrictEqual([]);
    expect(Object.values(status.components).map(({ operations, mode }) => [operations, mode])).toStrictEqual(
      Array.from({ length: 6 }, () => [0, 'off']),
    );
    expect(program.runs.list(1)[0]).toMatchObject({ state: 'done' });
    await program.close();
  });

  it('tells in its log what of the configuration it passed over', async () => {
    const program = await start({ TRACEDECK_TELEMETRY_CONFIG: configFile('no JSON') });
    const [record] = await program.logs(null, 1);
    expect(record).toMatchObject({ level: 'warn', attributes: { 'error.type': 'bad_telemetry_config' } });
    await program.close();
  });
});
