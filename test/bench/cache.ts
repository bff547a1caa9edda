/**
 * What the answer cache costs: nanoseconds per key, memory hit, disk hit, and miss with its durable write.
 * Medians over interleaved blocks, the same case twice (A/A) to show how far the machine itself wanders.
 * Arguments: `--blocks 150`, `--json`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analysisSchema, type Analysis } from '../../shared/card.ts';
import { NO_TOKENS } from '../../shared/run.ts';
import { cacheKey } from '../../electron/cache/cacheKey.ts';
import { createTieredCache } from '../../electron/cache/tieredCache.ts';
import type { CacheRequest } from '../../electron/pipeline/ports.ts';
import { median } from './medians.ts';

const ENTRIES = 4000;
const PER_BLOCK = { key: 200, memory: 200, disk: 60, store: 20 };

function request(index: number): CacheRequest {
  const item = {
    term: `단어${index}`,
    kind: 'term',
    fields: {
      meaning: 'a word, here with as much beside it as a rich list brings along',
      example: '그는 오늘도 단어를 열심히 외우고 있습니다.',
      exampleTranslation: 'He is learning words by heart today as well.',
    },
  };
  return {
    stage: 'analyse',
    identity: {
      generator: 'openai',
      model: 'gpt-4o-mini',
      promptVersion: '3',
      parameters: '{"temperature":0.2}',
    },
    input: JSON.stringify({ item, termLanguage: 'ko', meaningLanguage: 'en' }),
  };
}

function analysis(index: number): Analysis {
  return {
    term: `단어${index}`,
    meaning: 'word, vocabulary item',
    otherMeanings: ['term', 'expression'],
    partOfSpeech: 'noun',
    reading: '다너',
    romanisation: 'daneo',
    nuance: 'The neutral word; it is used of single words and not of phrases or of whole utterances.',
    usage: 'Goes with verbs such as to memorise, to look up and to use.',
    synonyms: ['낱말', '어휘'],
    comparison: { with: '낱말', nuance: 'The purely Korean counterpart, more common in school grammar.' },
    homonyms: [{ characters: '單語', reading: '단어', meaning: 'word', differentiator: null }],
    mnemonic: 'A dictionary lies open on a desk; every word in it stands alone in a box of its own.',
    examples: [
      { text: '단어를 외우다', translation: 'to learn words by heart' },
      { text: '모르는 단어가 많다', translation: 'there are many words one does not know' },
    ],
    keywords: ['language', 'vocabulary'],
    level: 'TOPIK 1',
    unknown: [],
  };
}

/** Runs the benchmark and prints one line a case, or one JSON object with `--json`. */
export async function run(args: string[]): Promise<void> {
  const blocksAt = args.indexOf('--blocks');
  const blocks = blocksAt >= 0 ? Number(args[blocksAt + 1]) : 150;
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-bench-'));
  const path = join(folder, 'cache.db');
  const limits = { diskBytes: 1e9, ttlMs: 1e12 };
  const warm = createTieredCache({ db: path, memoryBytes: 256e6, ...limits });
  const cold = createTieredCache({ db: path, memoryBytes: 0, ...limits });
  const parse = (value: unknown) => analysisSchema.parse(value);
  const makeAnswer = (index: number) => async () => ({
    value: analysis(index),
    usage: { ...NO_TOKENS, input: 310, output: 290 },
    estimate: null,
  });

  try {
    const requests = Array.from({ length: ENTRIES }, (_, index) => request(index));
    for (const [index, one] of requests.entries()) await warm.through(one, parse, makeAnswer(index));
    let next = 0;
    let stored = ENTRIES;
    const some = () => requests[(next = (next + 1237) % ENTRIES)] as CacheRequest;
    const never = () => Promise.reject(new Error('a hit was expected'));
    const cases: Record<string, () => Promise<number>> = {
      key: async () => time(PER_BLOCK.key, () => cacheKey(some())),
      'memory hit': async () => timeAsync(PER_BLOCK.memory, () => warm.through(some(), parse, never)),
      'memory hit, again (A/A)': async () =>
        timeAsync(PER_BLOCK.memory, () => warm.through(some(), parse, never)),
      'disk hit': async () => timeAsync(PER_BLOCK.disk, () => cold.through(some(), parse, never)),
      'disk hit, again (A/A)': async () =>
        timeAsync(PER_BLOCK.disk, () => cold.through(some(), parse, never)),
      'miss and store': async () =>
        timeAsync(PER_BLOCK.store, () => {
          stored += 1;
          return warm.through(request(stored), parse, makeAnswer(stored));
        }),
    };
    const samples = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
    for (let block = -10; block < blocks; block += 1) {
      for (const [name, measure] of Object.entries(cases)) {
        const ns = await measure();
        if (block >= 0) samples.get(name)?.push(ns);
      }
    }
    const results = [...samples].map(([name, ns]) => spread(name, ns));
    if (args.includes('--json')) {
      console.log(JSON.stringify({ benchmark: 'cache', blocks, unit: 'ns', results }));
      return;
    }
    console.log(`ns per operation, median of ${blocks} interleaved blocks (5 % to 95 % of the blocks)`);
    for (const { name, median: middle, low, high } of results) {
      const range = `(${low.toFixed(0)} to ${high.toFixed(0)})`;
      console.log(`${name.padEnd(26)} ${middle.toFixed(0).padStart(8)}  ${range}`);
    }
  } finally {
    warm.close();
    cold.close();
    rmSync(folder, { recursive: true });
  }
}

function time(count: number, work: () => unknown): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i += 1) work();
  return Number(process.hrtime.bigint() - start) / count;
}

async function timeAsync(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i += 1) await work();
  return Number(process.hrtime.bigint() - start) / count;
}

function spread(name: string, values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { name, median: median(values), low: at(0.05), high: at(0.95) };
}
