/** What the tests need of the system: a virtual display, fonts, a browser. Installed where that is ours to do. */
import { existsSync } from 'node:fs';
import { TracedeckError, toTracedeckError } from '../../electron/errors/tracedeckError.ts';
import { runCommand } from '../../electron/launch/runCommand.ts';
import { ensurePackages } from '../../electron/launch/systemLibraries.ts';

type Log = (line: string) => void;

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

/** Hangul well drawn (10 MB) and every other CJK character (2 MB); the Noto set would be 57 MB. */
const FONT_PACKAGES: readonly { readonly language: string; readonly name: string }[] = [
  { language: 'ko', name: 'fonts-nanum' },
  { language: 'zh-cn', name: 'fonts-wqy-microhei' },
];

/**
 * The browser that the window's parts are tested and measured in.
 *
 * @throws TracedeckError `browser_missing` where none is installed
 */
export function browserPath(): string {
  const path = process.env['TRACEDECK_CHROMIUM'] ?? BROWSERS.find((known) => existsSync(known));
  if (path !== undefined) return path;
  throw new TracedeckError('user', 'browser_missing', 'There is no Chromium and no Chrome.', {
    hint: 'Install one, or set TRACEDECK_CHROMIUM to its path.',
  });
}

/**
 * As `browserPath`, installed before where it is missing.
 *
 * @throws TracedeckError `libraries_missing` with the command to run, where it is not ours to install it
 */
export async function ensureBrowser(log: Log): Promise<string> {
  try {
    return browserPath();
  } catch {
    await ensurePackages(['chromium'], ['Chromium'], 'The window', log);
    return browserPath();
  }
}

/** An X display for Electron, where there is none. */
export async function ensureDisplayServer(log: Log): Promise<void> {
  if (process.platform !== 'linux' || process.env['DISPLAY']) return;
  const isMissing = (await runCommand('Xvfb', ['-help'])).code === null;
  if (isMissing) await ensurePackages(['xvfb'], ['Xvfb'], 'Electron', log);
}

/** Fonts for every script that the tests show. */
export async function ensureFonts(log: Log): Promise<void> {
  if (process.platform !== 'linux') return;
  const fonts: string[] = [];
  for (const { language, name } of FONT_PACKAGES) {
    const { code, stdout } = await runCommand('fc-list', [`:lang=${language}`, 'family']);
    if (code !== 0 || stdout.trim() === '') fonts.push(name);
  }
  try {
    if (fonts.length > 0) await ensurePackages(fonts, fonts, 'Screenshots', log);
  } catch (thrown) {
    // Boxes instead of characters in a picture break no test.
    const { message, hint } = toTracedeckError(thrown);
    log(`${message} ${hint ?? ''}`);
  }
}
