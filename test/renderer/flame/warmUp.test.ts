import { afterEach, describe, expect, it, vi } from 'vitest';
import { placingOrder } from '../../../renderer/derive/placingOrder.ts';
import { warmUp } from '../../../renderer/flame/warmUp.ts';
import type { ToWorker } from '../../../renderer/flame/workerMessages.ts';

/** What a host is told; Node has no canvas to hand over. */
function told(): ToWorker[] {
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      width = 1;
    },
  );
  const messages: ToWorker[] = [];
  warmUp((message) => messages.push(message), 'serif');
  return messages;
}
const ofKind = <K extends ToWorker['kind']>(messages: readonly ToWorker[], kind: K) =>
  messages.filter((message): message is Extract<ToWorker, { kind: K }> => message.kind === kind);

afterEach(() => vi.unstubAllGlobals());

describe('what a worker draws before its trace is there', () => {
  it('has whole and broken numbers wherever a trace may have either, so that no frame is the first of its kind', () => {
    const messages = told();
    const frames = ofKind(messages, 'paint').map(({ frame }) => frame);
    const numbers = {
      ratio: ofKind(messages, 'size').map(({ ratio }) => ratio),
      fromMs: frames.map(({ window }) => window.fromMs),
      toMs: frames.map(({ window }) => window.toMs),
      nowMs: frames.map(({ nowMs }) => nowMs),
      zeroMs: frames.map(({ zeroMs }) => zeroMs),
      cssScroll: frames.map(({ cssScroll }) => cssScroll),
      phase: frames.map(({ phase }) => phase),
    };
    for (const [name, values] of Object.entries(numbers)) {
      expect(values.some(Number.isInteger), name).toBe(true);
      expect(values.every(Number.isInteger), name).toBe(false);
    }
    expect(frames.some(({ selected }) => selected === null)).toBe(true);
    expect(frames.some(({ selected }) => selected !== null)).toBe(true);
  });

  it('is a trace in order of time and one in none, in the font of the labels', () => {
    const messages = told();
    const isInOrder = ofKind(messages, 'spans').map(({ batch }) => placingOrder(batch) === null);
    expect(new Set(isInOrder)).toEqual(new Set([true, false]));
    expect(ofKind(messages, 'theme').every(({ theme }) => theme.font === 'serif')).toBe(true);
  });

  it('leaves no view behind', () => {
    const messages = told();
    const views = (kind: 'attach' | 'detach') => ofKind(messages, kind).map(({ view }) => view);
    expect(views('detach')).toEqual(views('attach'));
  });
});
