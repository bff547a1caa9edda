import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSlowTraces } from '../../../../electron/telemetry/sampling/slowTraces.ts';
import { createTailSampler } from '../../../../electron/telemetry/sampling/tailSampler.ts';
import type { TailSampler, TailSamplerOptions } from '../../../../electron/telemetry/sampling/tailSampler.ts';
import { KEEP_ALL } from '../../../../electron/telemetry/sampling/tailDecisions.ts';
import type { TailDecision } from '../../../../electron/telemetry/sampling/tailDecisions.ts';
import { mixWord, ratioBound, traceWord } from '../../../../electron/telemetry/sampling/traceRatio.ts';
import type { Attributes } from '../../../../shared/span.ts';
import { tailSamplingSchema } from '../../../../shared/telemetrySettings.ts';
import type { TailSampling } from '../../../../shared/telemetrySettings.ts';

/** Keeps nothing but what a test asks for. */
const STRICT: TailSampling = tailSamplingSchema.parse({ errors: false, slowerThan: null, keepRatio: 0 });

let lastId = 0;
/** Spread over all ids as random ones are, and the same in every run. */
function newTraceId(): string {
  lastId += 1;
  const word = (salt: number) =>
    mixWord(lastId * 4 + salt)
      .toString(16)
      .padStart(8, '0');
  return word(0) + word(1) + word(2) + word(3);
}

type Facts = { name?: string; durationMs?: number; isError?: boolean; attributes?: Attributes };
function end(sampler: TailSampler, traceId: string, isRoot: boolean, facts: Facts = {}): void {
  const { name = isRoot ? 'root' : 'part', durationMs = 1, isError = false, attributes = {} } = facts;
  sampler.ended({ traceId, isRoot, name, durationMs, isError, attributes });
}
/** A root with one child. */
function play(sampler: TailSampler, root: Facts = {}, child: Facts = {}): string {
  const traceId = newTraceId();
  sampler.started(traceId, true);
  sampler.started(traceId, false, true);
  end(sampler, traceId, false, child);
  end(sampler, traceId, true, root);
  return traceId;
}
function watched(tail: TailSampling | null, options: TailSamplerOptions = {}) {
  const sampler = createTailSampler(tail, options);
  const decided: [string, TailDecision][] = [];
  sampler.onDecided((traceId, decision) => decided.push([traceId, decision]));
  return { sampler, decided };
}
function reasons(sampler: TailSampler): Record<string, number> {
  return Object.fromEntries(Object.entries(sampler.counts().byReason).filter(([, count]) => count > 0));
}

describe('tailSampler', () => {
  it('does nothing and keeps everything while there are no rules', () => {
    const { sampler, decided } = watched(null);
    const traceId = play(sampler, { isError: true });
    sampler.rowError(traceId);
    sampler.tick();
    expect([sampler.active, sampler.decisionOf(traceId), decided]).toEqual([false, 'keep', []]);
    expect(sampler.counts()).toMatchObject({ keptTraces: 0, droppedTraces: 0, undecidedTraces: 0 });
    expect([KEEP_ALL.active, KEEP_ALL.decisionOf(traceId)]).toEqual([false, 'keep']);
    expect(KEEP_ALL.onDecided(() => undefined)()).toBeUndefined();
  });

  it('decides when the root has ended and no span of the trace is open', () => {
    const { sampler, decided } = watched(STRICT);
    const traceId = newTraceId();
    sampler.started(traceId, true);
    sampler.started(traceId, false);
    end(sampler, traceId, false);
    expect(sampler.decisionOf(traceId)).toBe('undecided');
    sampler.started(traceId, false);
    end(sampler, traceId, true);
    expect([sampler.decisionOf(traceId), sampler.counts().undecidedTraces]).toEqual(['undecided', 1]);
    end(sampler, traceId, false);
    expect(sampler.decisionOf(traceId)).toBe('drop');
    expect(decided).toEqual([[traceId, 'drop']]);
    expect(sampler.counts()).toMatchObject({ keptTraces: 0, droppedTraces: 1, undecidedTraces: 0 });
  });

  it('lets what comes late follow the decision, whatever it holds', () => {
    const { sampler, decided } = watched({ ...STRICT, errors: true });
    const dropped = play(sampler);
    const kept = play(sampler, {}, { isError: true });
    for (const traceId of [dropped, kept]) {
      sampler.started(traceId, false);
      end(sampler, traceId, false, { isError: true });
      sampler.rowError(traceId);
    }
    expect(decided).toEqual([
      [dropped, 'drop'],
      [kept, 'keep'],
    ]);
    expect([sampler.decisionOf(dropped), sampler.decisionOf(kept)]).toEqual(['drop', 'keep']);
  });

  it('keeps a trace with an error as soon as that is known, in a span or in a row', () => {
    const { sampler, decided } = watched({ ...STRICT, errors: true });
    const inSpan = newTraceId();
    const inRow = newTraceId();
    for (const traceId of [inSpan, inRow]) {
      sampler.started(traceId, true);
      sampler.started(traceId, false);
    }
    end(sampler, inSpan, false, { isError: true });
    sampler.rowError(inRow);
    sampler.rowError(newTraceId());
    expect(decided).toEqual([
      [inSpan, 'keep'],
      [inRow, 'keep'],
    ]);
    expect(reasons(sampler)).toEqual({ error: 2 });
    sampler.configure({ ...STRICT, errors: false });
    play(sampler, { isError: true });
    expect(sampler.counts().droppedTraces).toBe(1);
  });

  it('keeps traces with a wanted attribute: of any value, of one value, in a list, and none that only looks like it', () => {
    const attributes = [
      { key: 'any', value: null },
      { key: 'one', value: '7' },
      { key: 'constructor', value: null },
    ];
    const { sampler } = watched({ ...STRICT, attributes });
    const decisionFor = (found: Attributes) => sampler.decisionOf(play(sampler, {}, { attributes: found }));
    expect(decisionFor({ any: false })).toBe('keep');
    expect(decisionFor({ one: 7 })).toBe('keep');
    expect(decisionFor({ one: ['6', '7'] })).toBe('keep');
    expect(decisionFor({ one: 8, other: 7 })).toBe('drop');
    expect(decisionFor({ one: ['77'] })).toBe('drop');
    expect(decisionFor({})).toBe('drop');
    expect(reasons(sampler)).toEqual({ attribute: 3 });
  });

  it('keeps the first of a name, then those slower than its own percentile', () => {
    const { sampler } = watched({ ...STRICT, slowerThan: 0.95 });
    for (let i = 0; i < 20; i += 1) play(sampler, { name: 'quick', durationMs: 10 });
    for (let i = 0; i < 20; i += 1) play(sampler, { name: 'long', durationMs: 1000 });
    expect(reasons(sampler)).toEqual({ new: 40 });
    for (let i = 0; i < 100; i += 1) {
      expect(sampler.decisionOf(play(sampler, { name: 'quick', durationMs: 10 }))).toBe('drop');
    }
    expect(sampler.decisionOf(play(sampler, { name: 'quick', durationMs: 50 }))).toBe('keep');
    expect(sampler.decisionOf(play(sampler, { name: 'long', durationMs: 50 }))).toBe('drop');
    expect(reasons(sampler)).toEqual({ new: 40, slow: 1 });
  });

  it('keeps the stated share of all others, the same ones wherever it is asked', () => {
    const one = watched({ ...STRICT, keepRatio: 0.25 });
    const two = createTailSampler({ ...STRICT, keepRatio: 0.25 });
    for (let i = 0; i < 4000; i += 1) {
      const traceId = play(one.sampler);
      two.started(traceId, false);
      end(two, traceId, false);
      expect(two.decisionOf(traceId)).toBe(one.sampler.decisionOf(traceId));
    }
    expect(Math.abs(one.sampler.counts().keptTraces / 4000 - 0.25)).toBeLessThan(0.03);
    expect(reasons(one.sampler)).toEqual({ ratio: one.sampler.counts().keptTraces });
  });

  it('keeps its share also of the traces that the head sampler left, which are chosen by the same id', () => {
    const { sampler } = watched({ ...STRICT, keepRatio: 0.1 });
    let left = 0;
    while (left < 3000) {
      const traceId = newTraceId();
      if (traceWord(traceId) >= ratioBound(0.1)) continue;
      left += 1;
      sampler.started(traceId, true);
      end(sampler, traceId, true);
    }
    expect(Math.abs(sampler.counts().keptTraces / left - 0.1)).toBeLessThan(0.03);
  });

  it('judges a trace that began elsewhere by its longest span when its last open one ends', () => {
    const { sampler, decided } = watched({ ...STRICT, slowerThan: 0.9 });
    const remote = (durationMs: number) => {
      const traceId = newTraceId();
      sampler.started(traceId, false);
      sampler.started(traceId, false, true);
      end(sampler, traceId, false, { name: 'handle', durationMs });
      expect(sampler.decisionOf(traceId)).toBe('undecided');
      end(sampler, traceId, false, { name: 'rest', durationMs: durationMs / 2 });
      return sampler.decisionOf(traceId);
    };
    for (let i = 0; i < 20; i += 1) expect(remote(10)).toBe('keep');
    expect([remote(10), remote(30), remote(10)]).toEqual(['drop', 'keep', 'drop']);
    expect(decided).toHaveLength(23);
  });

  it('judges a trace whose root ended before the rest by its longest span as well', () => {
    const { sampler } = watched({ ...STRICT, slowerThan: 0.9 });
    const click = (runMs: number) => {
      const traceId = newTraceId();
      sampler.started(traceId, false);
      sampler.started(traceId, true);
      end(sampler, traceId, true, { name: 'click', durationMs: 2 });
      end(sampler, traceId, false, { name: 'run', durationMs: runMs });
      return sampler.decisionOf(traceId);
    };
    for (let i = 0; i < 20; i += 1) expect(click(100)).toBe('keep');
    for (let i = 0; i < 20; i += 1) expect(click(100)).toBe('drop');
    expect([click(500), click(100), click(2)]).toEqual(['keep', 'drop', 'drop']);
    expect(reasons(sampler)).toEqual({ new: 20, slow: 1 });
  });

  it('judges a trace whose root ended before the rest by its longest span', () => {
    const { sampler } = watched({ ...STRICT, slowerThan: 0.9 });
    const click = (runMs: number) => {
      const traceId = newTraceId();
      sampler.started(traceId, false);
      sampler.started(traceId, true);
      end(sampler, traceId, true, { name: 'click', durationMs: 2 });
      end(sampler, traceId, false, { name: 'run', durationMs: runMs });
      return sampler.decisionOf(traceId);
    };
    for (let i = 0; i < 20; i += 1) expect(click(100)).toBe('keep');
    for (let i = 0; i < 20; i += 1) expect(click(100)).toBe('drop');
    expect([click(500), click(100), click(2)]).toEqual(['keep', 'drop', 'drop']);
    expect(reasons(sampler)).toEqual({ new: 20, slow: 1 });
  });

  it('waits for the spans that another thread hands in later where it is told to', () => {
    let now = 0;
    const { sampler, decided } = watched({ ...STRICT, errors: true }, { graceMs: 500, nowMs: () => now });
    const part = (traceId: string) => {
      sampler.started(traceId, false);
      end(sampler, traceId, false);
    };
    const [alone, resumed, whole] = [newTraceId(), newTraceId(), newTraceId()];
    for (const traceId of [alone, resumed, whole]) part(traceId);
    now = 400;
    part(resumed);
    sampler.started(whole, true);
    end(sampler, whole, true, { isError: true });
    sampler.tick();
    expect(decided).toEqual([[whole, 'keep']]);
    now = 600;
    sampler.tick();
    now = 900;
    sampler.tick();
    expect(decided.slice(1)).toEqual([
      [alone, 'drop'],
      [resumed, 'drop'],
    ]);
  });

  it('keeps without waiting what is too large, too old or one too many', () => {
    let now = 0;
    const limits = { ...STRICT, maxHeldSpans: 10, waitMs: 1000 };
    const { sampler, decided } = watched(limits, { nowMs: () => now, maxUndecided: 32 });
    const large = newTraceId();
    sampler.started(large, true);
    for (let i = 0; i < 10; i += 1) sampler.started(large, false);
    expect(decided).toEqual([[large, 'keep']]);

    const old = newTraceId();
    sampler.started(old, true);
    now = 500;
    const younger = newTraceId();
    sampler.started(younger, true);
    now = 1000;
    sampler.tick();
    expect(decided.slice(1)).toEqual([[old, 'keep']]);
    for (let i = 0; i < 32; i += 1) sampler.started(newTraceId(), true);
    expect(decided[2]).toEqual([younger, 'keep']);
    expect(sampler.counts()).toMatchObject({ keptTraces: 4, undecidedTraces: 31 });
    expect(reasons(sampler)).toEqual({ size: 1, wait: 1, room: 2 });
  });

  it('gives up waiting by itself', async () => {
    const { sampler } = watched({ ...STRICT, waitMs: 100 });
    const traceId = newTraceId();
    const decision = new Promise<TailDecision>((resolve) => {
      sampler.onDecided((id, what) => id === traceId && resolve(what));
    });
    sampler.started(traceId, true);
    // The sampler's own timer keeps no process alive.
    const alive = setTimeout(() => undefined, 20_000);
    expect(await decision).toBe('keep');
    clearTimeout(alive);
    await sleep(60);
    sampler.started(newTraceId(), true);
    expect(sampler.counts().undecidedTraces).toBe(1);
  });

  it('waits on, and no longer than before, when the clock jumps back', () => {
    let now = 1_000_000;
    const { sampler } = watched({ ...STRICT, waitMs: 1000 }, { nowMs: () => now });
    sampler.started(newTraceId(), true);
    now = 0;
    sampler.tick();
    expect(sampler.counts().undecidedTraces).toBe(1);
    now = 1000;
    sampler.tick();
    expect(reasons(sampler)).toEqual({ wait: 1 });
  });

  it('survives durations that no clock can have meant', () => {
    const { sampler } = watched({ ...STRICT, slowerThan: 0.5 });
    for (const durationMs of [NaN, -5, -Infinity, 0, Infinity, 1e300]) {
      play(sampler, { durationMs }, { durationMs });
      const traceId = newTraceId();
      sampler.started(traceId, false);
      end(sampler, traceId, false, { durationMs });
    }
    expect(sampler.counts()).toMatchObject({ keptTraces: 12, undecidedTraces: 0 });
  });

  it('is switched off and on while traces are under way, and decides each once', () => {
    const { sampler, decided } = watched(STRICT);
    const [first, second] = [newTraceId(), newTraceId()];
    sampler.started(first, true);
    sampler.configure(null);
    expect([sampler.active, decided]).toEqual([false, [[first, 'keep']]]);
    sampler.started(second, true);
    sampler.configure(STRICT);
    // `second` began unseen: its parts are kept, and do not make a trace of their own.
    sampler.started(second, false, true);
    end(sampler, second, false);
    end(sampler, second, true);
    expect(sampler.decisionOf(second)).toBe('keep');
    end(sampler, first, true);
    expect(decided).toHaveLength(1);
    // Seen as a trace from elsewhere, until an end shows that it was open before.
    const third = newTraceId();
    sampler.started(third, false);
    end(sampler, third, true);
    expect(sampler.decisionOf(third)).toBe('drop');
    const fourth = newTraceId();
    sampler.configure({ ...STRICT, slowerThan: 0.5 });
    sampler.started(fourth, true);
    sampler.configure({ ...STRICT, waitMs: 200 });
    expect(sampler.decisionOf(fourth)).toBe('undecided');
    expect(reasons(sampler)).toEqual({ off: 1 });
  });

  it('keeps a trace of which more spans end than it saw start', () => {
    const { sampler } = watched(STRICT, { graceMs: 1000, nowMs: () => 0 });
    const traceId = newTraceId();
    sampler.started(traceId, false);
    end(sampler, traceId, false);
    end(sampler, traceId, false);
    expect(reasons(sampler)).toEqual({ underway: 1 });
  });

  it('remembers as many decisions as it is told to, those asked for lately first, and keeps what it forgot', () => {
    const sampler = createTailSampler(STRICT, { remembered: 100 });
    const lively = play(sampler);
    const forgotten = play(sampler);
    const all: string[] = [];
    for (let i = 0; i < 1000; i += 1) {
      all.push(play(sampler));
      sampler.started(lively, false, true);
      end(sampler, lively, false);
    }
    expect(all.slice(-100).map((traceId) => sampler.decisionOf(traceId))).toEqual(Array(100).fill('drop'));
    expect([sampler.decisionOf(lively), sampler.decisionOf(forgotten)]).toEqual(['drop', 'keep']);
    expect(all.filter((traceId) => sampler.decisionOf(traceId) === 'drop').length).toBeLessThanOrEqual(200);
  });

  it('lets no listener disturb it or the others', () => {
    let faults = 0;
    const sampler = createTailSampler(STRICT, { onFault: () => (faults += 1) });
    const seen: string[] = [];
    sampler.onDecided(() => {
      throw new Error('listener');
    });
    const listener = (traceId: string) => void seen.push(`${traceId} ${sampler.decisionOf(traceId)}`);
    const stop = sampler.onDecided(listener);
    sampler.onDecided(listener);
    const first = play(sampler);
    stop();
    stop();
    const second = play(sampler);
    expect(faults).toBe(2);
    expect(seen).toEqual([`${first} drop`, `${first} drop`, `${second} drop`]);
    createTailSampler(STRICT).onDecided(() => undefined);
  });

  it('stops where a listener switches it off', () => {
    let now = 0;
    const { sampler, decided } = watched({ ...STRICT, waitMs: 100 }, { nowMs: () => now });
    for (let i = 0; i < 3; i += 1) sampler.started(newTraceId(), true);
    sampler.onDecided(() => sampler.configure(null));
    now = 100;
    sampler.tick();
    expect(decided).toHaveLength(3);
    expect(reasons(sampler)).toEqual({ wait: 1, off: 2 });
    sampler.configure(STRICT);
    const traceId = play(sampler);
    expect([sampler.active, sampler.decisionOf(traceId)]).toEqual([false, 'drop']);
  });
});

/** The same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state += 1;
    return mixWord(Math.imul(state, 0x9e_37_79_b9)) / 2 ** 32;
  };
}

describe('tailSampler, whatever the order', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    'decides every trace once and drops none that a rule keeps (seed %i)',
    (seed) => {
      const random = randomOf(seed * 1000);
      const below = (n: number) => Math.floor(random() * n);
      let now = 0;
      const rules: TailSampling = tailSamplingSchema.parse({
        slowerThan: random() < 0.3 ? null : 0.5 + random() * 0.49,
        keepRatio: random() < 0.3 ? 0 : random() / 2,
        attributes: [{ key: 'keep', value: 'yes' }],
        maxHeldSpans: 10 + below(30),
        waitMs: 100 + below(5000),
      });
      const graceMs = random() < 0.5 ? 0 : 50;
      const { sampler, decided } = watched(rules, { nowMs: () => now, graceMs, maxUndecided: 60 });
      const decisions = new Map<string, TailDecision>();
      sampler.onDecided((traceId, decision) => {
        expect(decisions.has(traceId)).toBe(false);
        expect(sampler.decisionOf(traceId)).toBe(decision);
        decisions.set(traceId, decision);
      });
      type Open = { id: string; isLocal: boolean; open: boolean[]; mustKeep: boolean; rootMs: number | null };
      const all: Open[] = [];
      let underway: Open[] = [];
      const rootsSeen: number[] = [];

      for (let step = 0; step < 4000; step += 1) {
        const action = random();
        const trace = underway[below(underway.length)];
        if (trace === undefined || (action < 0.15 && underway.length < 80)) {
          const isLocal = random() < 0.8;
          const begun = { id: newTraceId(), isLocal, open: [isLocal], mustKeep: false, rootMs: null };
          underway.push(begun);
          all.push(begun);
          sampler.started(begun.id, isLocal);
        } else if (action < 0.45) {
          // Its own may begin after the root's end, as long as one of it is open.
          trace.open.push(false);
          sampler.started(trace.id, false, true);
        } else if (action < 0.95) {
          const [isRoot] = trace.open.splice(below(trace.open.length), 1);
          const wasDecided = decisions.has(trace.id);
          const isError = random() < 0.03;
          const isWanted = random() < 0.03;
          const durationMs = isRoot ? Math.exp(random() * 8) : random();
          // Slower by far than the percentile of those seen, once there are enough.
          if (isRoot === true && rules.slowerThan !== null) {
            const slower = rootsSeen.filter((seen) => seen >= durationMs * 0.95).length;
            if (
              rootsSeen.length >= 20 &&
              rootsSeen.length < 500 &&
              slower <= rootsSeen.length * (1 - rules.slowerThan)
            )
              trace.mustKeep ||= !wasDecided;
          }
          if (isRoot === true) trace.rootMs = durationMs;
          trace.mustKeep ||= !wasDecided && (isError || isWanted);
          end(sampler, trace.id, isRoot === true, {
            durationMs,
            isError,
            attributes: isWanted ? { keep: 'yes' } : { keep: 'no' },
          });
          // A trace counts among those seen when it is over, or when it is certain that it is kept.
          const isLast = trace.open.length === 0 && !wasDecided && !isError && !isWanted;
          if (trace.rootMs !== null && (isLast || (isRoot === true && decisions.has(trace.id))))
            rootsSeen.push(trace.rootMs);
          if (trace.open.length === 0) underway = underway.filter((other) => other !== trace);
        } else if (action < 0.96) {
          trace.mustKeep ||= !decisions.has(trace.id);
          sampler.rowError(trace.id);
        } else {
          now += below(60);
          sampler.tick();
        }
        if (step === 2500 && seed % 2 === 0) sampler.configure({ ...rules, keepRatio: 0 });
      }
      if (seed % 5 === 0) sampler.configure(null);
      else {
        now += rules.waitMs;
        sampler.tick();
      }

      expect(all.length).toBeGreaterThan(100);
      expect(all.filter(({ id }) => !decisions.has(id))).toEqual([]);
      expect(decided).toHaveLength(all.length);
      expect(all.filter(({ id, mustKeep }) => mustKeep && decisions.get(id) === 'drop')).toEqual([]);
      const { keptTraces, droppedTraces, undecidedTraces, byReason } = sampler.counts();
      expect([undecidedTraces, keptTraces + droppedTraces]).toEqual([0, all.length]);
      expect(Object.values(byReason).reduce((sum, count) => sum + count, 0)).toBe(keptTraces);
      expect(decided.filter(([, decision]) => decision === 'drop')).toHaveLength(droppedTraces);
    },
  );
});

describe('slowTraces', () => {
  it('never calls usual what exceeds the percentile by a bucket, nor many slow that do not', () => {
    const random = randomOf(7);
    for (const percentile of [0.5, 0.9, 0.99]) {
      const slow = createSlowTraces();
      const seen: number[] = [];
      let called = 0;
      for (let i = 0; i < 900; i += 1) {
        const durationMs = Math.exp(random() * 12 - 4);
        const verdict = slow.judge('a', durationMs, percentile);
        const sorted = seen.toSorted((a, b) => a - b);
        const limit = sorted[Math.ceil(percentile * sorted.length) - 1] ?? 0;
        if (i < 20) expect(verdict).toBe('new');
        else if (durationMs > limit * 1.05) expect(verdict).toBe('slow');
        else if (durationMs < limit) expect(verdict).toBe('usual');
        called += verdict === 'slow' ? 1 : 0;
        slow.record('a', durationMs, percentile);
        seen.push(durationMs);
      }
      expect(called / 880).toBeLessThan(1 - percentile + 0.05);
    }
  });

  it('follows durations that change for good', () => {
    const slow = createSlowTraces();
    for (let i = 0; i < 5000; i += 1) slow.record('a', 10, 0.95);
    expect(slow.judge('a', 100, 0.95)).toBe('slow');
    for (let i = 0; i < 500; i += 1) slow.record('a', 100, 0.95);
    expect(slow.judge('a', 100, 0.95)).toBe('usual');
    for (let i = 0; i < 12_000; i += 1) slow.record('a', 10, 0.95);
    expect(slow.judge('a', 100, 0.95)).toBe('slow');
  });

  it('holds a bounded number of names, the others together', () => {
    const slow = createSlowTraces();
    for (let i = 0; i < 1000; i += 1) slow.record(`name ${i}`, 10, 0.95);
    expect(slow.judge('name 5', 10, 0.95)).toBe('new');
    expect(slow.judge('another one', 10, 0.95)).toBe('usual');
    expect(slow.judge('another one', 20, 0.95)).toBe('slow');
  });
});
