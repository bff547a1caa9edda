import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const documents = globSync(['*.md', '{docs,electron,renderer,shared,test,examples}/**/*.md'], { cwd: ROOT });

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8').replace(/```[^]*?```|`[^`\n]*`/g, '');

/** The places of a document that a link can name, as GitHub makes them of its headings. */
function anchorsOf(path: string): Set<string> {
  const headings = readFileSync(join(ROOT, path), 'utf8').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text]) =>
      text!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function isDead(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  return !existsSync(join(ROOT, path)) || (anchor !== undefined && !anchorsOf(path).has(anchor));
}

it('leads somewhere with every link from document to document', () => {
  const links = documents.flatMap((from) =>
    [...textOf(from).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => ({ from, link: link! })),
  );
  const within = links.filter(({ link }) => !/^[a-z]+:/.test(link));
  expect(within.length).toBeGreaterThan(100);
  expect(within.filter(({ from, link }) => isDead(from, link))).toStrictEqual([]);
});
