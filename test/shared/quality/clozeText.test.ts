import { describe, expect, it } from 'vitest';
import { gapNumbers, readCloze, withoutGaps } from '../../../shared/quality/clozeText.ts';

describe('cloze text', () => {
  it('tells gaps, their hints, and what the card of one of them shows', () => {
    expect(readCloze('{{c1::Paris::city}} is in {{c2::France}}.', 2)).toEqual({
      gaps: [
        { number: 1, text: 'Paris', hint: 'city' },
        { number: 2, text: 'France', hint: null },
      ],
      open: 'Paris is in ____.',
    });
    expect(readCloze('{{c1::Paris::city}} is in {{c2::France}}.', 1).open).toBe('[city] is in France.');
  });

  it('reads gaps within gaps', () => {
    const front = '{{c1::The {{c2::capital}} of France}} is Paris.';
    expect(readCloze(front, 2).open).toBe('The ____ of France is Paris.');
    expect(readCloze(front, 1).open).toBe('____ is Paris.');
    expect(withoutGaps(front)).toBe('The capital of France is Paris.');
    expect(gapNumbers(front)).toEqual([1, 2]);
  });

  it.each(['no marks', '{{c1::open', 'a }} b', '{{x::y}}', 'a :: b', '{{c1::open::hint', '{{c1:one}}'])(
    'leaves what is no mark as it is: %s',
    (text) => {
      expect(readCloze(text, 1)).toEqual({ gaps: [], open: text });
    },
  );

  it('numbers gaps from 1', () => {
    expect(gapNumbers('{{c3::a}} {{c0::b}} {{c1::c}} {{c3::d}}')).toEqual([1, 3]);
  });
});
