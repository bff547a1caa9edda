/** The quality codes in words. */
import type { QualityCode } from '../card.ts';

/** `label` for a badge, `text` for what is wrong and what would help. */
export const QUALITY_TEXTS: Readonly<Record<QualityCode, { readonly label: string; readonly text: string }>> =
  {
    answer_in_question: {
      label: 'Answer in the question',
      text: 'The question says its own answer. Take the word out of it, or ask the other way round.',
    },
    empty_side: {
      label: 'Empty side',
      text: 'One side has nothing to read, see or hear.',
    },
    too_long: {
      label: 'Too long',
      text: 'More than can be recalled at once. Split it, or make it a cloze text.',
    },
    wrong_script: {
      label: 'Wrong script',
      text: 'A side is not written in the script of its language. Its language, or a column of the list, may be mixed up.',
    },
    vague: {
      label: 'Vague',
      text: 'On its own nobody could tell what is asked, or what the answer refers to. Name the thing.',
    },
    several_facts: {
      label: 'Several facts',
      text: 'The answer is made of several facts. A card for each, or one cloze text with a gap for each, is kept better.',
    },
    no_gap: {
      label: 'No gap',
      text: 'A cloze card without the gap that it asks for. A gap is written {{c1::hidden}}.',
    },
    near_duplicate: {
      label: 'Near duplicate',
      text: 'Another note says nearly the same.',
    },
  };
