import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import { koreanCsv } from '../../fixtures/lists.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';

let folder: string;
let program: Program;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-watched-'));
  mkdirSync(join(folder, 'lists'));
  program = await compose({
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
});
afterEach(async () => {
  await program.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a file waits until the settings are in order, and then becomes cards', async () => {
  const settings = program.settings.current();
  const watchedFolders = [{ path: join(folder, 'lists'), deck: 'Korean', enabled: true }];
  // No model is chosen.
  program.settings.save({ ...settings, generator: 'local', watchedFolders });
  writeFileSync(join(folder, 'lists', 'list.csv'), koreanCsv(3));
  const file = () => program.watchStatus().files[0];
  await vi.waitUntil(() => file()?.state === 'waiting', { timeout: 20_000, interval: 50 });
  expect(file()).toMatchObject({ runId: null, message: expect.stringContaining('model') as string });
  program.settings.save({ ...program.settings.current(), generator: 'offline' });
  await vi.waitUntil(() => file()?.state === 'done', { timeout: 20_000, interval: 50 });
  expect(file()!.message).toBeNull();
  expect(program.runs.report(file()!.runId!)).toMatchObject({ state: 'done', terms: 3, failed: 0 });
});
