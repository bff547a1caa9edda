/** `npm run example -- <name>`: runs one of the examples beside this file; without a name it lists them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
  .toSorted();

const [name] = process.argv.slice(2);
if (name !== undefined && names.includes(name)) {
  await import(`./${name}.ts`);
} else {
  if (name !== undefined) console.error(`There is no example "${name}".\n`);
  console.error('Usage: npm run example -- <name>\n');
  for (const known of names) console.error(`  ${known.padEnd(14)} ${about(known)}`);
  process.exitCode = name === undefined ? 0 : 2;
}

/** First sentence of an example's opening comment. */
function about(example: string): string {
  const source = readFileSync(join(folder, `${example}.ts`), 'utf8');
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? '';
  return (
    comment
      .replace(/\s*\n \* ?/g, ' ')
      .trim()
      .split(/(?<=\.)\s/)[0] ?? ''
  );
}
