/**
 * English word forms: from a form back to what a dictionary lists, and from a headword to the forms that a
 * sentence may hold. Irregular forms are a table of our own; everything else is rule.
 */

/** `base past participle`; one word where they are the same, `/` between alternatives. */
const IRREGULAR_VERBS = `
arise arose arisen|awake awoke awoken|bear bore borne/born|beat beat beaten|become became become|
begin began begun|behold beheld|bend bent|bet bet|bid bid/bade bid/bidden|bind bound|bite bit bitten|bleed bled|
blow blew blown|break broke broken|breed bred|bring brought|broadcast broadcast|build built|burn burnt|burst burst|
buy bought|cast cast|catch caught|choose chose chosen|cling clung|come came come|cost cost|creep crept|cut cut|
deal dealt|dig dug|do did done|draw drew drawn|dream dreamt|drink drank drunk|drive drove driven|dwell dwelt|
eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled|fling flung|fly flew flown|
forbid forbade forbidden|foresee foresaw foreseen|forecast forecast|forget forgot forgotten|forgive forgave forgiven|
forsake forsook forsaken|freeze froze frozen|get got gotten/got|give gave given|go went gone|grind ground|
grow grew grown|hang hung|have had|hear heard|hide hid hidden|hit hit|hold held|hurt hurt|keep kept|kneel knelt|
knit knit|know knew known|lay laid|lead led|leap leapt|learn learnt|leave left|lend lent|let let|lie lay lain|
light lit|lose lost|make made|mean meant|meet met|mislead misled|mistake mistook mistaken|misunderstand misunderstood|
mow mowed mown|overcome overcame overcome|overtake overtook overtaken|pay paid|prove proved proven|put put|quit quit|
read read|rewrite rewrote rewritten|ride rode ridden|ring rang rung|rise rose risen|run ran run|saw sawed sawn|say said|
see saw seen|seek sought|sell sold|send sent|set set|sew sewed sewn|shake shook shaken|shed shed|shine shone|
shoot shot|show showed shown|shrink shrank shrunk|shut shut|sing sang sung|sink sank sunk|sit sat|sleep slept|
slide slid|sling slung|slit slit|smell smelt|sow sowed sown|speak spoke spoken|speed sped|spell spelt|spend spent|
spill spilt|spin spun|spit spat|split split|spoil spoilt|spread spread|spring sprang sprung|stand stood|steal stole stolen|
stick stuck|sting stung|stink stank stunk|stride strode stridden|strike struck struck/stricken|string strung|
strive strove striven|swear swore sworn|sweep swept|swell swelled swollen|swim swam swum|swing swung|take took taken|
teach taught|tear tore torn|tell told|think thought|throw threw thrown|thrust thrust|tread trod trodden|
undergo underwent undergone|understand understood|undertake undertook undertaken|undo undid undone|upset upset|
wake woke woken|wear wore worn|weave wove woven|weep wept|win won|wind wound|withdraw withdrew withdrawn|
withhold withheld|withstand withstood|wring wrung|write wrote written|be was/were been`;

const IRREGULAR_NOUNS = `
man men|woman women|child children|foot feet|tooth teeth|goose geese|mouse mice|louse lice|ox oxen|person people|
die dice|leaf leaves|life lives|wife wives|knife knives|wolf wolves|half halves|calf calves|loaf loaves|shelf shelves|
elf elves|thief thieves|self selves|scarf scarves|hoof hooves|analysis analyses|axis axes|basis bases|crisis crises|
diagnosis diagnoses|emphasis emphases|hypothesis hypotheses|oasis oases|parenthesis parentheses|synthesis syntheses|
thesis theses|criterion criteria|phenomenon phenomena|bacterium bacteria|datum data|medium media|curriculum curricula|
stratum strata|memorandum memoranda|cactus cacti|fungus fungi|nucleus nuclei|radius radii|stimulus stimuli|
alumnus alumni|syllabus syllabi|index indices|appendix appendices|matrix matrices|vertex vertices|larva larvae|
vertebra vertebrae|antenna antennae|formula formulae|potato potatoes|tomato tomatoes|hero heroes|echo echoes|
veto vetoes|mosquito mosquitoes|torpedo torpedoes|quiz quizzes|gentleman gentlemen|policeman policemen|
fireman firemen|fisherman fishermen|grandchild grandchildren|stepchild stepchildren`;

const IRREGULAR_ADJECTIVES = `
good better best|well better best|bad worse worst|badly worse worst|far farther/further farthest/furthest|
little less least|much more most|many more most`;

/** Forms that mean something else as words of their own: there the base goes first. */
const BASE_FIRST: Readonly<Record<string, string>> = {
  am: 'be',
  is: 'be',
  are: 'be',
  was: 'be',
  were: 'be',
  been: 'be',
  has: 'have',
  had: 'have',
  does: 'do',
  did: 'do',
  done: 'do',
  went: 'go',
  gone: 'go',
};

export type WordClass = 'n' | 'v' | 'a' | 'r';

const IRREGULAR = new Map<WordClass, ReadonlyMap<string, readonly string[]>>([
  ['v', table(IRREGULAR_VERBS)],
  ['n', table(IRREGULAR_NOUNS)],
  ['a', table(IRREGULAR_ADJECTIVES)],
]);
const BASE_OF = invert();

function table(source: string): ReadonlyMap<string, readonly string[]> {
  const rows = source.split('|').map((row) => row.trim().split(/[\s/]+/));
  return new Map(rows.map(([base = '', ...forms]) => [base, forms]));
}

function invert(): ReadonlyMap<string, readonly { base: string; wordClass: WordClass }[]> {
  const bases = new Map<string, { base: string; wordClass: WordClass }[]>();
  for (const [wordClass, rows] of IRREGULAR)
    for (const [base, forms] of rows)
      for (const form of new Set(forms)) {
        if (form !== base) bases.set(form, [...(bases.get(form) ?? []), { base, wordClass }]);
      }
  return bases;
}

/** The base that stands before the form's own entry (`are` is 'be', not a unit of area), or `null`. */
export function overridingBase(word: string): string | null {
  return Object.hasOwn(BASE_FIRST, word) ? (BASE_FIRST[word] ?? null) : null;
}

/**
 * Dictionary forms that `word` (lower case) can be a form of, irregular ones first. The rules guess: every
 * candidate has to be looked up.
 */
export function baseForms(word: string): readonly { base: string; wordClass: WordClass }[] {
  const found = [...(BASE_OF.get(word) ?? [])];
  const add = (wordClass: WordClass, ...bases: readonly string[]) => {
    for (const base of bases) if (base.length > 1) found.push({ base, wordClass });
  };
  const cut = (count: number) => word.slice(0, -count);
  const undouble = (stem: string) => (/([^aeiouls])\1$/.test(stem) ? [stem.slice(0, -1)] : []);
  if (word.endsWith('ies')) add('n', `${cut(3)}y`);
  if (word.endsWith('ies')) add('v', `${cut(3)}y`);
  else if (word.endsWith('es')) {
    add('n', cut(1), cut(2));
    add('v', cut(1), cut(2));
  } else if (word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) {
    add('n', cut(1));
    add('v', cut(1));
  }
  if (word.endsWith('ied')) add('v', `${cut(3)}y`);
  else if (word.endsWith('ed')) add('v', cut(1), cut(2), ...undouble(cut(2)));
  if (word.endsWith('ing')) add('v', cut(3), `${cut(3)}e`, ...undouble(cut(3)));
  if (word.endsWith('ier')) add('a', `${cut(3)}y`);
  else if (word.endsWith('er')) add('a', cut(1), cut(2), ...undouble(cut(2)));
  if (word.endsWith('iest')) add('a', `${cut(4)}y`);
  else if (word.endsWith('est')) add('a', cut(2), cut(3), ...undouble(cut(3)));
  return found;
}

/**
 * Forms of one word (lower case), itself first. `wordClass` narrows the rules; `null` leaves out comparison,
 * which would make `peter` of `pet`.
 */
export function inflections(word: string, wordClass: WordClass | null): readonly string[] {
  const forms = new Set([word]);
  const is = (one: WordClass) => wordClass === null || wordClass === one;
  const irregular = (one: WordClass) => (is(one) ? (IRREGULAR.get(one)?.get(word) ?? []) : []);
  for (const one of ['v', 'n', 'a'] as const) for (const form of irregular(one)) forms.add(form);
  // A form given as the headword ('ran') also stands for its base and the base's other forms.
  for (const { base, wordClass: one } of BASE_OF.get(word) ?? []) {
    if (!is(one)) continue;
    forms.add(base);
    for (const form of IRREGULAR.get(one)?.get(base) ?? []) forms.add(form);
    if (one === 'v') addVerbForms(forms, base, true);
  }
  if (word === 'be') for (const form of ['am', 'is', 'are', 'being']) forms.add(form);
  else {
    if (is('n')) forms.add(withS(word));
    if (is('v')) addVerbForms(forms, word, irregular('v').length > 0);
    if (wordClass === 'a' || wordClass === 'r') addComparison(forms, word);
  }
  return [...forms];
}

function withS(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  if (/(?:s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  return word === 'do' || word === 'go' ? `${word}es` : `${word}s`;
}

/** An irregular verb gets no regular past: `feed` is not a form of `fee`, nor `seed` one of `see`. */
function addVerbForms(forms: Set<string>, word: string, irregular: boolean): void {
  if (word === 'be') return;
  const stem = word.endsWith('ie')
    ? `${word.slice(0, -2)}y`
    : /[^eoy]e$/.test(word)
      ? word.slice(0, -1)
      : word;
  const doubled = /(?:^|[^aeiou])[aeiou][^aeiouwxy]$/.test(word) ? `${word}${word.at(-1)}` : null;
  forms.add(withS(word));
  forms.add(`${stem}ing`);
  if (doubled !== null) forms.add(`${doubled}ing`);
  if (irregular || word.length < 3) return;
  if (/[^aeiou]y$/.test(word)) forms.add(`${word.slice(0, -1)}ied`);
  else if (word.endsWith('e') && (!word.endsWith('ee') || word.length > 3)) forms.add(`${word}d`);
  else if (!word.endsWith('e')) forms.add(`${word}ed`);
  if (doubled !== null) forms.add(`${doubled}ed`);
}

function addComparison(forms: Set<string>, word: string): void {
  // 'number' is no form of 'numb', and long adjectives take 'more'.
  if (word.length < 3 || word.length > 8 || word === 'numb') return;
  const doubled = /(?:^|[^aeiou])[aeiou][^aeiouwxy]$/.test(word) ? `${word}${word.at(-1)}` : null;
  const stem = word.endsWith('e')
    ? word.slice(0, -1)
    : /[^aeiou]y$/.test(word)
      ? `${word.slice(0, -1)}i`
      : (doubled ?? word);
  forms.add(`${stem}er`);
  forms.add(`${stem}est`);
}
