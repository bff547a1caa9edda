import { describe, expect, it } from 'vitest';
import { clozeMarksToHtml } from '../../../renderer/ui/cardFace/clozeHtml.ts';

describe('cloze marks in HTML', () => {
  const text = '<b>{{c1::Seoul}}</b> is in {{c2::Korea::country}}';

  it('hide the asked gap and open the others', () => {
    expect(clozeMarksToHtml(text, 1, false)).toBe('<b><span class="cloze">[…]</span></b> is in Korea');
    expect(clozeMarksToHtml(text, 2, false)).toBe('<b>Seoul</b> is in <span class="cloze">[country]</span>');
  });

  it('fill the asked gap in once it is revealed', () => {
    expect(clozeMarksToHtml(text, 1, true)).toBe('<b><span class="cloze">Seoul</span></b> is in Korea');
  });

  it('leave a text alone that was rendered already', () => {
    expect(clozeMarksToHtml('<span class="cloze">[...]</span>', 1, false)).toBe(
      '<span class="cloze">[...]</span>',
    );
  });
});
