/**
 * A zip archive in memory, read through its central directory. It is somebody else's file: what it claims is checked
 * before anything is unpacked, and what comes out is counted while it comes.
 */
import { Inflate } from 'fflate';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type ZipLimits = {
  readonly maxEntries: number;
  /** Unpacked, of one entry and of all that are read. */
  readonly maxEntryBytes: number;
  readonly maxTotalBytes: number;
  /** Unpacked by packed bytes, of entries beyond a megabyte. */
  readonly maxRatio: number;
};
export const ZIP_LIMITS: ZipLimits = {
  maxEntries: 20_000,
  maxEntryBytes: 64 * 1024 * 1024,
  maxTotalBytes: 512 * 1024 * 1024,
  maxRatio: 200,
};

export interface ZipEntries {
  readonly names: ReadonlySet<string>;
  /** `null` where there is no such entry. @throws TracedeckError `zip_damaged`, `zip_bomb` */
  read(name: string): Uint8Array | null;
}

type Entry = {
  readonly method: number;
  readonly flags: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
};

const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const PIECE_BYTES = 64 * 1024;
const RATIO_FROM_BYTES = 1024 * 1024;

/** @throws TracedeckError `zip_damaged`, `zip_bomb` */
export function readZip(bytes: Uint8Array, name: string, limits: ZipLimits = ZIP_LIMITS): ZipEntries {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, Entry>();
  const end = findEnd(view, name);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw damaged(name, 'it is a zip64 archive');
  if (count > limits.maxEntries) throw bomb(name, `it has ${count} entries`);
  const utf8 = new TextDecoder();
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== 0x02014b50) {
      throw damaged(name, 'its table of contents is broken');
    }
    const nameBytes = view.getUint16(at + 28, true);
    const path = utf8.decode(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes));
    entries.set(path, {
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at += CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }

  let total = 0;
  function read(path: string): Uint8Array | null {
    const entry = entries.get(path);
    if (entry === undefined) return null;
    if ((entry.flags & 1) !== 0) throw damaged(name, `${path} is encrypted`);
    if (entry.size > limits.maxEntryBytes) throw bomb(name, `${path} claims ${entry.size} bytes`);
    const { at: local } = entry;
    if (local + LOCAL_BYTES > view.byteLength || view.getUint32(local, true) !== 0x04034b50) {
      throw damaged(name, `${path} is not where it should be`);
    }
    const from = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const packed = bytes.subarray(from, from + entry.packed);
    if (packed.length < entry.packed) throw damaged(name, `${path} is cut off`);
    const left = Math.min(limits.maxEntryBytes, limits.maxTotalBytes - total);
    const content = unpack(packed, entry.method, path, left);
    total += content.length;
    return content;
  }

  function unpack(packed: Uint8Array, method: number, path: string, left: number): Uint8Array {
    if (method === 0) {
      if (packed.length > left) throw bomb(name, `${path} holds ${packed.length} bytes`);
      return packed;
    }
    if (method !== 8) throw damaged(name, `${path} is packed in a way that is not known (${method})`);
    const pieces: Uint8Array[] = [];
    let bytesOut = 0;
    let ended = false;
    const inflate = new Inflate((piece, final) => {
      bytesOut += piece.length;
      if (bytesOut > left) throw bomb(name, `${path} goes on beyond ${left} bytes`);
      if (bytesOut > RATIO_FROM_BYTES && bytesOut > limits.maxRatio * packed.length) {
        throw bomb(name, `${path} grows to more than ${limits.maxRatio} times its packed size`);
      }
      pieces.push(piece);
      ended ||= final;
    });
    try {
      for (let from = 0; from === 0 || from < packed.length; from += PIECE_BYTES) {
        inflate.push(packed.subarray(from, from + PIECE_BYTES), from + PIECE_BYTES >= packed.length);
      }
    } catch (thrown) {
      if (thrown instanceof TracedeckError) throw thrown;
      throw damaged(name, `${path} cannot be unpacked`, thrown);
    }
    if (!ended) throw damaged(name, `${path} is cut off`);
    return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  }

  return { names: new Set(entries.keys()), read };
}

/** The end record: the last bytes but for a comment of at most 64 kB. */
function findEnd(view: DataView, name: string): number {
  const lowest = Math.max(0, view.byteLength - END_BYTES - 0xffff);
  for (let at = view.byteLength - END_BYTES; at >= lowest; at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw damaged(name, 'its end is missing');
}

function damaged(name: string, why: string, cause?: unknown): TracedeckError {
  return new TracedeckError('user', 'zip_damaged', `${name} cannot be unpacked: ${why}.`, {
    hint: 'Get the file again; it may have been cut off on its way.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function bomb(name: string, what: string): TracedeckError {
  return new TracedeckError('user', 'zip_bomb', `${name} was refused: ${what}.`, {
    hint: 'No real book unpacks to so much. Do not trust where the file came from.',
  });
}
