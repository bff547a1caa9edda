/** Whatever cards can be made of, opened by what it is: a list of rows, or a document that is cut into passages. */
import { openPackage } from '../anki/packageReader.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { guessLanguage } from '../exchange/guessLanguage.ts';
import { openList, type ListSource, type OpenedList } from '../exchange/readList.ts';
import { openDocument } from '../sources/openDocument.ts';
import { sniffSource, sniffText, type SourceKind } from '../sources/sniffSource.ts';

export type SourceFiles = {
  /** Entry of the thread that reads documents; `null` for no thread. */
  readonly sourceWorker: string | null;
  /** pdf.js's folder of character maps. */
  readonly cMaps: string | null;
};
export type SourceOptions = {
  /** How pasted text is taken; by its look where it is not given. */
  readonly as?: 'list' | 'notes';
  readonly signal?: AbortSignal;
};

/**
 * @throws TracedeckError what `openList` and `openDocument` throw; `is_package` for cards that were made already, or what
 *   is wrong with a package
 */
export async function openSource(
  source: ListSource,
  files: SourceFiles,
  { as, signal }: SourceOptions = {},
): Promise<OpenedList> {
  const kind = as === undefined ? await kindOf(source) : as === 'notes' ? 'markdown' : 'list';
  if (kind === 'package' && source.kind === 'file') throw await packageFault(source.path);
  if (kind === 'list' || kind === 'package' || source.kind === 'stdin') return openList(source);
  return openDocument(source, {
    format: kind,
    workerFile: files.sourceWorker,
    cMapFolder: files.cMaps,
    guessLanguage: (texts) => guessLanguage(texts, []),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function kindOf(source: ListSource): Promise<SourceKind> {
  switch (source.kind) {
    case 'file':
      return sniffSource(source.path);
    case 'text':
      return sniffText(source.text, source.name);
    case 'stdin':
      return 'list';
  }
}

async function packageFault(path: string): Promise<TracedeckError> {
  const preview = await openPackage(path).catch((thrown: unknown) => toTracedeckError(thrown));
  if (preview instanceof TracedeckError) return preview;
  await preview.close();
  return new TracedeckError('user', 'is_package', `${path} holds cards that are made already.`, {
    hint: `Import it: Cards › Import, export; or: npm run -s cli -- import ${path}`,
  });
}
