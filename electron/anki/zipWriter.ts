/**
 * Writes a zip archive piece by piece: no entry is held in memory, sizes are filled in behind its bytes. The file
 * appears whole or not at all. Zip64 where it takes it.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32, createDeflateRaw } from 'node:zlib';
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

export class ZipWriter {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #temporary: string;
  readonly #target: string;
  readonly #entries: Written[] = [];
  #offset = 0;

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

  addBytes(name: string, bytes: Uint8Array, method: 0 | 8): Promise<void> {
    return this.#add(
      name,
      (async function* () {
        yield bytes;
      })(),
      method,
    );
  }

  /** The file's bytes, as they are by then. */
  addFile(name: string, path: string, method: 0 | 8): Promise<void> {
    return this.#add(name, createReadStream(path, { highWaterMark: 1 << 18 }), method);
  }

  /** Behind this the file is at its place. Returns its size. */
  async finish(): Promise<number> {
    return this.#guarded(async () => {
      await this.#writeDirectory();
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

  async #add(name: string, source: AsyncIterable<Uint8Array>, method: 0 | 8): Promise<void> {
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
      const header = Buffer.alloc(30);
      header.writeUInt32LE(0x04034b50, 0);
      writeCommon(header, 4, entry);
      await this.#file.write(Buffer.concat([header, nameBytes]), 0, 30 + nameBytes.length, offset);
      this.#entries.push(entry);
    });
  }

  async #writeDirectory(): Promise<void> {
    const start = this.#offset;
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    const flush = async () => {
      await this.#write(Buffer.concat(pending));
      pending = [];
      pendingBytes = 0;
    };
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
      pending.push(header, entry.name, extra);
      pendingBytes += 46 + entry.name.length + extra.length;
      if (pendingBytes > 1 << 18) await flush();
    }
    await flush();
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

  async #write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, this.#offset);
      written += bytesWritten;
      this.#offset += bytesWritten;
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
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new TracedeckError('user', 'export_failed', `Cannot write ${path}: ${reason}.`, {
    hint: 'Check the folder, its permissions and the free space. A file that was there before is unchanged.',
    cause: thrown,
  });
}
