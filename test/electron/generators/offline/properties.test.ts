/** Whatever comes in: answers fit the schemas, repeat exactly, and hold nothing that nobody said. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOURCE_FIELDS } from '../../../../shared/card.ts';
import type { SourceField } from '../../../../shared/card.ts';
import type { OfflineGenerator } from '../../../../electron/generators/offline/offlineGenerator.ts';
import type { WordNet } from '../../../../electron/generators/offline/wordNet.ts';
import { plainText } from '../../../../electron/generators/offline/plainText.ts';
import { pronounce } from '../../../../electron/generators/offline/koreanPronunciation.ts';
import { testWordNet } from '../../../fixtures/wordNet.ts';
import type { Made, Row } from './harness.ts';
import { make, testGenerator } from './harness.ts';

let generator: OfflineGenerator;
let words: WordNet;
beforeAll(() => {
  generator = testGenerator();
  words = testWordNet();
});
afterAll(() => {
  generator.close();
  words.close();
});

/** A small linear congruential generator: the same rows in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const HOSTILE = [
  '😀🎉👩‍👩‍👧',
  '가'.repeat(4000),
  'a'.repeat(4000),
  'word '.repeat(799).trim(),
  '\u202eevil\u202c \u2067אב\u2069',
  'a\u0000b\u0007c\u001b[31m',
  '학교'.normalize('NFD'),
  'é à ö'.normalize('NFD'),
  '\u0301\u0301leading marks',
  '\ud800 lone',
  '{{c1::x}}',
  '{{c1::',
  '}} {{ ::',
  '**',
  '== ==',
  '<script>alert(1)</script>',
  '<b>bold</b><br>line',
  '$& $1 $`',
  '(.*)+[a-z]{2}\\d|^$',
  '; DROP TABLE lemma; --',
  '-',
  '...',
  '?!',
  '1',
  '  spaced  ',
  'line\nbreak\r\nmore',
  '¿Qué?',
  'ㅋㅋㅋ',
  '學(배울 학)',
  'vs : - —',
  ' '.repeat(300) + 'x',
  'Ω≈ç√∫',
  'İstanbul ISPARTA ß',
  '__proto__',
  'constructor',
  'hasOwnProperty',
];
const ORDINARY = [
  'dog', 'ran', 'he', 'better', 'bank', 'hot dog', 'to run', '학교', '먹다', '예쁘다', '갈등', '배', '学校', '本', '食べる',
  'كتاب', 'Haus', 'niño', 'кошка', 'ภาษาไทย', '밥을 먹었어요.', 'The dog barked.', '日本で本を買いました。', 'هذا كتاب جديد.',
  'noun', 'verb', '형용사', '學校', '학원: a school', 'vs 학원 - smaller', 'TOPIK I', 'a; b; c', 'tag one, tag two',
]; // prettier-ignore
const LANGUAGES = ['ko', 'en', 'ja', 'zh', 'ar', 'de', 'th', 'he', 'en-GB'];

function rows(count: number, seed: number): readonly Row[] {
  const below = random(seed);
  const any = () => {
    const list = below(3) === 0 ? HOSTILE : ORDINARY;
    return list[below(list.length)] ?? '';
  };
  return Array.from({ length: count }, () => {
    const fields: Partial<Record<SourceField, string>> = {};
    for (const field of SOURCE_FIELDS) if (below(3) === 0) fields[field] = any();
    return {
      term: any(),
      language: LANGUAGES[below(LANGUAGES.length)] ?? 'en',
      meaningLanguage: below(2) === 0 ? 'en' : 'ko',
      kind: below(4) === 0 ? ('sentence' as const) : ('term' as const),
      fields,
    };
  });
}

const REASONS = new Set([
  'no_meaning',
  'no_cards',
  'no_cloze',
  'bad_cloze',
  'no_term',
  'term_too_long',
  'cell_too_long',
]);

/** The cards, or the reason why there are none; anything but a stated reason fails the test. */
async function outcome(row: Row): Promise<Made | string> {
  try {
    return await make(generator, row);
  } catch (error) {
    const { code, category } = error as { code?: string; category?: string };
    if (category !== 'user' || code === undefined || !REASONS.has(code)) throw error;
    return code;
  }
}

function textsOf({ cards }: Made): readonly string[] {
  return cards.flatMap(({ front, back, tags }) => [front, back, ...tags]);
}

describe('any row at all', () => {
  it('gives cards that fit the schemas, or a stated reason', { timeout: 60_000 }, async () => {
    const reached = new Set<string>();
    for (const row of rows(1500, 1)) {
      const made = await outcome(row);
      if (typeof made === 'string') {
        reached.add(made);
        continue;
      }
      for (const card of made.cards) reached.add(card.type);
      expect(new Set(made.cards.map(({ type, front }) => `${type} ${front}`)).size).toBe(made.cards.length);
      for (const text of textsOf(made)) {
        expect(text).toBe(text.normalize('NFC'));
        expect(text).not.toMatch(
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u,
        );
      }
      for (const { type, front, tags } of made.cards) {
        if (type === 'cloze') expect(front).toMatch(/\{\{c\d+::[^{}]+\}\}/u);
        for (const tag of tags) expect(tag).not.toMatch(/\s/u);
      }
    }
    // The rows are such that every kind of card and nearly every reason comes up.
    for (const kind of [
      'recognition',
      'production',
      'cloze',
      'reading',
      'usage',
      'comparison',
      'characters',
      'no_meaning',
    ]) {
      expect(reached).toContain(kind);
    }
  });

  it('gives the same bytes for the same row, from a fresh generator too', { timeout: 60_000 }, async () => {
    const other = testGenerator();
    for (const row of rows(200, 2)) {
      const one = JSON.stringify(await outcome(row));
      expect(JSON.stringify(await outcome(row))).toBe(one);
      const again = await make(other, row).catch((error: unknown) => (error as { code: string }).code);
      expect(JSON.stringify(again)).toBe(one);
    }
    other.close();
  });

  it('treats NFD and NFC alike', async () => {
    const row = (form: 'NFC' | 'NFD'): Row => ({
      term: '듣다'.normalize(form),
      language: 'ko',
      fields: { meaning: 'écouter'.normalize(form), example: '음악을 들어요.'.normalize(form) },
    });
    expect(await outcome(row('NFD'))).toEqual(await outcome(row('NFC')));
  });
});

/** Every word that the generator may add of its own: questions, headings, tag prefixes. */
const OWN = new Set(
  `also synonyms level remember how is it read used what the difference which characters are written with do of mean words
  spelled meaning not known offline add a column or use model kind opposite form noun verb adjective adverb pos lang
  sentence c1 c2`.split(/\s+/),
);
const tokens = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu) ?? [];

describe('nothing is invented', () => {
  it(
    'takes every word on a card from the row, WordNet or the rules of Hangul',
    { timeout: 60_000 },
    async () => {
      let checked = 0;
      for (const row of rows(600, 3)) {
        const made = await outcome(row);
        if (typeof made === 'string') continue;
        const term = plainText(row.term);
        const sources = [row.term, row.language.split('-')[0] ?? '', ...Object.values(row.fields ?? {})].map(
          (text) => plainText(text),
        );
        for (const predicate of [true, false])
          for (const noun of [true, false])
            for (const sino of [true, false]) {
              const sound = pronounce(term, { predicate, noun, sino });
              if (sound !== null) sources.push(sound.reading ?? '', sound.romanisation);
            }
        for (const lookedUp of [term, term.replace(/^to /, ''), ...term.split(/[/;,]/)]) {
          const entry = words.lookUp(lookedUp.trim());
          if (entry !== null) sources.push(entry.lemma, JSON.stringify(entry.senses).replaceAll('\\"', '"'));
          for (const part of ['n', 'v', 'a', 'r'] as const) {
            const narrow = words.lookUp(lookedUp.trim(), part);
            if (narrow !== null) sources.push(JSON.stringify(narrow.senses));
          }
        }
        const allowed = new Set(sources.flatMap(tokens));
        const source = sources.join('\n').toLowerCase();
        for (const text of textsOf(made)) {
          // Marks cut words in two (학교 + 에); without them the text stands as it was given.
          for (const token of tokens(text.replace(/\{\{c\d+::|\}\}|\*\*|==/g, ''))) {
            checked += 1;
            if (!allowed.has(token) && !OWN.has(token) && !source.includes(token)) {
              expect.fail(`"${token}" on a card of row ${JSON.stringify(row).slice(0, 300)}`);
            }
          }
        }
      }
      expect(checked).toBeGreaterThan(5000);
    },
  );
});

describe('the bundled lists', () => {
  const example = (name: string) =>
    readFileSync(join(import.meta.dirname, '../../../../examples', name), 'utf8');

  it('give cards for every word and every note', async () => {
    for (const term of example('english-words.txt').trim().split('\n')) {
      expect(await outcome({ term, language: 'en' }), term).toMatchObject({ cards: expect.any(Array) });
    }
    for (const term of example('notes.txt').trim().split('\n')) {
      const made = await outcome({ term, language: 'en', kind: 'sentence' });
      expect(made, term).toMatchObject({ cards: [{ type: 'cloze' }] });
    }
  });

  it('hide the word in every Korean example', async () => {
    const [header, ...lines] = example('korean-sample.csv').trim().split('\n');
    expect(header).toBe(
      'Position,Hangul,Word_Type,TOPIK_Level,Definition,Example_Sentence,Example_Sentence_Translation,Usage_Hint,Hanja',
    );
    expect(lines.length).toBe(40);
    for (const line of lines) {
      const cells = [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,"]*))/g)].map(
        (match) => match[1] ?? match[2] ?? '',
      );
      expect(cells.length, line).toBe(9);
      const [, term = '', partOfSpeech, level, meaning, sentence, exampleTranslation, usage, characters] =
        cells;
      const all = { partOfSpeech, level, meaning, example: sentence, exampleTranslation, usage, characters };
      const fields = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
      const made = await outcome({ term, language: 'ko', fields });
      expect(made, line).toMatchObject({
        cards: expect.arrayContaining([expect.objectContaining({ type: 'cloze' })]),
      });
    }
  });
});
