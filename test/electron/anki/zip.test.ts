import { openSync, writeSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { chain, ZipReader } from '../../../electron/anki/zipReader.ts';
import { ZipWriter } from '../../../electron/anki/zipWriter.ts';
import { zstdStreams } from '../../../electron/anki/zstd.ts';
import { parseExactJson, toExactJson } from '../../../electron/anki/exactJson.ts';
import { testFolder } from './fixtures.ts';

async function written(add: (zip: ZipWriter) => Promise<void>): Promise<string> {
  const path = join(testFolder(), 'a.zip');
  const zip = await ZipWriter.create(path);
  await add(zip);
  await zip.finish();
  return path;
}

describe('archives', () => {
  it('that are written can be read by others, whatever they hold', async () => {
    const big = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * at) & 255));
    const source = join(testFolder(), 'big');
    writeFileSync(source, big);
    const path = await written(async (zip) => {
      await zip.addBytes('empty', new Uint8Array(0), 8);
      await zip.addFile('packed', source, 8);
      await zip.addFile('stored', source, 0);
      await zip.addBytes('名前', Buffer.from('x'), 0);
    });
    const files = unzipSync(readFileSync(path));
    expect(Object.keys(files)).toEqual(['empty', 'packed', 'stored', '名前']);
    expect([
      Buffer.from(files['packed']!).equals(big),
      Buffer.from(files['stored']!).equals(big),
      files['empty']!.length,
    ]).toEqual([true, true, 0]);
    const reader = await ZipReader.open(path, 10);
    expect((await reader.read(reader.entries.get('packed')!, 4_000_000)).equals(big)).toBe(true);
    expect((await reader.read(reader.entries.get('empty')!, 10)).length).toBe(0);
    await reader.close();
  });

  it('of others are read', async () => {
    const path = join(testFolder(), 'a.zip');
    writeFileSync(
      path,
      zipSync({ a: Buffer.from('aaaa'.repeat(1000)), 'dir/b': [Buffer.from('b'), { level: 0 }] }),
    );
    const reader = await ZipReader.open(path, 10);
    expect((await reader.read(reader.entries.get('a')!, 4000)).toString()).toBe('aaaa'.repeat(1000));
    expect((await reader.read(reader.entries.get('dir/b')!, 1)).toString()).toBe('b');
    await expect(reader.read(reader.entries.get('a')!, 3999)).rejects.toMatchObject({
      code: 'package_too_large',
    });
    await reader.close();
  });

  it('of more than 65,535 files are written and read', async () => {
    const path = await written(async (zip) => {
      for (let at = 0; at < 65_600; at += 1) await zip.addBytes(String(at), Buffer.from(String(at)), 0);
    });
    const reader = await ZipReader.open(path, 70_000);
    expect(reader.entries.size).toBe(65_600);
    expect((await reader.read(reader.entries.get('65599')!, 10)).toString()).toBe('65599');
    await reader.close();
  });

  it('beyond 4 GB are read by their 64-bit offsets', async () => {
    // Sparse: five gigabytes of which a few kilobytes lie on the disk.
    const path = join(testFolder(), 'far.zip');
    const at = 5 * 2 ** 30;
    const local = Buffer.alloc(31);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(1, 26);
    local.write('a', 30);
    const central = Buffer.alloc(46 + 1 + 12);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt32LE(0xe8b7be43, 16);
    central.writeUInt32LE(1, 20);
    central.writeUInt32LE(1, 24);
    central.writeUInt16LE(1, 28);
    central.writeUInt16LE(12, 30);
    central.writeUInt32LE(0xffffffff, 42);
    central.write('a', 46);
    central.writeUInt16LE(1, 47);
    central.writeUInt16LE(8, 49);
    central.writeBigUInt64LE(BigInt(at), 51);
    const tail = Buffer.alloc(56 + 20 + 22);
    tail.writeUInt32LE(0x06064b50, 0);
    tail.writeBigUInt64LE(1n, 32);
    tail.writeBigUInt64LE(BigInt(central.length), 40);
    tail.writeBigUInt64LE(BigInt(at + 32), 48);
    tail.writeUInt32LE(0x07064b50, 56);
    tail.writeBigUInt64LE(BigInt(at + 32 + central.length), 64);
    tail.writeUInt32LE(0x06054b50, 76);
    tail.writeUInt32LE(0xffffffff, 92);
    const file = openSync(path, 'w');
    writeSync(file, Buffer.concat([local, Buffer.from('a'), central, tail]), 0, undefined, at);
    closeSync(file);
    const reader = await ZipReader.open(path, 10);
    expect((await reader.read(reader.entries.get('a')!, 10)).toString()).toBe('a');
    await reader.close();
  });
});

describe.each([true, false])('Zstandard, native %s', (native) => {
  const unpack = async (bytes: Uint8Array, most = 10_000_000) => {
    const pieces: Buffer[] = [];
    // In small pieces, as a slow disk gives them.
    const source = Readable.from(
      (function* () {
        for (let at = 0; at < bytes.length; at += 1000) yield Buffer.from(bytes.subarray(at, at + 1000));
      })(),
      { objectMode: false },
    );
    await pipeline(chain(source, ...zstdStreams('it', most, native)), async function (stream) {
      for await (const piece of stream) pieces.push(piece as Buffer);
    });
    return Buffer.concat(pieces);
  };

  it('comes out as it went in', async () => {
    const big = Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * 7919) >> (at % 5)));
    expect((await unpack(zstdCompressSync(big))).equals(big)).toBe(true);
    expect((await unpack(zstdCompressSync(Buffer.alloc(0)))).length).toBe(0);
    expect((await unpack(zstdCompressSync(Buffer.from('x')))).toString()).toBe('x');
  });

  it('ends where it is damaged, cut off or too much', async () => {
    const bytes = zstdCompressSync(Buffer.alloc(5_000_000, 'abc'));
    await expect(unpack(bytes, 4_000_000)).rejects.toMatchObject({ code: 'package_too_large' });
    await expect(unpack(Buffer.from('no zstd at all, but long enough'))).rejects.toMatchObject({
      code: 'package_damaged',
    });
    await expect(unpack(Buffer.alloc(3))).rejects.toMatchObject({ code: 'package_damaged' });
  });
});

describe('JSON with integers of 64 bits', () => {
  it('is read and written without loss', () => {
    const text =
      '{"id":-9215457171227911584,"n":1.5,"f":0.1234567890123456,"s":"9215457171227911584 \\" -1","t":[1600000000000,18446744073709551615],"e":1e30}';
    const value = parseExactJson(text) as { n: number; t: unknown[] };
    expect(value.n).toBe(1.5);
    expect(value.t[0]).toBe(1_600_000_000_000);
    expect(toExactJson(value).replace('1e+30', '1e30')).toBe(text);
    expect(() => parseExactJson('{"a":1234567890123456789')).toThrow(SyntaxError);
  });
});
