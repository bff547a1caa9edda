import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildStale } from '../../../electron/launch/build.ts';
import type { BuildStep } from '../../../electron/launch/build.ts';
import { importsOf } from '../../../electron/launch/staleness.ts';
import { tempFolder } from './tempFolder.ts';

let root: string;
let runs: number;
let step: BuildStep;
const write = (path: string, text: string) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
const build = () => buildStale({ projectRoot: root, log: () => {}, steps: [step] });

beforeEach(() => {
  root = tempFolder();
  runs = 0;
  write('src/a.ts', 'a');
  write('src/deep/b.ts', 'b');
  write('src/ignored/c.ts', 'c');
  step = {
    name: 'thing',
    inputs: async () => ({ paths: ['src', 'lock.json'], except: ['src/ignored'] }),
    outputs: ['build/thing.js'],
    run: async () => {
      runs += 1;
      write('build/thing.js', `built ${runs}`);
    },
  };
});

describe('building what is stale', () => {
  it('builds the first time and not again', async () => {
    expect(await build()).toEqual(['thing']);
    expect(await build()).toEqual([]);
    expect(runs).toBe(1);
  });

  it.each<[string, () => void]>([
    ['a changed file of the same size', () => write('src/a.ts', 'A')],
    ['a new file', () => write('src/new.ts', '')],
    ['a removed file', () => rmSync(join(root, 'src/deep/b.ts'))],
    ['a renamed file', () => renameSync(join(root, 'src/a.ts'), join(root, 'src/z.ts'))],
    ['an input that was missing and now is there, empty', () => write('lock.json', '')],
    ['a missing output', () => rmSync(join(root, 'build/thing.js'))],
  ])('builds again after %s', async (_what, change) => {
    await build();
    change();
    expect(await build()).toEqual(['thing']);
    expect(await build()).toEqual([]);
  });

  it('does not build again for a touched file or one that decides nothing', async () => {
    await build();
    utimesSync(join(root, 'src/a.ts'), new Date(), new Date());
    write('src/ignored/c.ts', 'changed');
    expect(await build()).toEqual([]);
  });

  it('does not take a build that failed for whole, though its output and an older stamp are there', async () => {
    await build();
    write('src/a.ts', 'changed');
    const { run } = step;
    step = { ...step, run: () => Promise.reject(new Error('compiler says no')) };
    await expect(build()).rejects.toThrow('compiler says no');
    write('src/a.ts', 'a');
    step = { ...step, run };
    expect(await build()).toEqual(['thing']);
  });

  it('builds once where two ask at the same time', async () => {
    expect((await Promise.all([build(), build()])).flat()).toEqual(['thing']);
    expect(runs).toBe(1);
  });
});

describe('the imports of a script', () => {
  it('follows relative imports through every file, in circles as well', async () => {
    write('src/a.ts', "import { b } from './deep/b.ts';\nimport type { X } from 'zod';");
    write('src/deep/b.ts', "export { a } from '../a.ts';\nimport {\n  c,\n} from '../ignored/c.ts';");
    expect(await importsOf(root, 'src/a.ts')).toEqual(['src/a.ts', 'src/deep/b.ts', 'src/ignored/c.ts']);
  });
});
