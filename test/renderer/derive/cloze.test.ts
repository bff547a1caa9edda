import { describe, expect, it } from 'vitest';
import { clozeGap } from '../../../renderer/derive/cloze.ts';

describe('a front in a list', () => {
  it('has its marks as gaps', () => {
    expect(clozeGap('{{c1::one}} and {{c1::two::2}}')).toBe('[…] and [2]');
  });

  it('has the gaps within others open, or hidden with them', () => {
    expect(clozeGap('{{c1::a {{c2::b}}}} c', 2)).toBe('a […] c');
    expect(clozeGap('{{c1::a {{c2::b}}}} c', 1)).toBe('[…] c');
  });

  it('has one for a mark of several lines', () => {
    expect(clozeGap('{{c1::a\nb}}!')).toBe('[…]!');
  });
});
