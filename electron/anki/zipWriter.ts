/**
 * Writes a zip archive piece by piece: no entry is held in memory, sizes are filled in behind its bytes. The file
 * appears whole or not at all. Zip64 where it takes it.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { systemReason } from '../errors/systemReason.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';

type Written = {
  readonly name: Buffer;
  readonly method: 0 | 8;
  readonly checksum: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly offset: number;
};

/** 1 January 1980: the same content is the same file. */
const DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
const SMALL_BYTES = 2 ** 18;
const PENDING_BYTES = 2 ** 18;

export class ZipWriter {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #temporary: string;
  readonly #target: string;
  readonly #entries: Written[] = [];
  /** The archive's length so far, and how much of it is on the disk. */
  #offset = 0;
  #flushed = 0;
  #pending: Uint8Array[] = [];

  private constructor(file: FileHandle, path: string, temporary: string, target: string) {
    this.#file = file;
    this.#path = path;
    this.#temporary = temporary;
    this.#target = target;
  }

  /** @throws TracedeckError `export_failed` */
  static async create(path: string): Promise<ZipWriter> {
    // A link stays a link: what it points to is replaced.
    const target = await realpath(path).catch(() => path);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
    try {
      return new ZipWriter(await open(temporary, 'wx', 0o666), path, temporary, target);
    } catch (thrown) {
      throw failed(path, thrown);
    }
  }

  /** Small content at once. */
  addBytes(name: string, content: Uint8Array, method: 0 | 8): Promise<void> {
    return this.#guarded(async () => {
      const packed = method === 0 ? content : deflateRawSync(content);
      const entry: Written = {
        name: Buffer.from(name, 'utf8'),
        method,
        checksum: crc32(content),
        compressedBytes: packed.length,
        bytes: content.length,
        offset: this.#offset,
      };
      this.#entries.push(entry);
      await this.#write(Buffer.concat([localHeader(entry), packed]));
    });
  }

  /** The file's bytes, as they are by then. */
  async addFile(name: string, path: string, method: 0 | 8): Promise<void> {
    const { size } = await this.#guarded(() => stat(path));
    if (size < SMALL_BYTES) return this.addBytes(name, await this.#guarded(() => readFile(path)), method);
    return this.#addStream(name, createReadStream(path, { highWaterMark: 1 << 18 }), method);
  }

  /** Behind this the file is at its place. Returns its size. */
  async finish(): Promise<number> {
    return this.#guarded(async () => {
      await this.#writeDirectory();
      await this.#flush();
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.#target);
      return this.#offset;
    });
  }

  /** Leaves nothing behind; after `finish` it does nothing. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
  }

  async #addStream(name: string, source: AsyncIterable<Uint8Array>, method: 0 | 8): Promise<void> {
    await this.#guarded(async () => {
      const offset = this.#offset;
      const nameBytes = Buffer.from(name, 'utf8');
      await this.#write(Buffer.alloc(30 + nameBytes.length));
      let checksum = 0;
      let bytes = 0;
      const measured = async function* () {
        for await (const piece of source) {
          checksum = crc32(piece, checksum);
          bytes += piece.length;
          yield piece;
        }
      };
      if (method === 0) for await (const piece of measured()) await this.#write(piece);
      else {
        const deflate = createDeflateRaw({ level: 6, chunkSize: 1 << 17 });
        const feed = (async () => {
          for await (const piece of measured()) {
            if (!deflate.write(piece)) await new Promise((resolve) => deflate.once('drain', resolve));
          }
          deflate.end();
        })();
        feed.catch((thrown: unknown) => deflate.destroy(thrown as Error));
        for await (const piece of deflate) await this.#write(piece as Buffer);
        await feed;
      }
      const compressedBytes = this.#offset - offset - 30 - nameBytes.length;
      if (bytes > MAX_32 || compressedBytes > MAX_32) throw new Error(`${name} is larger than 4 GB`);
      const entry: Written = { name: nameBytes, method, checksum, compressedBytes, bytes, offset };
      const header = localHeader(entry);
      await this.#flush();
      await this.#file.write(header, 0, header.length, offset);
      this.#entries.push(entry);
    });
  }

  async #writeDirectory(): Promise<void> {
    const start = this.#offset;
    for (const entry of this.#entries) {
      const isFar = entry.offset >= MAX_32;
      const header = Buffer.alloc(46);
      header.writeUInt32LE(0x02014b50, 0);
      // Made on Unix, so that the permission bits below count.
      header.writeUInt16LE(0x0300 | (isFar ? 45 : 20), 4);
      writeCommon(header, 6, entry);
      header.writeUInt16LE(isFar ? 12 : 0, 30);
      header.writeUInt32LE((0o100644 << 16) >>> 0, 38);
      header.writeUInt32LE(isFar ? MAX_32 : entry.offset, 42);
      const extra = Buffer.alloc(isFar ? 12 : 0);
      if (isFar) {
        extra.writeUInt16LE(1, 0);
        extra.writeUInt16LE(8, 2);
        extra.writeBigUInt64LE(BigInt(entry.offset), 4);
      }
      await this.#write(Buffer.concat([header, entry.name, extra]));
    }
    await this.#writeEnd(start, this.#offset - start);
  }

  async #writeEnd(start: number, length: number): Promise<void> {
    const count = this.#entries.length;
    if (count >= MAX_16 || start >= MAX_32 || length >= MAX_32) {
      const end64 = Buffer.alloc(76);
      end64.writeUInt32LE(0x06064b50, 0);
      end64.writeBigUInt64LE(44n, 4);
      end64.writeUInt16LE(0x032d, 12);
      end64.writeUInt16LE(45, 14);
      end64.writeBigUInt64LE(BigInt(count), 24);
      end64.writeBigUInt64LE(BigInt(count), 32);
      end64.writeBigUInt64LE(BigInt(length), 40);
      end64.writeBigUInt64LE(BigInt(start), 48);
      end64.writeUInt32LE(0x07064b50, 56);
      end64.writeBigUInt64LE(BigInt(this.#offset), 64);
      end64.writeUInt32LE(1, 72);
      await this.#write(end64);
    }
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(Math.min(count, MAX_16), 8);
    end.writeUInt16LE(Math.min(count, MAX_16), 10);
    end.writeUInt32LE(Math.min(length, MAX_32), 12);
    end.writeUInt32LE(Math.min(start, MAX_32), 16);
    await this.#write(end);
  }

  /** Small pieces go to the disk together. */
  async #write(bytes: Uint8Array): Promise<void> {
    this.#pending.push(bytes);
    this.#offset += bytes.length;
    if (this.#offset - this.#flushed >= PENDING_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#flushed);
      at += bytesWritten;
      this.#flushed += bytesWritten;
    }
  }

  async #guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (thrown) {
      throw failed(this.#path, thrown);
    }
  }
}

function localHeader(entry: Written): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(header, 4, entry);
  return Buffer.concat([header, entry.name]);
}

/** Version, flags, method, date, checksum, sizes and length of the name, as both kinds of header have them. */
function writeCommon(header: Buffer, at: number, entry: Written): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(UTF8_NAMES, at + 2);
  header.writeUInt16LE(entry.method, at + 4);
  header.writeUInt16LE(DATE, at + 8);
  header.writeUInt32LE(entry.checksum, at + 10);
  header.writeUInt32LE(entry.compressedBytes, at + 14);
  header.writeUInt32LE(entry.bytes, at + 18);
  header.writeUInt16LE(entry.name.length, at + 22);
}

function failed(path: string, thrown: unknown): TracedeckError {
  if (thrown instanceof TracedeckError) return thrown;
  return new TracedeckError('user', 'export_failed', `Cannot write ${path}: ${systemReason(thrown)}.`, {
    hint: 'Check the folder, its permissions and the free space. A file that was there before is unchanged.',
    cause: thrown,
  });
}
