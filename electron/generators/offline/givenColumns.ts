/** Reads the structure that people put into one cell: comparisons, Chinese characters, examples. */
import type { Analysis } from '../../../shared/card.ts';
import { listItems } from './plainText.ts';

type Comparison = NonNullable<Analysis['comparison']>;
type Homonym = Analysis['homonyms'][number];

const BETWEEN = /^(.{1,60}?)\s+(?:vs\.?|versus|↔|대)\s+(.{1,60}?)\s*(?:[:：=]|\s[-–—]\s|—)\s*(.+)$/isu;
const VERSUS =
  /^(?:vs\.?|versus|cf\.?|compared? (?:with|to)|unlike)\s*:?\s*(.{1,60}?)\s*(?:[:：=,，]|\s[-–—]\s|—)\s*(.+)$/isu;
const VERSUS_NOTE = /^(?:(?:vs\.?|versus|cf\.?)\s*)?([^()（）:：]{1,60}?)\s*[(（](.+)[)）]$/isu;
const COLON = /^([^:：.!?。]{1,60}?)\s*(?:[:：]|\s[-–—]\s|—)\s*(.+)$/su;

/** `with: nuance`, `vs with - nuance`, `term vs with: nuance`, `with (nuance)`; `null` for free text. */
export function parseComparison(text: string, term: string): Comparison | null {
  const between = BETWEEN.exec(text);
  if (between !== null) {
    const [, one = '', other = '', nuance = ''] = between;
    return pair(one.trim() === term ? other : one, nuance, term);
  }
  const match = VERSUS.exec(text) ?? COLON.exec(text) ?? VERSUS_NOTE.exec(text);
  return match === null ? null : pair(match[1] ?? '', match[2] ?? '', term);
}

function pair(other: string, nuance: string, term: string): Comparison | null {
  const parsed = { with: other.replace(/^vs\.?\s+/i, '').trim(), nuance: nuance.trim() };
  return parsed.with === '' || parsed.nuance === '' || parsed.with === term ? null : parsed;
}

const HAN = /\p{Script=Han}/u;
const HAN_RUN = '[\\p{Script=Han}々〆]+';
/** 學(배울 학), 學: to learn, 學 배울 학 */
const GLOSSED = new RegExp(
  `^(${HAN_RUN})\\s*(?:[(（]([^()（）]+)[)）]|\\s*[:：=]\\s*(.+)|\\s+[-–—]?\\s*(.+))$`,
  'u',
);
const GLOSSED_RUNS = new RegExp(`(${HAN_RUN})\\s*[(（]([^()（）]+)[)）]\\s*[+,，、;·]?\\s*`, 'gu');

/**
 * Entries of a characters column: the whole word (`學校`), character by character (`學(배울 학)校(학교 교)`), or
 * several words of one spelling (`詐欺: fraud; 史記: records`). `meaning` stands in where no gloss is given;
 * without either there is no entry.
 */
export function parseCharacters(text: string, meaning: string | null): readonly Homonym[] {
  const rest = text.replace(GLOSSED_RUNS, '').trim();
  const parts =
    rest === ''
      ? [...text.matchAll(GLOSSED_RUNS)].map((match) => [match[1] ?? '', match[2] ?? ''] as const)
      : listItems(text).map((item) => {
          const match = GLOSSED.exec(item);
          return match === null
            ? ([item, ''] as const)
            : ([match[1] ?? '', match[2] ?? match[3] ?? match[4] ?? ''] as const);
        });
  return parts.flatMap(([characters, gloss]) => {
    const given = gloss.trim() === '' ? (parts.length === 1 ? meaning : null) : gloss.trim();
    if (given === null || !HAN.test(characters)) return [];
    // 배울 학: Korean names a character by its gloss and its sound.
    const named = characters.length === 1 ? /^(.+?)\s+([가-힣])$/u.exec(given) : null;
    return { characters, reading: named?.[2] ?? null, meaning: named?.[1] ?? given, differentiator: null };
  });
}

/** Whether every entry is a word of its own spelled like `term`, rather than one character of it. */
export function areHomonyms(entries: readonly Homonym[], term: string): boolean {
  const length = [...term].length;
  return entries.length > 1 && entries.every(({ characters }) => [...(characters ?? '')].length === length);
}

/** Chinese characters of the column that stand for the whole term, or `null`. */
export function wholeCharacters(text: string | undefined, term: string): string | null {
  const han = [...(text ?? '')].filter((c) => HAN.test(c)).join('');
  return han !== '' && [...han].length === [...term].length ? han : null;
}

/** Examples with their translations, line by line where both cells have as many lines, else as one. */
export function pairExamples(
  example: string,
  translation: string | undefined,
): readonly { text: string; translation: string | null }[] {
  const texts = example
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const others =
    translation
      ?.split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '') ?? [];
  if (texts.length > 1 && texts.length <= 8 && (others.length === texts.length || others.length === 0)) {
    return texts.map((text, i) => ({ text, translation: others[i] ?? null }));
  }
  return [{ text: example, translation: translation ?? null }];
}
