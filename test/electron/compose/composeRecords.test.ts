import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import { METRIC } from '../../../shared/span.ts';
import { metricSeriesSchema } from '../../../shared/traceQuery.ts';
import { koreanCsv } from '../../fixtures/lists.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';

const ROWS = 12;
let folder: string;
let program: Program;

const start = (): Promise<Program> =>
  compose({
    dataDir: join(folder, 'data'),
    files: {
      wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
      traceWorker: join(PROJECT_ROOT, 'electron/traces/traceWorker.ts'),
      sqlWorker: join(PROJECT_ROOT, 'electron/traces/sqlWorker.ts'),
    },
    version: '1.2.3',
    env: { OTEL_SERVICE_NAME: 'cards' },
    encryption: null,
  });

async function run(): Promise<void> {
  const list = await program.openList({ kind: 'text', text: koreanCsv(ROWS), name: 'list.csv' });
  const runId = await program.startRun(list, {
    deck: 'Korean',
    generator: 'offline',
    termLanguage: 'ko',
    meaningLanguage: 'en',
    concurrency: 2,
    limit: null,
  });
  await program.runs.finished(runId);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-records-'));
  program = await start();
  await run();
});
afterAll(async () => {
  await program.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a run of the program', () => {
  it('can be asked about in SQL as soon as it is over', async () => {
    const { rows } = await program.runSql({
      sql: `SELECT name, count(*) FROM spans WHERE name = 'item' AND service = 'cards' GROUP BY 1`,
      limit: 10,
    });
    expect(rows).toEqual([['item', ROWS]]);
    const metrics = await program.runSql({
      sql: `SELECT sum(value) FROM metric_points('${METRIC.itemCount}')`,
      limit: 10,
    });
    expect(metrics.rows).toEqual([[ROWS]]);
  });

  it('leaves its metrics in the store, and a later session of the program adds its own', async () => {
    await program.close();
    program = await start();
    await run();
    await program.close();
    program = await start();
    const found = await program.traces.ask(
      'metricSeries',
      metricSeriesSchema.parse({ name: METRIC.itemCount }),
    );
    expect(found!.instrument.service).toBe('cards');
    const total = found!.series
      .flatMap(({ values }) => values)
      .reduce<number>((sum, one) => sum + (one ?? 0), 0);
    expect(total).toBe(2 * ROWS);
  });
});
