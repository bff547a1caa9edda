/** Reading and writing of one file, over functions that give and take: the same within this thread and in another. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { encodeSpans } from '../../shared/spanCodec.ts';
import type { Origin } from '../../shared/span.ts';
import type { ImportReport } from '../../shared/traceQuery.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { TextSink } from './exportTraces.ts';
import type { PackedBatch } from './fileMessages.ts';
import { readTraceFile, type Stored } from './readTraceFile.ts';

export function readJob(
  path: string,
  own: Origin,
  store: (batch: PackedBatch) => Promise<Stored>,
): Promise<ImportReport> {
  return readTraceFile(path, {
    own,
    write: ({ spans, logs, points }) =>
      store({
        spans: spans.length === 0 ? null : encodeSpans(spans),
        spanCount: spans.length,
        logs,
        points,
      }),
  });
}

/**
 * Written beside its place first: a file that was there stays until the new one is whole.
 * @throws TracedeckError `export_failed`
 */
export async function writeJob<Report>(
  path: string,
  write: (sink: TextSink) => Promise<Report>,
): Promise<Report> {
  const sink = openFileSink(`${path}.part`);
  try {
    const report = await write(sink);
    await sink.close();
    await rename(`${path}.part`, path);
    return report;
  } catch (error) {
    await sink.abort();
    throw asWriteError(path, error);
  }
}

function asWriteError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new TracedeckError('user', 'export_failed', `Cannot write ${path}: ${error.message}.`, {
    hint: 'Choose a folder that is there, may be written and has room.',
    cause: error,
  });
}

interface FileSink extends TextSink {
  close(): Promise<void>;
  /** Leaves nothing behind. */
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
      await rm(path, { force: true }).catch(() => undefined);
    },
  };
}
