/** Reads a trace file of any known form, in pieces: what it is, its content says. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Origin } from '../../shared/span.ts';
import type { ImportFormat, ImportReport } from '../../shared/traceQuery.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { Collector, type Batch } from './collector.ts';
import { ElementReader, UNKNOWN } from './elementReader.ts';
import { CANNOT_READ, openFileBytes } from './fileBytes.ts';
import { largeFile, unknownFile } from './fileErrors.ts';
import { JsonSplitter, LineSplitter, TOO_LARGE, TOO_MANY_VALUES, type JsonElement } from './jsonSplitter.ts';
import { otlpMember } from './otlpJson.ts';
import { readProtobuf } from './readProtobuf.ts';

/** Of a batch's spans: there already, and without room in the store. */
export type Stored = { readonly known: number; readonly refused: number };

export type ReadOptions = {
  /** Takes a batch; reading goes on when it resolves. */
  readonly write: (batch: Batch) => Promise<Stored>;
  /** The origin that this program's own records are exported with. */
  readonly own?: Origin | null;
  /** Told how many bytes of the file have been read so far. */
  readonly onRead?: (bytes: number) => void;
};

/** @throws TracedeckError `file_unreadable`, `file_packed`, `file_unknown` for a file that holds no traces */
export async function readTraceFile(
  path: string,
  { write, own = null, onRead }: ReadOptions,
): Promise<ImportReport> {
  let known = 0;
  const into = new Collector(async (batch) => {
    const stored = await write(batch);
    known += stored.known;
    if (stored.refused > 0) {
      const at = `span ${batch.spans[0]?.spanId ?? ''} or later`;
      into.refuse('a span for which the store has no room', at, stored.refused);
    }
  }, own);
  const format = await read(path, into, onRead);
  const counted = await into.finish();
  if (format === null || (format === 'otlp-protobuf' && into.isEmpty)) {
    const tooLarge = counted.refused.find(
      ({ reason }) => reason.endsWith(TOO_LARGE) || reason.endsWith(TOO_MANY_VALUES),
    );
    if (tooLarge !== undefined) throw largeFile(path, tooLarge.reason);
    const fault = counted.refused.find(({ reason }) => reason !== UNKNOWN);
    if (fault?.reason.startsWith(CANNOT_READ))
      throw new TracedeckError('user', 'file_unreadable', `${fault.reason}.`);
    throw unknownFile(path, fault && `holds nothing that can be read: ${fault.reason}, at ${fault.at}`);
  }
  return { file: basename(path), format, known, ...counted };
}

async function read(
  path: string,
  into: Collector,
  onRead: ReadOptions['onRead'],
): Promise<ImportFormat | null> {
  // A form that takes two turns shows half of each.
  let reader: ElementReader | null = null;
  const first = (bytes: number) => onRead?.(reader?.wantsSecondTurn === true ? bytes / 2 : bytes);
  const { head, pieces } = await openFileBytes(path, first);
  if (head.length === 0) throw unknownFile(path, 'is empty');
  const start = head.findIndex((byte) => byte > 0x20);
  const opening = head[start];
  if (isBinary(head)) return readProtobuf(path, pieces, into);
  if (opening !== 0x7b && opening !== 0x5b) {
    await pieces[Symbol.asyncIterator]().return?.();
    throw unknownFile(path);
  }
  const lines = isLines(path, head);
  const file = await stat(path);
  reader = new ElementReader(into, lines, file.mtimeMs);
  const opens = opensOf(head);
  // A pipe gives its bytes once only.
  const kept: JsonElement[] | null = file.isFile() ? null : [];
  const take = (element: JsonElement): void => {
    reader.element(element);
    // Spans of Jaeger's may come before it is known what they are.
    if (reader.wantsSecondTurn || element.key === 'spans') kept?.push(element);
  };
  const drain = () => into.drain();
  await split(pieces, lines ? null : opens, take, drain, (reason, at) => into.refuse(reason, at));
  if (reader.wantsSecondTurn && kept !== null) {
    for (const element of kept) {
      reader.secondTurn(element);
      await drain();
    }
  } else if (reader.wantsSecondTurn) {
    const again = await openFileBytes(path, (bytes) => onRead?.((file.size + bytes) / 2));
    // Its faults were told in the first turn.
    await split(
      again.pieces,
      lines ? null : opens,
      (element) => reader.secondTurn(element),
      drain,
      () => undefined,
    );
  }
  await reader.finish();
  return reader.format;
}

/** @param opens - `null` for a document a line */
async function split(
  pieces: AsyncIterable<Buffer>,
  opens: ((path: string) => boolean) | null,
  take: (element: JsonElement) => void,
  drain: () => Promise<void>,
  refuse: (reason: string, at: string) => void,
): Promise<void> {
  const splitter = opens === null ? new LineSplitter() : new JsonSplitter(opens);
  try {
    for await (const piece of pieces) {
      for (const element of splitter.push(piece)) take(element);
      await drain();
    }
  } catch (error) {
    // A gzip file that was cut off as well: what came before stands.
    if (
      !(error instanceof RangeError) &&
      !(error instanceof TracedeckError && error.code === 'file_unreadable')
    )
      throw error;
    refuse(error.message.replace(/\.$/, ''), splitter.place);
    return;
  }
  const { last, cut } = splitter.end();
  for (const element of last) take(element);
  if (cut !== null) refuse('the file ends in the middle', cut);
}

const STREAMED = new Set(['data', 'data[]', 'data[].spans', 'spans', 'traceEvents']);
/** A list of Jaeger's traces looks like any other list but for how its first one begins. */
const JAEGER_LIST = /^\s*\[\s*\{\s*"traceID"/;

/** Which lists and objects of a document are read part by part. */
function opensOf(head: Buffer): (path: string) => boolean {
  const isJaegerList = JAEGER_LIST.test(head.toString('latin1', 0, 1000));
  return (path) =>
    STREAMED.has(path) ||
    otlpMember(path) !== null ||
    (isJaegerList && (path === '[]' || path === '[].spans'));
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
    // A list or an object goes on below: what stands there is a part of it, whole as it may look.
    if (/[[{,]$/.test(text)) return false;
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
