/** The decks with what is due in them, and the long jobs that work on them. */
import type { DeckNode, TagCount } from '../../shared/deck.ts';
import type { JobProgress } from '../../shared/job.ts';
import type { Slice } from './index.ts';

/** Ended jobs that are still shown. */
const MAX_JOBS = 20;

export type DeckSlice = {
  readonly deckTree: readonly DeckNode[];
  readonly tags: readonly TagCount[];
  /** Counts changes of the deck by whatever hand: what was read of it before may be out of date. */
  readonly deckVersion: number;
  /** Newest first. */
  readonly jobs: readonly JobProgress[];

  readonly deckTreeLoaded: (deckTree: readonly DeckNode[], tags: readonly TagCount[]) => void;
  readonly deckChanged: () => void;
  readonly jobChanged: (job: JobProgress) => void;
};

export const createDeckSlice: Slice<DeckSlice> = (set) => ({
  deckTree: [],
  tags: [],
  deckVersion: 0,
  jobs: [],

  deckTreeLoaded: (deckTree, tags) => set({ deckTree, tags }),
  deckChanged: () => set((state) => ({ deckVersion: state.deckVersion + 1 })),
  jobChanged: (job) =>
    set(({ jobs }) => {
      const at = jobs.findIndex(({ jobId }) => jobId === job.jobId);
      return { jobs: at < 0 ? [job, ...jobs].slice(0, MAX_JOBS) : jobs.with(at, job) };
    }),
});
