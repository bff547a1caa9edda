import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import type { GeneratorId } from '../../../shared/run.ts';
import type { WatchedFile } from '../../../shared/source.ts';
import { koreanCsv } from '../../fixtures/lists.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';

/** A second of work, and more. */
const ROWS = 1500;
let folder: string;
let program: Program;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-watched-'));
  mkdirSync(join(folder, 'lists'));
  program = await start();
});
afterEach(async () => {
  await program.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Promise<Program> =>
  compose({
    dataDir: join(folder, 'data'),
    files: {
      wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
      traceWorker: join(PROJECT_ROOT, 'electron/traces/traceWorker.ts'),
      sqlWorker: join(PROJECT_ROOT, 'electron/traces/sqlWorker.ts'),
    },
    version: '1.2.3',
    env: {},
    encryption: null,
    stays: true,
  });

const file = () => program.watchStatus().files[0];
const until = (state: WatchedFile['state']) =>
  vi.waitUntil(() => file()?.state === state, { timeout: 20_000, interval: 50 });
function watchFor(generator: GeneratorId): void {
  const watchedFolders = [{ path: join(folder, 'lists'), deck: 'Korean', enabled: true }];
  program.settings.save({ ...program.settings.current(), generator, watchedFolders });
}

it('a file waits until the settings are in order, and then becomes cards', async () => {
  // No model is chosen.
  watchFor('local');
  writeFileSync(join(folder, 'lists', 'list.csv'), koreanCsv(3));
  await until('waiting');
  expect(file()).toMatchObject({ runId: null, message: expect.stringContaining('model') as string });
  watchFor('offline');
  await until('done');
  expect(file()!.message).toBeNull();
  expect(program.runs.report(file()!.runId!)).toMatchObject({ state: 'done', terms: 3, failed: 0 });
});

it('a program that ends does not wait for the run of a file, and the next one goes on with it', async () => {
  watchFor('offline');
  writeFileSync(join(folder, 'lists', 'list.csv'), koreanCsv(ROWS));
  await vi.waitUntil(() => (file()?.runId ?? null) !== null, { timeout: 20_000, interval: 10 });
  const { runId } = file()!;
  await program.close();
  program = await start();
  expect(program.runs.progress(runId!).state).toBe('interrupted');
  await until('done');
  expect(file()).toMatchObject({ runId, message: null });
  expect(program.runs.report(runId!)).toMatchObject({ state: 'done', terms: ROWS, failed: 0 });
  expect(program.runs.list(10)).toHaveLength(1);
});

it('a run that the user has paused stays so over a restart', async () => {
  watchFor('offline');
  writeFileSync(join(folder, 'lists', 'list.csv'), koreanCsv(ROWS));
  await vi.waitUntil(() => (file()?.runId ?? null) !== null, { timeout: 20_000, interval: 10 });
  const { runId } = file()!;
  program.runs.pause(runId!);
  await program.close();
  program = await start();
  await until('done');
  expect(program.runs.progress(runId!).state).toBe('interrupted');
});
