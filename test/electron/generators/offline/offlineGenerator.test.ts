import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createOfflineGenerator,
  RULES_VERSION,
} from '../../../../electron/generators/offline/offlineGenerator.ts';
import type { OfflineGenerator } from '../../../../electron/generators/offline/offlineGenerator.ts';
import { anItem } from '../../../fixtures/items.ts';
import type { Row } from './harness.ts';
import { cardOf, codeOf, make, testGenerator, typesOf } from './harness.ts';

let generator: OfflineGenerator;
beforeAll(() => {
  generator = testGenerator();
});
afterAll(() => generator.close());

const SCHOOL: Row = {
  term: '학교',
  language: 'ko',
  fields: {
    meaning: 'school',
    partOfSpeech: 'Noun',
    level: 'TOPIK 1',
    example: '저는 매일 학교에 가요.',
    exampleTranslation: 'I go there every day.',
    usage: 'Any school below university.',
    comparison: '학원: a private academy for extra lessons',
    characters: '學校',
    mnemonic: 'A bell over the gate',
    tags: 'place; daily life',
  },
};

describe('a Korean row with rich columns', () => {
  it('becomes a card of every type that the columns carry', async () => {
    const made = await make(generator, SCHOOL);
    expect(typesOf(made)).toEqual([
      'recognition',
      'production',
      'cloze',
      'reading',
      'usage',
      'comparison',
      'characters',
    ]);
    expect(cardOf(made, 'recognition')).toEqual({
      type: 'recognition',
      front: '학교',
      back: 'school\n[학꾜] hakgyo\nNoun · Level: TOPIK 1\n저는 매일 학교에 가요.\nI go there every day.\nRemember: A bell over the gate',
      tags: ['pos::noun', 'level::TOPIK-1', 'lang::ko', 'place', 'daily-life'],
    });
    expect(cardOf(made, 'cloze')).toMatchObject({
      front: '저는 매일 {{c1::학교}}에 가요.\n\nI go there every day.',
      back: '학교\n저는 매일 학교에 가요.\nI go there every day.\n학교: school',
    });
    expect(cardOf(made, 'comparison')).toMatchObject({
      front: '학교 – 학원: what is the difference?',
      back: 'a private academy for extra lessons',
    });
    expect(cardOf(made, 'characters').back).toBe('學校');
    expect(made.analysis.unknown).toEqual(['nuance', 'synonyms']);
  });

  it('hides a conjugated form', async () => {
    const made = await make(generator, {
      term: '듣다',
      language: 'ko',
      fields: { meaning: 'to listen', example: '음악을 들으면서 걸어요.' },
    });
    expect(cardOf(made, 'cloze').front).toBe('음악을 {{c1::들으면서}} 걸어요.');
  });

  it('makes no cloze where the form is not found for certain', async () => {
    const made = await make(generator, {
      term: '사과',
      language: 'ko',
      fields: { meaning: 'apple', example: '풋사과가 맛있어요.' },
    });
    expect(typesOf(made)).toEqual(['recognition', 'production']);
  });

  it('asks for the reading only where it differs from the spelling', async () => {
    const made = await make(generator, { term: '나무', language: 'ko', fields: { meaning: 'tree' } });
    expect(typesOf(made)).toEqual(['recognition', 'production']);
    expect(made.analysis).toMatchObject({ reading: '나무', romanisation: 'namu' });
  });

  it('says that the meaning is unknown instead of inventing one', async () => {
    const made = await make(generator, { term: '국물', language: 'ko' });
    expect(made.cards).toMatchObject([
      {
        type: 'reading',
        front: 'How is it read?\n국물',
        back: '[궁물] gungmul\nMeaning not known offline: add a column with it, or use a model.',
      },
    ]);
    expect(made.analysis.meaning).toBeNull();
    expect(made.analysis.unknown).toContain('meaning');
  });

  it('keeps IPA as the reading and romanisation as romanisation', async () => {
    const fields = { meaning: 'school', pronunciation: '[ha̠k̚k͈jo]', reading: 'hakkyo' };
    const { analysis } = await make(generator, { term: '학교', language: 'ko', fields });
    expect(analysis).toMatchObject({ reading: '[ha̠k̚k͈jo]', romanisation: 'hakkyo' });
  });

  it('shows what a cell means that was exported as HTML', async () => {
    const fields = {
      meaning: 'bread &amp; butter',
      usage: '<b>never</b> &quot;a bread&quot;,&nbsp;5 &lt; 6',
      example: 'Zwei <b>Butterbrote</b>, bitte.',
    };
    const made = await make(generator, { term: '<b>Butterbrot</b>', language: 'de', fields });
    expect(cardOf(made, 'recognition')).toMatchObject({
      front: 'Butterbrot',
      back: 'bread & butter\nZwei Butterbrote, bitte.',
    });
    expect(cardOf(made, 'usage').back).toBe('never "a bread", 5 < 6');
    expect(cardOf(made, 'cloze').front).toBe('Zwei {{c1::Butterbrote}}, bitte.');
  });

  it('asks nothing twice', async () => {
    const fields = { meaning: 'school', example: '학교에 가요.\n학교에 가요.\n학교가 커요.' };
    const made = await make(generator, { term: '학교', language: 'ko', fields });
    expect(made.cards.filter(({ type }) => type === 'cloze').map(({ front }) => front)).toEqual([
      '{{c1::학교}}에 가요.',
      '{{c1::학교}}가 커요.',
    ]);
  });

  it('tells homonyms from the characters of one word', async () => {
    const two = { meaning: 'ship', characters: '船: ship; 腹: belly' };
    const ship = await make(generator, { term: '배', language: 'ko', fields: two });
    expect(cardOf(ship, 'homonyms')).toMatchObject({
      front: 'Which words are spelled 배?',
      back: '船 – ship\n腹 – belly',
    });
    const school = await make(generator, {
      term: '학교',
      language: 'ko',
      fields: { meaning: 'school', characters: '學(배울 학)校(학교 교)' },
    });
    expect(cardOf(school, 'characters').back).toBe('學 (학) – 배울\n校 (교) – 학교');
  });
});

describe('English words', () => {
  it('fills the blanks from WordNet', async () => {
    const made = await make(generator, { term: 'dog', language: 'en' });
    expect(made.analysis).toMatchObject({
      partOfSpeech: 'noun',
      synonyms: ['domestic dog', 'Canis familiaris'],
      keywords: ['kind of: canine', 'kind of: domestic animal'],
      examples: [{ text: 'the dog barked all night', translation: null }],
    });
    expect(cardOf(made, 'cloze').front).toBe('the {{c1::dog}} barked all night');
  });

  it('never overwrites what the row says, and takes the sense that it means', async () => {
    const meaning = 'a place that keeps money';
    const { analysis } = await make(generator, { term: 'bank', language: 'en', fields: { meaning } });
    expect(analysis.meaning).toBe(meaning);
    expect(analysis.keywords).toEqual(['kind of: financial institution']);
    const odd = { meaning: 'zzz qqq', synonyms: 'my own' };
    const other = (await make(generator, { term: 'bank', language: 'en', fields: odd })).analysis;
    expect(other).toMatchObject({ meaning: 'zzz qqq', synonyms: ['my own'], keywords: [], examples: [] });
  });

  it('gives a definition but names the missing translation', async () => {
    const row = { term: 'dog', language: 'en', meaningLanguage: 'ko' };
    const { analysis } = await make(generator, row);
    expect(analysis.meaning).toContain('Canis');
    expect(analysis.unknown).toContain('translation');
    const given = (await make(generator, { ...row, fields: { meaning: '개' } })).analysis;
    expect(given.unknown).not.toContain('translation');
  });

  it('masks the headword in its own definition', async () => {
    const made = await make(generator, { term: 'saw', language: 'en' });
    expect(cardOf(made, 'production').front).toBe('cut with a ____\n(verb)');
  });

  it('calls a form a form, and asks nobody to guess it from its base', async () => {
    const made = await make(generator, { term: 'children', language: 'en' });
    expect(made.analysis.keywords[0]).toBe('form of: child');
    expect(typesOf(made)).not.toContain('production');
  });

  it('finds phrases and infinitives', async () => {
    const toRun = await make(generator, { term: 'to run', language: 'en' });
    expect(toRun.analysis.partOfSpeech).toBe('verb');
    const idiom = await make(generator, { term: 'give up', language: 'en' });
    expect(idiom.analysis.meaning).not.toBeNull();
  });

  it('uses an example only if the word is in it', async () => {
    for (const term of ['happy', 'table', 'go', 'light', 'quickly', 'substitution']) {
      const { analysis, cards } = await make(generator, { term, language: 'en' });
      const clozes = cards.filter(({ type }) => type === 'cloze');
      expect(clozes.length).toBe(analysis.examples.length);
    }
  });
});

describe('other languages', () => {
  it('makes Japanese cards from the columns', async () => {
    const made = await make(generator, {
      term: '本',
      language: 'ja',
      fields: {
        meaning: 'book',
        reading: 'ほん',
        example: '日本で本を買いました。',
        exampleTranslation: 'I bought one.',
      },
    });
    expect(cardOf(made, 'cloze').front).toBe('日本で{{c1::本}}を買いました。\n\nI bought one.');
    expect(cardOf(made, 'reading').back).toBe('[ほん]\nbook');
  });

  it('makes Arabic cards from the columns', async () => {
    const made = await make(generator, {
      term: 'كتاب',
      language: 'ar',
      fields: { meaning: 'book', example: 'هذا كتاب جديد.', exampleTranslation: 'This book is new.' },
    });
    expect(typesOf(made)).toEqual(['recognition', 'production', 'cloze']);
    // The translation names the meaning, not the hidden word, so it may stand on the front.
    expect(cardOf(made, 'cloze').front).toBe('هذا {{c1::كتاب}} جديد.\n\nThis book is new.');
  });

  it('opens no dictionary for them', async () => {
    const bare = createOfflineGenerator({ wordNetPath: join(tmpdir(), 'there-is-none.sqlite') });
    expect(typesOf(await make(bare, SCHOOL))).toContain('recognition');
    expect(await codeOf(bare, { term: 'dog', language: 'en' })).toBe('wordnet_missing');
    bare.close();
  });
});

describe('rows that cannot become cards', () => {
  it.each<[Row, string]>([
    [{ term: 'qwxzv', language: 'en' }, 'no_meaning'],
    [{ term: 'he', language: 'en' }, 'no_meaning'],
    [{ term: '学校', language: 'ja' }, 'no_meaning'],
    [{ term: '학교', language: 'ko', fields: { meaning: 'x'.repeat(4001) } }, 'cell_too_long'],
    [{ term: 'x'.repeat(4001), language: 'en' }, 'term_too_long'],
    [{ term: '\u200b\u0007', language: 'en' }, 'no_term'],
    [{ term: 'Is it?', language: 'en', kind: 'sentence' }, 'no_cloze'],
    [{ term: 'A {{c1::gap is open', language: 'en', kind: 'sentence' }, 'bad_cloze'],
    [{ term: '学校', language: 'ja', fields: { example: '行きます。' } }, 'no_cards'],
  ])('%o is skipped with %s', async (row, code) => {
    const error: unknown = await make(generator, row).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, category: 'user' });
    // Reasons go into logs and spans, where no card text may be.
    if (row.term.length > 2) expect(JSON.stringify(error)).not.toContain(row.term.slice(0, 40));
    expect((error as { hint: string | null }).hint !== null || code === 'no_term').toBe(true);
  });

  it('stops when it is cancelled', async () => {
    const input = { item: anItem('dog'), termLanguage: 'en', meaningLanguage: 'en' };
    await expect(generator.analyse(input, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it('leaves an example that is too long out, whole', async () => {
    const fields = { meaning: 'school', example: `학교에 ${'가'.repeat(4000)}` };
    const made = await make(generator, { term: '학교', language: 'ko', fields });
    expect(typesOf(made)).toEqual(['recognition', 'production', 'reading']);
    expect(made.analysis.unknown).toContain('examples');
  });
});

describe('identity', () => {
  it('names the rules as model and prompt, and bills nothing', async () => {
    expect(generator.identity('write')).toEqual({
      generator: 'offline',
      model: `offline-${RULES_VERSION}`,
      promptVersion: `rules-${RULES_VERSION}`,
      parameters: '{}',
    });
    const input = { item: anItem('dog'), termLanguage: 'en-GB', meaningLanguage: 'en' };
    const { usage } = await generator.analyse(input, new AbortController().signal);
    expect(Object.values(usage)).toEqual([0, 0, 0, 0, 0]);
  });
});
