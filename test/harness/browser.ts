/** The browser that the window's parts are tested and measured in. Installed where that is ours to do. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { TracedeckError } from '../../electron/errors/tracedeckError.ts';
import { ensurePackages } from '../../electron/launch/systemLibraries.ts';

/** Chromium and what is made of it, where they are installed to. */
const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

const findBrowser = (): string | undefined =>
  process.env['TRACEDECK_CHROMIUM'] ?? BROWSERS.find((known) => existsSync(known));

/** @throws TracedeckError `libraries_missing` with the command to run, where it is missing and not ours to install */
export async function ensureBrowser(log: (line: string) => void): Promise<void> {
  if (findBrowser() === undefined) await ensurePackages(['chromium'], ['Chromium'], 'The window', log);
}

/** @throws TracedeckError `browser_missing` where none is installed */
export async function launchBrowser(...args: readonly string[]): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new TracedeckError('user', 'browser_missing', 'There is no Chromium and no Chrome.', {
      hint: 'Install one, or set TRACEDECK_CHROMIUM to its path.',
    });
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...args] });
}
