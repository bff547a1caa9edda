/**
 * With a real model in a real thread where node-llama-cpp is found: in the project, or in the folder that
 * TRACEDECK_LLAMA_DIR names (`npm install --prefix FOLDER node-llama-cpp`).
 */
import { copyFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { grammarSchema } from '../../../../electron/generators/local/grammarSchema.ts';
import { findLlamaPackage } from '../../../../electron/generators/local/llamaPackage.ts';
import {
  createLocalGenerator,
  localModelName,
} from '../../../../electron/generators/local/localGenerator.ts';
import { createLocalThread } from '../../../../electron/generators/local/localThread.ts';
import type { LocalThread } from '../../../../electron/generators/local/localThread.ts';
import type { AnalyseInput } from '../../../../electron/pipeline/ports.ts';
import { answerSchema } from '../../../../electron/generators/answerSchema.ts';
import { totalTokens } from '../../../../shared/run.ts';
import { writeTinyModel } from '../../../fixtures/tinyModel.ts';

const never = new AbortController().signal;
const workerFile = join(import.meta.dirname, '../../../../electron/generators/local/localWorker.ts');
const folders = [process.env['TRACEDECK_LLAMA_DIR'] ?? process.cwd(), process.cwd()];
const isInstalled = findLlamaPackage(folders) !== null;
let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-local-'));
  path = join(folder, 'tiny.gguf');
  writeTinyModel(path);
});
afterAll(() => rmSync(folder, { recursive: true }));

const input: AnalyseInput = {
  item: { term: '학교', kind: 'term', fields: {} },
  termLanguage: 'ko',
  meaningLanguage: 'en',
};
const options = { contextTokens: 12_288, temperature: 0, maxOutputTokens: 800 };

describe('a local model', () => {
  it('is another one where its file is', () => {
    const name = localModelName(path);
    expect(name).toMatch(/^tiny\.gguf@[0-9a-f]{12}$/);
    const other = join(folder, 'other.gguf');
    copyFileSync(path, other);
    const first = localModelName(other);
    utimesSync(other, 1, 1);
    expect(localModelName(other)).not.toBe(first);
    expect(() => localModelName('')).toThrow(expect.objectContaining({ code: 'model_not_set' }));
    for (const text of [null, '', 'GGUF but not really a model', 'PK\u0003\u0004']) {
      const bad = join(folder, `bad${text?.length}.gguf`);
      if (text !== null) writeFileSync(bad, text);
      expect(() => localModelName(bad)).toThrow(expect.objectContaining({ code: 'local_model_unreadable' }));
    }
  });

  it('works on one row at a time and is told of as itself', () => {
    const thread = { ask: () => Promise.reject(new Error('not asked')), close: async () => {} };
    const generator = createLocalGenerator({ ...options, path, thread });
    expect(generator.rowsAtOnce).toBe(1);
    expect(generator.identity('write')).toMatchObject({ generator: 'local', model: localModelName(path) });
  });

  it('says which package is missing, in its own thread as well', async () => {
    const thread = createLocalThread(workerFile, {
      path,
      contextTokens: 512,
      gpuLayers: 0,
      packageFolders: [folder],
    });
    const generator = createLocalGenerator({ ...options, path, thread });
    await expect(generator.analyse(input, never)).rejects.toMatchObject({
      code: 'local_model_missing',
      hint: expect.stringContaining(`npm install --prefix "${folder}" node-llama-cpp@3`) as string,
    });
    await thread.close();
  });

  it('is held to the schema in the form that its grammars take', () => {
    const schema = grammarSchema(answerSchema('write', 'passage').schema);
    expect(schema).toMatchObject({
      properties: {
        cards: {
          maxItems: 12,
          items: {
            properties: { type: { enum: ['basic', 'cloze'] }, quote: { type: ['string', 'null'] } },
          },
        },
      },
    });
    const analysis = JSON.stringify(grammarSchema(answerSchema('analyse', 'term').schema));
    expect(analysis).toContain('oneOf');
    expect(analysis).not.toContain('anyOf');
  });
});

describe('a local model that runs', () => {
  beforeEach(({ skip }) => skip(!isInstalled, 'node-llama-cpp is not installed: see TRACEDECK_LLAMA_DIR'));

  const threads: LocalThread[] = [];
  function generator(over: Partial<typeof options> = {}) {
    const { contextTokens, ...rest } = { ...options, ...over };
    const thread = createLocalThread(workerFile, {
      path,
      contextTokens,
      gpuLayers: 0,
      packageFolders: folders,
    });
    threads.push(thread);
    return createLocalGenerator({ ...rest, contextTokens, path, thread });
  }
  afterAll(async () => {
    for (const thread of threads) await thread.close();
  });

  it('answers both stages in the form of their schemas, counts its tokens, and can be stopped', async () => {
    const made = generator();
    const analysed = await made.analyse(input, never);
    expect(analysed.value).toMatchObject({ term: '학교', meaning: 'ab', synonyms: ['ab'] });
    expect(analysed.usage.input).toBeGreaterThan(1000);
    expect(analysed.usage.output).toBeGreaterThan(100);
    const write = { ...input, analysis: analysed.value, cardTypes: ['recognition', 'usage'] as const };
    const written = await made.write(write, never);
    expect(written.value).toEqual([{ type: 'recognition', front: 'ab', back: 'ab', tags: ['ab'] }]);
    // What two rows begin with is read once.
    const again = await made.write({ ...write, item: { ...input.item, term: '나무' } }, never);
    expect(again.usage.input).toBeLessThan(written.usage.input / 2);
    expect(totalTokens(again.usage)).toBeGreaterThan(0);

    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    await expect(made.analyse({ ...input, meaningLanguage: 'de' }, stop.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await made.greet(never)).usage.output).toBe(16);
  }, 60_000);

  it('says so where the answer or the row does not fit', async () => {
    await expect(generator({ maxOutputTokens: 64 }).analyse(input, never)).rejects.toMatchObject({
      code: 'answer_too_long',
    });
    await expect(generator({ contextTokens: 1024 }).analyse(input, never)).rejects.toMatchObject({
      code: 'context_too_small',
    });
  }, 60_000);

  it('says so where the file is only a part of a model', async () => {
    const broken = join(folder, 'broken.gguf');
    copyFileSync(path, broken);
    truncateSync(broken, 1_000_000);
    const thread = createLocalThread(workerFile, {
      path: broken,
      contextTokens: 512,
      gpuLayers: 0,
      packageFolders: folders,
    });
    threads.push(thread);
    await expect(
      createLocalGenerator({ ...options, path: broken, thread }).greet(never),
    ).rejects.toMatchObject({ code: 'local_model_failed' });
  }, 60_000);
});
