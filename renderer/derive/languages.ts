/** The languages that the pickers offer; any other BCP 47 tag can be kept, it is shown by its tag. */

export const LANGUAGE_TAGS = [
  'en', 'ko', 'ja', 'zh', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'sv', 'pl', 'ru', 'uk', 'tr', 'ar', 'he', 'fa',
  'hi', 'id', 'th', 'vi',
] as const; // prettier-ignore

const names = new Intl.DisplayNames(['en'], { type: 'language' });

/** `ko` → `Korean`; a tag that is not known is returned as it is. */
export function languageName(tag: string): string {
  if (tag === 'auto') return 'Detect';
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
