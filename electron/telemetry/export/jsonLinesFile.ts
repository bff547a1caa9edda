/**
 * OTLP/JSON, one request a line, as the OpenTelemetry Collector's file exporter writes and its receiver reads.
 * Lines are appended in order, and whole: what a failed attempt left behind is cut off again.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { Signal } from '../../../shared/telemetrySettings.ts';
import { BoundedQueue } from './boundedQueue.ts';
import type { ExportContext } from './exporter.ts';
import type { FileSink, Tally } from './fileSink.ts';
import { encodeLogs, encodeMetrics, encodeTraces } from './otlpEncode.ts';
import { makeFolder } from './makeFolder.ts';
import { codeOf, rotateFiles } from './rotateFiles.ts';

/** What may wait for the disk, in bytes; the oldest lines go. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Written at a time. */
const BATCH_BYTES = 1024 * 1024;
const MAX_ITEMS = 2048;
const NEWLINE = 10;

type Line = { readonly signal: Signal; readonly items: number; readonly bytes: Uint8Array };
type LinesContext = Pick<ExportContext, 'resource' | 'scope' | 'startedMs'>;
type LinesOptions = {
  readonly path: string;
  /** Where the file is put away; a single item that is larger has a file of its own. */
  readonly maxBytes: number;
  readonly maxWaitingBytes?: number;
};

export function openJsonLinesFile(
  { path, maxBytes, maxWaitingBytes = MAX_WAITING_BYTES }: LinesOptions,
  context: LinesContext,
  tally: Tally,
): FileSink {
  const queue = new BoundedQueue<Line>(Infinity, ({ bytes }) => bytes.length);
  /** Being written, or to be tried again. */
  let head: Line[] = [];

  function add<Item>(
    signal: Signal,
    items: readonly Item[],
    count: (items: readonly Item[]) => number,
    encode: (items: readonly Item[]) => Uint8Array,
  ): void {
    if (items.length > MAX_ITEMS) return addHalves(signal, items, count, encode);
    let json: Uint8Array;
    try {
      json = encode(items);
    } catch (error) {
      if (items.length === 1) return tally.unwritable(signal, count(items), error);
      return addHalves(signal, items, count, encode);
    }
    if (json.length + 1 > maxBytes && items.length > 1) return addHalves(signal, items, count, encode);
    const bytes = new Uint8Array(json.length + 1);
    bytes.set(json);
    bytes[json.length] = NEWLINE;
    queue.push([{ signal, items: count(items), bytes }]);
    while (queue.weight > maxWaitingBytes)
      for (const line of queue.take(1)) tally.dropped(line.signal, line.items);
  }

  function addHalves<Item>(
    signal: Signal,
    items: readonly Item[],
    count: (items: readonly Item[]) => number,
    encode: (items: readonly Item[]) => Uint8Array,
  ): void {
    const middle = items.length >> 1;
    add(signal, items.slice(0, middle), count, encode);
    add(signal, items.slice(middle), count, encode);
  }

  /** The oldest lines that fit into `room` bytes. */
  function fill(room: number): void {
    let bytes = head.reduce((sum, line) => sum + line.bytes.length, 0);
    for (let [next] = queue.peek(1); next !== undefined; [next] = queue.peek(1)) {
      bytes += next.bytes.length;
      if (head.length > 0 && bytes > Math.min(room, BATCH_BYTES)) return;
      head.push(...queue.take(1));
    }
  }

  return {
    waitMs: 200,
    get isEmpty() {
      return head.length === 0 && queue.length === 0;
    },
    spans: (spans) => add('traces', spans, lengthOf, (some) => encodeTraces(context, some, 'json')),
    logs: (records) => add('logs', records, lengthOf, (some) => encodeLogs(context, some, 'json')),
    metrics: (snapshots, timeMs) =>
      add('metrics', snapshots, pointsOf, (some) => encodeMetrics(context, some, timeMs, 'json')),
    async write() {
      let file = await openToAppend(path);
      try {
        let size = await wholeLines(file);
        fill(Math.max(0, maxBytes - size));
        const bytes = Buffer.concat(head.map((line) => line.bytes));
        if (size > 0 && size + bytes.length > maxBytes) {
          await file.close();
          await rotateFiles(path);
          file = await openToAppend(path);
          size = 0;
        }
        await append(file, bytes, size);
        const written = head;
        head = [];
        for (const line of written) tally.sent(line.signal, line.items);
      } finally {
        await file.close();
      }
    },
    clear() {
      for (const line of [...head, ...queue.take(queue.length)]) tally.dropped(line.signal, line.items);
      head = [];
    },
  };
}

export function pointsOf(snapshots: readonly MetricSnapshot[]): number {
  return snapshots.reduce((sum, { points }) => sum + points.length, 0);
}

function lengthOf(items: readonly unknown[]): number {
  return items.length;
}

/** Opened anew for each batch: a file that somebody moved or deleted would else be written on out of sight. */
async function openToAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a+');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
    return open(path, 'a+');
  }
}

/** The file's size, after a last line that was cut off has been ended, so that it spoils no other. */
async function wholeLines(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  if (size === 0) return 0;
  const { buffer, bytesRead } = await file.read(new Uint8Array(1), 0, 1, size - 1);
  if (bytesRead === 0 || buffer[0] === NEWLINE) return size;
  await file.write('\n');
  return size + 1;
}

async function append(file: FileHandle, bytes: Uint8Array, size: number): Promise<void> {
  try {
    await file.appendFile(bytes);
  } catch (error) {
    await file.truncate(size).catch(() => undefined);
    throw error;
  }
}
