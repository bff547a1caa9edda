/** Lines by which notes say what something is: `Term: meaning`, `front :: back`, `Q: … A: …`, and their kin. */
import { withoutStress } from './cleanLine.ts';

export type Definition = { readonly term: string; readonly meaning: string };

/** Words before a colon that announce something and define nothing. */
const ANNOUNCES =
  /^(?:note|notes|nb|n\.b\.|warning|caution|tip|hint|important|remember|example|examples|e\.g\.|i\.e\.|see|see also|source|sources|reference|references|author|authors|date|todo|figure|fig\.?|table|chapter|section|page|step|question|answer|summary|conclusion|remark|exercise|solution|proof|https?|ftp|mailto|file|예|예시|참고|주의|例|注|注意|参考|beispiel|hinweis|achtung|exemple|remarque|ejemplo|nota)(?:\s+\p{N}+[\p{N}.]*)?$/iu;
const BOLD_TERM = /^\*\*([^*\n]{1,200}?)(\s*[:：])?\*\*\s*(?:([:：]|[—–]|-(?=\s)|=(?=\s))\s*)?(\S[^]*)$/u;
const CARD = /^(\S[^]*?)\s*(?::::?|;;;?)\s+(\S[^]*)$/u;
const DASH = /^(\S[^\n]*?)\s+[—–-]\s+(\S[^]*)$/u;
const COLON = /^([^\s:：][^:：\n]*?)\s*(?::(?=\s)|：)\s*(\S[^]*)$/u;
const QUESTION =
  /^(?:\*\*)?(?:Q|Question|Frage|質問|問|질문|문)(?:\s*\p{N}+)?\s*[:：.](?:\*\*)?\s*(\S[^]*)$/iu;
const ANSWER = /^(?:\*\*)?(?:A|Answer|Antwort|答え|答|답|답변)(?:\s*\p{N}+)?\s*[:：.](?:\*\*)?\s*(\S[^]*)$/iu;

const TERM_CHARS = 80;
const TERM_WORDS = 6;
const ENDS_SENTENCE = /[.!?…。！？]["'”’»」）)]*$/u;

/**
 * A line that defines; `null` for all others. A bold term and `front :: back` say so themselves, a colon or a
 * dash only behind something short enough to be a term.
 *
 * @param strict only what says so itself
 */
export function definitionOf(line: string, strict = false): Definition | null {
  const bold = BOLD_TERM.exec(line);
  if (bold && (bold[2] !== undefined || bold[3] !== undefined)) {
    return ANNOUNCES.test(bold[1] ?? '') ? null : made(bold[1], bold[4]);
  }
  // `std::vector` has no spaces around its colons.
  const card = CARD.exec(line);
  if (card && /\s(?::::?|;;;?)\s|[^\s:](?::::?|;;;?)\s/u.test(line) && !/\{\{c\d/.test(line)) {
    return made(card[1], card[2]);
  }
  if (strict) return null;
  for (const pattern of [COLON, DASH]) {
    const found = pattern.exec(line);
    const term = found?.[1] ?? '';
    if (found && isTerm(term)) return made(term, found[2]);
  }
  return null;
}

/** All lines of a paragraph as questions with answers; `null` where they are something else. */
export function questionsOf(lines: readonly string[]): readonly Definition[] | null {
  const found: { question: string; answer: string | null }[] = [];
  for (const line of lines) {
    const question = QUESTION.exec(line);
    const answer = ANSWER.exec(line);
    const last = found.at(-1);
    if (question) {
      // Both on one line.
      const inline = /^([^]*?\S)\s+(?:\*\*)?A(?:nswer)?\s*[:：](?:\*\*)?\s*(\S[^]*)$/u.exec(
        question[1] ?? '',
      );
      found.push({ question: inline?.[1] ?? question[1] ?? '', answer: inline?.[2] ?? null });
    } else if (answer && last && last.answer === null) last.answer = answer[1] ?? '';
    else if (!last) return null;
    else if (last.answer === null) last.question += `\n${line}`;
    else last.answer += `\n${line}`;
  }
  if (found.length === 0 || found.some(({ answer }) => answer === null)) return null;
  return found.flatMap(({ question, answer }) => made(question, answer ?? undefined) ?? []);
}

/** A term over `: meaning`, and a question over a line with nothing but `?`. */
export function stackedDefinition(lines: readonly string[]): Definition | null {
  const [first, second] = lines;
  if (first !== undefined && second !== undefined && /^[:：]\s+\S/.test(second)) {
    return made(first, [second.replace(/^[:：]\s+/, ''), ...lines.slice(2)].join('\n'));
  }
  const at = lines.findIndex((line) => /^\?{1,2}$/.test(line));
  if (at < 1 || at === lines.length - 1) return null;
  return made(lines.slice(0, at).join('\n'), lines.slice(at + 1).join('\n'));
}

function isTerm(term: string): boolean {
  if (term.length > TERM_CHARS || ENDS_SENTENCE.test(term) || !/[\p{L}\p{N}]/u.test(term)) return false;
  const bare = withoutStress(term).trim();
  if (ANNOUNCES.test(bare) || /^\p{N}+$/u.test(bare)) return false;
  return bare.split(/\s+/u).length <= TERM_WORDS && !/[,;，；]/u.test(bare);
}

function made(term: string | undefined, meaning: string | undefined): Definition | null {
  const cleanTerm = withoutStress(term ?? '').trim();
  const cleanMeaning = (meaning ?? '').trim();
  return cleanTerm === '' || cleanMeaning === '' ? null : { term: cleanTerm, meaning: cleanMeaning };
}
