/** A process with messages both ways, as the SQL console needs it: Node's own here, Electron's in sqlUtility.ts. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface SqlProcess {
  send(message: unknown): void;
  /** At once, whatever it does: SQLite's loops outlive anything gentler. */
  kill(): void;
  /** While held, the program does not end by itself. */
  hold(isHeld: boolean): void;
}
export type SqlProcessEvents = {
  readonly onMessage: (message: unknown) => void;
  /** Once, however it came about. */
  readonly onExit: () => void;
};
export type StartSqlProcess = (file: string | URL, events: SqlProcessEvents) => SqlProcess;

export const forkSqlProcess: StartSqlProcess = (file, { onMessage, onExit }) => {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = fork(file instanceof URL ? fileURLToPath(file) : file, [], {
    env,
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    onExit();
  };
  child.on('message', onMessage);
  child.on('error', over);
  child.on('exit', over);
  child.unref();
  child.channel?.unref();
  return {
    send: (message) => void child.send(message as object, (error) => error !== null && over()),
    kill: () => void child.kill('SIGKILL'),
    hold: (isHeld) => (isHeld ? child.channel?.ref() : child.channel?.unref()),
  };
};
