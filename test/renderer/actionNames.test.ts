import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../renderer');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.tsx'),
);

/** Opening tags of buttons and summaries, as they are written. */
function tagsOf(source: string): string[] {
  return [...source.matchAll(/<(?:button|summary)\b/g)].map(({ index }) => {
    let depth = 0;
    let end = index;
    for (; depth > 0 || source[end] !== '>' || source[end - 1] === '='; end += 1) {
      if (source[end] === '{') depth += 1;
      else if (source[end] === '}') depth -= 1;
    }
    return source.slice(index, end + 1);
  });
}
/** `actionLabel` takes the first words of these. */
const HAS_OWN_WORDS = /className="button|'button |role="tab"|classes\.filter\(Boolean\)/;

describe('what a click is called in a trace', () => {
  it.each(files)('is a name of the program’s own for every button of %s', (path) => {
    if (path.endsWith('Rail.tsx')) return;
    const unnamed = tagsOf(readFileSync(join(root, path), 'utf8')).filter(
      (tag) => !tag.includes('data-action=') && !HAS_OWN_WORDS.test(tag),
    );
    expect(unnamed).toEqual([]);
  });

  it('is never made of what the window shows', () => {
    // Lists of the program's own: filters, modes, orders, columns and kinds of menu items.
    const own = [
      'data-action={`${label}.${id}`}',
      'data-action={`Rate.${RATING_NAMES[rating]}`}',
      'data-action={`filter.${props.label}`}',
      "data-action={`menu.${item.id.split(' ')[0]}`}",
      'data-action={`mode.${each}`}',
      'data-action={`sort.${column.id}`}',
      'data-action={`sort.${column.order}`}',
    ];
    const made = files.flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/data-action=\{[^\n]*?\}(?=\s)/g)].map(
        ([text]) => text,
      ),
    );
    expect([...new Set(made)].sort()).toEqual(own);
  });
});
