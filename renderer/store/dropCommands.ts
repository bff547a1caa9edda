/** Files that were dropped on the window: each goes where its content belongs, whichever screen it fell on. */
import { getApi } from '../api.ts';
import { END_BYTES, fileContent } from '../derive/fileContent.ts';
import type { FileContent } from '../derive/fileContent.ts';
import { readSource } from './commands.ts';
import { getState } from './index.ts';
import { importTraceFiles, searchRoute } from './traceCommands.ts';

type Dropped = { readonly name: string; readonly path: string; readonly content: FileContent | 'unreadable' };

/** Trace files are imported together; of all else the first is taken. What was not taken is said. */
export async function dropFiles(files: readonly File[]): Promise<void> {
  const dropped = await Promise.all(files.map(look));
  const first = dropped.find(({ content }) => content !== null && content !== 'unreadable');
  if (first === undefined) {
    for (const file of dropped.slice(0, 2)) refuse(file);
    return;
  }
  const taken = first.content === 'traces' ? dropped.filter(({ content }) => content === 'traces') : [first];
  const left = dropped.filter((file) => !taken.includes(file));
  if (left.length > 0) {
    getState().toastAdded({
      tone: 'info',
      text: `Only ${taken.map(({ name }) => name).join(', ')} ${taken.length === 1 ? 'was' : 'were'} taken.`,
      hint: `Drop the ${left.length === 1 ? 'other file' : 'others'} one at a time; trace files may come together.`,
    });
  }
  take(
    first.content,
    taken.map(({ path }) => path),
  );
}

function take(content: Dropped['content'], paths: readonly string[]): void {
  const { navigated, runShown, route } = getState();
  const [path = ''] = paths;
  if (content === 'traces') {
    if (route.view !== 'traces' || route.traceId !== undefined) navigated(searchRoute());
    void importTraceFiles(paths);
  } else if (content === 'cards') {
    navigated({ ...(route.view === 'cards' ? route : { view: 'cards' }), open: 'import', file: path });
  } else {
    runShown(null);
    navigated({ view: 'generate' });
    void readSource(path);
  }
}

function refuse({ name, content }: Dropped): void {
  const isUnread = content === 'unreadable';
  getState().toastAdded({
    tone: 'bad',
    text: isUnread
      ? `${name} could not be read.`
      : `${name} holds neither traces nor cards, and no list or document.`,
    hint: isUnread
      ? 'A folder can be watched instead: Settings, Watched folders.'
      : 'Taken are traces (OTLP, Jaeger, Chrome, Zipkin), cards (Anki packages and text files, JSON of this program), lists and documents (CSV, TSV, text, Markdown, PDF, EPUB).',
  });
}

async function look(file: File): Promise<Dropped> {
  const { name } = file;
  const path = getApi().pathOfDroppedFile(file);
  try {
    const [head, tail] = [await endOf(file.slice(0, END_BYTES)), await endOf(file.slice(-END_BYTES))];
    const isPacked = head[0] === 0x1f && head[1] === 0x8b;
    if (!isPacked) return { name, path, content: fileContent({ name, head, tail }) };
    // Traces are the only ones that are read packed.
    const inside = await unpackedHead(file);
    const content = fileContent({ name: name.replace(/\.gz$/i, ''), head: inside, tail: inside });
    return { name, path, content: content === 'traces' ? content : null };
  } catch {
    return { name, path, content: 'unreadable' };
  }
}

const endOf = async (part: Blob) => new Uint8Array(await part.arrayBuffer());

async function unpackedHead(file: File): Promise<Uint8Array> {
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return (value ?? new Uint8Array()).subarray(0, END_BYTES);
}
