import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../harness/environment.ts';

const PAGE = join(PROJECT_ROOT, 'build/renderer');
const KB = 1024;
const scripts = (names: readonly string[]) => names.filter((name) => /\.(?:js|css)$/.test(name));
const gzipped = (names: readonly string[]) =>
  names.reduce((bytes, name) => bytes + gzipSync(readFileSync(join(PAGE, name))).length, 0);

/** What the page asks for before it draws anything. */
function firstFiles(): readonly string[] {
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
  return [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, name]) => name!);
}

describe('the built page', () => {
  it('needs at most 350 KB of gzip for its first screen, and 900 KB in all', () => {
    const first = scripts(firstFiles());
    expect(first.length).toBeGreaterThan(2);
    expect(gzipped(first)).toBeLessThanOrEqual(350 * KB);
    const all = scripts(readdirSync(join(PAGE, 'assets')).map((name) => `assets/${name}`));
    expect(gzipped(all)).toBeLessThanOrEqual(900 * KB);
  });

  it('draws its first screen without the schemas of the contract', () => {
    const marker = 'invalid_type';
    const isSchema = (name: string) => readFileSync(join(PAGE, name), 'utf8').includes(marker);
    expect(firstFiles().filter((name) => name.endsWith('.js') && isSchema(name))).toEqual([]);
    // The marker is one: it does stand in what is loaded later.
    const all = readdirSync(join(PAGE, 'assets')).filter((name) => name.endsWith('.js'));
    expect(all.some((name) => isSchema(`assets/${name}`))).toBe(true);
  });
});
