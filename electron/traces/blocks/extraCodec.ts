/**
 * What few spans have: status message, events, links, trace state, counts of what was dropped. One chunk says which
 * rows and how long each is, another has the texts of all, each once, and then the rows.
 */
import type { Attributes, AttributeValue, SpanEvent, SpanLink } from '../../../shared/span.ts';
import { VALUE } from '../blockTypes.ts';
import type { SpanExtra } from '../blockTypes.ts';
import { ByteReader, ByteWriter, ChunkError } from './bytes.ts';
import { readInts, writeInts } from './numberCodec.ts';
import { readRows, writeRows } from './rowCodec.ts';

/** With `rests` each event has that of its time (`shared/nanoseconds.ts`) behind it. */
const HAS = { message: 1, events: 2, links: 4, traceState: 8, dropped: 16, rests: 32 } as const;

/** Rows that are written in one step. */
export const EXTRAS_AT_ONCE = 256;

/** In steps, as a span may have thousands of events. */
export function* writeExtras(
  extras: ReadonlyMap<number, SpanExtra>,
  limit: number,
): Generator<null, { readonly rows: Uint8Array; readonly bodies: Uint8Array }> {
  const order = Uint32Array.from(extras.keys()).sort();
  const texts = new Map<string, number>();
  const body = new ByteWriter();
  const text = (value: string): void => {
    let place = texts.get(value);
    if (place === undefined) texts.set(value, (place = texts.size));
    body.varint(place);
  };
  const attributes = (all: Attributes): void => {
    const keys = Object.keys(all);
    body.varint(keys.length);
    for (const key of keys) {
      text(key);
      value(all[key]!);
    }
  };
  const value = (of: AttributeValue): void => {
    if (typeof of === 'string') {
      body.byte(VALUE.string);
      text(of);
    } else if (typeof of === 'number') {
      const isInt = Number.isSafeInteger(of) && Math.abs(of) < 2 ** 52 && !Object.is(of, -0);
      body.byte(isInt ? VALUE.int : VALUE.float);
      if (isInt) body.zigzag(of);
      else body.float(of);
    } else if (typeof of === 'boolean') body.byte(of ? VALUE.true : VALUE.false);
    else {
      body.byte(VALUE.list);
      text(JSON.stringify(of));
    }
  };
  const lengths = new Float64Array(order.length);
  for (const [i, row] of order.entries()) {
    const from = body.length;
    const { statusMessage, events, links, traceState, dropped } = extras.get(row)!;
    const hasRests = events.some(({ timeRestNs }) => timeRestNs !== undefined);
    body.byte(
      (statusMessage === null ? 0 : HAS.message) |
        (events.length === 0 ? 0 : HAS.events) |
        (links.length === 0 ? 0 : HAS.links) |
        (traceState === null ? 0 : HAS.traceState) |
        (dropped === null ? 0 : HAS.dropped) |
        (hasRests ? HAS.rests : 0),
    );
    if (statusMessage !== null) text(statusMessage);
    if (events.length > 0) {
      body.varint(events.length);
      for (const event of events) {
        text(event.name);
        body.float(event.timeMs);
        if (hasRests) body.zigzag(event.timeRestNs ?? 0);
        attributes(event.attributes);
      }
    }
    if (links.length > 0) {
      body.varint(links.length);
      for (const link of links) {
        body.bytes(Buffer.from(link.traceId + link.spanId, 'hex'));
        attributes(link.attributes);
      }
    }
    if (traceState !== null) text(traceState);
    if (dropped !== null) {
      body.varint(dropped.attributes);
      body.varint(dropped.events);
      body.varint(dropped.links);
    }
    lengths[i] = body.length - from;
    if (i % EXTRAS_AT_ONCE === EXTRAS_AT_ONCE - 1) yield null;
  }
  const rows = new ByteWriter();
  writeRows(rows, order, limit);
  writeInts(rows, lengths);
  const bodies = new ByteWriter();
  bodies.texts([...texts.keys()]);
  bodies.bytes(body.take());
  return { rows: rows.take(), bodies: bodies.take() };
}

export type ExtraRows = {
  readonly rows: Uint32Array;
  /** Where each one's bytes begin, behind the texts; one entry more than rows. */
  readonly starts: Float64Array;
};

export function readExtraRows(chunk: Uint8Array, limit: number): ExtraRows {
  const from = new ByteReader(chunk);
  const rows = readRows(from, limit);
  const lengths = readInts(from, rows.length);
  const starts = new Float64Array(rows.length + 1);
  for (let i = 0; i < rows.length; i += 1) starts[i + 1] = starts[i]! + lengths[i]!;
  return { rows, starts };
}

/** Reads the bodies, of which the texts are unpacked once. */
export function openExtras(chunk: Uint8Array, { rows, starts }: ExtraRows): (place: number) => SpanExtra {
  const head = new ByteReader(chunk);
  const texts = head.texts();
  const bodies = head.bytes(starts[rows.length]!);
  return (place) => {
    const from = new ByteReader(bodies.subarray(starts[place], starts[place + 1]));
    const text = (): string => {
      const found = texts[from.varint()];
      if (found === undefined) throw new ChunkError('A text is missing.');
      return found;
    };
    const value = (): AttributeValue => {
      const type = from.byte();
      if (type === VALUE.string) return text();
      if (type === VALUE.int) return from.zigzag();
      if (type === VALUE.float) return from.float();
      if (type === VALUE.list) return listFromJson(text());
      return type === VALUE.true;
    };
    const attributes = (): Attributes => {
      const entries: [string, AttributeValue][] = [];
      for (let left = from.varint(); left > 0; left -= 1) entries.push([text(), value()]);
      // Unlike an assignment, this makes an own property of `__proto__` as well.
      return Object.fromEntries(entries);
    };
    const has = from.byte();
    const statusMessage = (has & HAS.message) === 0 ? null : text();
    const events: SpanEvent[] = [];
    if ((has & HAS.events) !== 0) {
      for (let left = from.varint(); left > 0; left -= 1) {
        const name = text();
        const timeMs = from.float();
        const timeRestNs = (has & HAS.rests) === 0 ? 0 : from.zigzag();
        events.push({
          name,
          timeMs,
          ...(timeRestNs === 0 ? {} : { timeRestNs }),
          attributes: attributes(),
        });
      }
    }
    const links: SpanLink[] = [];
    if ((has & HAS.links) !== 0) {
      for (let left = from.varint(); left > 0; left -= 1) {
        const hex = Buffer.from(from.bytes(24)).toString('hex');
        links.push({ traceId: hex.slice(0, 32), spanId: hex.slice(32), attributes: attributes() });
      }
    }
    const traceState = (has & HAS.traceState) === 0 ? null : text();
    const dropped =
      (has & HAS.dropped) === 0
        ? null
        : { attributes: from.varint(), events: from.varint(), links: from.varint() };
    return { statusMessage, events, links, traceState, dropped };
  };
}

/** A list as `AttributeColumn.texts` has it. JSON has no NaN and writes null. */
export function listFromJson(text: string): AttributeValue {
  return (JSON.parse(text) as unknown[]).map((part) => part ?? NaN) as unknown as AttributeValue;
}
