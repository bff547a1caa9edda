/** The wire form of protobuf, as far as requests are cut in two and answers of servers are read. */

export type WireField = {
  readonly field: number;
  /** 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
  readonly type: number;
  /** Where the field begins, its tag included, and where it is over. */
  readonly from: number;
  readonly to: number;
  /** Of a varint; above 2^53 inexact. */
  readonly number: number;
  /** The bytes of a field with a length; empty for others. */
  readonly bytes: Uint8Array;
};

const NONE = new Uint8Array(0);

/** The fields of a message in their order. @throws RangeError for bytes that are no message */
export function readFields(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;

  function varint(): number {
    let value = 0;
    for (let digit = 1; ; digit *= 128) {
      const byte = message[at++];
      if (byte === undefined || digit > 2 ** 63) throw new RangeError('A number is cut off.');
      value += (byte & 127) * digit;
      if (byte < 128) return value;
    }
  }

  while (at < message.length) {
    const from = at;
    const tag = varint();
    const type = tag % 8;
    let number = 0;
    let bytes: Uint8Array = NONE;
    if (type === 0) number = varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      bytes = message.subarray(at, at + length);
      at += length;
    } else throw new RangeError('A field has an unknown type.');
    const field = Math.floor(tag / 8);
    if (at > message.length || field === 0) throw new RangeError('A field is cut off.');
    fields.push({ field, type, from, to: at, number, bytes });
  }
  return fields;
}

/** A field with a length: tag, length, content. */
export function lengthField(field: number, content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  const head = [...varintBytes(field * 8 + 2), ...varintBytes(length)];
  const result = new Uint8Array(head.length + length);
  result.set(head);
  let at = head.length;
  for (const part of content) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) | 128);
  }
}
