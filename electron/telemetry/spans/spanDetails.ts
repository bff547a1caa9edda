/**
 * What spans hold besides ids and times: attributes in cells beside their shape; what does not fit there, and
 * what few spans have (messages, events, links), as objects. Nothing is kept before it was redacted.
 */
import type { Attributes, AttributeValue, SpanEvent, SpanLink } from '../../../shared/span.ts';
import type { Dropped } from '../../../shared/spanFormat.ts';
import { REDACTED } from '../../../shared/redact.ts';
import type { InternTable } from './internTable.ts';
import type { SpanWriter } from '../../../shared/spanWriter.ts';
import type { SpanPacking } from './spanPacking.ts';
import { CELL_ARRAY, CELL_BOOLEAN, CELL_NUMBER, CELL_STRING, createShapeTable } from './spanShapes.ts';
import type { CellType, Shape, ShapeTable } from './spanShapes.ts';

/** Attributes of one span kept in columns; further ones go the slow way, complete. */
const CELLS = 12;
/** So many strings of a key decide whether the next ones are shared; and so many are not before that is tried anew. */
const OBSERVED = 256;
const UNSHARED = 8192;

const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

export type RedactOptions = {
  readonly redactText: (text: string) => string;
  readonly isSecretKey: (key: string) => boolean;
};

/** An attribute may hold what cannot be kept. */
export type SpanDetail = {
  /** Attributes: each key once, and its value at the same place; the first so many. */
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
  readonly attributeCount: number;
  readonly statusMessage: string | null;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** W3C `tracestate`; `''` for none. */
  readonly traceState: string;
  /** What it had no room for; `null` for nothing. */
  readonly dropped: Dropped | null;
};

type Extras = Omit<SpanDetail, 'keys' | 'values' | 'attributeCount'> & {
  readonly attributes: Attributes | null;
};
type KeptExtras = Extras & { readonly textBytes: number };

export class SpanDetails {
  readonly #cells: Float64Array;
  readonly #shapeIds: Uint16Array;
  readonly #extras = new Map<number, KeptExtras>();
  readonly #strings: InternTable;
  readonly #shapes: ShapeTable;
  readonly #redactText: (text: string) => string;
  readonly #isSecretKey: (key: string) => boolean;
  #textBytes = 0;

  /** @param strings - what it gives back has been redacted */
  constructor(capacity: number, strings: InternTable, { redactText, isSecretKey }: RedactOptions) {
    this.#cells = new Float64Array(capacity * CELLS);
    this.#shapeIds = new Uint16Array(capacity);
    this.#strings = strings;
    this.#shapes = createShapeTable(isSecretKey);
    this.#redactText = redactText;
    this.#isSecretKey = isSecretKey;
  }

  /** What the objects' text takes; interned strings apart. */
  get textBytes(): number {
    return this.#textBytes;
  }
  get columnBytes(): number {
    return this.#cells.byteLength + this.#shapeIds.byteLength;
  }

  /** Into a slot that holds none. */
  write(slot: number, detail: SpanDetail): void {
    const { keys, values, attributeCount, statusMessage, events, links, traceState, dropped } = detail;
    const base = slot * CELLS;
    const cells = this.#cells;
    const strings = this.#strings;
    let shape = this.#shapes.root;
    let at = 0;
    let overflow: Record<string, AttributeValue> | null = null;
    for (let i = 0; i < attributeCount; i += 1) {
      const key = keys[i]!;
      const value = values[i];
      if (value === undefined || value === null) continue;
      const type = cellType(value);
      if (type === CELL_ARRAY && !Array.isArray(value)) continue;
      const next = overflow === null && at < CELLS ? this.#shapes.extend(shape, key, type) : null;
      if (next === null) {
        (overflow ??= {})[key] = this.#clean(key, value as AttributeValue);
        continue;
      }
      if (next.isSecret) cells[base + at] = strings.acquireText(REDACTED);
      else if (type === CELL_STRING) cells[base + at] = this.#textNo(next, value as string);
      else if (type === CELL_NUMBER) cells[base + at] = value as number;
      else if (type === CELL_BOOLEAN) cells[base + at] = value === true ? 1 : 0;
      else cells[base + at] = strings.acquire(uniform(value as AttributeValue) as readonly string[]);
      shape = next;
      at += 1;
    }
    this.#shapeIds[slot] = shape.id;
    const hasMore = traceState !== '' || dropped !== null;
    if (overflow !== null || statusMessage !== null || events.length > 0 || links.length > 0 || hasMore) {
      const extras = this.#cleanExtras(detail, overflow);
      const textBytes = textBytesOf(extras);
      this.#extras.set(slot, { ...extras, textBytes });
      this.#textBytes += textBytes;
    }
  }

  /** The number of a string, shared with others where that is likely to be found again. */
  #textNo(shape: Shape, text: string): number {
    const strings = this.#strings;
    shape.texts += 1;
    if (shape.isVaried) {
      if (shape.texts === UNSHARED) {
        shape.isVaried = false;
        shape.texts = 0;
      }
      return strings.addText(text);
    }
    const { misses } = strings;
    const no = strings.acquireText(text);
    if (strings.misses !== misses) shape.newTexts += 1;
    if (shape.texts === OBSERVED) {
      shape.isVaried = shape.newTexts > OBSERVED * 0.9;
      shape.texts = 0;
      shape.newTexts = 0;
    }
    return no;
  }

  release(slot: number): void {
    const shapeId = this.#shapeIds[slot]!;
    if (shapeId !== 0) {
      const { types } = this.#shapes.byId(shapeId);
      for (let i = 0; i < types.length; i += 1) {
        if (types[i]! >= CELL_STRING) this.#strings.release(this.#cells[slot * CELLS + i]!);
      }
      this.#shapeIds[slot] = 0;
    }
    if (this.#extras.size === 0) return;
    const extras = this.#extras.get(slot);
    if (extras === undefined) return;
    this.#textBytes -= extras.textBytes;
    this.#extras.delete(slot);
  }

  /** Completes the span that the block has begun. */
  pack(slot: number, packing: SpanPacking): void {
    const { writer } = packing;
    const extras = this.#extras.size === 0 ? undefined : this.#extras.get(slot);
    const shape = this.#shapes.byId(this.#shapeIds[slot]!);
    const { types } = shape;
    const overflow = extras?.attributes == null ? null : Object.entries(extras.attributes);
    writer.attributeCount(types.length + (overflow?.length ?? 0));
    if (types.length > 0) {
      const keys = packing.keysOf(shape);
      for (let i = 0; i < types.length; i += 1) {
        const cell = this.#cells[slot * CELLS + i]!;
        const key = keys[i]!;
        if (types[i] === CELL_STRING) writer.stringAttribute(key, packing.string(cell));
        else if (types[i] === CELL_NUMBER) writer.numberAttribute(key, cell);
        else if (types[i] === CELL_BOOLEAN) writer.booleanAttribute(key, cell === 1);
        else writer.attribute(shape.keys[i]!, this.#strings.value(cell) as AttributeValue);
      }
    }
    if (overflow !== null) for (const [key, value] of overflow) writer.attribute(key, value);
    writer.endSpan(extras?.statusMessage ?? null, extras?.events ?? null, extras?.links ?? null);
    if (extras !== undefined) packMore(extras, writer);
  }

  /** The same for a detail that is in no slot. */
  packDetail(detail: SpanDetail, packing: SpanPacking): void {
    const { keys, values, attributeCount } = detail;
    const { writer } = packing;
    const own = keys.slice(0, attributeCount).map((key, at) => [key, values[at]]);
    const clean = this.#cleanAll(Object.fromEntries(own));
    const extras = this.#cleanExtras(detail, null);
    writer.attributes(clean);
    writer.endSpan(extras.statusMessage, extras.events, extras.links);
    packMore(extras, writer);
  }

  /** Looks again at the texts that are kept beside the columns. */
  readmit(): void {
    for (const [slot, kept] of this.#extras) {
      const { attributes } = kept;
      const extras = this.#cleanExtras(kept, attributes === null ? null : this.#cleanAll(attributes));
      const textBytes = textBytesOf(extras);
      this.#extras.set(slot, { ...extras, textBytes });
      this.#textBytes += textBytes - kept.textBytes;
    }
  }

  #cleanExtras(given: Omit<Extras, 'attributes'>, attributes: Attributes | null): Extras {
    const { statusMessage, events, links, traceState, dropped } = given;
    return {
      attributes,
      statusMessage: statusMessage === null ? null : this.#redactText(statusMessage),
      events: events
        .filter(({ timeMs }) => Number.isFinite(timeMs))
        .map(({ name, timeMs, timeRestNs, attributes: own }) => ({
          name: this.#redactText(name),
          timeMs,
          ...(timeRestNs === undefined ? {} : { timeRestNs }),
          attributes: this.#cleanAll(own),
        })),
      links: links
        .filter(({ traceId, spanId }) => TRACE_ID.test(traceId) && SPAN_ID.test(spanId))
        .map(({ traceId, spanId, attributes: own }) => ({
          traceId,
          spanId,
          attributes: this.#cleanAll(own),
        })),
      traceState: this.#redactText(traceState),
      dropped,
    };
  }

  #cleanAll(attributes: Readonly<Record<string, unknown>>): Attributes {
    const clean: Record<string, AttributeValue> = {};
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null) clean[key] = this.#clean(key, value as AttributeValue);
    }
    return clean;
  }

  #clean(key: string, value: AttributeValue): AttributeValue {
    if (this.#isSecretKey(key)) return REDACTED;
    if (typeof value === 'string') return this.#redactText(value);
    if (!Array.isArray(value)) return value;
    return (uniform(value) as readonly unknown[]).map((part) =>
      typeof part === 'string' ? this.#redactText(part) : part,
    ) as AttributeValue;
  }
}

function packMore({ traceState, dropped }: Extras, writer: SpanWriter): void {
  if (traceState !== '' || dropped !== null) writer.more(traceState === '' ? null : traceState, dropped);
}

/** The API lets arrays hold gaps; what does not fit the first element's type is left out. */
function uniform(value: AttributeValue): AttributeValue {
  if (!Array.isArray(value)) return value;
  const type = typeof value.find((part) => part !== null && part !== undefined);
  return value.every((part) => typeof part === type)
    ? value
    : (value.filter((part) => typeof part === type) as AttributeValue);
}

function cellType(value: unknown): CellType {
  if (typeof value === 'string') return CELL_STRING;
  if (typeof value === 'number') return CELL_NUMBER;
  return typeof value === 'boolean' ? CELL_BOOLEAN : CELL_ARRAY;
}

function textBytesOf({ attributes, statusMessage, events, links, traceState }: Extras): number {
  const ofAttributes = (all: Attributes) => {
    let bytes = 0;
    for (const [key, value] of Object.entries(all)) {
      bytes +=
        2 * (key.length + (typeof value === 'string' ? value.length : JSON.stringify(value).length)) + 32;
    }
    return bytes;
  };
  let bytes = 200 + 2 * ((statusMessage?.length ?? 0) + traceState.length) + ofAttributes(attributes ?? {});
  for (const event of events) bytes += 100 + 2 * event.name.length + ofAttributes(event.attributes);
  for (const link of links) bytes += 200 + ofAttributes(link.attributes);
  return bytes;
}
