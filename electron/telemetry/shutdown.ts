/** The end of telemetry: everything flushed, within a time that is kept whatever hangs. */

export type Shutdown = {
  /** Once the end has begun, `flush` runs at once. */
  onShutdown(flush: (timeoutMs: number) => Promise<void>): void;
  /** Asked twice, it is the same end. */
  shutdown(timeoutMs: number): Promise<boolean>;
};

/** What is left to those that come last when those before them hang, in shares of the whole time. */
const KEPT_BACK = 0.1;

/** `last` runs when all flushes are done or late: the log file takes what they had to say. */
export function createShutdown(last: () => Promise<unknown>, onFault: (thrown?: unknown) => void): Shutdown {
  const flushes: ((timeoutMs: number) => Promise<void>)[] = [];
  let stopping: Promise<boolean> | null = null;
  /** `null` before the end has begun. */
  let deadlineMs: number | null = null;

  async function bounded(work: () => Promise<unknown>, timeoutMs: number): Promise<boolean> {
    // The time runs before the work does (unlike `within`): a flush that gives up just then was late, not done.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, Math.max(0, timeoutMs), false);
    });
    try {
      return await Promise.race([work().then(() => true), late]);
    } catch (thrown) {
      onFault(thrown);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async function stop(timeoutMs: number): Promise<boolean> {
    const endMs = performance.now() + timeoutMs;
    deadlineMs = endMs;
    const forFlushesMs = timeoutMs * (1 - KEPT_BACK);
    const flushed = await Promise.all(
      flushes.map((flush) => bounded(async () => flush(forFlushesMs), forFlushesMs)),
    );
    const closed = await bounded(async () => last(), endMs - performance.now());
    return closed && flushed.every(Boolean);
  }

  return {
    onShutdown(flush) {
      if (deadlineMs === null) flushes.push(flush);
      else {
        const leftMs = Math.max(0, deadlineMs - performance.now());
        void bounded(async () => flush(leftMs), leftMs);
      }
    },
    shutdown: (timeoutMs) => (stopping ??= stop(timeoutMs)),
  };
}
