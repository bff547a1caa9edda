import { describe, expect, it } from 'vitest';
import { onOneLine, plainText } from '../../shared/plainText.ts';

describe('the words of HTML', () => {
  it.each([
    ['<style>.a{}</style>a<br>b &amp; c&nbsp;&#x41;&lt;', 'a b & c A<'],
    ['<b>ap</b>ple<div>tree</div>', 'apple tree'],
    ['a < b and b > c', 'a < b and b > c'],
    ['&nothing; &#xFFFFFFFF;', '&nothing; &#xFFFFFFFF;'],
    ['a&#1114112;&#0;&bogus;', 'a &bogus;'],
    ['<!-- <b>no</b> -->yes', 'yes'],
    ['<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>が', '漢字が'],
    ['say [sound:a.mp3] it', 'say it'],
  ])('%s are %s', (html, text) => {
    expect(onOneLine(plainText(html))).toBe(text);
  });

  it('have how they are read behind them, and a sign for a sound, where that is asked for', () => {
    const html = '<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>[sound:a.mp3]';
    expect(plainText(html, { readings: true, sound: '♪' })).toBe('漢字♪ かんじ');
  });
});
