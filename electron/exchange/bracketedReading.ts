/**
 * How a term is read, where the list writes it beside the term in the same cell: `漢字（かんじ）`, `食[た]べる`,
 * `水 みず`, `谢谢 (xiè xie)`, `학교 (hakgyo)`, `배 (船)`, `through /θruː/`. On a card it would give the answer away. Brackets that
 * hold anything else (`bank (river)`, `laufen (lief)`) stay with the term.
 */
import { foldKey } from '../../shared/foldKey.ts';

export type TermParts = {
  readonly term: string;
  readonly reading?: string;
  readonly pronunciation?: string;
  readonly characters?: string;
};

const OPENING = '(（[［【〔「/';
const CLOSING = ')）]］】〕」/';
/** A head without brackets, and what the one pair behind it holds. */
const WITH_BRACKETS =
  /^([^()（）[\]［］【】〔〕「」/]+?)\s*([(（[［【〔「/])([^()（）[\]［］【】〔〕「」/]+)([)）\]］】〕」/])$/u;
/** `食[た]べる`, `私[わたし]は 学生[がくせい]`: what is in brackets is how the characters right before them are read. */
const RUBY =
  /(?<![\p{Script=Han}々〆ヶ])([\p{Script=Han}々〆ヶ]+)[[(（［]([\p{Script=Hiragana}\p{Script=Katakana}ー]+)[\])）］]/gu;
/** Longer ones are texts, whose last brackets are about their end alone. */
const MAX_TERM = 200;
/** Words with ruby are set apart by spaces, which are none of the text. */
const RUBY_SPACE =
  /(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}々ー。、]) (?=[\p{Script=Han}々])|^ /gu;

const HAN = /\p{Script=Han}/u;
const HAN_LETTERS = /\p{Script=Han}/gu;
const SUFFIX = /^(?:する|します|です)$/u;
/** After one character they may be its reading: 下(した), 三(さん). */
const SUFFIX_OF_SEVERAL = /^(?:した|して|さん|たち|さま|くん|ちゃん)$/u;
const ONLY_HAN = /^[\p{Script=Han}々〆·・\s]+$/u;
const JAPANESE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}々〆ー・·\s]+$/u;
const KANA = /^[\p{Script=Hiragana}\p{Script=Katakana}ー・·、,;\s]+$/u;
const ONLY_HANGUL = /^[\p{Script=Hangul}\s:ː]+$/u;
const HANGUL = /\p{Script=Hangul}/u;
const BOPOMOFO = /^[\p{Script=Bopomofo}ˊˇˋ˙\s]+$/u;
/** Letters with a mark of tone, or a number for it at the end of a syllable. */
const TONED = /[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]|[a-zü][1-5](?![\p{L}\p{N}])/iu;
const PINYIN = /^[\p{Script=Latin}\p{M}1-5'’·\-\s/,]+$/u;
const IPA = /[\u0250-\u02afˈˌːθðŋæ]/u;
const AFTER_HAN = /^([\p{Script=Han}々〆]+)\s+([\p{Script=Latin}\p{M}1-5'’\s]+)$/u;
const KANA_AFTER =
  /^([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}々〆ヶー]+)\s+([\p{Script=Hiragana}\p{Script=Katakana}ー]+)$/u;
/** Set apart from a word by a space these are no reading of it: `学校 まで`, `水 ください`. */
const WORD_AFTER = /^(?:を|まで|から|より|など|だけ|ます|こと|もの|ない|なる|ください|ちょうだい)$/u;
/** 志 and 承る: no character has a longer one. */
const MAX_KANA_OF_ONE = 5;

/**
 * @param term - NFC and trimmed, as a cell has it
 * @param meaning - of the same row: in brackets as well, it is left out
 */
export function splitReading(term: string, meaning?: string): TermParts {
  if (term.length > MAX_TERM) return splitRuby(term);
  const [, head = '', opening = '', held = '', closing = ''] = WITH_BRACKETS.exec(term) ?? [];
  if (head !== '' && OPENING.indexOf(opening) === CLOSING.indexOf(closing)) {
    const found = ofBrackets(head, held.trim(), opening);
    if (found !== null) return { term: head, ...found };
    if (meaning !== undefined && foldKey(held) === foldKey(meaning)) return { term: head };
  }
  const [, characters, pinyin = ''] = AFTER_HAN.exec(term) ?? [];
  if (characters !== undefined && TONED.test(pinyin)) return { term: characters, reading: pinyin };
  const [, word, kana = ''] = KANA_AFTER.exec(term) ?? [];
  if (word !== undefined && isReadingApart(kana, word)) return { term: word, reading: kana };
  return splitRuby(term);
}

/** The text without its ruby, and how all of it is read: `食[た]べる` is 食べる and たべる. */
export function splitRuby(text: string): TermParts {
  const bare = text.replace(RUBY_SPACE, '');
  const reading = bare.replace(RUBY, (all, base: string, kana: string) =>
    isSuffix(kana, base) ? all : kana,
  );
  // What has no ruby keeps its characters: then not all of it is known.
  return reading === bare || HAN.test(reading) ? { term: text } : { term: bare.replace(RUBY, '$1'), reading };
}

/** The term without what stands in brackets, for what is asked of its script alone; all of it where that is all. */
export function withoutBrackets(term: string): string {
  return term.replace(/[(（[［【〔「][^)）\]］】〕」]*[)）\]］】〕」]/gu, '').trim() || term;
}

function ofBrackets(head: string, held: string, opening: string): Omit<TermParts, 'term'> | null {
  if (opening === '/') return IPA.test(held) ? { pronunciation: held } : null;
  if (HANGUL.test(head)) return ofHangul(head, held);
  if (HAN.test(head)) {
    if (KANA.test(held)) return readsWhole(head, held) && !isSuffix(held, head) ? { reading: held } : null;
    return BOPOMOFO.test(held) || (PINYIN.test(held) && TONED.test(held)) ? { reading: held } : null;
  }
  if (KANA.test(head) && HAN.test(held) && JAPANESE.test(held)) return { characters: held };
  return opening === '[' && IPA.test(held) ? { pronunciation: held } : null;
}

function ofHangul(head: string, held: string): Omit<TermParts, 'term'> | null {
  if (ONLY_HAN.test(held)) return { characters: held };
  if (ONLY_HANGUL.test(held)) {
    const syllables = (text: string) => text.replace(/[^\p{Script=Hangul}]/gu, '').length;
    return syllables(held) === syllables(head) ? { pronunciation: held } : null;
  }
  return romanises(held, head) ? { reading: held } : null;
}

/** What follows a word (`勉強(する)`, `田中(さん)`) and is no reading of it; each character takes one kana at least. */
function isSuffix(kana: string, base: string): boolean {
  const characters = base.match(HAN_LETTERS)?.length ?? 0;
  return kana.length < characters || SUFFIX.test(kana) || (characters > 1 && SUFFIX_OF_SEVERAL.test(kana));
}

/** Of two words set apart by a space: whether the second says how the first is read. */
function isReadingApart(kana: string, word: string): boolean {
  const characters = word.match(HAN_LETTERS)?.length ?? 0;
  const beside = word.length - characters;
  return (
    kana.length <= characters * MAX_KANA_OF_ONE + beside &&
    characters > 0 &&
    !WORD_AFTER.test(kana) &&
    !isSuffix(kana, word) &&
    readsWhole(word, kana)
  );
}

/** Kana at either end of the head must be there in the reading: `お茶(おちゃ)` is all of it, `お茶[ちゃ]` is not. */
function readsWhole(head: string, held: string): boolean {
  const [first = ''] = /^[^\p{Script=Han}々〆ヶ]*/u.exec(hiragana(head)) ?? [];
  const [last = ''] = /[^\p{Script=Han}々〆ヶ]*$/u.exec(hiragana(head)) ?? [];
  const read = hiragana(held);
  return read.startsWith(first) && read.endsWith(last);
}

function hiragana(text: string): string {
  return text.replace(/[ァ-ヶ]/gu, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
}

/** Vowels of Hangul in the order of Unicode, in what the usual romanisations make of each. */
const VOWELS = [
  'a', 'ae|e', 'ya', 'yae|ye', 'eo|o|u|ŏ', 'e', 'yeo|yo|yu|yŏ', 'ye|e', 'o', 'wa', 'wae|we', 'oe|we|oi', 'yo',
  'u|oo', 'wo|weo|wŏ|o', 'we', 'wi|ui', 'yu|yoo', 'eu|u|ŭ', 'ui|eui|e|i|ŭi', 'i|ee',
]; // prettier-ignore
const FIRST_SYLLABLE = 0xac00;
const LAST_SYLLABLE = 0xd7a3;

/** Whether the vowels of the letters are those of the syllables, one after the other, with any consonants between. */
function romanises(letters: string, hangul: string): boolean {
  if (!/^[\p{Script=Latin}\s'’.-]+$/u.test(letters)) return false;
  const syllables = [...hangul].map((letter) => letter.codePointAt(0)!);
  const vowels = syllables
    .filter((code) => code >= FIRST_SYLLABLE && code <= LAST_SYLLABLE)
    .map((code) => `(?:${VOWELS[Math.floor((code - FIRST_SYLLABLE) / 28) % VOWELS.length]!})`);
  const consonants = "[bcdfghjklmnprst'’.\\s-]{0,5}";
  const pattern = new RegExp(`^${consonants}${vowels.join(consonants)}${consonants}$`, 'iu');
  return vowels.length > 0 && pattern.test(letters);
}
