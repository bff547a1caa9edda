import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { systemReason } from '../errors/systemReason.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type ListSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'text'; readonly text: string; readonly name?: string }
  | {
      readonly kind: 'stdin';
      readonly stream: AsyncIterable<Uint8Array | string>;
      readonly name?: string;
    };

/** Bytes that can be read more than once, and are the same each time or an error. */
export interface ByteSource {
  readonly name: string;
  /** Every piece is valid only until the next one is asked for. The first reading must reach its end. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Gives back what the source holds on disk. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 64 * 1024;
/** Piped input up to this size stays in memory; what is longer goes to a temporary file. */
const MEMORY_BYTES = 4_000_000;

/** @throws TracedeckError `file_unreadable` with the system's reason. */
export async function openByteSource(source: ListSource): Promise<ByteSource> {
  if (source.kind === 'text') return textSource(source.text, source.name ?? 'pasted text');
  if (source.kind === 'stdin') return streamSource(source.stream, source.name ?? 'standard input');
  const stats = await readable(source.path, () => stat(source.path));
  if (stats.isDirectory()) throw unreadable(source.path, 'it is a folder');
  // A pipe (`<(command)`) can be read only once.
  if (!stats.isFile()) return streamSource(createReadStream(source.path), basename(source.path));
  return fileSource(source.path);
}

function textSource(text: string, name: string): ByteSource {
  return {
    name,
    async *chunks() {
      // Cut before encoding, so that long text is not held twice; never inside a surrogate pair.
      for (let at = 0; at < text.length;) {
        let end = Math.min(at + CHUNK_BYTES, text.length);
        const code = text.charCodeAt(end - 1);
        if (code >= 0xd800 && code <= 0xdbff && end < text.length) end += 1;
        yield Buffer.from(text.slice(at, end), 'utf8');
        at = end;
      }
    },
    close: async () => {},
  };
}

function fileSource(path: string): ByteSource {
  let first: Stats | null = null;
  const check = (now: Stats): void => {
    first ??= now;
    if (now.size !== first.size || now.mtimeMs !== first.mtimeMs) throw fileChanged(path);
  };
  return {
    name: basename(path),
    async *chunks() {
      const handle = await readable(path, () => open(path, 'r'));
      try {
        check(await handle.stat());
        yield* readHandle(handle, path);
        check(await handle.stat());
      } finally {
        await handle.close();
      }
    },
    close: async () => {},
  };
}

/** Keeps what the first reading saw, in memory or in a file that has no name where the system allows it. */
function streamSource(stream: AsyncIterable<Uint8Array | string>, name: string): ByteSource {
  let memory: Uint8Array[] = [];
  let bytes = 0;
  let spill: { readonly handle: FileHandle; readonly folder: string | null } | null = null;
  let seen = false;

  async function keep(chunk: Uint8Array): Promise<void> {
    bytes += chunk.length;
    if (!spill && bytes <= MEMORY_BYTES) {
      memory.push(Buffer.from(chunk));
      return;
    }
    try {
      spill ??= await openSpill();
      for (const part of [...memory, chunk]) await spill.handle.appendFile(part);
      memory = [];
    } catch (thrown) {
      throw unreadable(name, `it could not be kept in ${tmpdir()}: ${systemReason(thrown)}`, thrown);
    }
  }

  return {
    name,
    async *chunks() {
      if (!seen) {
        seen = true;
        try {
          for await (const piece of stream) {
            const chunk = typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece;
            await keep(chunk);
            yield chunk;
          }
        } catch (thrown) {
          throw thrown instanceof TracedeckError ? thrown : unreadable(name, systemReason(thrown), thrown);
        }
      } else {
        if (spill) yield* readHandle(spill.handle, name);
        else yield* memory;
      }
    },
    async close() {
      memory = [];
      await spill?.handle.close();
      if (spill?.folder) await rm(spill.folder, { recursive: true, force: true });
      spill = null;
    },
  };
}

/** A temporary file for reading and appending; it vanishes with its handle, on Windows with `close`. */
async function openSpill(): Promise<{ handle: FileHandle; folder: string | null }> {
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-'));
  const handle = await open(join(folder, 'list'), 'ax+', 0o600);
  if (process.platform === 'win32') return { handle, folder };
  await rm(folder, { recursive: true, force: true });
  return { handle, folder: null };
}

async function* readHandle(handle: FileHandle, name: string): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await readable(name, () => handle.read(buffer, 0, CHUNK_BYTES, position));
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    throw unreadable(path, systemReason(thrown), thrown);
  }
}

function unreadable(path: string, why: string, cause?: unknown): TracedeckError {
  return new TracedeckError('user', 'file_unreadable', `Cannot read ${path}: ${why}.`, {
    hint: 'Check the path, and that you may read the file.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function fileChanged(path: string): TracedeckError {
  return new TracedeckError('user', 'file_changed', `${basename(path)} changed while it was being read.`, {
    hint: 'Open the list again, so that what is read is what was checked.',
  });
}

/** SHA-256 over what passes through, as lower-case hex. */
export function createContentHash(): { add(bytes: Uint8Array): void; hex(): string } {
  const hash = createHash('sha256');
  return { add: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
}
