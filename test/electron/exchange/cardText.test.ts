import { describe, expect, it } from 'vitest';
import { htmlToText, textToHtml } from '../../../electron/exchange/cardText.ts';

describe('text and HTML', () => {
  it.each([
    ['a<br>b<div>c</div>d', 'a\nb\nc\nd'],
    ['<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>', '漢字(かんじ)'],
    ['a &amp; b &lt;i&gt;&nbsp;c', 'a & b <i> c'],
    ['<style>x</style><script>y</script>z', 'z'],
    ['<ul><li>a</li><li>b</li></ul>', 'a\nb'],
    ['<img src="x.png" alt="an apple">', '[an apple]'],
    ['plain', 'plain'],
  ])('%s reads %j', (html, text) => {
    expect(htmlToText(html)).toBe(text);
  });

  it('shows plain text as it is', () => {
    expect(textToHtml('a  <b>\r\n& "c"')).toBe('a&nbsp; &lt;b&gt;<br>&amp; &quot;c&quot;');
  });
});
