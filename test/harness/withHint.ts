import { toTracedeckError } from '../../electron/errors/tracedeckError.ts';

/** Vitest prints the message of an error alone: what to do about it becomes a part of that. */
export async function withHint<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const { message, hint } = toTracedeckError(thrown);
    throw new Error(hint === null ? message : `${message}\n${hint}`, { cause: thrown });
  }
}
