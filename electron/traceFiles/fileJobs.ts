/** Reading and writing of one file, over functions that give and take: the same within this thread and in another. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { encodeSpans } from '../../shared/spanCodec.ts';
import type { Origin } from '../../shared/span.ts';
import type { ImportReport } from '../../shared/traceQuery.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { TextSink } from './exportTraces.ts';
import type { PackedBatch } from './fileMessages.ts';
import { readTraceFile, type Stored } from './readTraceFile.ts';
import { systemReason } from './fileErrors.ts';

const TELL_EVERY_MS = 100;

/** @param onRead - told some times a second how many bytes of the file have been read */
export function readJob(
  path: string,
  own: Origin,
  store: (batch: PackedBatch) => Promise<Stored>,
  onRead: (bytes: number) => void,
): Promise<ImportReport> {
  let toldMs = -Infinity;
  return readTraceFile(path, {
    own,
    onRead(bytes) {
      const nowMs = performance.now();
      if (nowMs - toldMs < TELL_EVERY_MS) return;
      toldMs = nowMs;
      onRead(bytes);
    },
    write: ({ spans, logs, points }) =>
      store({
        spans: spans.length === 0 ? null : encodeSpans(spans),
        spanCount: spans.length,
        logs,
        points,
      }),
  });
}

export type WriteTarget = {
  readonly path: string;
  /** Where it is written first: a file that was there stays until the new one is whole. `null` for a pipe or a device. */
  readonly part: string | null;
};

/** Where to write: behind a link, and beside what others write to the same place. @throws TracedeckError `export_failed` */
export async function targetOf(asked: string): Promise<WriteTarget> {
  const path = await realpath(asked).catch(() => asked);
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory() === true) throw writeError(asked, 'it is a folder');
  const isFile = there?.isFile() ?? true;
  return { path, part: isFile ? `${path}.${randomBytes(4).toString('hex')}.part` : null };
}

/** What a writer that was ended from outside has left. */
export async function removePart({ part }: WriteTarget): Promise<void> {
  if (part !== null) await rm(part, { force: true }).catch(() => undefined);
}

/** @throws TracedeckError `export_failed` */
export async function writeJob<Report>(
  target: WriteTarget,
  write: (sink: TextSink) => Promise<Report>,
): Promise<Report> {
  const { path, part } = target;
  const sink = openFileSink(part ?? path);
  try {
    const report = await write(sink);
    await sink.close();
    if (part !== null) await rename(part, path);
    return report;
  } catch (error) {
    await sink.abort();
    await removePart(target);
    throw asWriteError(path, error);
  }
}

function asWriteError(path: string, error: unknown): unknown {
  return error instanceof Error && 'syscall' in error ? writeError(path, systemReason(error), error) : error;
}

function writeError(path: string, reason: string, cause?: Error): TracedeckError {
  return new TracedeckError('user', 'export_failed', `Cannot write ${path}: ${reason}.`, {
    hint: 'Choose a folder that is there, may be written and has room.',
    ...(cause === undefined ? {} : { cause }),
  });
}

interface FileSink extends TextSink {
  close(): Promise<void>;
  abort(): Promise<void>;
}

function openFileSink(path: string): FileSink {
  const file = createWriteStream(path);
  let failure: Error | null = null;
  file.on('error', (error) => (failure = error));
  const ended = once(file, 'close');
  ended.catch(() => undefined);
  return {
    async write(text) {
      if (failure !== null) throw failure;
      if (!file.write(text)) await Promise.race([once(file, 'drain'), ended]).catch(() => undefined);
      if (failure !== null) throw failure;
    },
    async close() {
      file.end();
      await ended;
      if (failure !== null) throw failure;
    },
    async abort() {
      file.destroy();
      await ended.catch(() => undefined);
    },
  };
}
