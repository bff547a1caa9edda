import { describe, expect, it } from 'vitest';
import {
  clozeParts,
  gapNumbers,
  htmlToText,
  showCloze,
  textToHtml,
} from '../../../electron/exchange/cardText.ts';

describe('cloze marks', () => {
  const gap = (hidden: string, hint: string | null) => `[${hint ?? '…'}|${hidden}]`;
  it.each([
    ['{{c1::a}} b {{c2::c::hint}}', 1, '[…|a] b c'],
    ['{{c1::a}} b {{c2::c::hint}}', 2, 'a b [hint|c]'],
    ['{{c1::a {{c2::b}} c}} d', 2, 'a […|b] c d'],
    ['{{c1::a {{c2::b}} c}} d', 1, '[…|a b c] d'],
    ['{{c1::open {{c2::b}}', 2, '{{c1::open […|b]'],
    ['closed}} {{c1::a}}', 1, 'closed}} […|a]'],
    ['no marks', 1, 'no marks'],
  ])('%s asked for %i is %s', (text, asked, wanted) => {
    expect(showCloze(text, asked, gap)).toBe(wanted);
  });

  it('are all shown where no gap is asked for, and counted once each', () => {
    expect(showCloze('{{c2::a}} {{c1::b}} {{c2::c}}', null, gap)).toBe('[…|a] […|b] […|c]');
    expect(gapNumbers('{{c2::a {{c3::x}}}} {{c1::b}} {{c2::c}}')).toEqual([1, 2, 3]);
  });

  it('lose nothing of a text that has none', () => {
    expect(clozeParts('{{c1:: {{x}} }}')).toEqual([
      { kind: 'gap', number: 1, hidden: [{ kind: 'text', text: ' {{x' }], hint: null },
      { kind: 'text', text: ' }}' },
    ]);
  });
});

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
