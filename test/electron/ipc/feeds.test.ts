import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startSpanFeed, throttleProgress } from '../../../electron/ipc/feeds.ts';
import type { RunProgress } from '../../../shared/run.ts';
import type { SpanBatch, SpanCursor } from '../../../shared/span.ts';
import { someProgress } from '../../fixtures/progress.ts';

describe('the progress feed', () => {
  it('lets changes of state through at once and always the last report', async () => {
    const pushed: RunProgress[] = [];
    const report = throttleProgress((progress) => pushed.push(progress));
    for (let done = 0; done < 100; done += 1) report(someProgress({ done }));
    report(someProgress({ done: 100, state: 'paused' }));
    expect(pushed.map(({ done, state }) => [done, state])).toEqual([
      [0, 'running'],
      [100, 'paused'],
    ]);
    report(someProgress({ done: 101, state: 'paused' }));
    await sleep(400);
    expect(pushed.at(-1)?.done).toBe(101);
    expect(pushed.length).toBe(3);
  });

  it('keeps two runs apart', () => {
    const pushed: string[] = [];
    const report = throttleProgress(({ runId }) => pushed.push(runId));
    report(someProgress({ runId: 'a' }));
    report(someProgress({ runId: 'b' }));
    expect(pushed).toEqual(['a', 'b']);
  });
});

const at = (spans: number, leaves: number): SpanCursor => ({ spans, leaves });

describe('the span feed', () => {
  it('pushes each change once, in order, and encodes nothing while nobody listens', async () => {
    const source = { cursor: at(0, 0), asked: [] as SpanCursor[], since };
    function since(cursor: SpanCursor): SpanBatch {
      source.asked.push(cursor);
      return { cursor: source.cursor, evicted: 0, bytes: new Uint8Array(), leaves: new Uint8Array() };
    }
    let listening = true;
    const pushed: SpanCursor[] = [];
    const stop = startSpanFeed(
      source,
      ({ cursor }) => pushed.push(cursor),
      () => listening,
    );
    source.cursor = at(5, 0);
    await sleep(250);
    listening = false;
    source.cursor = at(5, 9);
    await sleep(250);
    listening = true;
    source.cursor = at(5, 12);
    await sleep(250);
    stop();
    expect(source.asked).toEqual([at(0, 0), at(5, 9)]);
    expect(pushed).toEqual([at(5, 0), at(5, 12)]);
  });
});
