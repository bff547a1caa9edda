/** What passes between the SQL console and its process. Every request is answered, by its `seq`, or the process dies. */
import type { SqlResult } from '../../shared/traceQuery.ts';
import type { PlainError } from '../errors/tracedeckError.ts';

export type SqlRequest = {
  readonly seq: number;
  readonly path: string;
  readonly sql: string;
  readonly limit: number;
  /** Of the whole process; beyond it, it ends itself. */
  readonly maxBytes: number;
};
/** Said once, by a process that has started. */
export const SQL_READY = 'ready';
export type SqlReply =
  | { readonly seq: number; readonly ok: true; readonly value: SqlResult }
  | {
      readonly seq: number;
      readonly ok: false;
      readonly error: PlainError;
    };
