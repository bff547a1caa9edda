/**
 * Words that hold English sentences together. WordNet knows only nouns, verbs, adjectives and adverbs, so it
 * reads 'he' as helium, 'in' as an inch and 'may' as a month: such words are never looked up, and never hidden.
 */
const WORDS = `
a an the this that these those each every either neither some any all both few several many much more most other
another such what which whose who whom whoever whatever whichever
i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself
we us our ours ourselves they them their theirs themselves one ones oneself somebody someone something anybody
anyone anything nobody nothing everybody everyone everything
and or but nor so yet if unless although though because since while whereas whether until till than as lest
of in on at by for from to into onto upon with without within about above across after against along among amid
around before behind below beneath beside besides between beyond despite down during except inside like near off
out outside over past per through throughout toward towards under underneath up via
can could may might must shall should will would ought cannot
not no yes oh ah hey please too also just only even very quite rather really then there here when where why how
again ever never always often sometimes now thus hence however therefore enough almost already still perhaps maybe
about roughly nearly mostly usually indeed instead away back`;

const FUNCTION_WORDS: ReadonlySet<string> = new Set(WORDS.trim().split(/\s+/));
/** Forms of auxiliaries and the lightest verbs: they have dictionary entries but tell nothing when hidden. */
const LIGHT_VERBS: ReadonlySet<string> = new Set(
  `be am is are was were been being have has had having do does did done doing get gets got getting make makes
  made making go goes went gone going come comes came take takes took taken let lets use used uses`.split(
    /\s+/,
  ),
);
/** Function words that are looked up all the same: their commonest sense in WordNet is the word itself. */
const LOOKED_UP: ReadonlySet<string> = new Set(
  `each every either neither some any all both few several many much more most other another such
  so yet though about above across after along around before behind below beneath besides between beyond down inside
  like near off on out outside over past through throughout under underneath up
  yes no not too also just only even very quite rather really then there here again ever never always often
  sometimes now thus hence however therefore nobody nothing something one enough almost already still perhaps maybe
  roughly nearly mostly usually indeed instead away back`.split(/\s+/),
);

/** Whether `word` as it is written must not be looked up. Capitals throughout (`US`, `WHO`) are a name. */
export function isFunctionWord(word: string): boolean {
  if (word.length > 1 && word === word.toUpperCase()) return false;
  const lower = word.toLowerCase();
  return FUNCTION_WORDS.has(lower) && !LOOKED_UP.has(lower);
}

/** Whether a cloze of `word` would ask for nothing worth knowing. */
export function isDullWord(word: string): boolean {
  const lower = word.toLowerCase();
  return FUNCTION_WORDS.has(lower) || LIGHT_VERBS.has(lower);
}
