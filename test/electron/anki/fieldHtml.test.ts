import { describe, expect, it } from 'vitest';
import {
  fieldTitle,
  htmlToText,
  isEmptyField,
  isPlainHtml,
  stripTags,
  textToHtml,
} from '../../../electron/anki/fieldHtml.ts';

/** The same numbers every time. */
function* numbers(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('fields', () => {
  it('give text back as it was, whatever stands in it', () => {
    const pieces = [
      '<',
      '>',
      '&',
      '&amp;',
      '<br>',
      '\n',
      '\n\n',
      ' ',
      '  ',
      '가',
      'é',
      '"',
      "'",
      '{{c1::',
      '}}',
      '&nbsp;',
      '</b>',
      '🎉',
      'a',
      '&#60;',
      '<!--',
      '\u00a0',
      'عربي',
      '\t',
    ];
    const random = numbers(7);
    for (let round = 0; round < 2000; round += 1) {
      const length = Math.floor(random.next().value! * 12);
      const text = Array.from({ length }, () => pieces[Math.floor(random.next().value! * pieces.length)])
        .join('')
        .normalize('NFC');
      expect(htmlToText(textToHtml(text))).toBe(text);
      expect(isPlainHtml(textToHtml(text))).toBe(true);
    }
  });

  it('are NFC, with line ends of one kind, and hold no separator of fields', () => {
    expect(textToHtml('e\u0301\r\nb\u001fc')).toBe('é<br>b c');
  });

  it('written in an editor come back as lines', () => {
    expect(htmlToText('a<div>b</div><div>c</div>')).toBe('a\nb\nc');
    expect(htmlToText('<p>a</p><ul><li>b</li><li>c</li></ul>d<script>x</script>')).toBe('a\nb\nc\nd');
    expect(isPlainHtml('a<br />b<div>c</div>')).toBe(true);
    expect(isPlainHtml('a <b>b</b>')).toBe(false);
    expect(isPlainHtml('<img src=x>')).toBe(false);
  });

  it('name a note in one line without marks', () => {
    expect(
      fieldTitle('<div>The {{c1::<b>heart</b>::organ}} [sound:a.mp3]</div><div>beats&nbsp;on</div>'),
    ).toBe('The heart::organ beats on');
    expect(fieldTitle('🎉'.repeat(300))).toBe('🎉'.repeat(200));
  });

  it('are empty as Anki counts it', () => {
    expect(['', ' \n', '<br>', '<div><br /></div>', '</div>'].map(isEmptyField)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(['0', '<b></b>', '&nbsp;', '<img src=x>'].map(isEmptyField)).toEqual([false, false, false, false]);
  });

  it('keep the names of media where tags go', () => {
    expect(stripTags("<audio controls src='x y.mp3'></audio><b>b</b>", true)).toBe(' x y.mp3 b');
    expect(stripTags('a<img src="i.png">', false)).toBe('a');
  });
});
