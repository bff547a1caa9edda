/** Zstandard out of the newest packages: Node's own decoder where it has one, else one in JavaScript. */
import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { damagedPackage, oversizedPackage } from './packageLimits.ts';

/** As far back as a stream may refer; decoders set so much memory aside. Anki's level needs 4 MB. */
const MAX_WINDOW = 2 ** 27;
const MAGIC = 0xfd2fb528;

/**
 * Streams that unpack, to be chained. They fail where the bytes are none of Zstandard's, and where more than `maxBytes`
 * come out.
 * @param name of what is unpacked, for messages
 */
export function zstdStreams(name: string, maxBytes: number, native = true): Transform[] {
  const create = native
    ? (zlib as { createZstdDecompress?: typeof zlib.createZstdDecompress }).createZstdDecompress
    : undefined;
  return [windowGuard(name), create?.() ?? scriptDecoder(), cap(name, maxBytes)];
}

/** Passes everything on once the frame's header is read. */
function windowGuard(name: string): Transform {
  let head = Buffer.alloc(0);
  let passed = false;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      if (passed) return done(null, piece);
      head = Buffer.concat([head, piece]);
      if (head.length < 14) return done();
      passed = true;
      done(windowProblem(head, name), head);
    },
    flush(done) {
      if (passed) done();
      else done(windowProblem(head, name), head);
    },
  });
}

function windowProblem(head: Buffer, name: string): Error | null {
  if (head.length < 6 || head.readUInt32LE(0) !== MAGIC) return damagedPackage(`${name} cannot be unpacked`);
  const isSingle = (head[4]! & 0x20) !== 0;
  // Of a single segment the window is the content, which is checked as it comes.
  if (isSingle) return null;
  const window = 2 ** (10 + (head[5]! >> 3));
  return window > MAX_WINDOW ? oversizedPackage(`${name} asks for ${window} bytes of memory`) : null;
}

function scriptDecoder(): Transform {
  const decoder = new Decompress();
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      try {
        // The decoder's output is its window, which the next piece writes over.
        decoder.ondata = (bytes) => void this.push(Buffer.from(bytes));
        decoder.push(piece);
        done();
      } catch (thrown) {
        done(thrown as Error);
      }
    },
    flush(done) {
      try {
        decoder.ondata = (bytes) => void this.push(Buffer.from(bytes));
        decoder.push(new Uint8Array(0), true);
        done();
      } catch (thrown) {
        done(thrown as Error);
      }
    },
  });
}

function cap(name: string, maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes > maxBytes) done(oversizedPackage(`${name} has more than ${maxBytes} bytes when unpacked`));
      else done(null, piece);
    },
  });
}
