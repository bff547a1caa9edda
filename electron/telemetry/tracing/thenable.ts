/** What a function returned, as far as it has to be waited for. */

/** What cannot even be asked is a result like any other. */
export function isThenable(
  value: unknown,
  onFault?: (thrown?: unknown) => void,
): value is PromiseLike<unknown> {
  // A function may be one as well, as builders of queries are.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return value instanceof Promise || typeof (value as { then?: unknown }).then === 'function';
  } catch {
    onFault?.();
    return false;
  }
}

/** A promise of the engine's own: what is none may throw or call back as it likes. */
export function toPromise<T>(result: PromiseLike<T>): Promise<T> {
  return result instanceof Promise ? result : Promise.resolve(result);
}
