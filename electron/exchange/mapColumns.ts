import { COLUMN_NAMES, LANGUAGE_NAMES, SECOND_CHOICE_TERMS } from './columnNames.ts';
import type { ColumnField } from './columnNames.ts';

/** What a name is compared by: compatibility forms, case, accents, separators and parentheses gone. */
export function headerKey(header: string): string {
  const folded = header.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const bare = folded.replace(/\([^)]*\)|\[[^\]]*\]/gu, '');
  const key = (bare.trim() === '' ? folded : bare).replace(/[\s_\-./:·'’]+/gu, '');
  // `Example 1` is the first of several; `Example 2` stays a column of its own.
  return key.length > 1 ? key.replace(/(?<=\p{L})1$/u, '') : key;
}

type KnownName =
  | { readonly use: 'field'; readonly field: ColumnField }
  | { readonly use: 'secondChoice'; readonly rank: number; readonly otherwise: ColumnField | null }
  | { readonly use: 'language'; readonly language: string; readonly writtenIn: string };

const KNOWN: ReadonlyMap<string, KnownName> = new Map<string, KnownName>([
  ...LANGUAGE_NAMES.flatMap(({ writtenIn, names }) =>
    Object.entries(names).map(
      ([name, language]) => [headerKey(name), { use: 'language', language, writtenIn }] as const,
    ),
  ),
  ...SECOND_CHOICE_TERMS.flatMap(({ names, otherwise }, rank) =>
    names.map((name) => [headerKey(name), { use: 'secondChoice', rank, otherwise }] as const),
  ),
  ...(Object.entries(COLUMN_NAMES) as [ColumnField, readonly string[]][]).flatMap(([field, names]) =>
    names.map((name) => [headerKey(name), { use: 'field', field }] as const),
  ),
]);

/** What a header's name says by itself, `null` for a name nobody knows. */
export function knownName(header: string): KnownName | null {
  return KNOWN.get(headerKey(header)) ?? null;
}

/**
 * One field a column, by name. The first of two columns for one field wins, the other maps to nothing and is
 * kept under its own header. Without a `term` among the names the second choices are tried in their order,
 * then the languages.
 */
export function mapColumns(headers: readonly string[]): readonly (ColumnField | null)[] {
  const names = headers.map(knownName);
  const fields: (ColumnField | null)[] = headers.map(() => null);
  const taken = new Set<ColumnField>();
  const take = (at: number, field: ColumnField | null): void => {
    if (at < 0 || field === null || taken.has(field)) return;
    fields[at] = field;
    taken.add(field);
  };

  names.forEach((name, at) => name?.use === 'field' && take(at, name.field));
  if (!taken.has('term')) {
    const languages = names.flatMap((name, at) => (name?.use === 'language' ? [{ ...name, at }] : []));
    const foreign = languages.find(({ language, writtenIn }) => language !== writtenIn);
    const ranks = names.map((name) => (name?.use === 'secondChoice' ? name.rank : Infinity));
    const best = Math.min(...ranks);
    if (foreign) take(foreign.at, 'term');
    else if (best < Infinity) take(ranks.indexOf(best), 'term');
    else if (languages[0]) take(languages[0].at, 'term');
  }
  names.forEach((name, at) => {
    if (fields[at] === null && name?.use === 'secondChoice') take(at, name.otherwise);
  });
  const own = names.findIndex(
    (name, at) => fields[at] === null && name?.use === 'language' && name.language === name.writtenIn,
  );
  take(own, 'meaning');
  names.forEach((name, at) => {
    if (fields[at] === null && name?.use === 'language') take(at, 'meaning');
  });
  return fields;
}

/** Headers as keys: an empty one becomes `column N`, a repeated one gets a number. */
export function uniqueHeaders(headers: readonly string[]): string[] {
  const seen = new Set<string>();
  return headers.map((header, at) => {
    const base = header === '' ? `column ${at + 1}` : header;
    let unique = base;
    for (let number = 2; seen.has(unique); number += 1) unique = `${base} (${number})`;
    seen.add(unique);
    return unique;
  });
}
