/** What a command has to do with: its streams, the user's Ctrl+C, and whether data is wanted as JSON. */
import type { RunProgress } from '../../shared/run.ts';
import { cancelledError } from '../errors/tracedeckError.ts';

export type Terminal = {
  readonly json: boolean;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Fires when the user asks to stop. */
  readonly interrupted: AbortSignal;
  /** Progress of every run of the program. */
  readonly onProgress: (listener: (progress: RunProgress) => void) => () => void;
};

/** Data goes to stdout, everything else to stderr. */
export function print(terminal: Terminal, data: unknown, text: () => string): void {
  terminal.stdout.write(`${terminal.json ? JSON.stringify(data) : text()}\n`);
}

/** Gives up waiting where the user stops the program. @throws TracedeckError `cancelled` */
export async function unlessInterrupted<T>({ interrupted, stdin }: Terminal, work: Promise<T>): Promise<T> {
  let stop = () => {};
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => {
      // An open standard input would keep the process alive.
      stdin.destroy();
      reject(cancelledError());
    };
  });
  if (interrupted.aborted) stop();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    interrupted.removeEventListener('abort', stop);
  }
}
