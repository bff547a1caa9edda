import { describe, expect, it } from 'vitest';
import { plainText } from '../../../renderer/derive/plainText.ts';

describe('the words of a side in HTML', () => {
  it('have no tags, styles, readings or entities', () => {
    expect(
      plainText('<style>.a{}</style><ruby>漢字<rt>かんじ</rt></ruby><br>a &amp; b&nbsp;&#x41;&lt;'),
    ).toBe('漢字 a & b A<');
  });

  it('keep what only looks like an entity', () => {
    expect(plainText('&nothing; &#xFFFFFFFF;')).toBe('&nothing; &#xFFFFFFFF;');
  });
});
