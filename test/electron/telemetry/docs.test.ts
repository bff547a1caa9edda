/** What the documents on telemetry say, held against the code: examples, defaults, names. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { METRIC, PIECE, SPAN } from '../../../shared/span.ts';
import { createTelemetryPlan } from '../../../electron/compose/composeTelemetry.ts';
import { createSpanLimits } from '../../../electron/telemetry/tracing/spanLimits.ts';
import { telemetryFromEnvironment } from '../../../electron/telemetry/export/fromEnvironment.ts';
import { exporterSchema, telemetrySettingsSchema } from '../../../shared/telemetrySettings.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function blocksOf(document: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return Array.from(document.matchAll(fence), ([, code]) => code!);
}

/** The first code of each row of the tables that have such a heading, with the row's other cells. */
function rowsUnder(document: string, heading: string): (readonly [name: string, ...cells: string[]])[] {
  const table = new RegExp(`^\\| ${heading} +\\|.*\\n\\|[- |]+\\n((?:\\|.*\\n)+)`, 'gm');
  return Array.from(document.matchAll(table), ([, rows]) => rows!.trim().split('\n'))
    .flat()
    .map((row) => {
      const [first = '', ...rest] = row.split('|').slice(1, -1);
      return [/`([^`]+)`/.exec(first)?.[1] ?? '', ...rest.map((cell) => cell.trim())];
    });
}

describe('the documents on telemetry', () => {
  const telemetry = read('docs/telemetry.md');
  const exporters = read('docs/exporters.md');

  it('show a configuration file that is valid and says what it seems to say', () => {
    const blocks = blocksOf(exporters, 'json');
    expect(blocks.length).toBe(1);
    const given = JSON.parse(blocks[0]!) as Record<string, unknown>;
    const settings = telemetrySettingsSchema.parse(given);
    // Misspelt fields would be left out, and defaults stand in their place.
    expect(settings).toMatchObject(given);
    expect(settings.exporters.map(({ kind }) => kind)).toEqual(['otlp', 'otlp', 'prometheus', 'file']);
  });

  it('state the defaults of exporters', () => {
    const made = {
      otlp: exporterSchema.parse({ id: 'a', kind: 'otlp', endpoint: 'http://127.0.0.1:4318' }),
      prometheus: exporterSchema.parse({ id: 'a', kind: 'prometheus' }),
      file: exporterSchema.parse({ id: 'a', kind: 'file', path: 'a' }),
    };
    const stated = rowsUnder(exporters, 'field');
    for (const [kind, settings] of Object.entries(made)) {
      for (const [field, value] of Object.entries(settings)) {
        if (field === 'kind') continue;
        const row = stated.find(([name, of]) => name.split('.')[0] === field && of !== undefined);
        expect(row, `${kind} ${field}`).toBeDefined();
        if (typeof value === 'number') expect(row![2]!.replaceAll(',', '')).toBe(String(value));
        if (typeof value === 'string' && !['id', 'path', 'endpoint'].includes(field))
          expect(row![2]).toContain(value);
      }
    }
  });

  it('state how closely each component is recorded by default', () => {
    const { components } = telemetrySettingsSchema.parse({});
    const stated = rowsUnder(telemetry, 'component').map(([name, , mode]) => [name, mode]);
    expect(stated).toEqual(
      Object.entries(components).map(([name, { mode, every }]) => [
        name,
        mode === 'sampled' ? `\`${mode}\`, 1 in ${every}` : `\`${mode}\``,
      ]),
    );
  });

  it('name every metric once, and no other', () => {
    const stated = rowsUnder(telemetry, 'metric').map(([name]) => name);
    expect(stated.toSorted()).toEqual(Object.values(METRIC).toSorted());
  });

  it('name every kind of span', () => {
    for (const name of [...Object.values(SPAN), ...Object.values(PIECE)])
      expect(telemetry).toContain(`\`${name}\``);
  });

  it('name the environment variables that are read, and no others', () => {
    const asked = namesRead();
    for (const document of [exporters, telemetry, read('docs/telemetry-migration.md')]) {
      const stated = new Set(document.match(/\b(?:OTEL|TRACEDECK_TELEMETRY)[A-Z_]*[A-Z]\b/g));
      expect([...stated].filter((name) => !asked.has(name))).toEqual([]);
    }
    const perSignal = /^OTEL_EXPORTER_OTLP_(?:TRACES|METRICS|LOGS)_/;
    const general = [...asked].filter((name) => !perSignal.test(name));
    expect(general.filter((name) => !exporters.includes(`\`${name}\``))).toEqual([]);
  });

  it('contain TypeScript that compiles', { timeout: 120_000 }, async () => {
    const documents = ['docs/telemetry.md', 'docs/telemetry-migration.md', 'docs/exporters.md'];
    const folder = mkdtempSync(join(tmpdir(), 'tracedeck-docs-'));
    try {
      for (const document of documents) {
        const blocks = blocksOf(read(document), 'ts');
        writeFileSync(join(folder, document.replace(/\W/g, '_') + '.ts'), moduleOf(blocks));
      }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(compilerOptions()));
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const errors = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
        () => '',
        ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
      );
      expect(errors).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Names of all variables that are looked up where as much as possible is set. */
function namesRead(): ReadonlySet<string> {
  const names = new Set<string>();
  const given: Readonly<Record<string, string>> = {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp,prometheus',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4317',
    OTEL_TRACES_SAMPLER: 'traceidratio',
  };
  const env = new Proxy(given, {
    get(_given, name: string) {
      names.add(name);
      return given[name];
    },
  });
  const notices: unknown[] = [];
  createSpanLimits(env);
  createTelemetryPlan(env, tmpdir(), (notice) => notices.push(notice))(telemetrySettingsSchema.parse({}));
  expect(notices).toEqual([]);
  // Which exporters are there is asked by the endpoint where nothing else is said.
  telemetryFromEnvironment(
    new Proxy({}, { get: (_none, name: string) => void names.add(name) }),
    () => undefined,
  );
  return names;
}

/** Each block in a function of its own, so that it may declare what the others take as given. */
function moduleOf(blocks: readonly string[]): string {
  const isImport = (line: string) => line.startsWith('import ');
  const bodies = blocks.map((code, index) => {
    const lines = code.split('\n').filter((line) => !isImport(line));
    return `export async function block${index}() {\n${lines.join('\n')}\n}`;
  });
  const index = JSON.stringify(join(ROOT, 'electron/telemetry/index.ts'));
  return `
import Database from 'better-sqlite3';
import { exporterSchema, initTelemetry, instrumentApiClient, instrumentCache, instrumentClass,
  instrumentDatabase, samplingSchema, span, startExports, telemetryFromEnvironment, telemetrySettingsSchema, traced } from ${index};
import type { Telemetry } from ${index};
declare const telemetry: Telemetry;
declare const word: string, path: string, url: string, id: string, hits: number, lookups: number;
declare const request: { headers: Record<string, string> };
declare class Dictionary { find(word: string): readonly string[] }
declare const dictionary: Dictionary;
declare function importList(path: string): Promise<number>;
declare function lookUpWord(word: string): Promise<string>;
declare function handle(request: unknown): Promise<void>;
declare function work(): Promise<readonly string[]>;
${bodies.join('\n')}
`;
}

function compilerOptions(): object {
  return {
    extends: join(ROOT, 'tsconfig.base.json'),
    compilerOptions: {
      lib: ['es2023'],
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
      paths: { 'better-sqlite3': [join(ROOT, 'node_modules/@types/better-sqlite3')] },
      composite: false,
      noEmit: true,
      emitDeclarationOnly: false,
      // A reader's program may be compiled; ours runs as it is, and has no decorators.
      erasableSyntaxOnly: false,
      noUnusedLocals: false,
    },
    include: ['*.ts'],
  };
}
