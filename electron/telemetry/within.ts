/** What a promise resolves to, or `late` when it takes longer than `timeoutMs`. Keeps the process alive until then. */
export async function within<T, Late>(work: Promise<T>, timeoutMs: number, late: Late): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Late>((resolve) => {
    timer = setTimeout(() => resolve(late), Math.max(0, timeoutMs));
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
