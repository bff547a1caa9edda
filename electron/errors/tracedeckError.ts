/**
 * The one error type that crosses module borders. `code` is stable and documented, `message` says what
 * happened in the user's words, `hint` what to do about it. Neither may carry secrets or card text.
 */
import type { TokenUsage } from '../../shared/run.ts';
import { storageFault } from './storageFault.ts';

const ERROR_CATEGORIES = ['transient', 'permanent', 'degraded', 'user'] as const;
/** transient: worth a retry · permanent: not · degraded: went on with less · user: the input decides. */
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

export class TracedeckError extends Error {
  readonly code: string;
  readonly category: ErrorCategory;
  readonly hint: string | null;
  /** Tokens that were billed before it went wrong: paid is paid, whatever became of the answer. */
  spent: TokenUsage | null = null;

  constructor(
    category: ErrorCategory,
    code: string,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TracedeckError';
    this.category = category;
    this.code = code;
    this.hint = options.hint ?? null;
  }
}

/** Somebody stopped what was under way. */
export function cancelledError(cause?: unknown): TracedeckError {
  return new TracedeckError('transient', 'cancelled', 'Stopped before the end.', { cause });
}

/** An error on its way between threads or processes, which would keep its message alone. */
export type PlainError = {
  readonly category: ErrorCategory;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
};

export function toPlainError(thrown: unknown): PlainError {
  const { category, code, message, hint } = toTracedeckError(thrown);
  return { category, code, message, hint };
}

export function fromPlainError({ category, code, message, hint }: PlainError): TracedeckError {
  return new TracedeckError(category, code, message, hint === null ? {} : { hint });
}

/** What is left of anything thrown: our own error as it is, a fault of the disk in words, all else as `internal`. */
export function toTracedeckError(thrown: unknown): TracedeckError {
  if (thrown instanceof TracedeckError) return thrown;
  if (isAbort(thrown)) return new TracedeckError('transient', 'cancelled', 'Cancelled.', { cause: thrown });
  const fault = storageFault(thrown);
  if (fault !== null) {
    return new TracedeckError('permanent', fault.code, fault.message, { hint: fault.hint, cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TracedeckError('permanent', 'internal', message, { cause: thrown });
}

/** Whether this is the echo of an AbortSignal and no fault of its own. */
export function isAbort(thrown: unknown): boolean {
  if (thrown instanceof TracedeckError) return thrown.code === 'cancelled';
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'CancelledError');
}
