import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPushQueue } from '../../../electron/ankiConnect/pushQueue.ts';
import type { PushQueue } from '../../../electron/ankiConnect/pushQueue.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';

const REPORT = { created: 0, updated: 0, unchanged: 0, conflicts: [], failed: [], queued: 0 };
let queue: PushQueue | null = null;
afterEach(() => queue?.stop());

function pushThat(states: { waiting: number; isBack: boolean; error?: TracedeckError; rounds: number }) {
  return {
    waiting: () => states.waiting,
    async pushWaiting() {
      states.rounds += 1;
      if (states.error !== undefined) throw states.error;
      if (states.isBack) states.waiting = 0;
      return { ...REPORT, queued: states.waiting };
    },
  };
}

describe('the queue', () => {
  it('does not look while nothing waits, or the settings do not want it', async () => {
    const states = { waiting: 0, isBack: false, rounds: 0 };
    let wanted = true;
    queue = createPushQueue({ push: pushThat(states), isWanted: () => wanted, firstMs: 1 });
    queue.wake();
    expect(queue.isLooking).toBe(false);
    states.waiting = 3;
    wanted = false;
    queue.wake();
    expect(queue.isLooking).toBe(false);
    wanted = true;
    queue.wake();
    expect(queue.isLooking).toBe(true);
    await vi.waitFor(() => expect(states.rounds).toBeGreaterThan(0));
  });

  it('looks more seldom each time, sends when Anki is back, and then rests', async () => {
    vi.useFakeTimers();
    try {
      const states = { waiting: 3, isBack: false, rounds: 0 };
      const reports: unknown[] = [];
      queue = createPushQueue({
        push: pushThat(states),
        isWanted: () => true,
        onReport: (report) => reports.push(report),
        firstMs: 1000,
        maxMs: 8000,
      });
      queue.wake();
      // Each is up to a fifth sooner or later: the fourth at 18 s at the latest, the fifth at 18.4 s at the soonest.
      await vi.advanceTimersByTimeAsync(18_200);
      // After about 1, 3, 7, 15 s; then every 8 s.
      expect(states.rounds).toBe(4);
      await vi.advanceTimersByTimeAsync(40_000);
      expect(states.rounds).toBeGreaterThanOrEqual(8);
      expect(states.rounds).toBeLessThanOrEqual(11);
      states.isBack = true;
      await vi.advanceTimersByTimeAsync(10_000);
      expect([reports.length, queue.isLooking]).toEqual([1, false]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('rests after an error of another kind, until it is woken', async () => {
    const states = {
      waiting: 1,
      isBack: true,
      error: new TracedeckError('user', 'anki_permission_denied', 'no') as TracedeckError | undefined,
      rounds: 0,
    };
    const problems: string[] = [];
    queue = createPushQueue({
      push: pushThat(states as never),
      isWanted: () => true,
      onProblem: ({ code }) => problems.push(code),
      firstMs: 1,
    });
    queue.wake();
    await vi.waitFor(() => expect(problems).toEqual(['anki_permission_denied']));
    expect(queue.isLooking).toBe(false);
    states.error = undefined;
    queue.wake();
    await vi.waitFor(() => expect(states.waiting).toBe(0));
  });

  it('is over once it is stopped', async () => {
    const states = { waiting: 1, isBack: false, rounds: 0 };
    queue = createPushQueue({ push: pushThat(states), isWanted: () => true, firstMs: 5 });
    queue.wake();
    await queue.stop();
    expect(queue.isLooking).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(states.rounds).toBe(0);
  });
});
