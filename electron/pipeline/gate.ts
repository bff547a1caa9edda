/** A door that can be shut for a while: how a run is paused between two items. */
export type Gate = ReturnType<typeof createGate>;

export function createGate() {
  let opened: Promise<void> | null = null;
  let open = () => {};

  return {
    shut(): void {
      opened ??= new Promise((resolve) => (open = resolve));
    },
    unlock(): void {
      open();
      opened = null;
    },
    /** Resolves once the gate is open, or at once when `signal` aborts. */
    async open(signal: AbortSignal): Promise<void> {
      while (opened !== null && !signal.aborted) {
        const { promise, release } = abortPromise(signal);
        await Promise.race([opened, promise]);
        release();
      }
    },
  };
}

function abortPromise(signal: AbortSignal) {
  let release = () => {};
  const promise = new Promise<void>((resolve) => {
    const onAbort = () => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    release = () => signal.removeEventListener('abort', onAbort);
  });
  return { promise, release };
}
