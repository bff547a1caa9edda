/** Sends what waits when Anki is back: looks seldom, and more seldom the longer it is away. */
import type { PushReport } from '../../shared/anki.ts';
import { UNWATCHED } from '../deckJobs/job.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import type { TracedeckError } from '../errors/tracedeckError.ts';
import type { AnkiPush } from './ankiPush.ts';

export type PushQueueOptions = {
  readonly push: Pick<AnkiPush, 'pushWaiting' | 'waiting'>;
  /** Whether the settings want it. */
  readonly isWanted: () => boolean;
  /** After each round that sent something. */
  readonly onReport?: (report: PushReport) => void;
  /** Something other than Anki's absence stands in the way; the queue rests until it is woken. */
  readonly onProblem?: (problem: TracedeckError) => void;
  /** Between two looks; doubles with each in vain. */
  readonly firstMs?: number;
  readonly maxMs?: number;
};

export interface PushQueue {
  /** Begins to look where something waits; call it at the start, after each push, and when settings changed. */
  wake(): void;
  /** Ends it; resolves when nothing of it is under way. */
  stop(): Promise<void>;
  readonly isLooking: boolean;
}

export function createPushQueue(options: PushQueueOptions): PushQueue {
  const { push, isWanted } = options;
  const firstMs = options.firstMs ?? 15_000;
  const maxMs = options.maxMs ?? 600_000;
  let timer: NodeJS.Timeout | null = null;
  let delayMs = firstMs;
  let round: Promise<void> | null = null;
  let stopped = false;

  function schedule(): void {
    if (timer !== null || stopped || !isWanted() || push.waiting() === 0) return;
    // Spread, so that two programs that wait do not look at the same moment for ever.
    timer = setTimeout(
      () => {
        timer = null;
        round = look().finally(() => (round = null));
      },
      delayMs * (0.8 + 0.4 * Math.random()),
    );
    // Nobody stays alive for it.
    timer.unref();
  }

  async function look(): Promise<void> {
    if (stopped || !isWanted()) return;
    const before = push.waiting();
    try {
      const report = await push.pushWaiting(UNWATCHED);
      const sent = push.waiting() < before;
      delayMs = sent ? firstMs : Math.min(delayMs * 2, maxMs);
      if (sent) options.onReport?.(report);
    } catch (thrown) {
      if (!stopped) options.onProblem?.(toTracedeckError(thrown));
      return;
    }
    schedule();
  }

  return {
    wake() {
      stopped = false;
      delayMs = firstMs;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (round === null) schedule();
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await round;
    },
    get isLooking() {
      return timer !== null || round !== null;
    },
  };
}
