import { describe, expect, it } from 'vitest';
import { splitReading, splitRuby } from '../../../electron/exchange/bracketedReading.ts';

describe('a term with its reading in the same cell', () => {
  it.each([
    ['漢字（かんじ）', { term: '漢字', reading: 'かんじ' }],
    ['食べる [たべる]', { term: '食べる', reading: 'たべる' }],
    ['飲む「のむ」', { term: '飲む', reading: 'のむ' }],
    ['お茶(おちゃ)', { term: 'お茶', reading: 'おちゃ' }],
    ['三(さん)', { term: '三', reading: 'さん' }],
    ['食[た]べ 物[もの]', { term: '食べ物', reading: 'たべもの' }],
    [' 私[わたし]は 学生[がくせい]', { term: '私は学生', reading: 'わたしはがくせい' }],
    ['お茶[ちゃ]', { term: 'お茶', reading: 'おちゃ' }],
    ['水 みず', { term: '水', reading: 'みず' }],
    ['食べ物　たべもの', { term: '食べ物', reading: 'たべもの' }],
    ['お母さん おかあさん', { term: 'お母さん', reading: 'おかあさん' }],
    ['志 こころざし', { term: '志', reading: 'こころざし' }],
    ['たべる（食べる）', { term: 'たべる', characters: '食べる' }],
    ['你好 (nǐ hǎo)', { term: '你好', reading: 'nǐ hǎo' }],
    ['谢谢 [xie4 xie5]', { term: '谢谢', reading: 'xie4 xie5' }],
    ['中国 Zhōngguó', { term: '中国', reading: 'Zhōngguó' }],
    ['老師（ㄌㄠˇ ㄕ）', { term: '老師', reading: 'ㄌㄠˇ ㄕ' }],
    ['학교 (hakgyo)', { term: '학교', reading: 'hakgyo' }],
    ['여보세요 (yŏboseyo)', { term: '여보세요', reading: 'yŏboseyo' }],
    ['먹다 [먹따]', { term: '먹다', pronunciation: '먹따' }],
    ['배 (船)', { term: '배', characters: '船' }],
    ['through /θruː/', { term: 'through', pronunciation: 'θruː' }],
    ['cat [kæt]', { term: 'cat', pronunciation: 'kæt' }],
  ])('%s', (term, parts) => {
    expect(splitReading(term)).toEqual(parts);
  });

  it.each([
    'bank (river)',
    'laufen (lief, gelaufen)',
    '银行 (bank)',
    '长 (long)',
    '학교 (school)',
    '눈 (eye)',
    '먹다 (먹었다)',
    '勉強(する)',
    '田中(さん)',
    '今日(は)',
    '飲み物[もの]と食[た]べ物',
    'お茶 ください',
    '水 ください',
    '学校 まで',
    '勉強 する',
    '田中 さん',
    '本 を',
    'みず みず',
    'and/or',
    '(nǐ hǎo)',
    'Haus [n]',
  ])('%s stays as it is', (term) => {
    expect(splitReading(term)).toEqual({ term });
  });

  it('is without its meaning where the row says that as well', () => {
    expect(splitReading('눈 (Eye)', 'eye')).toEqual({ term: '눈' });
    expect(splitReading('눈 (snow)', 'eye')).toEqual({ term: '눈 (snow)' });
  });
});

it('a sentence loses its ruby and nothing else', () => {
  expect(splitRuby('水[みず]を 飲[の]む。')).toEqual({ term: '水を飲む。', reading: 'みずをのむ。' });
  expect(splitRuby('I live in 東京 (Tōkyō) now.')).toEqual({ term: 'I live in 東京 (Tōkyō) now.' });
  expect(splitRuby('毎日勉強(する)')).toEqual({ term: '毎日勉強(する)' });
});
