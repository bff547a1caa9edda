import { expect, it } from 'vitest';
import { traceDurationText } from '../../../electron/terminal/answerText.ts';

it('a trace that nothing has come for in ten minutes is no longer called open', () => {
  const open = (agoMs: number) => traceDurationText({ durationMs: null, silentSinceMs: Date.now() - agoMs });
  expect([open(0), open(540_000), open(660_000)]).toEqual(['open', 'open', 'never ended']);
  expect(traceDurationText({ durationMs: null })).toBe('open');
  expect(traceDurationText({ durationMs: 12, silentSinceMs: 0 })).toBe('12.0 ms');
});
