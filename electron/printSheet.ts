/** A page of cards as PDF, through Chromium's own printing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrowserWindow, session } from 'electron';
import type { SheetChoice } from '../shared/deck.ts';
import { TracedeckError } from './errors/tracedeckError.ts';

/** Of this process alone, and gone with it: nothing that the app's windows know is seen there. */
const PARTITION = 'tracedeck-print';
/** 10,000 cards take some seconds. */
const LIMIT_MS = 180_000;

const FOOTER =
  '<div style="width:100%;font-size:7pt;text-align:center;color:#777"><span class="pageNumber"></span> / <span class="totalPages"></span></div>';

/**
 * Prints `html` in a hidden, sandboxed window without JavaScript and without a network. The page's own `@page` says its
 * size and margins.
 * @throws TracedeckError `print_failed`
 */
export async function printSheet(html: string, paper: SheetChoice['paper'] = 'a4'): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-print-'));
  const file = join(folder, 'sheet.html');
  const url = pathToFileURL(file).href;
  let window: BrowserWindow | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    await writeFile(file, html, { mode: 0o600 });
    const own = session.fromPartition(PARTITION, { cache: false });
    own.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
    own.webRequest.onBeforeRequest((request, answer) =>
      answer({ cancel: !request.url.startsWith('data:image/') && !isSheet(request.url) }),
    );
    window = new BrowserWindow({
      show: false,
      width: 900,
      height: 1200,
      webPreferences: {
        session: own,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        javascript: false,
        spellcheck: false,
        backgroundThrottling: false,
      },
    });
    const { webContents } = window;
    webContents.on('will-navigate', (event) => event.preventDefault());
    webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
    const gone = new Promise<never>((_resolve, reject) => {
      webContents.once('render-process-gone', (_event, { reason }) => reject(new Error(`page ${reason}`)));
      timer = setTimeout(() => reject(new Error('it took too long')), LIMIT_MS);
    });
    const print = async (): Promise<Uint8Array> => {
      await webContents.loadURL(url);
      return await webContents.printToPDF({
        pageSize: paper === 'letter' ? 'Letter' : 'A4',
        preferCSSPageSize: true,
        printBackground: false,
        displayHeaderFooter: true,
        headerTemplate: '<span></span>',
        footerTemplate: FOOTER,
        generateTaggedPDF: true,
      });
    };
    return await Promise.race([print(), gone]);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TracedeckError('permanent', 'print_failed', `The cards could not be printed to PDF: ${why}.`, {
      hint: 'Export fewer cards at once, or export as .html and print it from a browser.',
      cause: thrown,
    });
  } finally {
    clearTimeout(timer);
    window?.destroy();
    await rm(folder, { recursive: true, force: true });
  }

  function isSheet(requested: string): boolean {
    return requested === url;
  }
}
