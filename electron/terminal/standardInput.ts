/** Standard input as a file: what reads traces reads some of them twice. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cancelledError, TracedeckError } from '../errors/tracedeckError.ts';

export type KeptInput = { readonly path: string; remove(): Promise<void> };

/** Reads to the end. @throws TracedeckError `cancelled`, `file_unreadable` */
export async function keepStandardInput(
  stdin: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<KeptInput> {
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-input-'));
  const path = join(folder, 'standard input');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(stdin, createWriteStream(path, { mode: 0o600 }), { signal });
    return { path, remove };
  } catch (error) {
    await remove();
    if (signal.aborted) throw cancelledError();
    const reason = error instanceof Error ? error.message : String(error);
    throw new TracedeckError('user', 'file_unreadable', `Cannot read standard input: ${reason}.`, {
      cause: error,
    });
  }
}
