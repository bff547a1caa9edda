/** What long work on the deck may ask and tell while it goes on, in whatever thread it runs. */
export type JobContext = {
  /** @throws TracedeckError `cancelled` where the user has asked to stop; call it between pieces of some 10 ms */
  readonly throwIfCancelled: () => void;
  /** @param total `null` while it is not known */
  readonly progress: (done: number, total: number | null) => void;
};

/** Of work that nobody watches. */
export const UNWATCHED: JobContext = { throwIfCancelled: () => {}, progress: () => {} };
