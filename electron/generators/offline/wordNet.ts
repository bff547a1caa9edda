/** Reads the compiled WordNet file. Nothing is cached here: a word costs some tens of microseconds. */
import Database from 'better-sqlite3';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { WordClass } from './englishForms.ts';
import { baseForms, overridingBase } from './englishForms.ts';
import { isFunctionWord } from './functionWords.ts';
import { WORDNET_FORMAT } from './wordNetFormat.ts';

export type WordSense = {
  /** Seen in WordNet's tagged texts; the rest are rare, technical or coarse more often than not. */
  readonly attested: boolean;
  readonly wordClass: WordClass;
  readonly definition: string;
  /** Other words of the same meaning. */
  readonly synonyms: readonly string[];
  readonly examples: readonly string[];
  /** What it is a kind of. */
  readonly hypernyms: readonly string[];
  readonly antonyms: readonly string[];
};
export type WordEntry = {
  /** The dictionary form: `child` for `children`. */
  readonly lemma: string;
  /** Likeliest first; never empty. */
  readonly senses: readonly WordSense[];
};
type SynsetRow = {
  readonly pos: WordClass;
  readonly definition: string;
  readonly words: string;
  readonly examples: string | null;
  readonly hypernyms: string | null;
  readonly antonyms: string | null;
};

/** More senses than this are never shown. */
const SENSES_MAX = 8;

export interface WordNet {
  /** The entry of a word or phrase in any form, its own entry before that of a base form; `null` where unknown. */
  lookUp(term: string, wordClass?: WordClass | null): WordEntry | null;
  /** Whether `word` is most often a form of a noun, verb or adjective, or only a name; `null` for all else. */
  contentWord(word: string): 'word' | 'name' | null;
  close(): void;
}

/**
 * Opens the file that `compileWordNet` wrote.
 *
 * @throws TracedeckError `wordnet_missing` where it cannot be opened, `wordnet_outdated` where another
 *   version of the program compiled it.
 */
export function openWordNet(path: string): WordNet {
  const db = openFile(path);
  const lemmaRow = db.prepare<[string], { senses: string }>('SELECT senses FROM lemma WHERE lemma = ?');
  const synsetRow = db.prepare<[number], SynsetRow>(
    'SELECT pos, definition, words, examples, hypernyms, antonyms FROM synset WHERE id = ?',
  );
  const idsOf = (lemma: string): readonly number[] =>
    lemmaRow.get(lemma.toLowerCase())?.senses.split('\n').map(Number) ?? [];

  const entryOf = (lemma: string, written: string, wordClass: WordClass | null): WordEntry | null => {
    const capital = /^\p{Lu}/u.test(written);
    const all = idsOf(lemma);
    // Where none was ever tagged, all count alike.
    const attested = new Set(all.includes(0) && all[0] !== 0 ? all.slice(0, all.indexOf(0)) : all);
    const ids = all.filter((id) => id !== 0);
    // 'turkey' is the bird before the country, 'March' the month before the walk.
    const fits = (id: number) => id < 0 === capital;
    const ordered = [...ids.filter(fits), ...ids.filter((id) => !fits(id))];
    const senses: WordSense[] = [];
    for (const id of ordered) {
      const row = synsetRow.get(Math.abs(id));
      if (row === undefined || (wordClass !== null && row.pos !== wordClass)) continue;
      senses.push(toSense(row, lemma, attested.has(id)));
      if (senses.length === SENSES_MAX) break;
    }
    return senses.length === 0 ? null : { lemma, senses };
  };

  /** 'gave up' inflects its first word, 'hot dogs' its last. */
  const phraseEntry = (phrase: string, wordClass: WordClass | null): WordEntry | null => {
    const words = phrase.split(' ');
    if (words.length < 2 || words.length > 6) return null;
    for (const at of [0, words.length - 1])
      for (const { base } of baseForms(words[at] ?? '')) {
        const candidate = words.with(at, base).join(' ');
        const entry = entryOf(candidate, candidate, wordClass);
        if (entry !== null) return entry;
      }
    return null;
  };

  return {
    lookUp(term, wordClass = null) {
      const written = term.replaceAll('’', "'").replaceAll('_', ' ');
      if (isFunctionWord(written)) return null;
      const lower = written.toLowerCase();
      const override = overridingBase(lower);
      const own = override === null ? entryOf(lower, written, wordClass) : null;
      if (own !== null) return own;
      if (override !== null) return entryOf(override, override, wordClass);
      for (const { base, wordClass: one } of baseForms(lower)) {
        if (wordClass !== null && one !== wordClass && !(one === 'a' && wordClass === 'r')) continue;
        const entry = entryOf(base, base, wordClass ?? one);
        if (entry !== null) return entry;
      }
      return phraseEntry(lower, wordClass);
    },
    contentWord(word) {
      const lower = word.replaceAll('’', "'").toLowerCase();
      const own = idsOf(lower).filter((id) => id !== 0);
      const [first] = own;
      if (first !== undefined) {
        if (own.every((id) => id < 0)) return 'name';
        return synsetRow.get(Math.abs(first))?.pos === 'r' ? null : 'word';
      }
      return baseForms(lower).some(({ base }) => idsOf(base).some((id) => id > 0)) ? 'word' : null;
    },
    close() {
      db.close();
    },
  };
}

function openFile(path: string): Database.Database {
  let db: Database.Database;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    db.pragma('query_only = ON');
  } catch (error) {
    throw new TracedeckError('permanent', 'wordnet_missing', 'The English dictionary cannot be opened.', {
      cause: error,
      hint: `Expected at ${path}. Build it with: node electron/generators/offline/compileWordNet.ts ${path}`,
    });
  }
  let version: unknown;
  try {
    version = db.pragma('user_version', { simple: true });
  } catch {
    version = 'no database';
  }
  if (version === WORDNET_FORMAT) return db;
  db.close();
  throw new TracedeckError('permanent', 'wordnet_outdated', 'The English dictionary is of another version.', {
    hint: `${path} has format ${String(version)}, this version reads ${WORDNET_FORMAT}. Delete it and build again.`,
  });
}

function toSense(row: SynsetRow, lemma: string, attested: boolean): WordSense {
  const split = (list: string | null) => list?.split('\n') ?? [];
  const same = (word: string) => word.toLowerCase() === lemma;
  return {
    attested,
    wordClass: row.pos,
    definition: row.definition,
    synonyms: split(row.words).filter((word) => !same(word)),
    examples: split(row.examples),
    hypernyms: split(row.hypernyms),
    antonyms: split(row.antonyms).flatMap((pair) => {
      const [word = '', opposite = ''] = pair.split('\t');
      return same(word) && opposite !== '' ? [opposite] : [];
    }),
  };
}
