import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createOfflineGenerator } from '../../../electron/generators/offline/offlineGenerator.ts';
import type { CardType } from '../../../shared/card.ts';
import { QUALITY_CODES } from '../../../shared/card.ts';
import { checkCard } from '../../../shared/quality/checkCard.ts';
import type { CheckedCard } from '../../../shared/quality/checkCard.ts';
import { QUALITY_TEXTS } from '../../../shared/quality/explainQuality.ts';
import { koreanCsv } from '../../fixtures/lists.ts';
import { wordNetPath } from '../../fixtures/wordNet.ts';
import { offlineCards } from './offlineCards.ts';

const check = (type: CardType, front: string, back: string, over: Partial<CheckedCard> = {}) =>
  checkCard({
    type,
    front,
    back,
    cloze: type === 'cloze' ? 1 : null,
    term: '',
    termLanguage: 'und',
    meaningLanguage: 'und',
    ...over,
  });
const korean = { termLanguage: 'ko', meaningLanguage: 'en' } as const;

describe('an answer in the question', () => {
  it.each([
    ['production', 'to hesitate, or be hesitating', 'hesitate'],
    ['production', 'a harvester gathers the harvest', 'the harvest'],
    ['production', 'one who studies', 'study'],
    ['production', '학교에서 배우는 곳', '학교\n[학꾜]'],
    ['production', '공부했어요', '공부하다'],
    ['production', '기다리는 일', '기다리다'],
    ['production', '日本語の本', '日本語'],
    ['recognition', 'television set', 'TV, television'],
    ['basic', 'Which city, Paris, is the capital of France?', 'Paris'],
    ['basic', 'What does the mitochondrion of a cell supply?', 'The mitochondrion'],
    ['cloze', 'The {{c1::heart}} of a whale: its heart weighs 180 kg.', 'heart'],
    ['cloze', '{{c1::학교}}는 큽니다. 학교에 가요.', '학교'],
    ['cloze', 'It was {{c1::1455::not 1456 but 1455}} in Mainz.', '1455'],
  ] as const)('is seen in %s: %s', (type, front, back) => {
    expect(check(type, front, back)).toEqual(['answer_in_question']);
  });

  it.each([
    ['recognition', 'form', 'formal dress'],
    ['recognition', 'count', 'country'],
    ['production', 'to go to a place', 'to'],
    ['production', 'the house is on fire', 'use'],
    ['production', '물건을 사다', '물'],
    ['production', '사고가 났다', '사과'],
    ['basic', 'Is Paris or Rome the capital of France?', 'Paris'],
    ['basic', 'Is there no air on the moon?', 'No'],
    ['usage', 'How is 학교 used?', '학교 is said of every school.'],
    ['comparison', 'big – large: what is the difference?', 'big, in everyday use'],
    ['homonyms', 'Which words are spelled 배?', '배 – pear\n배 – ship'],
    ['characters', 'What do the characters of 大学 mean?', '大学 – university'],
    ['cloze', 'In {{c1::Mainz}} in {{c2::1455}}.', 'Mainz'],
    ['cloze', 'The {{c1::first}} and the {{c1::second}} one.', 'first · second'],
    ['cloze', 'He has {{c1::3}} of the 3,000.', '3'],
  ] as const)('is not seen in %s: %s', (type, front, back) => {
    expect(check(type, front, back)).toEqual([]);
  });
});

describe('sides', () => {
  it('must both have something, but for the back of a cloze text', () => {
    expect(check('basic', 'What is iron?', ' \n– ')).toEqual(['empty_side']);
    expect(check('basic', '…', 'iron')).toEqual(['empty_side']);
    expect(check('cloze', 'Iron is {{c1::heavy}}.', '')).toEqual([]);
    expect(check('basic', '🙂', 'smile')).toEqual([]);
  });

  it('may be twice as long in letters as in syllables', () => {
    const front = (one: string) => check('basic', one.repeat(50), 'answer');
    expect(front('letters ')).toEqual([]);
    expect(front('음절로된글자예 ')).toEqual(['too_long']);
    expect(front('far too many letters ')).toEqual(['too_long']);
    expect(check('basic', 'What is said here?', 'word '.repeat(400))).toEqual(['too_long']);
  });
});

describe('scripts', () => {
  it.each([
    ['recognition', 'hakgyo', 'school', ['wrong_script']],
    ['recognition', '학교', '배우는 곳', ['wrong_script']],
    ['recognition', '학교', '[hakgyo]\n배우는 곳', ['wrong_script']],
    ['recognition', '학교 (a place)', 'school; 배우는 곳', []],
    ['recognition', 'TV', 'television', []],
    ['recognition', '學校', 'school', []],
    ['production', 'school', 'hakgyo', ['wrong_script']],
    ['production', 'school', '학교 hakgyo', []],
    ['cloze', 'I go to {{c1::school}}.', 'school', ['wrong_script']],
    ['cloze', '{{c1::학교}}에 가요.\n\nI go.', '학교', []],
    ['usage', 'How is 학교 used?', '학교에 가다', []],
    ['basic', 'Что это за город?', 'Москва', ['wrong_script']],
    ['recognition', '100', '12', []],
  ] as const)('%s %s / %s: %j', (type, front, back, found) => {
    expect(check(type, front, back, korean)).toEqual(found);
  });

  it('are not looked at where the language is not known or has two', () => {
    for (const language of ['und', 'auto', 'sr', 'x', 'not a language'])
      expect(
        check('recognition', 'школа', 'school', { termLanguage: language, meaningLanguage: 'en' }),
      ).toEqual([]);
    expect(
      check('recognition', 'школа', 'school', { termLanguage: 'sr-Latn', meaningLanguage: 'en' }),
    ).toEqual(['wrong_script']);
  });
});

describe('vague cards', () => {
  it.each([
    ['basic', 'What is this?', 'A cell.'],
    ['basic', 'It?', 'A cell.'],
    ['basic', 'What does it mean and how is it used?', 'A cell.'],
    ['basic', '이것은 무엇입니까?', '세포'],
    ['basic', 'Was ist das?', 'Eine Zelle.'],
    ['basic', 'What is a cell?', 'See above.'],
    ['usage', 'How is it used?', 'N/A'],
    ['cloze', '{{c1::Everything}}.', ''],
  ] as const)('%s %s / %s', (type, front, back) => {
    expect(check(type, front, back)).toEqual(['vague']);
  });

  it.each([
    ['recognition', 'it', 'das'],
    ['production', 'this', '이것'],
    ['basic', 'What is iron?', 'A metal.'],
    ['basic', 'What is π?', '3.14159'],
    ['basic', 'Qui était Molière ?', 'Un auteur.'],
    ['basic', '철은 무엇입니까?', '금속'],
  ] as const)('not %s %s / %s', (type, front, back) => {
    expect(check(type, front, back)).toEqual([]);
  });
});

describe('several facts', () => {
  it.each([
    ['basic', 'What is iron?', 'It is a metal. It rusts. It is heavy. It melts at 1538 °C.'],
    ['basic', 'What is iron used for?', '- bridges\n- ships\n- tools'],
    ['basic', 'Which are noble gases?', 'helium, neon, argon, krypton, xenon, radon'],
    ['recognition', 'run', '1. move fast\n2. operate\n3. flow'],
    ['cloze', '{{c1::Iron}}, {{c1::copper}}, {{c1::tin}} and {{c1::lead}} are metals.', ''],
  ] as const)('%s %s / %s', (type, front, back) => {
    expect(check(type, front, back)).toEqual(['several_facts']);
  });

  it.each([
    ['basic', 'What is iron?', 'A metal, heavy and grey. It rusts.'],
    ['basic', 'When?\nThe Bible of Gutenberg', 'Around 1455, by St. Paul’s, at 3.30 p.m. or so'],
    ['recognition', '시간', 'time, hour\nNoun\n오늘은 시간이 없어요.\nI have no time today.'],
    ['cloze', 'Metals are {{c1::iron}}, {{c2::copper}}, {{c3::tin}}, {{c4::lead}}, {{c5::zinc}}.', ''],
  ] as const)('not %s %s / %s', (type, front, back) => {
    expect(check(type, front, back)).toEqual([]);
  });
});

describe('gaps', () => {
  it.each([
    ['Iron is heavy.', 1],
    ['Iron is {{c1::heavy}}.', 2],
    ['Iron is {{c1::}} heavy.', 1],
    ['Iron is {{c1::heavy.', 1],
  ])('are missed in %s for number %i', (front, cloze) => {
    expect(check('cloze', front, '', { cloze })).toEqual(['no_gap']);
  });
});

it('has words for every code', () => {
  for (const code of QUALITY_CODES) expect(QUALITY_TEXTS[code].text).toMatch(/\.$/);
});

describe('the cards of the offline generator', () => {
  const generator = createOfflineGenerator({ wordNetPath: wordNetPath() });
  afterAll(() => generator.close());
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../examples');
  const lists = readdirSync(folder).filter((name) => /\.(csv|txt)$/.test(name));

  it.each([...lists, 'a thousand terms'])('are hardly ever warned of: %s', async (name) => {
    const cards = await offlineCards(
      generator,
      lists.includes(name)
        ? { kind: 'file', path: join(folder, name) }
        : { kind: 'text', text: koreanCsv(1000) },
    );
    const warned = cards.flatMap((card) => {
      const codes = checkCard(card);
      return codes.length === 0 ? [] : [`${codes.join(' ')}: ${card.type} ${card.front} / ${card.back}`];
    });
    if (warned.length > 0) console.info(warned.slice(0, 20).join('\n'));
    expect(cards.length).toBeGreaterThan(9);
    expect(warned.length / cards.length).toBeLessThan(0.05);
  });
});
