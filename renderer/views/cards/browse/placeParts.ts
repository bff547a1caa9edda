/** A place in a source as it is written into boxes. */
import type { SourcePlace } from '../../../../shared/source.ts';

export type PlaceParts = Readonly<Record<'chapter' | 'headings' | 'page' | 'line', string>>;

export function placeParts(place: SourcePlace | null): PlaceParts {
  return {
    chapter: place?.chapter ?? '',
    headings: place?.headings.join(' › ') ?? '',
    page: place?.page?.toString() ?? '',
    line: place?.line?.toString() ?? '',
  };
}

/** The place, `null` where nothing is said; and the box that cannot be read, where one is. */
export function placeOf(parts: PlaceParts): {
  readonly place: SourcePlace | null;
  readonly fault: 'page' | 'line' | null;
} {
  const chapter = parts.chapter.trim().slice(0, 1000);
  const headings = parts.headings
    .split('›')
    .map((heading) => heading.trim().slice(0, 1000))
    .filter((heading) => heading !== '')
    .slice(0, 12);
  const numbers: { page?: number; line?: number } = {};
  for (const part of ['page', 'line'] as const) {
    const text = parts[part].trim();
    if (text === '') continue;
    if (!/^[1-9]\d{0,8}$/.test(text)) return { place: null, fault: part };
    numbers[part] = Number(text);
  }
  if (chapter === '' && headings.length === 0 && Object.keys(numbers).length === 0)
    return { place: null, fault: null };
  return { place: { headings, ...(chapter === '' ? {} : { chapter }), ...numbers }, fault: null };
}
