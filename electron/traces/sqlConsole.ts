/**
 * The SQL console as the program sees it: one statement at a time, in a process of its own that is started when it
 * is needed, ended when it takes too long or too much memory, and let go when nobody has asked for a while.
 */
import type { SqlResult } from '../../shared/traceQuery.ts';
import { fromPlainError, TracedeckError } from '../errors/tracedeckError.ts';
import type { SQL_READY, SqlReply, SqlRequest } from './sqlMessages.ts';
import { forkSqlProcess } from './sqlProcess.ts';
import type { StartSqlProcess } from './sqlProcess.ts';

export type SqlConsoleOptions = {
  /** The trace store's file. */
  readonly path: string;
  /** Entry of the process: sqlWorker.ts in the sources, sqlWorker.cjs in the bundle; `null` where there is none. */
  readonly workerFile: string | URL | null;
  /** Not given: Node's own. */
  readonly startProcess?: StartSqlProcess;
  /** Of one statement, without the start of the process. */
  readonly timeLimitMs?: number;
  /** Of the whole process; some 60 MB of them are its own. */
  readonly maxBytes?: number;
  /** After so long without a statement the process is let go. */
  readonly idleMs?: number;
};

export interface SqlConsole {
  /**
   * Runs one statement that reads. Statements wait for each other.
   * @throws TracedeckError `bad_sql`, `sql_not_reading`, `sql_too_slow`, `sql_too_large`, `sql_failed`
   */
  run(statement: { readonly sql: string; readonly limit: number }): Promise<SqlResult>;
  close(): Promise<void>;
}

const SQL_TIME_LIMIT_MS = 5000;
const SQL_MAX_BYTES = 1_000_000_000;
const IDLE_MS = 60_000;
/** A process that has not even started by then will not. */
const START_MS = 20_000;

type EndReason = 'time' | 'start' | 'closed' | 'died';
/** Why the process is no more. */
class Ended {
  readonly reason: EndReason;
  constructor(reason: EndReason) {
    this.reason = reason;
  }
}

export function openSqlConsole(options: SqlConsoleOptions): SqlConsole {
  const { path, timeLimitMs = SQL_TIME_LIMIT_MS, maxBytes = SQL_MAX_BYTES, idleMs = IDLE_MS } = options;
  const { startProcess = forkSqlProcess } = options;
  let child: Runner | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | null = null;
  let isClosed = false;
  let seq = 0;

  async function runNow(sql: string, limit: number): Promise<SqlResult> {
    const { workerFile } = options;
    if (isClosed || workerFile === null) throw failed('The SQL console is closed.');
    if (idle !== null) clearTimeout(idle);
    child ??= startRunner(startProcess, workerFile, () => {
      child = null;
    });
    const runner = child;
    try {
      const reply = await runner.ask({ seq: (seq += 1), path, sql, limit, maxBytes }, timeLimitMs);
      if (reply.ok) return reply.value;
      if (reply.error.code === 'internal') throw failed(reply.error.message);
      throw fromPlainError(reply.error);
    } catch (thrown) {
      throw thrown instanceof Ended ? endedError(thrown, timeLimitMs, maxBytes) : thrown;
    } finally {
      idle = setTimeout(() => runner.end('closed'), idleMs);
      idle.unref();
    }
  }

  return {
    run({ sql, limit }) {
      const result = queue.then(() => runNow(sql, limit));
      queue = result.catch(() => undefined);
      return result;
    },
    async close() {
      isClosed = true;
      if (idle !== null) clearTimeout(idle);
      child?.end('closed');
      await queue;
    },
  };
}

type Runner = {
  /** Starts the time when the process has started. @throws Ended */
  ask(request: SqlRequest, timeLimitMs: number): Promise<SqlReply>;
  end(reason: EndReason): void;
};
type Message = SqlReply | typeof SQL_READY;

function startRunner(startProcess: StartSqlProcess, file: string | URL, onEnd: () => void): Runner {
  let waiting: { resolve(message: Message): void; reject(ended: Ended): void } | null = null;
  let ended: Ended | null = null;
  let isStarted = false;
  const child = startProcess(file, {
    onMessage: (message) => waiting?.resolve(message as Message),
    onExit: () => end(isStarted ? 'died' : 'start'),
  });

  function end(reason: EndReason): void {
    if (ended !== null) return;
    ended = new Ended(reason);
    onEnd();
    child.kill();
    waiting?.reject(ended);
  }

  /** The next message, within that time. */
  async function next(limitMs: number, late: EndReason): Promise<Message> {
    child.hold(true);
    const timer = setTimeout(() => end(late), limitMs);
    try {
      return await new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (ended !== null) reject(ended);
      });
    } finally {
      waiting = null;
      clearTimeout(timer);
      child.hold(false);
    }
  }
  const ready = next(START_MS, 'start').then(() => {
    isStarted = true;
  });
  ready.catch(() => undefined);

  return {
    async ask(request, timeLimitMs) {
      await ready;
      child.send(request);
      return (await next(timeLimitMs, 'time')) as SqlReply;
    },
    end,
  };
}

function endedError({ reason }: Ended, timeLimitMs: number, maxBytes: number): TracedeckError {
  switch (reason) {
    case 'time':
      return new TracedeckError(
        'user',
        'sql_too_slow',
        `The statement took longer than ${timeLimitMs / 1000} s.`,
        {
          hint: "Read less: spans('<trace id>'), or FROM spans WHERE from_ms = … AND to_ms = ….",
        },
      );
    // What the process ends itself for, and the system in the end.
    case 'died':
      return new TracedeckError(
        'user',
        'sql_too_large',
        `The statement needed more than ${Math.round(maxBytes / 1e6)} MB of memory.`,
        { hint: 'Read fewer columns or rows; attributes and resource are the largest.' },
      );
    case 'start':
      return failed('The process that runs SQL did not start.');
    case 'closed':
      return failed('The SQL console is closed.');
  }
}

function failed(message: string): TracedeckError {
  return new TracedeckError('degraded', 'sql_failed', message, { hint: 'Try again.' });
}
