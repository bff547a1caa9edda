import { describe, expect, it } from 'vitest';
import { guessLanguage } from '../../../electron/exchange/guessLanguage.ts';

describe('the language of a list', () => {
  it.each([
    ['ko', ['사과', '학교', '경험']],
    // Letters of its one English name outnumber all others.
    ['ko', ['사과', 'apple pie', '학교', '경험']],
    ['ko', ['사과 (a)', 'CD플레이어', 'Bluetooth speaker', '학교']],
    ['en', ['apple', 'pear', '학교']],
    ['ja', ['食べる', 'Tokyo Station', '学校', '山']],
    ['ja', ['テレビ', 'ラジオ']],
    ['zh', ['学校', '山', '老师']],
    ['zh', ['学校 (toneless pinyin)', '山 (shan)', '老师 (laoshi)']],
    ['ru', ['яблоко', 'школа', 'internet service provider']],
    ['ar', ['كتاب', 'book']],
    ['de', ['müde', 'Straße', 'Gift']],
    ['de', ['der Hund', 'die Katze', 'das Haus', 'laufen']],
    ['fr', ['chien', 'maison', 'école', 'fort']],
    ['es', ['el niño', 'la casa', 'año']],
    ['pt', ['não', 'coração', 'casa']],
    ['vi', ['người', 'nước', 'ăn']],
    ['pl', ['źle', 'chłopiec', 'dom']],
    // Loans in an English list, and words that another language has, too.
    ['en', ['die', 'gift', 'van driver', 'rat', 'an apple']],
    ['en', ['café', ...Array.from({ length: 12 }, (_, at) => `word ${at}`)]],
    ['en', ['The die is cast.', 'This is the wolf in un-English clothes of the façade.']],
    ['de', ['Der **Dativ** steht nach mit, nach und bei.', 'Neun Präpositionen stehen mit Akkusativ.']],
    ['und', ['1', '?!', '']],
    ['und', []],
  ])('is %s for %j', (language, terms) => {
    expect(guessLanguage(terms, [])).toBe(language);
  });

  it('is Japanese for Han under a header of a Japanese list', () => {
    expect(guessLanguage(['学校', '山'], ['Kanji', 'Meaning'])).toBe('ja');
    expect(guessLanguage(['학교'], ['Kanji', 'Meaning'])).toBe('ko');
  });
});
