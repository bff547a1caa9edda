import { isThenable, toPromise } from '../tracing/thenable.ts';

/** Runs `fn` and tells how it, or the promise that it returns, ended; before whoever waits for it hears. */
export function watchOutcome<T>(fn: () => T, done: () => void, failed: (thrown: unknown) => void): T {
  let result: T;
  try {
    result = fn();
  } catch (thrown) {
    failed(thrown);
    throw thrown;
  }
  if (!isThenable(result)) {
    done();
    return result;
  }
  return toPromise(result).then(
    (value) => {
      done();
      return value;
    },
    (thrown: unknown) => {
      failed(thrown);
      throw thrown;
    },
  ) as T;
}
