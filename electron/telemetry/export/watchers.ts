/** Waiting for conditions that somebody else brings about. */
export class Watchers {
  readonly #checks = new Set<() => void>();

  /** Something changed that a condition may depend on. */
  changed(): void {
    for (const check of this.#checks) check();
  }

  /** Resolves when the condition holds, or the time is over. */
  async until(condition: () => boolean, timeoutMs = Infinity): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#checks.delete(check);
        resolve();
      };
      const check = (): void => {
        if (condition()) end();
      };
      const timer = timeoutMs === Infinity ? undefined : setTimeout(end, timeoutMs);
      this.#checks.add(check);
    });
  }
}
