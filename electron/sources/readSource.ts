/** One document from its bytes to named passages. Runs in a thread of its own, or in the caller's. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import type { RowError } from '../../shared/run.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { beginningOf, blockText } from './blockText.ts';
import { loadTokenCounter } from './countTokens.ts';
import { cutPassages } from './cutPassages.ts';
import type { CutPassage } from './cutPassages.ts';
import type { ReadContext, ReadDocument } from './documentTypes.ts';
import { namePassages } from './namePassages.ts';
import type { DocumentJob, DocumentReport, NamedPassage } from './sourceMessages.ts';

const OUTLINE_ROWS = 200;
const BEGINS_CHARS = 120;
const BATCH = 64;
const SAMPLE_PASSAGES = 40;

export type SourceSink = {
  readonly context: ReadContext;
  readonly passages: (batch: readonly NamedPassage[]) => void | Promise<void>;
};

/**
 * @throws TracedeckError `file_unreadable`, `empty_file`, `file_too_large`, `not_utf8`, `binary_file`, `no_text`, and
 *   what readPdf and readEpub throw
 */
export async function readSource(
  job: DocumentJob,
  { context, passages }: SourceSink,
): Promise<DocumentReport> {
  const bytes = await bytesOf(job);
  const contentHash = createHash('sha256').update(bytes).digest('hex');
  const document = await read(job, bytes, context);
  const count = await loadTokenCounter();
  const problems: RowError[] = [...document.problems];
  const found: CutPassage[] = [];
  for (const cut of cutPassages(document.blocks, count, job.maxTokens)) {
    if (found.length % BATCH === 0) context.throwIfStopped();
    if (found.length >= job.limits.maxPassages) {
      problems.push({
        row: found.length,
        code: 'too_many_passages',
        message: `Only the first ${job.limits.maxPassages} passages are taken; split the file to read the rest.`,
      });
      break;
    }
    found.push(cut);
  }
  if (found.length === 0) throw noText(job.name, document);
  const names = namePassages(found, document.title);
  for (let at = 0; at < found.length; at += BATCH) {
    context.throwIfStopped();
    await passages(
      found.slice(at, at + BATCH).map((cut, index) => ({ term: names[at + index] ?? '', ...cut })),
    );
  }
  return {
    contentHash,
    encoding: document.encoding,
    tags: document.tags,
    language: document.language,
    passages: found.length,
    document: {
      title: document.title,
      tokens: found.reduce((sum, { passage }) => sum + passage.tokens, 0),
      scannedPages: document.scannedPages,
      pages: document.pages,
      outline: found.slice(0, OUTLINE_ROWS).map(({ place, passage }, at) => ({
        row: at + 1,
        place,
        tokens: passage.tokens,
        begins: beginningOf(passage.blocks, BEGINS_CHARS),
      })),
    },
    problems,
    warnings: document.warnings,
    sampleText: found
      .slice(0, SAMPLE_PASSAGES)
      .map(({ passage }) => passage.blocks.map(blockText).join('\n').slice(0, 2000)),
  };
}

async function read(job: DocumentJob, bytes: Uint8Array, context: ReadContext): Promise<ReadDocument> {
  switch (job.kind) {
    case 'pdf': {
      const { readPdf } = await import('./readPdf.ts');
      return readPdf(bytes, job.name, { cMaps: job.cMaps }, { maxPages: job.limits.maxPages }, context);
    }
    case 'epub': {
      const { readEpub } = await import('./readEpub.ts');
      return readEpub(bytes, job.name, context);
    }
    case 'markdown': {
      const { readMarkdown } = await import('./readMarkdown.ts');
      const { text, encoding } = decodeText(bytes, job.name);
      return { ...readMarkdown(text, context), encoding };
    }
  }
}

async function bytesOf(job: DocumentJob): Promise<Uint8Array> {
  if ('text' in job.from) return checkSize(Buffer.from(job.from.text, 'utf8'), job);
  const { path } = job.from;
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > maxBytes(job)) throw tooLarge(job, size);
      // A plain array of its own: pdf.js takes its buffer over.
      const bytes = new Uint8Array(size);
      let at = 0;
      while (at < size) {
        const { bytesRead } = await file.read(bytes, at, Math.min(size - at, 1 << 24), at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return checkSize(bytes.subarray(0, at), job);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof TracedeckError) throw thrown;
    const reason =
      thrown instanceof Error ? thrown.message.replace(/^(\w+): ([^,]*).*$/s, '$2 ($1)') : String(thrown);
    throw new TracedeckError('user', 'file_unreadable', `Cannot read ${path}: ${reason}.`, {
      hint: 'Check the path, and that you may read the file.',
      cause: thrown,
    });
  }
}

function maxBytes({ kind, limits }: DocumentJob): number {
  return kind === 'markdown' ? limits.maxTextBytes : limits.maxFileBytes;
}

function checkSize(bytes: Uint8Array, job: DocumentJob): Uint8Array {
  if (bytes.length > maxBytes(job)) throw tooLarge(job, bytes.length);
  if (bytes.length > 0) return bytes;
  throw new TracedeckError('user', 'empty_file', `${job.name} is empty.`, { hint: 'Choose another file.' });
}

function tooLarge(job: DocumentJob, size: number): TracedeckError {
  const mb = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  return new TracedeckError('user', 'file_too_large', `${job.name} has ${mb(size)}.`, {
    hint: `At most ${mb(maxBytes(job))} are read; split the file.`,
  });
}

/** UTF-8 with or without byte order mark, UTF-16 with one. */
function decodeText(bytes: Uint8Array, name: string): { text: string; encoding: string } {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TracedeckError('user', 'not_utf8', `${name} is not UTF-8 text.`, {
      hint: 'Open it in an editor and save it as UTF-8.',
      cause,
    });
  }
  if (!text.includes('\0')) return { text, encoding };
  throw new TracedeckError('user', 'binary_file', `${name} holds NUL bytes, so it is not a text file.`, {
    hint: 'Choose notes in Markdown or plain text, a PDF or an EPUB.',
  });
}

function noText(name: string, { scannedPages, pages }: ReadDocument): TracedeckError {
  if (scannedPages.length > 0) {
    const all = scannedPages.length === pages ? 'All' : String(scannedPages.length);
    return new TracedeckError(
      'user',
      'no_text',
      `${name} holds no text: ${all} of its ${pages} pages are pictures.`,
      {
        hint: 'It was scanned. Run text recognition (OCR) over it first, for instance with OCRmyPDF.',
      },
    );
  }
  return new TracedeckError('user', 'no_text', `${name} holds no text to make cards of.`, {
    hint: 'Choose a file with paragraphs, lists or tables.',
  });
}
