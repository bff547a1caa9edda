/** The passages of an open document: in memory as packed text, or in a temporary file where they are many. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { NamedPassage } from './sourceMessages.ts';

const MEMORY_BYTES = 4_000_000;

export function packPassages(batch: readonly NamedPassage[]): Uint8Array {
  // A buffer of its own, so that it can be handed to another thread.
  return new TextEncoder().encode(JSON.stringify(batch));
}

export interface PassageStore {
  add(bytes: Uint8Array): Promise<void>;
  /** The batches as they were added. @throws TracedeckError `source_closed` after `close` */
  batches(): AsyncGenerator<readonly NamedPassage[]>;
  close(): Promise<void>;
}

export function createPassageStore(): PassageStore {
  let memory: Uint8Array[] = [];
  const places: { readonly at: number; readonly bytes: number }[] = [];
  let size = 0;
  let file: { readonly handle: FileHandle; readonly folder: string | null } | null = null;
  let closed = false;
  let queue = Promise.resolve();

  async function keep(bytes: Uint8Array): Promise<void> {
    if (closed) return;
    places.push({ at: size, bytes: bytes.length });
    size += bytes.length;
    if (file === null && size <= MEMORY_BYTES) {
      memory.push(bytes);
      return;
    }
    try {
      file ??= await openTemporary();
      for (const part of [...memory, bytes]) await file.handle.appendFile(part);
      memory = [];
    } catch (cause) {
      throw new TracedeckError('permanent', 'no_room', `The document's text cannot be kept in ${tmpdir()}.`, {
        hint: 'Make room there, or set TMPDIR to another folder.',
        cause,
      });
    }
  }

  return {
    add(bytes) {
      // One after the other: a batch may be added while the last is still being written.
      const added = queue.then(() => keep(bytes));
      queue = added.catch(() => {});
      return added;
    },
    async *batches() {
      for (const [index, { at, bytes }] of places.entries()) {
        if (closed) {
          throw new TracedeckError('permanent', 'source_closed', 'The document was closed.', {
            hint: 'Open it again.',
          });
        }
        let packed = memory[index];
        if (file !== null) {
          packed = new Uint8Array(bytes);
          await file.handle.read(packed, 0, bytes, at);
        }
        yield JSON.parse(Buffer.from(packed ?? []).toString('utf8')) as readonly NamedPassage[];
      }
    },
    async close() {
      closed = true;
      memory = [];
      await queue;
      await file?.handle.close();
      if (file?.folder) await rm(file.folder, { recursive: true, force: true });
      file = null;
    },
  };
}

/** Vanishes with its handle, on Windows with `close`. */
async function openTemporary(): Promise<{ handle: FileHandle; folder: string | null }> {
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-'));
  const handle = await open(join(folder, 'passages'), 'ax+', 0o600);
  if (process.platform === 'win32') return { handle, folder };
  await rm(folder, { recursive: true, force: true });
  return { handle, folder: null };
}
