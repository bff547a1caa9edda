/**
 * Reads zip archives of the plain kind (stored or deflated, below 4 GB): the parts that are wanted, with
 * their file modes, checked against their checksums. Streams, so a 180 MB file costs no 180 MB of memory.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type ZipEntry = {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Unix permission bits; 0 where the archive was not made on Unix. */
  readonly mode: number;
  readonly isLink: boolean;
  readonly headerOffset: number;
};

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_BYTES = 22;
const LOCAL_BYTES = 30;

/**
 * Extracts every file for which `place` names a path relative to `into`; `null` leaves it out.
 * Returns how many files were written.
 *
 * @throws TracedeckError `zip_invalid` for a broken archive, a link, or a path that leads out of `into`.
 */
export async function extractZip(
  zipPath: string,
  into: string,
  place: (name: string) => string | null,
): Promise<number> {
  const file = await open(zipPath, 'r');
  try {
    let written = 0;
    for (const entry of await readEntries(file)) {
      const relative = entry.name.endsWith('/') ? null : place(entry.name);
      if (relative === null) continue;
      const target = resolve(into, relative);
      if (!target.startsWith(resolve(into) + sep)) throw invalid(`${entry.name} leads out of its folder`);
      if (entry.isLink) throw invalid(`${entry.name} is a link`);
      await mkdir(dirname(target), { recursive: true });
      await extractEntry(file, zipPath, entry, target);
      written += 1;
    }
    return written;
  } finally {
    await file.close();
  }
}

/** The archive's table of contents. */
async function readEntries(file: FileHandle): Promise<readonly ZipEntry[]> {
  const { size } = await file.stat();
  // The end record is followed by a comment of at most 64 KB.
  const tail = await read(file, Math.max(0, size - END_BYTES - 0xffff), size);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < 0) throw invalid('it has no end record');
  const directoryOffset = tail.readUInt32LE(end + 16);
  const directory = await read(file, directoryOffset, directoryOffset + tail.readUInt32LE(end + 12));
  const entries: ZipEntry[] = [];
  for (let at = 0; at < directory.length;) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw invalid('its table of contents is damaged');
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    const unixMode = directory.readUInt32LE(at + 38) >>> 16;
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
      compressedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      mode: unixMode & 0o777,
      isLink: (unixMode & 0o170000) === 0o120000,
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function extractEntry(file: FileHandle, zipPath: string, entry: ZipEntry, target: string) {
  if (entry.method !== 0 && entry.method !== 8) throw invalid(`${entry.name} is packed in an unknown way`);
  const header = await read(file, entry.headerOffset, entry.headerOffset + LOCAL_BYTES);
  if (header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw invalid(`${entry.name} is not where it should be`);
  const start = entry.headerOffset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  let checksum = 0;
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(
    entry.compressedBytes === 0
      ? new PassThrough().end()
      : createReadStream(zipPath, { start, end: start + entry.compressedBytes - 1, highWaterMark: 1 << 20 }),
    entry.method === 8 ? createInflateRaw({ chunkSize: 1 << 18 }) : new PassThrough(),
    measure,
    createWriteStream(target, { mode: entry.mode === 0 ? 0o644 : entry.mode }),
  );
  if (bytes !== entry.bytes || checksum >>> 0 !== entry.checksum) throw invalid(`${entry.name} is damaged`);
}

async function read(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(end - start);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  if (bytesRead !== buffer.length) throw invalid('it ends too early');
  return buffer;
}

function invalid(why: string): TracedeckError {
  return new TracedeckError('permanent', 'zip_invalid', `The archive cannot be unpacked: ${why}.`);
}
