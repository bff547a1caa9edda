/** Vitest's set-up of the end-to-end project: once for all files. */
import { toTracedeckError } from '../../electron/errors/tracedeckError.ts';
import { setUpEnvironment } from './environment.ts';

export default async function globalSetup(): Promise<() => Promise<void>> {
  try {
    return await setUpEnvironment();
  } catch (thrown) {
    // Vitest prints the message alone.
    const { message, hint } = toTracedeckError(thrown);
    throw new Error(hint === null ? message : `${message}\n${hint}`, { cause: thrown });
  }
}
