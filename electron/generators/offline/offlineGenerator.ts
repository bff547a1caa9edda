/**
 * The generator that needs no network, key or model: the user's own columns, WordNet, and the rules of Hangul.
 * What it does not know it names in `unknown`, or it skips the row with the reason; it invents nothing.
 */
import { NO_TOKENS } from '../../../shared/run.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { Generated, Generator } from '../../pipeline/ports.ts';
import { analyseTerm, cleanFields, primaryLanguage } from './analyseTerm.ts';
import { cardTags } from './cardTags.ts';
import { analysePassage, writePassageCards } from './passageCards.ts';
import { analyseSentence, writeSentenceCards } from './sentenceCards.ts';
import type { WordNet } from './wordNet.ts';
import { openWordNet } from './wordNet.ts';
import { writeTermCards } from './writeTermCards.ts';

/** Raised with every change of what comes out: it is part of the cache key and of every card's provenance. */
export const RULES_VERSION = '2';
/** Rows that are saved together, and so between two turns of the event loop: about 6 ms of work. */
const ROWS_AT_ONCE = 8;

export type OfflineGenerator = Generator & {
  /** Closes the dictionary; the next use opens it again. */
  close(): void;
};

/**
 * `wordNetPath` is the file that compileWordNet.ts writes. It is opened when the first English term needs it:
 * lists of other languages work without.
 */
export function createOfflineGenerator({ wordNetPath }: { readonly wordNetPath: string }): OfflineGenerator {
  let opened: WordNet | undefined;
  const wordNet = () => (opened ??= openWordNet(wordNetPath));
  const answer = <T>(value: T): Generated<T> => ({ value, usage: NO_TOKENS, estimate: null });
  const identity = {
    generator: 'offline',
    model: `offline-${RULES_VERSION}`,
    promptVersion: `rules-${RULES_VERSION}`,
    parameters: '{}',
  };

  return {
    rowsAtOnce: ROWS_AT_ONCE,
    identity: () => identity,
    async analyse(input, signal) {
      signal.throwIfAborted();
      if (input.item.kind === 'passage') return answer(analysePassage(input, wordNet));
      return answer(
        input.item.kind === 'sentence' ? analyseSentence(input, wordNet) : analyseTerm(input, wordNet),
      );
    },
    async write(input, signal) {
      signal.throwIfAborted();
      const { item, termLanguage, analysis, cardTypes } = input;
      const fields = cleanFields(item.fields);
      const language = primaryLanguage(termLanguage);
      const tags = cardTags(analysis, fields, language, item.kind);
      const all =
        item.kind === 'passage'
          ? writePassageCards(input, tags, cardTypes, wordNet)
          : item.kind === 'sentence'
            ? writeSentenceCards(analysis, fields, language, tags, wordNet)
            : writeTermCards(analysis, fields, language, tags);
      const cards = cardTypes === null ? all : all.filter(({ type }) => cardTypes.includes(type));
      if (cards.length > 0) return answer(cards);
      if (cardTypes !== null && (all.length > 0 || item.kind === 'passage')) {
        throw new TracedeckError(
          'user',
          'no_cards',
          'This row makes no card of the kinds that were asked for.',
          {
            hint: 'Choose more kinds of cards.',
          },
        );
      }
      throw new TracedeckError('user', 'no_cards', 'Nothing in this row makes a question with an answer.', {
        hint: 'Add a column with the meaning, shorten very long cells, or choose a generator that asks a model.',
      });
    },
    close() {
      opened?.close();
      opened = undefined;
    },
  };
}
