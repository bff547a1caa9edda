/** As much of protobuf's wire form as packages need: fields front to back, and a few written. */
import { TracedeckError } from '../errors/tracedeckError.ts';

export type ProtobufField = {
  readonly number: number;
  /** Of a varint; 0 for the other forms. */
  readonly value: bigint;
  /** Of a length-delimited or fixed-width field; empty for a varint. */
  readonly bytes: Buffer;
};

const NOTHING = Buffer.alloc(0);

/** @throws TracedeckError `package_damaged` where the bytes are no message */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw damaged();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw damaged();
  };
  const take = (length: number): Buffer => {
    if (!(at + length <= bytes.length)) throw damaged();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    const form = tag % 8;
    if (number === 0) throw damaged();
    if (form === 0) yield { number, value: varint(), bytes: NOTHING };
    else if (form === 1) yield { number, value: 0n, bytes: take(8) };
    else if (form === 2) yield { number, value: 0n, bytes: take(Number(varint())) };
    else if (form === 5) yield { number, value: 0n, bytes: take(4) };
    else throw damaged();
  }
}

export function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function damaged(): TracedeckError {
  return new TracedeckError(
    'user',
    'package_damaged',
    'The package is damaged: a part of it cannot be read.',
  );
}
