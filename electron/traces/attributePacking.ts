/**
 * What a stored span carries besides its columns, as one small blob: attributes, and where there are any the
 * status message, the events and the links.
 *
 *   varint(attributes), each: varint(key), type byte, value
 *   [ 1 + status message, varint(events), events, varint(links), links ]   only where one of them is there
 *
 * Keys are numbers of the text table. Strings that repeat are numbers of it as well, others stand in place.
 */
import type { Attributes, AttributeValue, SpanEvent, SpanLink } from '../../shared/span.ts';

export type Detail = {
  readonly attributes: Attributes;
  readonly statusMessage: string | null;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};

export interface TextNumbers {
  /** Number of a span or attribute name. */
  name(text: string): number;
  /** Number of a value of that key; `null` where the key has too many different ones. */
  value(key: number, text: string): number | null;
  text(id: number): string;
}

const TEXT = 0;
const INLINE = 1;
const INT = 2;
const FLOAT = 3;
const FALSE = 4;
const TRUE = 5;
const JSON_TEXT = 6;

/** Packs details, one at a time, into a buffer of its own that the next call writes over. */
export function createDetailPacker(texts: TextNumbers): (detail: Detail) => Uint8Array | null {
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let at = 0;

  function reserve(bytes: number): void {
    if (at + bytes <= buffer.length) return;
    const next = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(next, 0, 0, at);
    buffer = next;
  }
  function varint(value: number): void {
    reserve(6);
    while (value > 127) {
      buffer[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    buffer[at++] = value;
  }
  function inline(text: string): void {
    const bytes = Buffer.byteLength(text);
    varint(bytes);
    reserve(bytes);
    at += buffer.write(text, at);
  }
  function float(value: number): void {
    reserve(8);
    at = buffer.writeDoubleLE(value, at);
  }
  function tag(type: number): void {
    reserve(1);
    buffer[at++] = type;
  }

  function attributes(all: Attributes): void {
    const keys = Object.keys(all);
    varint(keys.length);
    for (const name of keys) {
      const key = texts.name(name);
      varint(key);
      value(key, all[name]!);
    }
  }
  function value(key: number, of: AttributeValue): void {
    if (typeof of === 'string') {
      const id = of.length <= 64 ? texts.value(key, of) : null;
      tag(id === null ? INLINE : TEXT);
      if (id === null) inline(of);
      else varint(id);
    } else if (typeof of === 'number') {
      if ((of | 0) === of && !Object.is(of, -0)) {
        tag(INT);
        varint(((of << 1) ^ (of >> 31)) >>> 0);
      } else {
        tag(FLOAT);
        float(of);
      }
    } else if (typeof of === 'boolean') tag(of ? TRUE : FALSE);
    else {
      tag(JSON_TEXT);
      inline(JSON.stringify(of));
    }
  }

  return ({ attributes: all, statusMessage, events, links }) => {
    at = 0;
    const hasExtras = statusMessage !== null || events.length > 0 || links.length > 0;
    if (!hasExtras && Object.keys(all).length === 0) return null;
    attributes(all);
    if (hasExtras) {
      tag(statusMessage === null ? 0 : 1);
      if (statusMessage !== null) inline(statusMessage);
      varint(events.length);
      for (const event of events) {
        inline(event.name);
        float(event.timeMs);
        attributes(event.attributes);
      }
      varint(links.length);
      for (const link of links) {
        inline(link.traceId);
        inline(link.spanId);
        attributes(link.attributes);
      }
    }
    return buffer.subarray(0, at);
  };
}

const EMPTY: Detail = { attributes: {}, statusMessage: null, events: [], links: [] };

/** The other way round. @throws RangeError for a blob that is cut short */
export function unpackDetail(blob: Uint8Array | null, texts: TextNumbers): Detail {
  if (blob === null) return EMPTY;
  const buffer = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  let at = 0;

  function varint(): number {
    let result = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = buffer.readUInt8(at++);
      result += (byte & 127) * scale;
      if (byte < 128) return result;
    }
    throw new RangeError('A stored number is too large.');
  }
  function inline(): string {
    const bytes = varint();
    if (at + bytes > buffer.length) throw new RangeError('A stored text is cut short.');
    at += bytes;
    return buffer.toString('utf8', at - bytes, at);
  }
  function float(): number {
    at += 8;
    return buffer.readDoubleLE(at - 8);
  }
  function value(): AttributeValue {
    const type = buffer.readUInt8(at++);
    if (type === TEXT) return texts.text(varint());
    if (type === INLINE) return inline();
    if (type === INT) {
      const raw = varint();
      return (raw >>> 1) ^ -(raw & 1);
    }
    if (type === FLOAT) return float();
    if (type === JSON_TEXT) return fromJson(inline());
    return type === TRUE;
  }
  function attributes(): Attributes {
    const entries: [string, AttributeValue][] = [];
    for (let left = varint(); left > 0; left -= 1) entries.push([texts.text(varint()), value()]);
    return Object.fromEntries(entries);
  }

  const all = attributes();
  if (at === buffer.length) return { ...EMPTY, attributes: all };
  const statusMessage = buffer.readUInt8(at++) === 1 ? inline() : null;
  const events: SpanEvent[] = [];
  for (let left = varint(); left > 0; left -= 1) {
    events.push({ name: inline(), timeMs: float(), attributes: attributes() });
  }
  const links: SpanLink[] = [];
  for (let left = varint(); left > 0; left -= 1) {
    links.push({ traceId: inline(), spanId: inline(), attributes: attributes() });
  }
  return { attributes: all, statusMessage, events, links };
}

/** JSON has no NaN and writes null. */
function fromJson(text: string): AttributeValue {
  return (JSON.parse(text) as unknown[]).map((part) => part ?? NaN) as unknown as AttributeValue;
}
