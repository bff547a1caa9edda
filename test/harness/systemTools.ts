/** What the tests need of the system: a virtual display, fonts. Installed where that is ours to do. */
import { toTracedeckError } from '../../electron/errors/tracedeckError.ts';
import { runCommand } from '../../electron/launch/runCommand.ts';
import { ensurePackages } from '../../electron/launch/systemLibraries.ts';

type Log = (line: string) => void;

/** Hangul well drawn (10 MB) and every other CJK character (2 MB); the Noto set would be 57 MB. */
const FONT_PACKAGES: readonly { readonly language: string; readonly name: string }[] = [
  { language: 'ko', name: 'fonts-nanum' },
  { language: 'zh-cn', name: 'fonts-wqy-microhei' },
];

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
