/** A document as a source of passages: read once, in a thread of its own, and handed out as often as asked. */
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SourceItem } from '../../shared/card.ts';
import type { ListPreview, RowError } from '../../shared/run.ts';
import { cancelledError, fromPlainError, TracedeckError } from '../errors/tracedeckError.ts';
import { PASSAGE_TOKENS } from './cutPassages.ts';
import { declaredLanguage } from './declaredLanguage.ts';
import type { DocumentKind } from './documentTypes.ts';
import { createPassageStore, packPassages } from './passageStore.ts';
import type { PassageStore } from './passageStore.ts';
import type { DocumentJob, DocumentLimits, DocumentReport, FromSourceWorker } from './sourceMessages.ts';

const DOCUMENT_LIMITS: DocumentLimits = {
  maxFileBytes: 500 * 1024 * 1024,
  maxTextBytes: 64 * 1024 * 1024,
  maxPages: 5000,
  maxPassages: 100_000,
};
/** A file that takes longer is one that does not end. */
const TIMEOUT_MS = 10 * 60_000;
/** A thread that needs more ends, and with it the file; the program goes on. */
const MAX_HEAP_MB = 3072;
const SAMPLE_ROWS = 8;
const MAX_REPORTED = 100;

export type DocumentSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string; readonly name?: string };

export type DocumentOptions = {
  readonly format: DocumentKind;
  /** Entry of the thread: sourceWorker.ts in the sources, sourceWorker.cjs in the bundle; `null` for no thread. */
  readonly workerFile: string | URL | null;
  /** pdf.js's folder of character maps; `null` costs the text of some older Chinese, Japanese and Korean PDFs. */
  readonly cMapFolder: string | null;
  /** The texts' language as a BCP 47 tag, as of a list's terms. */
  readonly guessLanguage: (texts: readonly string[]) => string;
  /** Tokens of a passage; 350 where it is not given. */
  readonly maxTokens?: number;
  readonly limits?: Partial<DocumentLimits>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
};

/** The shape of an opened list. */
export type OpenedDocument = {
  readonly preview: ListPreview;
  readonly counts: { readonly items: number; readonly problems: number; readonly warnings: number };
  /** SHA-256 of the bytes, lower-case hex. */
  readonly contentHash: string;
  /** The passages in batches, in the document's order. @throws TracedeckError `source_closed` */
  items(options?: { readonly limit?: number | null }): AsyncIterable<readonly (SourceItem | RowError)[]>;
  close(): Promise<void>;
};

/**
 * Reads and cuts a document. What `items` hands out is what was read here, whatever becomes of the file.
 *
 * @throws TracedeckError of category `user`: `file_unreadable`, `empty_file`, `file_too_large`, `not_utf8`,
 * `binary_file`, `no_text`, `pdf_encrypted`, `pdf_damaged`, `too_many_pages`, `zip_damaged`, `zip_bomb`,
 * `epub_damaged`, `epub_locked`, `document_too_slow`; `cancelled` through the signal
 */
export async function openDocument(
  source: DocumentSource,
  options: DocumentOptions,
): Promise<OpenedDocument> {
  const job: DocumentJob = {
    kind: options.format,
    name: source.kind === 'file' ? basename(source.path) : (source.name ?? 'pasted text'),
    from: source.kind === 'file' ? { path: source.path } : { text: source.text },
    cMaps: options.cMapFolder === null ? null : options.cMapFolder.replace(/[\\/]?$/, '/'),
    maxTokens: Math.max(40, options.maxTokens ?? PASSAGE_TOKENS),
    limits: { ...DOCUMENT_LIMITS, ...options.limits },
  };
  const store = createPassageStore();
  try {
    const report = await (options.workerFile === null
      ? readHere(job, store, options)
      : readInThread(options.workerFile, job, store, options));
    return await opened(job, report, store, options);
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

async function readHere(
  job: DocumentJob,
  store: PassageStore,
  options: DocumentOptions,
): Promise<DocumentReport> {
  const { readSource } = await import('./readSource.ts');
  const endMs = Date.now() + (options.timeoutMs ?? TIMEOUT_MS);
  return readSource(job, {
    context: {
      throwIfStopped() {
        if (options.signal?.aborted === true) throw cancelledError();
        if (Date.now() > endMs) throw tooSlow(job.name);
      },
      progress: (done, total) => options.onProgress?.(done, total),
    },
    passages: (batch) => store.add(packPassages(batch)),
  });
}

function readInThread(
  workerFile: string | URL,
  job: DocumentJob,
  store: PassageStore,
  { signal, onProgress, timeoutMs = TIMEOUT_MS }: DocumentOptions,
): Promise<DocumentReport> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(cancelledError());
    const thread = new Worker(workerFile, {
      workerData: job,
      name: 'document',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      // Libraries print what they stumble over in a file; what matters comes back as a problem.
      stdout: true,
      stderr: true,
    });
    thread.stdout.resume();
    thread.stderr.resume();
    let failure: unknown = new TracedeckError(
      'permanent',
      'document_thread_ended',
      'The thread that reads the document ended.',
    );
    let kept: Promise<unknown> = Promise.resolve();
    const fail = (error: unknown): void => {
      failure = error;
      void thread.terminate();
    };
    const stop = (): void => fail(cancelledError());
    const timer = setTimeout(() => fail(tooSlow(job.name)), timeoutMs);
    signal?.addEventListener('abort', stop, { once: true });
    thread.on('message', (message: FromSourceWorker) => {
      if (message.type === 'progress') onProgress?.(message.done, message.total);
      else if (message.type === 'passages') {
        const adding = store.add(message.bytes);
        kept = Promise.all([kept, adding]);
        kept.catch(fail);
      } else if (message.type === 'done') kept.then(() => resolve(message.report), reject);
      else reject(fromPlainError(message.error));
    });
    thread.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(job.name) : error),
    );
    thread.on('exit', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      // The last batch may still be on its way to the disk.
      void kept.finally(() => reject(failure)).catch(() => {});
    });
  });
}

async function opened(
  job: DocumentJob,
  report: DocumentReport,
  store: PassageStore,
  { guessLanguage }: DocumentOptions,
): Promise<OpenedDocument> {
  const tags = report.tags.join(', ');
  const asItem = (
    { term, place, passage }: Pick<Required<SourceItem>, 'term' | 'place' | 'passage'>,
    row: number,
  ): SourceItem => ({
    row,
    term,
    kind: 'passage',
    fields: tags === '' ? {} : { tags },
    extra: {},
    place,
    passage,
  });
  const sample: { row: number; cells: string[] }[] = [];
  for await (const batch of store.batches()) {
    for (const { term } of batch) {
      const begins = report.document.outline[sample.length]?.begins ?? '';
      if (sample.length < SAMPLE_ROWS) sample.push({ row: sample.length + 1, cells: [term, begins] });
    }
    break;
  }
  return {
    preview: {
      sourceName: job.name,
      format: job.kind,
      hasHeader: false,
      encoding: report.encoding,
      columns: [
        { header: 'Passage', field: 'term' },
        { header: 'Begins', field: null },
      ],
      rows: report.passages,
      truncated: report.problems.some(({ code }) => code === 'too_many_passages'),
      sample,
      problems: report.problems.slice(0, MAX_REPORTED),
      warnings: report.warnings.slice(0, MAX_REPORTED),
      termLanguage: declaredLanguage(report.language, guessLanguage(report.sampleText)),
      document: report.document,
    },
    counts: { items: report.passages, problems: report.problems.length, warnings: report.warnings.length },
    contentHash: report.contentHash,
    async *items({ limit = null } = {}) {
      let row = 0;
      for await (const batch of store.batches()) {
        const items = batch.map((named) => asItem(named, (row += 1)));
        const over = limit === null ? 0 : row - limit;
        yield over > 0 ? items.slice(0, items.length - over) : items;
        if (over >= 0 && limit !== null) return;
      }
    },
    close: () => store.close(),
  };
}

function tooSlow(name: string): TracedeckError {
  return new TracedeckError('user', 'document_too_slow', `${name} takes too long to read.`, {
    hint: 'Split the file, or save it anew with another program.',
  });
}

function outOfMemory(name: string): TracedeckError {
  return new TracedeckError(
    'user',
    'file_too_large',
    `${name} cannot be read within ${MAX_HEAP_MB / 1024} GB of memory.`,
    {
      hint: 'Split the file.',
    },
  );
}
