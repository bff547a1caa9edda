/** A file's bytes as its content says: unpacked where it is gzip, UTF-8 where it is UTF-16, without a byte order mark. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { systemReason } from './fileErrors.ts';

const PIECE_BYTES = 1 << 20;
/** How messages of `file_unreadable` begin. */
export const CANNOT_READ = 'Cannot read';

export type FileBytes = {
  /** The beginning: all of a file that is smaller, at least `HEAD_BYTES` of others. */
  readonly head: Buffer;
  /** All of it, the head included. To be read once. */
  readonly pieces: AsyncIterable<Buffer>;
};
export const HEAD_BYTES = 1 << 20;

/**
 * @param onRead - told of each piece of the file how many bytes of it have been read so far, packed as they are
 * @throws TracedeckError `file_unreadable`, `file_packed`; so does reading on
 */
export async function openFileBytes(path: string, onRead?: (bytes: number) => void): Promise<FileBytes> {
  const pieces = decoded(path, onRead)[Symbol.asyncIterator]();
  const early: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  let failure: unknown = null;
  while (bytes < HEAD_BYTES && !isOver) {
    try {
      const { value, done } = await pieces.next();
      if (done === true) isOver = true;
      else {
        early.push(value);
        bytes += value.length;
      }
    } catch (error) {
      // What came before it can still be read.
      if (early.length === 0) throw error;
      failure = error;
      isOver = true;
    }
  }
  return {
    head: Buffer.concat(early),
    pieces: (async function* () {
      yield* early;
      if (failure !== null) throw failure;
      if (!isOver) yield* { [Symbol.asyncIterator]: () => pieces };
    })(),
  };
}

async function* decoded(path: string, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  let first = true;
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  for await (const piece of unpacked(path, onRead)) {
    let bytes = piece;
    if (first && bytes.length > 0) {
      first = false;
      if (bytes[0] === 0xff && bytes[1] === 0xfe) decoder = new TextDecoder('utf-16le');
      else if (bytes[0] === 0xfe && bytes[1] === 0xff) decoder = new TextDecoder('utf-16be');
      else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    }
    yield decoder === null ? bytes : Buffer.from(decoder.decode(bytes, { stream: true }));
  }
}

async function* unpacked(path: string, onRead?: (bytes: number) => void): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  try {
    const pieces = file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const start = await pieces.next();
    if (start.done === true) return;
    onRead?.(file.bytesRead);
    const magic = start.value.subarray(0, 4).toString('hex');
    if (magic === '504b0304' || magic === '28b52ffd' || magic.startsWith('425a68') || magic === 'fd377a58') {
      throw new TracedeckError('user', 'file_packed', `${path} is packed in a way that is not read here.`, {
        hint: 'Unpack it first; gzip is the one form that is unpacked on the way.',
      });
    }
    const all = (async function* () {
      yield start.value;
      for await (const piece of { [Symbol.asyncIterator]: () => pieces }) {
        onRead?.(file.bytesRead);
        yield piece;
      }
    })();
    if (!magic.startsWith('1f8b')) {
      yield* all;
      return;
    }
    const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
    file.on('error', (error) => gunzip.destroy(error));
    gunzip.on('close', () => file.destroy());
    void feed(all, gunzip);
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof TracedeckError) throw error;
    const message = `${CANNOT_READ} ${path}: ${systemReason(error)}.`;
    throw new TracedeckError('user', 'file_unreadable', message, { cause: error });
  } finally {
    file.destroy();
  }
}

async function feed(pieces: AsyncIterable<Buffer>, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(piece)) {
        await new Promise<void>((resolve) => {
          gunzip.once('drain', resolve);
          gunzip.once('close', resolve);
        });
      }
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
