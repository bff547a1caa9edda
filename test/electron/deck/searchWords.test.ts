import { describe, expect, it } from 'vitest';
import { fold, searchPhrase, searchWords } from '../../../electron/deck/searchWords.ts';

describe('words for the index', () => {
  it('are those between spaces and signs, in lower case without accents', () => {
    expect(searchWords('L’Étude, naïve: Ångström-3.5', false)).toBe('l etude naive angstrom 3 5');
    expect(searchWords('Straße Łódź Ærø fiancée', false)).toBe('strasse lodz aero fiancee');
    expect(searchWords('ΛΌΓΟΣ', false)).toBe(searchWords('λογος', false));
  });

  it('keep letters of their own that only look like accented ones', () => {
    expect(searchWords('мой', false)).not.toBe(searchWords('мои', false));
    expect(searchWords('が', false)).not.toBe(searchWords('か', false));
  });

  it('leave out the vowel signs of Arabic and Hebrew', () => {
    expect(searchWords('كِتَابٌ', false)).toBe('كتاب');
    expect(searchWords('שָׁלוֹם', false)).toBe('שלום');
  });

  it('are pairs and the last character where a script has no spaces, and for Hangul', () => {
    expect(searchWords('한국어 책', false)).toBe('한국 국어 어 책');
    expect(searchWords('東京タワー', false)).toBe('東京 京タ タワ ワー ー');
    expect(searchWords('𠮷野家', false)).toBe('𠮷野 野家 家');
  });

  it('part where the script changes', () => {
    expect(searchWords('GPT-4를 쓰다', false)).toBe('gpt 4 를 쓰다 다');
  });

  it('are the same for composed, decomposed and full-width text', () => {
    expect(searchWords('한국'.normalize('NFD'), false)).toBe('한국 국');
    expect(searchWords('ＡＢＣ１ ｶﾞ', false)).toBe('abc1 ガ');
  });

  it('are those of a cloze text without its marks', () => {
    expect(searchWords('The {{c1::cell}} wall, un{{c2::happy::feeling}}', false)).toBe(
      'the cell wall unhappy feeling',
    );
  });

  it('are what a reader sees of HTML', () => {
    const html =
      '<style>.a{color:red}</style><div class="x">a<b>b</b>c<br>d&nbsp;&amp;&#233; [sound:x.mp3]</div><img src="y.jpg"><script>evil()</script>';
    expect(searchWords(html, true)).toBe('abc d e');
    expect(searchWords('<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>', true)).toBe('漢字 字 かん んじ じ');
    expect(searchWords('a < b and b > c', false)).toBe('a b and b c');
  });
});

describe('a phrase of a query', () => {
  it('is open at its end for a word and closed for a phrase', () => {
    expect(searchPhrase('app', true)).toBe('"app" *');
    expect(searchPhrase('app', false)).toBe('"app"');
  });

  it('finds one character as the beginning of a pair and more as pairs', () => {
    expect(searchPhrase('국', true)).toBe('"국" *');
    expect(searchPhrase('국', false)).toBe('"국" *');
    expect(searchPhrase('국어', true)).toBe('"국어"');
    expect(searchPhrase('한국어', true)).toBe('"한국 국어"');
    expect(searchPhrase('국어 책', true)).toBe('"국어 어 책" *');
  });

  it('holds no sign that the index would read as an operator', () => {
    expect(searchPhrase('a" OR b*', true)).toBe('"a or b" *');
    expect(searchPhrase('?!', true)).toBeNull();
  });
});

describe('folding names', () => {
  it('gives any text whatever its case or accents', () => {
    expect(fold('ÉCOLE::한국')).toBe('ecole::한국');
  });
});
