import { describe, expect, it } from 'vitest';
import { createAnewCards, type Regenerate } from '../../../electron/ipc/anewCards.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { NO_TOKENS } from '../../../shared/run.ts';

const identity = { generator: 'openai', model: 'm', promptVersion: 'rewrite-1', parameters: '{}' };
const card = { type: 'basic' as const, front: 'q', back: 'a', tags: [] };
const idOf = (number: number) => number.toString(16).padStart(32, '0');

/** Answers when it is told to; breaks off where its signal says so. */
function model() {
  const answers: (() => void)[] = [];
  const regenerate: Regenerate = ({ cardId }, signal) =>
    new Promise((resolve, reject) => {
      const traceId = idOf(cardId);
      const made = { traceId, atMs: 1, identity, usage: NO_TOKENS, exchange: { prompt: 'p', answer: 'a' } };
      signal.addEventListener('abort', () =>
        reject(new TracedeckError('transient', 'cancelled', 'Cancelled.')),
      );
      answers.push(() => resolve({ card, usage: NO_TOKENS, traceId, made }));
    });
  return { anew: createAnewCards(regenerate), answer: (at: number) => answers[at]!() };
}

describe('cards made anew', () => {
  it('go to the window without what was asked and answered, which is known by their trace', async () => {
    const { anew, answer } = model();
    const asked = anew.ask({ cardId: 7, wish: '' });
    answer(0);
    expect(await asked).toEqual({ card, usage: NO_TOKENS, traceId: idOf(7) });
    expect(anew.made(idOf(7))).toMatchObject({ exchange: { prompt: 'p', answer: 'a' } });
    expect([anew.made(undefined), anew.made(idOf(8))]).toEqual([undefined, undefined]);
  });

  it('are broken off where nobody waits any more, and nothing else is', async () => {
    const { anew, answer } = model();
    const [one, other] = [anew.ask({ cardId: 1, wish: '' }), anew.ask({ cardId: 2, wish: '' })];
    anew.stop(1);
    await expect(one).rejects.toMatchObject({ code: 'cancelled' });
    answer(1);
    expect(await other).toMatchObject({ traceId: idOf(2) });
    anew.stop(2);
    expect(anew.made(idOf(1))).toBeUndefined();
  });
});
