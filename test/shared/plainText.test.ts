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
    ['İİİ<script>no</SCRIPT >İ', 'İİİ İ'],
    ['a <script>b', 'a b'],
    ['a <!-- b [sound:c', 'a <!-- b [sound:c'],
  ])('%s are %s', (html, text) => {
    expect(onOneLine(plainText(html))).toBe(text);
  });

  it('have how they are read behind them, and a sign for a sound, where that is asked for', () => {
    const html = '<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>[sound:a.mp3]';
    expect(plainText(html, { readings: true, sound: '♪' })).toBe('漢字♪ かんじ');
  });

  it('take time in proportion to their length, whatever somebody wrote to make them not', () => {
    const timeOf = (piece: string, times: number) => {
      const text = piece.repeat(times);
      const startMs = performance.now();
      plainText(text);
      return performance.now() - startMs;
    };
    for (const piece of ['<!--', '<script', '<style', '<rp', '[sound:', '<b ', '</script', '&#', '<rt>']) {
      timeOf(piece, 20_000);
      // Ten times the text; were each place looked at from each other, it would be a hundred times as long.
      const short = Math.max(1, timeOf(piece, 20_000));
      expect(timeOf(piece, 200_000) / short, piece).toBeLessThan(60);
    }
  });
});
