/** What long work on the deck may ask and tell while it goes on, in whatever thread it runs. */
import type { JobProgress } from '../../shared/job.ts';
import type { PieceName } from '../../shared/span.ts';

/** Who watches long work: hears how far it is, and may stop it. */
export type Watch = {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
};

export type JobContext = {
  /** @throws TracedeckError `cancelled` where the user has asked to stop; call it between pieces of some 10 ms */
  readonly throwIfCancelled: () => void;
  /** @param total `null` while it is not known */
  readonly progress: (done: number, total: number | null) => void;
  /** Times a piece of the work until its end is told (see `inPiece`). Not given: nobody asks what the time goes into. */
  readonly begin?: (name: PieceName) => EndPiece;
};

/** @param thrown what the piece failed of; not given: it went well */
export type EndPiece = (failure?: { readonly thrown: unknown }) => void;

/** Of work that nobody watches. */
export const UNWATCHED: JobContext = { throwIfCancelled: () => {}, progress: () => {} };

/** Does `work` as a piece of the job: until it returns, or the promise that it returns is settled. */
export function inPiece<T>({ begin }: JobContext, name: PieceName, work: () => T): T {
  if (begin === undefined) return work();
  const end = begin(name);
  let result: T;
  try {
    result = work();
  } catch (thrown) {
    end({ thrown });
    throw thrown;
  }
  if (!(result instanceof Promise)) end();
  else {
    result.then(
      () => end(),
      (thrown: unknown) => end({ thrown }),
    );
  }
  return result;
}

/** The same for work in steps: until the last of them is done, with what lies between them. */
export function* stepsInPiece<T>(
  { begin }: JobContext,
  name: PieceName,
  steps: Generator<void, T, void>,
): Generator<void, T, void> {
  const end = begin?.(name);
  try {
    const result = yield* steps;
    end?.();
    return result;
  } catch (thrown) {
    end?.({ thrown });
    throw thrown;
  }
}
