/** Vitest's set-up of the window's project: once for all files. */
import { ensureBrowser } from './browser.ts';
import { ensureFonts } from './systemTools.ts';
import { withHint } from './withHint.ts';

const log = (line: string): void => console.error(line);

export default (): Promise<void> =>
  withHint(async () => {
    await ensureBrowser(log);
    await ensureFonts(log);
  });
