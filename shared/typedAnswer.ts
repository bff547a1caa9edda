/** What was typed, beside what was to be typed: by characters as a reader counts them, Hangul by syllable. */

export type TypedRun = {
  /** `missing`: expected and not typed; `extra`: typed and not expected; `wrong`: typed in place of what is expected. */
  readonly kind: 'same' | 'missing' | 'extra' | 'wrong';
  /** What was typed; of what is missing, what was expected. */
  readonly text: string;
};
export type TypedAnswer = {
  /** But for case, spaces and punctuation. */
  readonly isRight: boolean;
  /** Of the characters expected, those that were typed: 0..1. */
  readonly share: number;
  /** In the order of the text. After `wrong`, what was expected follows as `missing`. */
  readonly runs: readonly TypedRun[];
};

/** Beyond that the answer is compared as a whole. */
const MAX_GRAPHEMES = 1000;

type Grapheme = { readonly text: string; readonly key: string };
type Step = 'same' | 'missing' | 'extra';

/** Both are compared in NFC; what differs in case, width or kind of space only, is the same. */
export function compareTyped(typed: string, expected: string): TypedAnswer {
  const given = graphemes(typed.normalize('NFC').trim());
  const wanted = graphemes(expected.normalize('NFC').trim());
  const isRight = bare(typed) === bare(expected);
  if (given.length > MAX_GRAPHEMES || wanted.length > MAX_GRAPHEMES) {
    const runs: TypedRun[] = isRight
      ? [{ kind: 'same', text: typed.trim() }]
      : [
          { kind: 'wrong', text: typed.trim() },
          { kind: 'missing', text: expected.trim() },
        ];
    return { isRight, share: isRight ? 1 : 0, runs };
  }
  const runs = toRuns(align(given, wanted));
  const isCounted = ({ key }: Grapheme) => bare(key) !== '';
  const counted = wanted.filter(isCounted).length;
  const same = runs
    .filter(({ kind }) => kind === 'same')
    .reduce((sum, { text }) => sum + graphemes(text).filter(isCounted).length, 0);
  return { isRight, share: isRight ? 1 : counted === 0 ? 0 : same / counted, runs };
}

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): readonly Grapheme[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => ({
    text: segment,
    key: /^\s+$/u.test(segment) ? ' ' : foldCase(segment),
  }));
}

/** Without case and width. A sigma is another letter at the end of a word, and no other case. */
const foldCase = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ');

/** Letters, digits and marks alone. A text of nothing else is its own answer. */
function bare(text: string): string {
  const folded = foldCase(text);
  const letters = folded.replace(/[^\p{L}\p{M}\p{N}\p{S}]+/gu, '').normalize('NFC');
  return letters === '' ? folded.replace(/\s+/gu, '') : letters;
}

/** The longest common subsequence, as steps from the first character to the last. */
function align(
  given: readonly Grapheme[],
  wanted: readonly Grapheme[],
): readonly { step: Step; text: string }[] {
  const width = wanted.length + 1;
  const lengths = new Uint16Array((given.length + 1) * width);
  for (let row = given.length - 1; row >= 0; row -= 1) {
    for (let column = wanted.length - 1; column >= 0; column -= 1) {
      const at = row * width + column;
      lengths[at] =
        given[row]!.key === wanted[column]!.key
          ? lengths[at + width + 1]! + 1
          : Math.max(lengths[at + width]!, lengths[at + 1]!);
    }
  }
  const steps: { step: Step; text: string }[] = [];
  let row = 0;
  let column = 0;
  while (row < given.length || column < wanted.length) {
    const mine = given[row];
    const theirs = wanted[column];
    const at = row * width + column;
    if (mine !== undefined && theirs !== undefined && mine.key === theirs.key) {
      steps.push({ step: 'same', text: mine.text });
      row += 1;
      column += 1;
    } else if (mine !== undefined && (theirs === undefined || lengths[at + width]! >= lengths[at + 1]!)) {
      steps.push({ step: 'extra', text: mine.text });
      row += 1;
    } else {
      steps.push({ step: 'missing', text: theirs!.text });
      column += 1;
    }
  }
  return steps;
}

/** Neighbours of one kind together; something extra where something is missing is wrong. */
function toRuns(steps: readonly { readonly step: Step; readonly text: string }[]): readonly TypedRun[] {
  const runs: TypedRun[] = [];
  let extra = '';
  let missing = '';
  const flush = () => {
    if (extra !== '') runs.push({ kind: missing === '' ? 'extra' : 'wrong', text: extra });
    if (missing !== '') runs.push({ kind: 'missing', text: missing });
    extra = '';
    missing = '';
  };
  for (const { step, text } of steps) {
    if (step === 'extra') extra += text;
    else if (step === 'missing') missing += text;
    else {
      flush();
      const last = runs.at(-1);
      if (last?.kind === 'same') runs[runs.length - 1] = { kind: 'same', text: last.text + text };
      else runs.push({ kind: 'same', text });
    }
  }
  flush();
  return runs;
}
