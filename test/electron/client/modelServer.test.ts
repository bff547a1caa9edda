import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiClient } from '../../../electron/client/apiClient.ts';
import { createOpenAiGenerator } from '../../../electron/generators/openai/openaiGenerator.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-model-server-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the model server as a process of its own', () => {
  it('prints its URL, answers, and logs what was paid before it is sent', async () => {
    const log = join(folder, 'paid.jsonl');
    const file = fileURLToPath(new URL('../../fixtures/modelServer.ts', import.meta.url));
    const child = fork(file, ['--port', '0', '--log', log, '--delay', '1'], { silent: true });
    try {
      const first = await new Promise<Buffer>((resolve) => child.stdout!.once('data', resolve));
      const { url, pid } = JSON.parse(first.toString()) as { url: string; pid: number };
      expect(pid).toBe(child.pid);
      const client = createApiClient({
        baseUrl: url,
        apiKey: null,
        maxInFlight: 2,
        requestsPerMinute: 100,
        tokensPerMinute: 100_000,
        timeoutMs: 5_000,
        retries: 0,
      });
      const models = { analyse: 'a', write: 'b' };
      const generator = createOpenAiGenerator({ client, models, temperature: 0, maxOutputTokens: 500 });
      const { signal } = new AbortController();
      const input = {
        item: { term: '학교', kind: 'term', fields: {} },
        termLanguage: 'ko',
        meaningLanguage: 'en',
      } as const;
      const { value: analysis } = await generator.analyse(input, signal);
      await generator.write({ ...input, analysis, cardTypes: null }, signal);
      client.close();
      const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        { stage: 'analyse', term: '학교', atMs: expect.any(Number) },
        { stage: 'write', term: '학교', atMs: expect.any(Number) },
      ]);
    } finally {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
    }
  });
});
