/**
 * Whether a text is notes to read or a list of terms. Both are written with bullets, headings and colons; what sets
 * them apart is running text, and leads with lists below them.
 */
import { definitionOf } from './definitionLines.ts';

const MAX_LINES = 2000;
const BULLET = /^\s*(?:[-*+•]|\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?/u;
const HEADING = /^#{1,6}\s+\S/;
/** What programs write over an exported list; a heading has a space. */
const PREAMBLE = /^#(?:separator|html|columns|notetype|deck|guid|tags)\b/i;
const ENDS_SENTENCE = /[.!?…。！？؟।]["'”’»」）)\]]*$/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu;
/** First columns by which a table is one of vocabulary. */
const TERM_HEADER =
  /^(?:terms?|words?|vocab(?:ulary)?|expressions?|phrases?|front|headword|lemma|korean|hangul|kanji|kana|japanese|chinese|hanzi|english|spanish|french|german|russian|arabic|italian|portuguese|단어|어휘|표현|単語|言葉|語彙|词|词语|单词|生词|mot|wort|vokabel|palabra|parola|слово)$/iu;

type Counts = {
  headings: number;
  bullets: number;
  prose: number;
  leads: number;
  tableLines: number;
  short: number;
  pairs: number;
  foreign: number;
  cards: number;
};

export function looksLikeNotes(text: string, isMarkdown: boolean, isWhole: boolean): boolean {
  const all = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  if (!isWhole) all.pop();
  const lines = all.slice(0, MAX_LINES);
  if (
    lines.some((line) => PREAMBLE.test(line)) ||
    lines.filter((line) => line.includes('\t')).length > lines.length / 2
  ) {
    return false;
  }
  if (lines[0]?.trimEnd() === '---' && lines.slice(1, 40).some((line) => line.trimEnd() === '---'))
    return true;
  if (lines.some((line) => /^\s*(?:```|~~~)/.test(line))) return true;
  const counts = countLines(lines);
  const { headings, bullets, prose, leads, tableLines, short, pairs, foreign, cards } = counts;
  const entries = prose + short + pairs + tableLines;
  if (entries === 0) return headings > 0;
  if (cards > 0 && cards >= entries / 4) return true;
  if (tableLines > 0 && tableLines >= entries - 2 && prose === 0) return isNoteTable(lines, headings);
  // Words of one script with meanings in another are vocabulary, however they are laid out.
  if (foreign > 0.6 * (short + pairs) && prose < 0.2 * entries) return false;
  if (leads > 0 && bullets > leads) return true;
  if (headings > 0) return prose > 0 || tableLines > 0 || isMarkdown || (bullets > 0 && pairs < short);
  if (isMarkdown) return prose > 0.2 * entries || (prose > 0 && bullets > 0);
  // One sentence a line is a list of sentences; whole paragraphs are notes.
  return counts.prose > 0 && (hasParagraphs(lines) || (bullets > 0 && prose > 0 && prose < bullets));
}

function countLines(lines: readonly string[]): Counts {
  const counts = {
    headings: 0,
    bullets: 0,
    prose: 0,
    leads: 0,
    tableLines: 0,
    short: 0,
    pairs: 0,
    foreign: 0,
    cards: 0,
  };
  for (const [at, line] of lines.entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || /^(?:[-*_]\s*){3,}$/.test(trimmed) || /^={3,}$/.test(trimmed)) continue;
    if (HEADING.test(trimmed)) {
      counts.headings += 1;
      continue;
    }
    if (/^\|.*\|$/.test(trimmed) || /^\s*:?-{2,}:?\s*\|/.test(trimmed)) {
      counts.tableLines += 1;
      continue;
    }
    const isBullet = BULLET.test(line);
    if (isBullet) counts.bullets += 1;
    const content = trimmed.replace(BULLET, '').replace(/^>\s*/, '');
    if (
      /^(?:Q|Question)\s*[:：]/i.test(content) ||
      /\S\s*(?:::|;;)\s+\S/.test(content) ||
      /\{\{c\d+::/.test(content)
    ) {
      counts.cards += 1;
    }
    if (/^(?:A|Answer)\s*[:：]/i.test(content)) continue;
    const next = lines.slice(at + 1, at + 3).find((each) => each.trim() !== '');
    if (!isBullet && /[:：]$/u.test(content) && next !== undefined && BULLET.test(next)) counts.leads += 1;
    const pair = definitionOf(content) ?? separated(content);
    if (isProse(content) && (pair === null || pair.term.length > 60)) counts.prose += 1;
    else if (pair !== null) {
      counts.pairs += 1;
      if (scriptOf(pair.term) !== scriptOf(pair.meaning)) counts.foreign += 1;
    } else counts.short += 1;
  }
  return counts;
}

function separated(content: string): { term: string; meaning: string } | null {
  const found = /^(.{1,80}?)\s*(?:->|=>|→|⇒|=)\s*(\S.*)$/u.exec(content);
  return found ? { term: found[1] ?? '', meaning: found[2] ?? '' } : null;
}

function isProse(content: string): boolean {
  const words = content.split(/\s+/u).length;
  const unspaced = content.match(UNSPACED)?.length ?? 0;
  return (ENDS_SENTENCE.test(content) && (words >= 5 || unspaced >= 10)) || words >= 10 || unspaced >= 26;
}

/** Lines of several sentences, or sentences that go on over several lines. */
function hasParagraphs(lines: readonly string[]): boolean {
  const texts = lines.map((line) => line.trim()).filter((line) => line !== '');
  const several = texts.filter(
    (line) =>
      (line.match(/[.!?。！？]["'”’»」)]*(?:\s+\p{Lu}|(?<=[。！？])\S)/gu)?.length ?? 0) >= 1 &&
      line.length > 120,
  );
  const wrapped = texts.filter(
    (line, at) => line.length > 50 && !ENDS_SENTENCE.test(line) && /^\p{Ll}/u.test(texts[at + 1] ?? ''),
  );
  return several.length > texts.length / 3 || wrapped.length > texts.length / 3;
}

/** A single table: of terms where its first column says so, else something to read. */
function isNoteTable(lines: readonly string[], headings: number): boolean {
  const header =
    lines
      .find((line) => line.includes('|'))
      ?.replace(/^\s*\|/, '')
      .split('|')[0]
      ?.trim() ?? '';
  return headings > 1 || !TERM_HEADER.test(header.replace(/\*\*/g, ''));
}

function scriptOf(text: string): string {
  if (/\p{Script=Hangul}/u.test(text)) return 'Hang';
  if (/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text)) return 'CJK';
  const letter = /\p{L}/u.exec(text)?.[0] ?? '';
  if (/\p{Script=Latin}/u.test(letter)) return 'Latn';
  if (/\p{Script=Cyrillic}/u.test(letter)) return 'Cyrl';
  if (/\p{Script=Arabic}/u.test(letter)) return 'Arab';
  return letter === '' ? '' : 'other';
}
