/**
 * pdf.js as a plain reader of text: both its halves run in the thread that asks, nothing is drawn, and nothing is
 * fetched but the character maps in the folder that is handed in.
 */
import type * as PdfDist from 'pdfjs-dist';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type PdfFolders = {
  /** Character maps of fonts that bring none (older Chinese, Japanese and Korean files); ends with a slash. */
  readonly cMaps: string | null;
};

type PdfJs = typeof PdfDist;
let loaded: Promise<PdfJs> | undefined;

/**
 * @throws TracedeckError `pdf_encrypted` where a password is asked for, `pdf_damaged` where pdf.js finds no document
 */
export async function openPdf(
  data: Uint8Array,
  name: string,
  { cMaps }: PdfFolders,
): Promise<{ readonly pdf: PdfDist.PDFDocumentProxy; readonly OPS: PdfJs['OPS'] }> {
  const { getDocument, OPS, VerbosityLevel } = await (loaded ??= load());
  const task = getDocument({
    data,
    verbosity: VerbosityLevel.ERRORS,
    // Scripts and forms are neither run nor laid out; pictures are seen and not decoded.
    enableXfa: false,
    useSystemFonts: false,
    disableFontFace: true,
    maxImageSize: 1,
    useWasm: false,
    ...(cMaps === null ? {} : { cMapUrl: cMaps, cMapPacked: true }),
  });
  try {
    return { pdf: await task.promise, OPS };
  } catch (thrown) {
    await task.destroy();
    if (thrown instanceof Error && thrown.name === 'PasswordException') {
      throw new TracedeckError('user', 'pdf_encrypted', `${name} is protected by a password.`, {
        hint: 'Open it in a PDF reader, save a copy without the password, and use the copy.',
      });
    }
    throw damagedPdf(name, thrown);
  }
}

export function damagedPdf(name: string, cause: unknown): TracedeckError {
  const reason = cause instanceof Error ? cause.message.replace(/\.?$/, '.') : '';
  return new TracedeckError('user', 'pdf_damaged', `${name} cannot be read as a PDF. ${reason}`.trim(), {
    hint: 'Open it in a PDF reader and save it anew, or copy its text into a text file.',
    cause,
  });
}

async function load(): Promise<PdfJs> {
  // While it is loaded pdf.js looks for a canvas to draw on and complains that there is none; nobody draws here.
  const { warn } = console;
  console.warn = () => {};
  try {
    const { WorkerMessageHandler } = await import('pdfjs-dist/legacy/build/pdf.worker.mjs');
    // The drawing half would load the parsing half by a path that no bundle has.
    Object.assign(globalThis, { pdfjsWorker: { WorkerMessageHandler } });
    return await import('pdfjs-dist/legacy/build/pdf.mjs');
  } finally {
    console.warn = warn;
  }
}
