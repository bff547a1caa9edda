/** The few facts of a note's front matter that cards can use; the rest of it is left alone. */
export type FrontMatter = {
  readonly title: string | null;
  readonly tags: readonly string[];
  /** Lines that it takes; 0 where there is none. */
  readonly lines: number;
};

const MAX_LINES = 200;

/** Reads `---`, `key: value` lines, `---` at the text's very beginning. */
export function readFrontMatter(lines: readonly string[]): FrontMatter {
  const none = { title: null, tags: [], lines: 0 };
  if (lines[0]?.trimEnd() !== '---') return none;
  const end = lines.slice(1, MAX_LINES).findIndex((line) => /^(?:---|\.\.\.)\s*$/.test(line));
  const inner = lines.slice(1, end + 1);
  if (end < 0 || !inner.every((line) => /^(?:[\w-]+\s*:|\s|#|-\s|$)/.test(line))) return none;
  let title: string | null = null;
  const tags: string[] = [];
  let list: string | null = null;
  for (const line of inner) {
    const [, key = '', value = ''] = /^([\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    const item = /^\s*-\s+(.+)$/.exec(line)?.[1];
    if (key !== '') list = key.toLowerCase();
    if (key.toLowerCase() === 'title' && value !== '') title = unquoted(value);
    if (list !== 'tags' && list !== 'tag' && list !== 'keywords') continue;
    if (item !== undefined) tags.push(unquoted(item));
    else if (key !== '')
      tags.push(
        ...value
          .replace(/^\[|\]\s*$/g, '')
          .split(/[,\s]+/)
          .map(unquoted),
      );
  }
  const clean = tags.map((tag) => tag.replace(/^#/, '').replace(/\s+/g, '-')).filter((tag) => tag !== '');
  return { title, tags: [...new Set(clean)].slice(0, 20), lines: end + 2 };
}

function unquoted(text: string): string {
  return text
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim();
}
