/** Reads a trace file of any known form, in pieces: what it is, its content says. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Origin } from '../../shared/span.ts';
import type { ImportFormat, ImportReport } from '../../shared/traceQuery.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { isPlain, listOf, type Plain } from './attributeValues.ts';
import { ChromeReader, isChromeEvent } from './chromeReader.ts';
import { Collector, type Batch } from './collector.ts';
import { openFileBytes } from './fileBytes.ts';
import { isJaegerTrace, readJaegerTrace } from './jaegerReader.ts';
import { JsonSplitter, LineSplitter, TOO_LARGE, type JsonElement } from './jsonSplitter.ts';
import { otlpMember, readOtlpPart, readOtlpRequest } from './otlpJson.ts';
import { readOtlpProtobuf } from './otlpProtobuf.ts';
import { createZipkinReader, isZipkinSpan } from './zipkinReader.ts';

/** Of protobuf, which is read as a whole. */
const MAX_PROTOBUF_BYTES = 1_000_000_000;

/** Of a batch's spans: there already, and without room in the store. */
export type Stored = { readonly known: number; readonly refused: number };

export type ReadOptions = {
  /** Takes a batch; reading goes on when it resolves. */
  readonly write: (batch: Batch) => Promise<Stored>;
  /** The origin that this program's own records are exported with. */
  readonly own?: Origin | null;
};

/** @throws TracedeckError `file_unreadable`, `file_packed`, `file_unknown` for a file that holds no traces */
export async function readTraceFile(path: string, { write, own = null }: ReadOptions): Promise<ImportReport> {
  let known = 0;
  const into = new Collector(async (batch) => {
    const stored = await write(batch);
    known += stored.known;
    if (stored.refused > 0) {
      const at = `span ${batch.spans[0]?.spanId ?? ''} or later`;
      into.refuse('a span for which the store has no room', at, stored.refused);
    }
  }, own);
  const format = await read(path, into);
  const counted = await into.finish();
  if (format === null || (format === 'otlp-protobuf' && into.isEmpty)) {
    const tooLarge = counted.refused.find(({ reason }) => reason.endsWith(TOO_LARGE));
    throw tooLarge === undefined ? unknownFile(path) : largeFile(path, tooLarge.reason);
  }
  return { file: basename(path), format, known, ...counted };
}

async function read(path: string, into: Collector): Promise<ImportFormat | null> {
  const { head, pieces } = await openFileBytes(path);
  const start = head.findIndex((byte) => byte > 0x20);
  const first = head[start];
  if (isBinary(head)) return readProtobuf(path, pieces, into);
  if (first !== 0x7b && first !== 0x5b) {
    await pieces[Symbol.asyncIterator]().return?.();
    throw unknownFile(path);
  }
  const lines = isLines(path, head);
  const reader = new ElementReader(into, lines, (await stat(path)).mtimeMs);
  await split(pieces, lines, (element) => reader.element(element), into);
  if (reader.wantsSecondTurn) {
    const again = await openFileBytes(path);
    await split(again.pieces, lines, (element) => reader.secondTurn(element), null);
  }
  await reader.finish();
  return reader.format;
}

async function split(
  pieces: AsyncIterable<Buffer>,
  lines: boolean,
  take: (element: JsonElement) => void,
  into: Collector | null,
): Promise<void> {
  const splitter = lines
    ? new LineSplitter()
    : new JsonSplitter((key) => STREAMED.has(key) || otlpMember(key) !== null);
  try {
    for await (const piece of pieces) {
      for (const element of splitter.push(piece)) take(element);
      await into?.drain();
    }
  } catch (error) {
    // A gzip file that was cut off as well: what came before stands.
    if (
      !(error instanceof RangeError) &&
      !(error instanceof TracedeckError && error.code === 'file_unreadable')
    )
      throw error;
    into?.refuse(error.message, 'from there to the end');
    return;
  }
  const { last, cut } = splitter.end();
  for (const element of last) take(element);
  if (cut !== null) into?.refuse('the file ends in the middle', cut);
}

const STREAMED = new Set(['data', 'traceEvents']);

/** Routes each element by what it is. */
class ElementReader {
  format: ImportFormat | null = null;
  readonly #into: Collector;
  readonly #lines: boolean;
  readonly #modifiedMs: number;
  readonly #chrome: ChromeReader;
  readonly #zipkin: ReturnType<typeof createZipkinReader>;
  /** Members of a single Jaeger trace. */
  readonly #jaeger: Record<string, unknown> = {};

  constructor(into: Collector, lines: boolean, modifiedMs: number) {
    this.#into = into;
    this.#lines = lines;
    this.#modifiedMs = modifiedMs;
    this.#chrome = new ChromeReader(into);
    this.#zipkin = createZipkinReader(into);
  }

  get wantsSecondTurn(): boolean {
    return this.format === 'zipkin';
  }

  element({ key, bytes, at }: JsonElement): void {
    const into = this.#into;
    const value = this.#parse(bytes, at);
    if (value === undefined) return;
    if (key !== null) return this.#member(key, value, at);
    if (isPlain(value) && readOtlpRequest(value, into, at)) this.#is(this.#lines ? 'otlp-jsonl' : 'otlp');
    else if (isPlain(value) && Array.isArray(value['scopeSpans'])) {
      this.#is('otlp');
      readOtlpPart('resourceSpans', value, into, at);
    } else if (isJaegerTrace(value)) this.#jaegerTrace(value, at);
    else if (isPlain(value) && listOf(value['data']).some(isJaegerTrace)) {
      for (const [index, trace] of listOf(value['data']).entries())
        if (isJaegerTrace(trace)) this.#jaegerTrace(trace, `${at} data[${index}]`);
    } else if (
      isZipkinSpan(value) ||
      (Array.isArray(value) && value.length > 0 && value.every(isZipkinSpan))
    ) {
      this.#is('zipkin');
      for (const span of Array.isArray(value) ? value : [value]) this.#zipkin.look(span);
    } else if (isChromeEvent(value)) {
      this.#is('chrome');
      this.#chrome.event(value, at);
    } else if (!isEmpty(value)) into.refuse('nothing that is known here', at);
  }

  /** Zipkin's spans, once it is known which of them share an id. */
  secondTurn({ key, bytes, at }: JsonElement): void {
    if (key !== null) return;
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8'));
    } catch {
      // Told in the first turn.
      return;
    }
    const spans = Array.isArray(value) ? value : [value];
    for (const [index, span] of spans.entries())
      if (isZipkinSpan(span)) this.#zipkin.read(span, Array.isArray(value) ? `${at}[${index}]` : at);
  }

  async finish(): Promise<void> {
    if (this.format === 'chrome') await this.#chrome.finish({ modifiedMs: this.#modifiedMs });
    if (isJaegerTrace(this.#jaeger)) this.#jaegerTrace(this.#jaeger, 'trace');
  }

  #member(key: string, value: unknown, at: string): void {
    const into = this.#into;
    const member = otlpMember(key);
    if (member !== null) {
      this.#is('otlp');
      readOtlpPart(member, value, into, at);
    } else if (key === 'traceEvents') {
      this.#is('chrome');
      if (isChromeEvent(value)) this.#chrome.event(value, at);
      else into.refuse('an event without a phase', at);
    } else if (key === 'data' && isJaegerTrace(value)) this.#jaegerTrace(value, at);
    else if (key === 'data' && isPlain(value)) into.refuse('no trace', at);
    else if (key === 'metadata' || key === 'otherData') this.#chrome.metadata(value);
    else if (key === 'trace' && readOtlpRequest(value, into, at)) this.#is('otlp');
    else if (key === 'spans' || key === 'processes' || key === 'traceID') this.#jaeger[key] = value;
  }

  #jaegerTrace(trace: Plain, at: string): void {
    this.#is('jaeger');
    readJaegerTrace(trace, this.#into, at);
  }

  #is(format: ImportFormat): void {
    this.format ??= format;
  }

  #parse(bytes: Buffer, at: string): unknown {
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      this.#into.refuse(`broken JSON`, error instanceof Error ? `${at}: ${error.message.slice(0, 80)}` : at);
      return undefined;
    }
  }
}

async function readProtobuf(
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

/** Nothing, as some end their lists with. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Text has no control characters besides tabs and ends of lines; protobuf cannot do without. */
function isBinary(head: Buffer): boolean {
  const length = Math.min(head.length, 65_536);
  for (let at = 0; at < length; at += 1) {
    const byte = head[at]!;
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return true;
  }
  return false;
}

/** Whether each line is a document: the first or the second one is. */
function isLines(path: string, head: Buffer): boolean {
  if (/\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(path)) return true;
  let from = 0;
  for (let line = 0; line < 2; line += 1) {
    const to = head.indexOf(10, from);
    if (to < 0) return false;
    const text = head.toString('utf8', from, to).trim();
    from = to + 1;
    if (!/^[{[].*[}\]]$/s.test(text)) continue;
    try {
      JSON.parse(text);
      return head.subarray(from).some((byte) => byte > 0x20);
    } catch {
      // A damaged line, or the first of a document of many.
    }
  }
  return false;
}

function largeFile(path: string, reason: string): TracedeckError {
  return new TracedeckError('user', 'file_too_large', `${path} cannot be read: ${reason}.`, {
    hint: 'Export it as OTLP JSON lines, which can be of any size, or in several files.',
  });
}

function unknownFile(path: string): TracedeckError {
  return new TracedeckError('user', 'file_unknown', `${path} holds no traces that are known here.`, {
    hint: 'Read are: OTLP (JSON, JSON lines, protobuf), Jaeger JSON, Chrome trace events and Zipkin JSON v2, each also as .gz.',
  });
}
