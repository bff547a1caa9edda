/** The body of an HTTP request: read and unpacked, each within its limit. */
import type { IncomingMessage } from 'node:http';
import * as zlib from 'node:zlib';
import { Refusal } from './refusal.ts';

/** Of all requests that are being read, in sum. */
export type WireBudget = { held: number; readonly max: number };

type Unpack = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; chunkSize: number },
  done: (error: NodeJS.ErrnoException | null, result: Buffer) => void,
) => void;
/** Newer Nodes alone have it. */
const zstdDecompress = (zlib as unknown as { zstdDecompress?: Unpack }).zstdDecompress;
const UNPACKERS: Readonly<Record<string, Unpack>> = {
  gzip: zlib.gunzip,
  'x-gzip': zlib.gunzip,
  deflate: zlib.inflate,
  ...(zstdDecompress === undefined ? {} : { zstd: zstdDecompress }),
};
/** What is said to clients that pack otherwise. */
const ENCODINGS = Object.keys(UNPACKERS).filter((name) => name !== 'x-gzip');

/** @throws Refusal for an encoding that is not known here */
export function encodingOf(header: string | undefined): string | null {
  const name = header?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return null;
  if (!Object.hasOwn(UNPACKERS, name))
    throw new Refusal('unknownForm', `content-encoding is one of ${ENCODINGS.join(', ')}, or none.`);
  return name;
}

/**
 * Reads no further than the limit. The bytes count as held until `release` is called.
 * @throws Refusal, also for a client that goes away in the middle
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: WireBudget,
): Promise<{ readonly bytes: Buffer; readonly release: () => void }> {
  const tooLarge = () =>
    new Refusal('tooLarge', `The request is larger than ${maxBytes} bytes: send smaller batches, or gzip.`);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) throw tooLarge();
  let held = 0;
  const release = (): void => {
    budget.held -= held;
    held = 0;
  };
  const hold = (bytes: number): void => {
    // One alone has its own limit.
    if (budget.held + bytes > budget.max && budget.held > held)
      throw new Refusal('busy', 'Too much arrives at once: send it again in a moment.');
    held += bytes;
    budget.held += bytes;
  };
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const fail = (error: Refusal): void => {
      request.off('data', onData);
      release();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) return fail(tooLarge());
      try {
        hold(chunk.length);
      } catch (error) {
        return fail(error as Refusal);
      }
      chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () =>
      resolve({ bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), release }),
    );
    const gone = (): void => fail(new Refusal('slow', 'The request did not arrive whole.'));
    request.once('error', gone);
    request.once('close', () => {
      if (!request.complete) gone();
    });
  });
}

/** @throws Refusal for what is packed otherwise than it says, or would be larger than `maxBytes` */
export function unpack(bytes: Buffer, encoding: string | null, maxBytes: number): Promise<Buffer> {
  const tooLarge = () =>
    new Refusal('tooLarge', `The request unpacks to larger than ${maxBytes} bytes: send smaller batches.`);
  if (encoding === null) return bytes.length > maxBytes ? Promise.reject(tooLarge()) : Promise.resolve(bytes);
  const chunkSize = Math.min(Math.max(16_384, bytes.length * 8), 1 << 20, Math.max(64, maxBytes));
  return new Promise((resolve, reject) => {
    // Ends as soon as there is more, however much more there would have been.
    UNPACKERS[encoding]!(bytes, { maxOutputLength: maxBytes, chunkSize }, (error, result) => {
      if (error === null) resolve(result);
      else if (error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge());
      else reject(new Refusal('unreadable', `The body is no ${encoding}.`));
    });
  });
}
