/**
 * A short name for every passage, unique in its document: its deepest heading, and how it begins where several
 * passages share that. Numbers would change with every passage that comes before.
 */
import { beginningOf } from './blockText.ts';
import type { CutPassage } from './cutPassages.ts';

const NAME_CHARS = 160;
const BEGINS_CHARS = 48;

/** Names in the order of `passages`. */
export function namePassages(passages: readonly CutPassage[], title: string | null): readonly string[] {
  const headings = passages.map(({ place }) => place.headings.at(-1) ?? place.chapter ?? title);
  const counts = new Map<string | null, number>();
  for (const heading of headings) counts.set(heading, (counts.get(heading) ?? 0) + 1);
  const taken = new Map<string, number>();
  return passages.map(({ passage }, at) => {
    const heading = headings[at] ?? null;
    const begins = beginningOf(passage.blocks, BEGINS_CHARS);
    const name =
      heading === null
        ? begins
        : counts.get(heading) === 1
          ? heading
          : `${heading.slice(0, NAME_CHARS - BEGINS_CHARS)} – ${begins}`;
    const base =
      name
        .slice(0, NAME_CHARS)
        .replace(/[\ud800-\udbff]$/, '')
        .trim() || 'Passage';
    const key = base.toLowerCase();
    const nth = (taken.get(key) ?? 0) + 1;
    taken.set(key, nth);
    return nth === 1 ? base : `${base} (${nth})`;
  });
}
