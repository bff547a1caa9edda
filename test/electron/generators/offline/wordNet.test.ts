import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileWordNet } from '../../../../electron/generators/offline/compileWordNet.ts';
import type { WordNet } from '../../../../electron/generators/offline/wordNet.ts';
import { openWordNet } from '../../../../electron/generators/offline/wordNet.ts';
import { testWordNet, WORDNET_DICT } from '../../../fixtures/wordNet.ts';

let folder: string;
let words: WordNet;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wordnet-'));
  words = testWordNet();
});
afterAll(() => {
  words.close();
  rmSync(folder, { recursive: true });
});
const first = (term: string) => words.lookUp(term)?.senses[0];

describe('compiling WordNet', () => {
  it(
    'gives the same bytes twice, holds every meaning and leaves no temporary file',
    { timeout: 120_000 },
    () => {
      const [one, two] = [join(folder, 'one.sqlite'), join(folder, 'two.sqlite')];
      const counts = compileWordNet(one, WORDNET_DICT);
      compileWordNet(two, WORDNET_DICT);
      expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
      expect(readdirSync(folder).toSorted()).toEqual(['one.sqlite', 'two.sqlite']);
      expect(counts).toEqual({ synsets: 117_791, lemmas: 147_478 });
      expect(readFileSync(one).length).toBeLessThan(24_000_000);
      const db = new Database(one, { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      // Every sense leads to a meaning that is there.
      const lost = db
        .prepare(
          `SELECT count(*) FROM lemma, json_each('[' || replace(lemma.senses, char(10), ',') || ']') AS sense
         WHERE sense.value <> 0 AND abs(sense.value) NOT IN (SELECT id FROM synset)`,
        )
        .pluck()
        .get();
      expect(lost).toBe(0);
      db.close();
    },
  );

  it('leaves the old file alone when the source is missing', () => {
    const path = join(folder, 'kept.sqlite');
    writeFileSync(path, 'old');
    expect(() => compileWordNet(path, join(folder, 'nowhere'))).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('looking words up', () => {
  it('takes the commonest sense first', () => {
    expect(first('dog')?.definition).toContain('genus Canis');
    expect(first('run')).toMatchObject({ wordClass: 'v' });
    expect(first('bank')?.definition).toContain('sloping land');
  });

  it.each([
    ['ran', 'run'],
    ['children', 'child'],
    ['Children', 'child'],
    ['studies', 'study'],
    ['biggest', 'big'],
    ['running shoes', 'running shoe'],
    ['gave up', 'give up'],
    ['hot dogs', 'hot dog'],
    ['are', 'be'],
    ['does', 'do'],
    ['went', 'go'],
    ['mice', 'mouse'],
    ['better', 'better'],
    ['left', 'left'],
  ])('finds %s under %s', (form, lemma) => {
    expect(words.lookUp(form)?.lemma).toBe(lemma);
  });

  it.each(['he', 'in', 'a', 'I', 'us', 'as', 'may', 'can', 'it', 'or', 'at', 'He', 'who'])(
    'does not take the function word %s for something else',
    (word) => expect(words.lookUp(word)).toBeNull(),
  );

  it('lets capitals decide between a name and a word', () => {
    expect(first('turkey')?.definition).toContain('bird');
    expect(first('Turkey')?.definition).toContain('republic');
    expect(first('March')?.definition).toContain('month');
    expect(first('US')?.definition).toContain('republic');
    expect(first('Dog')?.definition).toContain('genus Canis');
  });

  it('reads examples, synonyms, kinds and opposites apart from the definition', () => {
    expect(first('dog')).toMatchObject({
      synonyms: ['domestic dog', 'Canis familiaris'],
      hypernyms: ['canine', 'domestic animal'],
      examples: ['the dog barked all night'],
    });
    expect(first('good')?.antonyms).toEqual(['bad']);
    expect(words.lookUp('carrot')?.senses.map((sense) => sense.definition)).toContain(
      'promise of reward as in "carrot and stick"',
    );
  });

  it('narrows to the part of speech that is asked for', () => {
    const classes = new Set(words.lookUp('run', 'n')?.senses.map(({ wordClass }) => wordClass));
    expect([...classes]).toEqual(['n']);
    expect(words.lookUp('happiness', 'v')).toBeNull();
  });

  it('knows no word that is none', () => {
    for (const term of ['', ' ', 'qwxzv', '학교', '😀', "'; DROP TABLE lemma; --", 'x'.repeat(4000)]) {
      expect(words.lookUp(term)).toBeNull();
    }
  });
});

describe('opening the dictionary', () => {
  it('says how to build it where it is missing', () => {
    expect(() => openWordNet(join(folder, 'missing.sqlite'))).toThrow(
      expect.objectContaining({ code: 'wordnet_missing', hint: expect.stringContaining('compileWordNet') }),
    );
  });

  it('refuses a file of another format and one that is no database', () => {
    const other = join(folder, 'other.sqlite');
    const db = new Database(other);
    db.pragma('user_version = 999');
    db.close();
    expect(() => openWordNet(other)).toThrow(expect.objectContaining({ code: 'wordnet_outdated' }));
    const text = join(folder, 'text.sqlite');
    writeFileSync(text, 'no database at all, just text that is long enough to be read as a header');
    expect(() => openWordNet(text)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^wordnet_/) }),
    );
  });
});
