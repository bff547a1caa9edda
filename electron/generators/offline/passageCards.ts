/**
 * Cards of a passage without a model: from what its author marked or laid out. A list is one cloze note, a
 * definition a question and its answer, a table row a question for each of its columns; of running text only stressed
 * words and sentences that define. Every card quotes the words that it rests on.
 */
import type { Analysis, CardDraft, CardType } from '../../../shared/card.ts';
import type { PassageBlock } from '../../../shared/source.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { AnalyseInput } from '../../pipeline/ports.ts';
import { emptyAnalysis } from '../emptyAnalysis.ts';
import { primaryLanguage } from './analyseTerm.ts';
import { listClozes } from './passageLists.ts';
import { clippedQuote, plainStress } from './passageMarks.ts';
import { sentenceDrafts } from './passageSentences.ts';
import type { PassageDraft } from './passageMarks.ts';
import { hasWords, TEXT_MAX } from './plainText.ts';
import type { WordNet } from './wordNet.ts';

/** What one note can hold (shared/card.ts). */
const MAX_CARDS = 24;
const MAX_FACTS = 60;
/** A longer meaning is no question: many terms would answer it, or it gives itself away. */
const REVERSE_CHARS = 160;
const REVERSE_TERM_CHARS = 60;

/**
 * Stage 1 of a passage: what it states, in its own words.
 * @throws TracedeckError `no_passage_cards` where nothing of it makes a card, `no_passage`
 */
export function analysePassage(input: AnalyseInput, wordNet: () => WordNet): Analysis {
  const drafts = draftsOf(input, wordNet);
  if (drafts.length === 0) throw noCards(input.item.passage?.blocks ?? []);
  const facts: { statement: string; quote: string }[] = [];
  const seen = new Set<string>();
  for (const { quote } of drafts) {
    if (seen.has(quote) || facts.length === MAX_FACTS) continue;
    seen.add(quote);
    facts.push({ statement: quote, quote });
  }
  return { ...emptyAnalysis(input.item.term), facts };
}

/** @param cardTypes only these; `null` for all */
export function writePassageCards(
  input: AnalyseInput,
  tags: readonly string[],
  cardTypes: readonly CardType[] | null,
  wordNet: () => WordNet,
): readonly CardDraft[] {
  const asked = new Set<string>();
  const kept = draftsOf(input, wordNet).filter(({ type, front, back }) => {
    const key = `${type}\n${front}`;
    if (cardTypes !== null && !cardTypes.includes(type)) return false;
    if (asked.has(key) || front === back || front.length > TEXT_MAX || back.length > TEXT_MAX) return false;
    asked.add(key);
    return true;
  });
  // The other way round is what can best be spared.
  const spare = Math.max(0, kept.length - MAX_CARDS);
  const reversed = new Set(kept.filter(({ isReverse }) => isReverse === true).slice(-spare || kept.length));
  const chosen = spare === 0 ? kept : kept.filter((draft) => !reversed.has(draft));
  return chosen
    .slice(0, MAX_CARDS)
    .map(({ type, front, back, quote }) => ({ type, front, back, tags: [...tags], quote }));
}

function draftsOf(input: AnalyseInput, wordNet: () => WordNet): readonly PassageDraft[] {
  const { passage, term } = input.item;
  if (passage === undefined) {
    throw new TracedeckError('user', 'no_passage', 'This row names a passage but has no text.');
  }
  const language = primaryLanguage(input.termLanguage);
  const drafts = passage.blocks.flatMap((block) => ofBlock(block, term, language, wordNet));
  if (drafts.length > 0) return drafts;
  // Nothing is marked or defined: then numbers and names, a few of them.
  return passage.blocks
    .flatMap((block) =>
      block.kind === 'paragraph' || block.kind === 'quote'
        ? sentenceDrafts(block.text, language, wordNet, true)
        : [],
    )
    .slice(0, 4);
}

function ofBlock(
  block: PassageBlock,
  name: string,
  language: string,
  wordNet: () => WordNet,
): readonly PassageDraft[] {
  switch (block.kind) {
    case 'list':
      return listClozes(block, name);
    case 'definition':
      return definitionDrafts(block.term, block.meaning);
    case 'table':
      return tableDrafts(block);
    case 'paragraph':
    case 'quote':
      return sentenceDrafts(block.text, language, wordNet, false);
    case 'code':
      return [];
  }
}

function definitionDrafts(term: string, meaning: string): readonly PassageDraft[] {
  const front = plainStress(term);
  const back = plainStress(meaning);
  if (!hasWords(front) || back === '') return [];
  const isQuestion = /[?？؟]$/u.test(front);
  const quote = clippedQuote(isQuestion ? `${front}\n${back}` : `${front}: ${back}`);
  const forward: PassageDraft = { type: 'basic', front, back, quote };
  const reversible =
    !isQuestion &&
    back.length <= REVERSE_CHARS &&
    front.length <= REVERSE_TERM_CHARS &&
    hasWords(back) &&
    !back.toLowerCase().includes(front.toLowerCase());
  return reversible
    ? [forward, { type: 'basic', front: back, back: front, quote, isReverse: true }]
    : [forward];
}

/** The first column asks for each of the others; for all of them at once where that would be too many cards. */
function tableDrafts({
  header,
  rows,
}: Extract<PassageBlock, { readonly kind: 'table' }>): readonly PassageDraft[] {
  const names = header.map(plainStress);
  const filled = rows.map((row) => row.map(plainStress)).filter(([key = '']) => hasWords(key));
  const width = Math.max(0, ...filled.map((row) => row.length));
  if (width < 2) return [];
  const single = filled.length * (width - 1) <= MAX_CARDS;
  return filled.flatMap((row) => {
    const [key = ''] = row;
    const subject = names[0] ? `${names[0]}: ${key}` : key;
    const filledCells = row.flatMap((cell, at) =>
      cell === '' ? [] : [names[at] ? `${names[at]}: ${cell}` : cell],
    );
    const quote = clippedQuote(filledCells.join('\n'));
    const cells = row.flatMap((cell, at) =>
      at === 0 || cell === '' ? [] : [{ cell, header: names[at] ?? '' }],
    );
    if (cells.length === 0) return [];
    if (single) {
      return cells.map(({ cell, header: asked }) => ({
        type: 'basic' as const,
        front: asked === '' ? subject : `${subject}\n${asked}?`,
        back: cell,
        quote,
      }));
    }
    const asked = cells.flatMap((cell) => (cell.header === '' ? [] : [cell.header]));
    return {
      type: 'basic' as const,
      front: asked.length === 0 ? subject : `${subject}\n${asked.join(', ')}?`,
      back: cells.map(({ cell, header: own }) => (own === '' ? cell : `${own}: ${cell}`)).join('\n'),
      quote,
    };
  });
}

function noCards(blocks: readonly PassageBlock[]): TracedeckError {
  const isCode = blocks.every(({ kind }) => kind === 'code');
  const what = isCode
    ? 'This passage is code.'
    : 'This passage marks no words, defines nothing, and has no list or table.';
  return new TracedeckError('user', 'no_passage_cards', what, {
    hint: 'Mark words as **bold**, write `Term: meaning`, or choose a generator that asks a model.',
  });
}
