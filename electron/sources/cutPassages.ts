/**
 * Blocks → passages. A passage never crosses a heading; lists and tables stay whole where they fit and are parted
 * between items and rows, lead and header repeated, where they do not.
 */
import type { Passage, PassageBlock, SourcePlace } from '../../shared/source.ts';
import { blockText } from './blockText.ts';
import type { PlacedBlock } from './documentTypes.ts';

export type CutPassage = { readonly place: SourcePlace; readonly passage: Passage };
export type CountTokens = (text: string) => number;

/** About as much as one answer makes good cards of. */
export const PASSAGE_TOKENS = 350;
/** A section so little longer stays in one piece: its end would be a passage of one line. */
const SLACK = 1.2;
/** Of one passage: what the cards of one note can hold. */
const MAX_ITEMS = 40;
const MAX_ROWS = 20;
const MAX_BLOCKS = 20;

type Sized = { readonly block: PassageBlock; readonly tokens: number; readonly place: SourcePlace };

/** @param maxTokens of a passage; a block that cannot be parted may be longer */
export function* cutPassages(
  blocks: Iterable<PlacedBlock>,
  count: CountTokens,
  maxTokens = PASSAGE_TOKENS,
): Generator<CutPassage> {
  let section: Sized[] = [];
  let key: string | null = null;
  for (const { place, block } of blocks) {
    const own = JSON.stringify([place.chapter ?? '', place.headings]);
    if (own !== key) {
      yield* pack(section, maxTokens);
      section = [];
      key = own;
    }
    for (const part of parted(block, count, maxTokens)) section.push({ ...part, place });
  }
  yield* pack(section, maxTokens);
}

function* pack(section: readonly Sized[], maxTokens: number): Generator<CutPassage> {
  let left = section.reduce((sum, { tokens }) => sum + tokens, 0);
  let open: Sized[] = [];
  let size = 0;
  const made = (): CutPassage => ({
    place: open[0]?.place ?? { headings: [] },
    passage: { blocks: open.map(({ block }) => block), tokens: size },
  });
  for (const part of section) {
    const fits = size + part.tokens <= maxTokens || size + left <= SLACK * maxTokens;
    if (open.length > 0 && (!fits || open.length >= MAX_BLOCKS)) {
      yield made();
      [open, size] = [[], 0];
    }
    open.push(part);
    size += part.tokens;
    left -= part.tokens;
  }
  if (open.length > 0) yield made();
}

type Part = { readonly block: PassageBlock; readonly tokens: number };

function parted(block: PassageBlock, count: CountTokens, maxTokens: number): readonly Part[] {
  const tokens = count(blockText(block));
  if (block.kind === 'list') {
    if (tokens <= maxTokens && block.items.length <= MAX_ITEMS) return [{ block, tokens }];
    const fixed = block.lead === null ? 0 : count(block.lead);
    return groups(block.items, count, Math.max(maxTokens - fixed, maxTokens / 4), MAX_ITEMS).flatMap(
      (items) => sized({ ...block, items: [...items] }, count),
    );
  }
  if (block.kind === 'table') {
    if (tokens <= maxTokens && block.rows.length <= MAX_ROWS) return [{ block, tokens }];
    const fixed = count(block.header.join(' | '));
    const rows = block.rows.map((row) => ({ row, text: row.join(' | ') }));
    const max = Math.max(maxTokens - fixed, maxTokens / 4);
    return groups(rows, (row) => count(row.text), max, MAX_ROWS).flatMap((group) =>
      sized({ ...block, rows: group.map(({ row }) => row) }, count),
    );
  }
  if (tokens <= SLACK * maxTokens) return [{ block, tokens }];
  if (block.kind === 'definition') {
    return pieces(block.meaning, count, maxTokens).flatMap((meaning) => sized({ ...block, meaning }, count));
  }
  const between = block.kind === 'code' ? /(?<=\n)/ : null;
  return pieces(block.text, count, maxTokens, between).flatMap((text) => sized({ ...block, text }, count));
}

function sized(block: PassageBlock, count: CountTokens): readonly Part[] {
  return [{ block, tokens: count(blockText(block)) }];
}

function groups<T>(
  all: readonly T[],
  count: (one: T) => number,
  maxTokens: number,
  maxCount: number,
): readonly (readonly T[])[] {
  const found: T[][] = [];
  let size = Infinity;
  for (const one of all) {
    const own = count(one) + 2;
    const last = found.at(-1);
    if (last === undefined || size + own > maxTokens || last.length >= maxCount) {
      found.push([one]);
      size = own;
    } else {
      last.push(one);
      size += own;
    }
  }
  return found;
}

let sentences: Intl.Segmenter | undefined;

/** Long text in pieces that end with a sentence, or at a space where even that is too long. */
function pieces(
  text: string,
  count: CountTokens,
  maxTokens: number,
  between: RegExp | null = null,
): readonly string[] {
  sentences ??= new Intl.Segmenter('en', { granularity: 'sentence' });
  const parts =
    between === null ? Array.from(sentences.segment(text), ({ segment }) => segment) : text.split(between);
  const short = parts.flatMap((part) =>
    count(part) <= maxTokens ? [part] : atSpaces(part, count, maxTokens),
  );
  return groups(short, count, maxTokens, Infinity)
    .map((group) => (between === null ? group.join('').trim() : group.join('').trimEnd()))
    .filter((piece) => piece !== '');
}

function atSpaces(text: string, count: CountTokens, maxTokens: number): readonly string[] {
  // No token is longer than its text, and hardly any text has fewer than one token for six characters.
  const chars = Math.max(40, Math.floor((text.length * maxTokens) / Math.max(1, count(text)) / 1.2));
  const found: string[] = [];
  for (let rest = text; rest !== '';) {
    let end = Math.min(chars, rest.length);
    if (end < rest.length) {
      const space = rest.lastIndexOf(' ', end);
      if (space > end / 2) end = space + 1;
      else if (/[\ud800-\udbff]/.test(rest[end - 1] ?? '')) end -= 1;
    }
    found.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return found;
}
