/** A file of OTLP protobuf: one request as it is, or many with their lengths before them. */
import type { ImportFormat } from '../../shared/traceQuery.ts';
import type { Collector } from './collector.ts';
import { largeFile } from './fileErrors.ts';
import { readOtlpProtobuf } from './otlpProtobuf.ts';

/** It is read as a whole. */
const MAX_PROTOBUF_BYTES = 1_000_000_000;

/** @throws TracedeckError `file_too_large` */
export async function readProtobuf(
  path: string,
  pieces: AsyncIterable<Buffer>,
  into: Collector,
): Promise<ImportFormat | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes > MAX_PROTOBUF_BYTES) {
      throw largeFile(path, 'protobuf is read up to 1 GB');
    }
  }
  const all = Buffer.concat(parts);
  const frames = framesOf(all);
  for (const [index, frame] of frames.entries()) {
    readOtlpProtobuf(frame, into, null, frames.length > 1 ? `request ${index}, ` : '');
    await into.drain();
  }
  return 'otlp-protobuf';
}

/** One request as it is, or many with their lengths before them: four bytes (the Collector's files) or a varint. */
function framesOf(bytes: Buffer): readonly Buffer[] {
  return (
    cut(bytes, (at) => (at + 4 <= bytes.length ? [bytes.readUInt32BE(at), at + 4] : null)) ??
    (bytes[0] === 0x0a ? null : cut(bytes, (at) => varintAt(bytes, at))) ?? [bytes]
  );
}

function cut(bytes: Buffer, lengthAt: (at: number) => readonly [number, number] | null): Buffer[] | null {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = lengthAt(at);
    if (found === null || found[0] === 0 || found[1] + found[0] > bytes.length || bytes[found[1]] !== 0x0a)
      return null;
    frames.push(bytes.subarray(found[1], found[1] + found[0]));
    at = found[1] + found[0];
  }
  return frames;
}

function varintAt(bytes: Buffer, from: number): readonly [number, number] | null {
  let value = 0;
  for (let at = from, scale = 1; at < bytes.length && at < from + 5; at += 1, scale *= 128) {
    value += (bytes[at]! & 127) * scale;
    if (bytes[at]! < 128) return [value, at + 1];
  }
  return null;
}
