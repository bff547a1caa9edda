import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markedCloze } from '../../../../electron/generators/offline/clozeMarks.ts';
import type { OfflineGenerator } from '../../../../electron/generators/offline/offlineGenerator.ts';
import { make, testGenerator, typesOf } from './harness.ts';

let generator: OfflineGenerator;
beforeAll(() => {
  generator = testGenerator();
});
afterAll(() => generator.close());

const fronts = async (term: string, language: string) =>
  (await make(generator, { term, language, kind: 'sentence' })).cards.map(({ front }) => front);

describe('the word that a sentence hides', () => {
  it.each([
    [
      'en',
      'The Battle of Hastings took place in 1066.',
      'The Battle of Hastings took place in {{c1::1066}}.',
    ],
    ['en', 'Light travels 299,792 km a second.', 'Light travels {{c1::299,792}} km a second.'],
    ['en', '1. Marie Curie discovered radium.', '1. {{c1::Marie Curie}} discovered radium.'],
    ['en', 'The capital of France is Paris.', 'The capital of France is {{c1::Paris}}.'],
    ['en', 'Paris is the capital.', '{{c1::Paris}} is the capital.'],
    ['en', 'Water boils when it is heated enough.', 'Water boils when it is {{c1::heated}} enough.'],
    ['en', 'A whale is a mammal, and a whale sings.', 'A whale is a {{c1::mammal}}, and a whale sings.'],
    [
      'en',
      'Bees make honey, and bears love honey.',
      'Bees make {{c1::honey}}, and bears love {{c1::honey}}.',
    ],
    ['ko', '세종대왕은 1443년에 한글을 만들었습니다.', '세종대왕은 {{c1::1443}}년에 한글을 만들었습니다.'],
    ['ko', '저는 도서관에서 책을 읽어요.', '저는 {{c1::도서관}}에서 책을 읽어요.'],
    ['ja', '東京は日本の首都です。', '東京は日本の{{c1::首都}}です。'],
    [
      'de',
      'Berlin liegt an der Spree und ist die Hauptstadt.',
      'Berlin liegt an der Spree und ist die {{c1::Hauptstadt}}.',
    ],
    ['es', 'La capital de Perú es Lima.', 'La capital de Perú es {{c1::Lima}}.'],
  ])('%s: %s', async (language, sentence, front) => {
    expect(await fronts(sentence, language)).toEqual([front]);
  });

  it('never hides a bare particle', async () => {
    for (const text of [
      '나는 너를 좋아한다.',
      '그것은 이것이 아니다.',
      '물은 100도에서 끓는다.',
      '오늘은 비가 와요.',
      '엄마와 시장에 가서 사과를 샀다.',
    ]) {
      for (const front of await fronts(text, 'ko')) {
        const hidden = /\{\{c1::(.+?)\}\}/u.exec(front)?.[1] ?? '';
        expect(hidden).not.toMatch(/^(?:은|는|이|가|을|를|에|에서|와|과|도|의|로|으로)$/);
        expect(hidden.length).toBeGreaterThan(1);
      }
    }
  });
});

describe('marks of the user', () => {
  it.each([
    ['The {{c1::mitochondrion}} makes {{c2::ATP}}.', ['The {{c1::mitochondrion}} makes {{c2::ATP}}.']],
    ['The **heart** pumps blood.', ['The {{c1::heart}} pumps blood.']],
    ['The ==heart== pumps <b>blood</b>.', ['The {{c1::heart}} pumps {{c1::blood}}.']],
  ])('go before the rules: %s', async (text, expected) => {
    expect(await fronts(text, 'en')).toEqual(expected);
  });

  it('does not take brackets, bullets or sums for marks', () => {
    for (const text of [
      'It rained [source].',
      '** not bold **',
      'a == b == c',
      '2**3**',
      '{{c1::}} empty',
      'no marks',
    ]) {
      expect(markedCloze(text)?.hidden ?? []).not.toContain('source');
    }
    expect(markedCloze('It rained [source].')).toBeNull();
    expect(markedCloze('** not bold **')).toBeNull();
    expect(markedCloze('{{c1::}} empty')).toBeNull();
  });

  it('keeps a hint and shows the text without marks on the back', () => {
    const text = 'The {{c1::heart::organ}} beats.';
    expect(markedCloze(text)).toEqual({ front: text, plain: 'The heart beats.', hidden: ['heart'] });
  });
});

describe('notes', () => {
  it('give a card for each sentence, around the whole note', async () => {
    const note = 'Paris is the capital of France. It lies on the river Seine.';
    expect(await fronts(note, 'en')).toEqual([
      'Paris is the capital of {{c1::France}}. It lies on the river Seine.',
      'Paris is the capital of France. It lies on the river {{c1::Seine}}.',
    ]);
  });

  it('show only the sentence where the note is long', async () => {
    const note = Array.from(
      { length: 30 },
      (_, i) => `In ${1900 + i} something of interest happened here.`,
    ).join(' ');
    const cards = await fronts(note, 'en');
    expect(cards.length).toBe(8);
    expect(cards[0]).toBe('In {{c1::1900}} something of interest happened here.');
  });

  it('ask for the translation too where it is given', async () => {
    const row = { term: '도서관에서 책을 읽어요.', language: 'ko', kind: 'sentence' as const };
    const made = await make(generator, { ...row, fields: { meaning: 'I read in the library.' } });
    expect(typesOf(made)).toEqual(['cloze', 'recognition']);
    expect(made.analysis.unknown).toEqual([]);
    expect((await make(generator, row)).analysis.unknown).toEqual(['meaning']);
  });
});
