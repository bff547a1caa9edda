/**
 * Reads zip archives that nobody vouches for: stored or deflated entries, zip64 included. Nothing is believed of an
 * entry but its bytes: sizes and checksums are checked while it streams, and what exceeds a limit ends there.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { damagedPackage, invalidPackage, oversizedPackage } from './packageLimits.ts';

export type ZipEntry = {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly compressedBytes: number;
  /** As the archive says. */
  readonly bytes: number;
  readonly isEncrypted: boolean;
  readonly isLink: boolean;
  readonly headerOffset: number;
};

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
/** A table of contents of half a million entries with long names. */
const MAX_DIRECTORY = 2 ** 27;

export class ZipReader {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly bytes: number;
  /** By name; of a name that comes twice the first. */
  readonly entries: ReadonlyMap<string, ZipEntry>;

  private constructor(file: FileHandle, path: string, bytes: number, entries: ReadonlyMap<string, ZipEntry>) {
    this.#file = file;
    this.#path = path;
    this.bytes = bytes;
    this.entries = entries;
  }

  /** @throws TracedeckError `package_invalid`, `package_too_large`; `file_unreadable` where it cannot be opened */
  static async open(path: string, maxEntries: number): Promise<ZipReader> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      return new ZipReader(file, path, size, await readDirectory(file, size, maxEntries));
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  /**
   * The entry's bytes as they come, whatever the archive says of their number: the stream fails where they are
   * more than `maxBytes` or not what was said.
   */
  async stream(entry: ZipEntry, maxBytes: number): Promise<Readable> {
    if (entry.isLink) throw damagedPackage(`${shown(entry.name)} is a link`);
    if (entry.isEncrypted) throw invalidPackage(`${shown(entry.name)} is encrypted`);
    if (entry.method !== 0 && entry.method !== 8) {
      throw invalidPackage(`${shown(entry.name)} is packed in an unknown way`);
    }
    if (entry.bytes > maxBytes) throw tooLarge(entry, maxBytes);
    const header = await read(this.#file, entry.headerOffset, 30, this.bytes);
    if (header.readUInt32LE(0) !== LOCAL)
      throw damagedPackage(`${shown(entry.name)} is not where it should be`);
    const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (start + entry.compressedBytes > this.bytes) throw damagedPackage(`${shown(entry.name)} is cut off`);
    const packed =
      entry.compressedBytes === 0
        ? Readable.from([])
        : createReadStream(this.#path, {
            start,
            end: start + entry.compressedBytes - 1,
            highWaterMark: 1 << 18,
          });
    return chain(
      packed,
      ...(entry.method === 8 ? [createInflateRaw({ chunkSize: 1 << 17 })] : []),
      checked(entry),
    );
  }

  /** A small entry as a whole. */
  async read(entry: ZipEntry, maxBytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of await this.stream(entry, maxBytes)) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Streams one behind the other; a failure of any is the last one's. */
export function chain(first: Readable, ...others: readonly Transform[]): Readable {
  let last: Readable = first;
  for (const next of others) {
    const source = last;
    source.on('error', (error) => next.destroy(error));
    next.on('close', () => source.destroy());
    last = source.pipe(next as Transform);
  }
  return last;
}

function checked(entry: ZipEntry): Transform {
  let bytes = 0;
  let checksum = 0;
  return new Transform({
    readableHighWaterMark: 1 << 18,
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      // More than was said: whatever comes is not waited for.
      if (bytes > entry.bytes)
        return done(damagedPackage(`${shown(entry.name)} is larger than the package says`));
      checksum = crc32(piece, checksum);
      done(null, piece);
    },
    flush(done) {
      if (bytes !== entry.bytes)
        return done(damagedPackage(`${shown(entry.name)} is smaller than the package says`));
      if (checksum >>> 0 !== entry.checksum)
        return done(damagedPackage(`the checksum of ${shown(entry.name)} is wrong`));
      done();
    },
  });
}

async function readDirectory(
  file: FileHandle,
  size: number,
  maxEntries: number,
): Promise<ReadonlyMap<string, ZipEntry>> {
  // The end record is followed by a comment of at most 64 KB.
  const tailStart = Math.max(0, size - END_BYTES - 0xffff);
  const tail = await read(file, tailStart, size - tailStart, size);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END) end -= 1;
  if (end < 0) throw invalidPackage(size === 0 ? 'it is empty' : 'it is no zip archive');
  let count = tail.readUInt16LE(end + 10);
  let directoryBytes = tail.readUInt32LE(end + 12);
  let directoryAt = tail.readUInt32LE(end + 16);
  if (end >= 20 && tail.readUInt32LE(end - 20) === END64_LOCATOR) {
    const record = await read(file, Number(tail.readBigUInt64LE(end - 12)), 56, size);
    if (record.readUInt32LE(0) !== END64) throw invalidPackage('its table of contents is damaged');
    count = Number(record.readBigUInt64LE(32));
    directoryBytes = Number(record.readBigUInt64LE(40));
    directoryAt = Number(record.readBigUInt64LE(48));
  }
  if (count > maxEntries) throw oversizedPackage(`it says that it has ${count} files`);
  if (directoryBytes > MAX_DIRECTORY) throw oversizedPackage('its table of contents is too large');
  const directory = await read(file, directoryAt, directoryBytes, size);
  const entries = new Map<string, ZipEntry>();
  let packedBytes = 0;
  for (let at = 0, index = 0; at < directory.length; index += 1) {
    if (index >= maxEntries) throw oversizedPackage(`it has more than ${maxEntries} files`);
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY) {
      throw invalidPackage('its table of contents is damaged');
    }
    const { entry, length } = readEntry(directory, at);
    at += length;
    if (at > directory.length) throw invalidPackage('its table of contents is damaged');
    packedBytes += entry.compressedBytes;
    // Entries that share their bytes are how a small archive becomes a large one.
    if (packedBytes > size) throw oversizedPackage('its files say that they are larger than the whole');
    if (!entries.has(entry.name)) entries.set(entry.name, entry);
  }
  return entries;
}

function readEntry(directory: Buffer, at: number): { entry: ZipEntry; length: number } {
  const flags = directory.readUInt16LE(at + 8);
  const nameBytes = directory.readUInt16LE(at + 28);
  const extraBytes = directory.readUInt16LE(at + 30);
  let bytes = directory.readUInt32LE(at + 24);
  let compressedBytes = directory.readUInt32LE(at + 20);
  let headerOffset = directory.readUInt32LE(at + 42);
  const extraEnd = Math.min(at + 46 + nameBytes + extraBytes, directory.length);
  for (let field = at + 46 + nameBytes; field + 4 <= extraEnd;) {
    const fieldEnd = Math.min(field + 4 + directory.readUInt16LE(field + 2), extraEnd);
    if (directory.readUInt16LE(field) === 1) {
      // Zip64: those that did not fit above stand here, in this order.
      let value = field + 4;
      const next = (was: number): number => {
        if (was !== 0xffffffff || value + 8 > fieldEnd) return was;
        value += 8;
        return Number(directory.readBigUInt64LE(value - 8));
      };
      bytes = next(bytes);
      compressedBytes = next(compressedBytes);
      headerOffset = next(headerOffset);
    }
    field = fieldEnd;
  }
  const entry = {
    name: directory.toString('utf8', at + 46, Math.min(at + 46 + nameBytes, directory.length)),
    method: directory.readUInt16LE(at + 10),
    checksum: directory.readUInt32LE(at + 16),
    compressedBytes,
    bytes,
    isEncrypted: (flags & 1) !== 0,
    isLink: ((directory.readUInt32LE(at + 38) >>> 16) & 0o170000) === 0o120000,
    headerOffset,
  };
  return { entry, length: 46 + nameBytes + extraBytes + directory.readUInt16LE(at + 32) };
}

async function read(file: FileHandle, start: number, length: number, size: number): Promise<Buffer> {
  if (!(start >= 0 && length >= 0 && start + length <= size)) throw invalidPackage('it ends too early');
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, start);
  if (bytesRead !== length) throw invalidPackage('it ends too early');
  return buffer;
}

function tooLarge({ name, bytes }: ZipEntry, maxBytes: number) {
  return oversizedPackage(`${shown(name)} says that it has ${bytes} bytes, and ${maxBytes} are allowed`);
}

/** A name from outside in a message: short, and without what could lead a terminal astray. */
export function shown(name: string): string {
  const clean = name.replace(/[\p{C}]/gu, '?');
  return clean.length > 80 ? `${clean.slice(0, 79)}…` : clean;
}
