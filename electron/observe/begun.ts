/**
 * Calls `work`; what it throws before it has a promise becomes that promise's rejection. With `then` behind it a
 * watcher adds one promise to those of what it watches, where an `async` function around it would add two.
 */
export function begun<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}
