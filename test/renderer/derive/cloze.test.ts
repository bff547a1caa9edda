import { describe, expect, it } from 'vitest';
import { clozeGap, clozeParts } from '../../../renderer/derive/cloze.ts';

describe('cloze marks', () => {
  it('are split from the text around them, hint included', () => {
    expect(clozeParts('그는 {{c1::눈치}}가 {{c2::빨라요::speed}}.')).toEqual([
      { kind: 'text', text: '그는 ' },
      { kind: 'cloze', number: 1, hidden: '눈치', hint: null },
      { kind: 'text', text: '가 ' },
      { kind: 'cloze', number: 2, hidden: '빨라요', hint: 'speed' },
      { kind: 'text', text: '.' },
    ]);
  });

  it('stay text where they are not closed', () => {
    expect(clozeParts('a {{c1::b')).toEqual([{ kind: 'text', text: 'a {{c1::b' }]);
  });

  it('become a gap in one line', () => {
    expect(clozeGap('{{c1::one}} and {{c1::two::2}}')).toBe('[…] and [2]');
  });

  it('may hold line breaks', () => {
    expect(clozeGap('{{c1::a\nb}}!')).toBe('[…]!');
  });
});
