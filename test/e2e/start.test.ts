/** Starts that cannot succeed: said in a sentence, and no process left behind. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { electronCommand, isRootUser } from '../../electron/launch/electronCommand.ts';
import { launchApp, shot } from '../harness/electronApp.ts';
import { electronUnderTest, PROJECT_ROOT } from '../harness/environment.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tracedeck-start-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('the app', () => {
  it('ends with a reason where its data folder is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const command = electronCommand(electronUnderTest(), {
      projectRoot: PROJECT_ROOT,
      args: [],
      env: { ...process.env, TRACEDECK_DATA_DIR: file },
      platform: process.platform,
      isRoot: isRootUser(),
    });
    const child = spawn(command.file, [...command.args], { env: command.env });
    let printed = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(printed).toContain(`Cannot use the data folder ${file}`);
  });

  it('sets a damaged trace store aside and starts', async () => {
    writeFileSync(join(folder, 'traces.db'), 'this is no database');
    const { page, close } = await launchApp({ dataDir: folder });
    await page.getByRole('button', { name: 'Try the sample list' }).click();
    await page.getByTestId('list-rows').waitFor();
    await page.getByTestId('nav-logs').click();
    // The store is opened when it is first needed.
    await page
      .getByTestId('log-table')
      .getByText(/set aside|damaged|cannot be read/i)
      .first()
      .waitFor();
    await shot(page, 'logs-damaged-store');
    await close();
  });

  it('reloads its page from within, the way out of a fault of the page', async () => {
    const { page, close } = await launchApp({ dataDir: folder });
    await page.evaluate(() => {
      (window as unknown as { before: boolean }).before = true;
      location.reload();
    });
    await page.waitForFunction(
      () => !('before' in window) && document.documentElement.dataset.ready === 'true',
    );
    await close();
  });
});
