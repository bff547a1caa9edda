/** What a job spends its time on: pieces by name, timed where the work is done and told when the job is over. */
import { isMainThread } from 'node:worker_threads';
import type { PieceName } from '../../shared/span.ts';
import { toPlainError, type PlainError } from '../errors/tracedeckError.ts';
import type { EndPiece } from './job.ts';

export type JobPiece = {
  readonly name: PieceName;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** The piece that it lies in, by its place in the list, before its own; `null` directly below the job. */
  readonly within: number | null;
  /** What it failed of; `null` where it went well. */
  readonly error: PlainError | null;
};
export type JobPieces = {
  /** In the order of their beginnings. */
  readonly pieces: readonly JobPiece[];
  /** So many more there were. */
  readonly leftOut: number;
  /** `null`: the program's own. */
  readonly thread: string | null;
};

export const DECK_THREAD = 'deck';

/** Of one name in one job, so that what comes late is told as well. An import of 10,000 notes writes 200. */
export const MAX_ALIKE = 256;

/** One at a time, or one within another. */
export function createPieceTimer() {
  // Anchored once a job: durations are those of the monotonic clock.
  const offsetMs = Date.now() - performance.now();
  const nowMs = (): number => offsetMs + performance.now();
  const pieces: JobPiece[] = [];
  const open: number[] = [];
  const counts = new Map<PieceName, number>();
  let leftOut = 0;
  return {
    begin(name: PieceName): EndPiece {
      const count = counts.get(name) ?? 0;
      if (count === MAX_ALIKE) {
        leftOut += 1;
        return () => {};
      }
      counts.set(name, count + 1);
      const at = pieces.length;
      const piece: JobPiece = { name, startMs: nowMs(), endMs: 0, within: open.at(-1) ?? null, error: null };
      pieces.push(piece);
      open.push(at);
      return (failure) => {
        const error = failure === undefined ? null : toPlainError(failure.thrown);
        pieces[at] = { ...piece, endMs: nowMs(), error };
        open.splice(open.indexOf(at), 1);
      };
    },
    /** What is still under way ends now. */
    all(): JobPieces {
      const endMs = nowMs();
      const ended = pieces.map((piece) => (piece.endMs === 0 ? { ...piece, endMs } : piece));
      return { pieces: ended, leftOut, thread: isMainThread ? null : DECK_THREAD };
    },
  };
}
