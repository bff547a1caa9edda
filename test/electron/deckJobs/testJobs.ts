/** Jobs as real ones are, and some as they should not be. */
import type { JobContext } from '../../../electron/deckJobs/job.ts';
import type { DeckPlace, Job } from '../../../electron/deckJobs/jobTypes.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';

const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

export const testJobs = {
  countDecks: {
    kind: 'export',
    run: ({ db }: DeckPlace) => db.prepare<[], number>('SELECT count(*) FROM decks').pluck().get()!,
  },
  addDecks: {
    kind: 'import',
    run({ db }: DeckPlace, { count }: { readonly count: number }, context: JobContext): number {
      const add = db.prepare('INSERT INTO decks (name, created_ms) VALUES (?, 1)');
      db.transaction(() => {
        for (let at = 0; at < count; at += 1) {
          context.throwIfCancelled();
          add.run(`deck ${at}`);
          context.progress(at + 1, count);
          if (at % 10 === 0) pause(5);
        }
      })();
      return count;
    },
  },
  refuse: {
    kind: 'import',
    run(): never {
      throw new TracedeckError('user', 'not_a_package', 'This is no package.', { hint: 'Look again.' });
    },
  },
  crash: {
    kind: 'optimise',
    run: (): Promise<never> =>
      new Promise(() => {
        queueMicrotask(() => {
          throw new Error('out of the blue');
        });
      }),
  },
  stubborn: {
    kind: 'optimise',
    run({ db }: DeckPlace): never {
      db.exec(`BEGIN; INSERT INTO decks (name, created_ms) VALUES ('half', 1)`);
      for (;;) pause(20);
    },
  },
} as const satisfies Readonly<Record<string, Job<never, unknown>>>;
