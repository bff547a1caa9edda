/** Tags of a row's cards: part of speech, level, language and the user's own. No tag has spaces. */
import type { Analysis, ItemKind } from '../../../shared/card.ts';
import type { Fields } from './plainText.ts';

const TAG_MAX = 120;
const TAGS_MAX = 30;

/** Tags in a fixed order, each once. One that is too long is left out whole. */
export function cardTags(
  analysis: Analysis,
  fields: Fields,
  language: string,
  kind: ItemKind,
): readonly string[] {
  const tags = new Set<string>();
  const add = (text: string) => {
    if (text !== '' && !text.endsWith('::') && text.length <= TAG_MAX) tags.add(text);
  };
  if (kind !== 'term') add(`kind::${kind}`);
  if (analysis.partOfSpeech !== null) add(`pos::${slug(analysis.partOfSpeech).toLowerCase()}`);
  if (analysis.level !== null) add(`level::${slug(analysis.level)}`);
  add(`lang::${slug(language)}`);
  for (const tag of splitTags(fields.tags ?? '')) add(tag);
  return [...tags].slice(0, TAGS_MAX);
}

/** `;` and `,` separate; a cell without either is split at its spaces. */
function splitTags(text: string): readonly string[] {
  const separator = /[;；,，、\n]/u.test(text) ? /[;；,，、\n]+/u : /\s+/u;
  return text.split(separator).map((tag) => slug(tag.replace(/^\s*#/, '')));
}

function slug(text: string): string {
  return text
    .trim()
    .replace(/[\s\u3000]+/gu, '-')
    .replace(/["'`]/g, '');
}
