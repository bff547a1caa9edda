import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../electron/launch/runCommand.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';

const example = (...args: string[]) =>
  runCommand(process.execPath, [join(PROJECT_ROOT, 'electron/launch/run.mjs'), 'example', ...args], {
    cwd: PROJECT_ROOT,
    timeoutMs: 60_000,
  });

/** What each shows that no other could: a line of what it prints. */
const SHOWN: Readonly<Record<string, readonly RegExp[]>> = {
  'api-client': [
    /chat example-model/,
    /The server saw trace [0-9a-f]{32}: true/,
    /gen_ai\.client\.token\.usage/,
  ],
  basics: [/notebook add/, /info +The lesson begins\. +trace [0-9a-f]{8}/],
  cache: [/cache get/, /"tracedeck\.cache\.outcome":"stale"\} 1/, /leftOut: 1000/],
  database: [/transaction words/, /SQLITE_CONSTRAINT_PRIMARYKEY/, /warn A database statement took/],
  distributed: [/SELECT words/, /10 spans of two processes in 1 trace/],
  errors: [/ENOTREADY/, /SyntaxError/, /app\.failures/],
  exporters: [
    /received at \/v1\/traces: .*lesson/,
    /received at \/v1\/metrics: study\.words/,
    /received at \/v1\/logs: The lesson begins\./,
    /study_words_total\{.*\} 2/,
  ],
  metrics: [/study\.answer\.duration \(histogram, s\)/, /exemplar .* in trace/],
};

describe('the examples', () => {
  it('are the ones that are known here', () => {
    const files = readdirSync(join(PROJECT_ROOT, 'examples')).filter((file) => file.endsWith('.ts'));
    expect(files.map((file) => file.slice(0, -3)).filter((name) => name !== 'run')).toStrictEqual(
      Object.keys(SHOWN),
    );
  });

  it.each(Object.entries(SHOWN))('%s prints its trace and exits with 0', async (name, patterns) => {
    const { code, output } = await example(name);
    expect(output).toMatch(name === 'metrics' ? /trace/ : /trace [0-9a-f]{32}/);
    for (const pattern of patterns) expect(output).toMatch(pattern);
    expect(code).toBe(0);
  });

  it('are listed where no name is given, and an unknown name is an error', async () => {
    const listed = await example();
    for (const name of Object.keys(SHOWN)) expect(listed.output).toContain(`  ${name}`);
    expect(listed.code).toBe(0);
    expect((await example('nothing')).code).toBe(2);
  });
});
