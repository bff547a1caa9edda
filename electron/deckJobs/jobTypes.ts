/** Jobs by name, and what passes between the program and the thread that runs them. */
import type { JobKind } from '../../shared/job.ts';
import type { PlainError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { JobContext } from './job.ts';
import type { JobPieces } from './pieces.ts';

/** Where a job works: a connection of its own, closed after it. */
export type DeckPlace = { readonly db: Db; readonly deckPath: string; readonly mediaDir: string };

/** Parameters and result cross between threads: plain data alone. */
export type Job<Params, Result> = {
  readonly kind: JobKind;
  readonly run: (at: DeckPlace, params: Params, context: JobContext) => Promise<Result> | Result;
};
// Parameters of functions are contravariant: a registry of any jobs is one of jobs that take nothing.
export type JobRegistry = Readonly<Record<string, Job<never, unknown>>>;
export type ParamsOf<Jobs extends JobRegistry, Name extends keyof Jobs> = Parameters<Jobs[Name]['run']>[1];
export type ResultOf<Jobs extends JobRegistry, Name extends keyof Jobs> = Awaited<
  ReturnType<Jobs[Name]['run']>
>;

/** Who listens to a job. */
export type JobListener = {
  readonly tell: (done: number, total: number | null) => void;
  /** Once, at its end, unless its thread breaks down. */
  readonly onPieces: (pieces: JobPieces) => void;
};

export type WorkerPaths = { readonly deckPath: string; readonly mediaDir: string };
export type ToDeckWorker =
  /** `stop` is one number, other than 0 once the user has asked to stop: a busy thread reads no messages. */
  | {
      readonly type: 'run';
      readonly name: string;
      readonly params: unknown;
      readonly stop: Int32Array<SharedArrayBuffer>;
    }
  | { readonly type: 'end' };
export type FromDeckWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly done: number; readonly total: number | null }
  | { readonly type: 'done'; readonly result: unknown; readonly pieces: JobPieces }
  | { readonly type: 'failed'; readonly error: PlainError; readonly pieces: JobPieces };

/** A tenth of a second: often enough for an eye, and no load. */
export const PROGRESS_MS = 100;
