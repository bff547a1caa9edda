/**
 * Anki's options of a deck and our study settings: what both know is turned into each other, what only Anki knows is
 * named, and kept for it.
 */
import { isDeepStrictEqual } from 'node:util';
import { studySettingsSchema } from '../../shared/study.ts';
import type { StudySettings } from '../../shared/study.ts';
import type { AnkiDeck, AnkiOptions, Extra } from './ankiTypes.ts';

type Json = Record<string, unknown>;
/** Anki has several orders of reviews; these two are ours. */
const OVERDUE = [7, 12];
const RANDOM = 8;
const [SUSPEND, TAG_ONLY] = [0, 1];
/**
 * Usually siblings are buried here and not in Anki, so that neither program's word for it says anything to the other.
 * Options of a deck that buries none say so under a key of ours, which Anki keeps.
 */
const MARK = 'tracedeckBuriesSiblings';

/** Options as a new collection of Anki's has them. */
export const USUAL_OPTIONS: Extra = {
  maxTaken: 60,
  autoplay: true,
  timer: 0,
  replayq: true,
  new: { bury: false, delays: [1, 10], initialFactor: 2500, ints: [1, 4, 0], order: 1, perDay: 20 },
  rev: { bury: false, ease4: 1.3, ivlFct: 1, maxIvl: 36500, perDay: 200, hardFactor: 1.2 },
  lapse: { delays: [10], leechAction: TAG_ONLY, leechFails: 8, minInt: 1, mult: 0 },
  dyn: false,
  newMix: 0,
  newPerDayMinimum: 0,
  interdayLearningMix: 0,
  reviewOrder: 0,
  newSortOrder: 0,
  newGatherPriority: 0,
  buryInterdayLearning: false,
  fsrsWeights: [],
  fsrsParams5: [],
  fsrsParams6: [],
  desiredRetention: 0.9,
  ignoreRevlogsBeforeDate: '',
  easyDaysPercentages: [1, 1, 1, 1, 1, 1, 1],
  stopTimerOnAnswer: false,
  secondsToShowQuestion: 0,
  secondsToShowAnswer: 0,
  questionAction: 0,
  answerAction: 0,
  waitForAudio: true,
  sm2Retention: 0.9,
  weightSearch: '',
};

/** Options without a counterpart here, by the words that a report has for them. */
const ONLY_THEIRS: Readonly<Record<string, readonly string[]>> = {
  'intervals of SM-2': [
    'new.ints',
    'new.initialFactor',
    'rev.ease4',
    'rev.ivlFct',
    'rev.hardFactor',
    'lapse.mult',
    'lapse.minInt',
  ],
  'order of new cards': [
    'new.order',
    'newMix',
    'newSortOrder',
    'newGatherPriority',
    'interdayLearningMix',
    'newPerDayMinimum',
  ],
  timer: ['maxTaken', 'timer', 'stopTimerOnAnswer'],
  sounds: ['autoplay', 'replayq', 'waitForAudio'],
  'going on by itself': ['secondsToShowQuestion', 'secondsToShowAnswer', 'questionAction', 'answerAction'],
  'easy days': ['easyDaysPercentages'],
  'which reviews FSRS is fitted to': ['ignoreRevlogsBeforeDate', 'weightSearch', 'sm2Retention'],
};
/** What stands in options and says nothing of studying. */
const NO_OPTIONS = new Set(['id', 'mod', 'name', 'usn', 'dyn', 'new', 'rev', 'lapse', MARK]);
const BURYING = ['new.bury', 'rev.bury', 'buryInterdayLearning'] as const;
const OURS = [
  'reviewOrder',
  'buryInterdayLearning',
  'fsrsWeights',
  'fsrsParams5',
  'fsrsParams6',
  'desiredRetention',
];

export type ReadOptions = {
  readonly study: Partial<StudySettings>;
  /** What of them has no counterpart here, in a few words each. */
  readonly left: readonly string[];
};

/** What a deck's options, and what it says over them, mean here. */
export function readOptions(options: AnkiOptions | undefined, deck: AnkiDeck): ReadOptions {
  const values: Extra = { ...USUAL_OPTIONS, ...options?.values };
  const left: string[] = [];
  const wanted: Json = {
    newPerDay: deck.newPerDay ?? at(values, 'new.perDay'),
    reviewsPerDay: deck.reviewsPerDay ?? at(values, 'rev.perDay'),
    desiredRetention: deck.desiredRetention ?? at(values, 'desiredRetention'),
    learningSteps: at(values, 'new.delays'),
    relearningSteps: at(values, 'lapse.delays'),
    maximumIntervalDays: at(values, 'rev.maxIvl'),
    leechLapses: at(values, 'lapse.leechFails'),
    suspendLeeches: at(values, 'lapse.leechAction') === SUSPEND,
    ...burying(values, left),
    ...orderOf(values, left),
    ...weightsOf(values, left),
  };
  for (const [what, paths] of Object.entries(ONLY_THEIRS)) {
    if (paths.some((path) => !isUsual(values, path))) left.push(what);
  }
  const known = new Set([...NO_OPTIONS, ...OURS, ...Object.values(ONLY_THEIRS).flat()]);
  if (Object.keys(values).some((key) => !known.has(key))) left.push('settings of add-ons');
  const study: Json = {};
  for (const [name, value] of Object.entries(wanted)) {
    const parsed = studySettingsSchema.shape[name as keyof StudySettings].safeParse(value);
    if (value !== undefined && parsed.success) study[name] = parsed.data;
    else left.push(`${name} ${JSON.stringify(value)}`);
  }
  return { study: study as Partial<StudySettings>, left };
}

function at(values: Extra, path: string): unknown {
  return path.split('.').reduce<unknown>((within, key) => (within as Json | null | undefined)?.[key], values);
}

function isUsual(values: Extra, path: string): boolean {
  const value = at(values, path);
  const usual = at(USUAL_OPTIONS, path);
  // The third is no longer looked at.
  if (path === 'new.ints' && Array.isArray(value)) return isDeepStrictEqual(value.slice(0, 2), [1, 4]);
  if (typeof usual === 'number') return Math.abs(Number(value ?? usual) - usual) < 1e-6;
  // Lists are empty where they say what is usual.
  const isNothing = Array.isArray(value) && value.length === 0;
  return value === undefined || isNothing || isDeepStrictEqual(value, usual);
}

/** Anki tells three kinds of siblings apart. */
function burying(values: Extra, left: string[]): Partial<StudySettings> {
  const told = BURYING.map((path) => at(values, path) === true);
  const some = told.some((isBuried) => isBuried);
  if (some && !told.every((isBuried) => isBuried)) left.push('burying of some siblings and not of others');
  if (some) return { burySiblings: true };
  return values[MARK] === false ? { burySiblings: false } : {};
}

function orderOf(values: Extra, left: string[]): Partial<StudySettings> {
  const order = Number(at(values, 'reviewOrder') ?? 0);
  if (order === RANDOM) return { reviewOrder: 'random' };
  if (OVERDUE.includes(order)) return { reviewOrder: 'overdue' };
  if (order !== 0) left.push('order of reviews');
  return {};
}

/** FSRS 5 is FSRS 6 without its last two weights, which are these then. */
const OF_FSRS_5 = [0, 0.5];

function weightsOf(values: Extra, left: string[]): Json {
  const list = (path: string): readonly unknown[] => {
    const value = at(values, path);
    return Array.isArray(value) ? value : [];
  };
  const latest = list('fsrsParams6');
  if (latest.length > 0) return { weights: latest };
  const before = list('fsrsParams5');
  if (before.length > 0) return { weights: [...before, ...OF_FSRS_5] };
  if (list('fsrsWeights').length > 0) left.push('weights of an older FSRS');
  return {};
}

/**
 * Options of a deck of ours for Anki.
 * @param kept those that it came with: what is not ours of them goes back as it was
 */
export function writeOptions(study: StudySettings, kept: Extra | null): Extra {
  const base: Extra = { ...USUAL_OPTIONS, ...kept };
  const part = (name: 'new' | 'rev' | 'lapse'): Json => ({
    ...(USUAL_OPTIONS[name] as Json),
    ...(base[name] as Json | undefined),
  });
  const bury = (path: (typeof BURYING)[number]) => study.burySiblings && at(base, path) === true;
  const order = Number(base['reviewOrder'] ?? 0);
  const keepsOrder = order !== RANDOM && study.reviewOrder === 'overdue';
  const { [MARK]: _mark, ...others } = base;
  return {
    ...others,
    ...(study.burySiblings ? {} : { [MARK]: false }),
    new: {
      ...part('new'),
      perDay: study.newPerDay,
      delays: study.learningSteps,
      bury: bury('new.bury'),
    },
    rev: {
      ...part('rev'),
      perDay: study.reviewsPerDay,
      maxIvl: study.maximumIntervalDays,
      bury: bury('rev.bury'),
    },
    lapse: {
      ...part('lapse'),
      delays: study.relearningSteps,
      leechFails: study.leechLapses,
      leechAction: study.suspendLeeches ? SUSPEND : TAG_ONLY,
    },
    buryInterdayLearning: bury('buryInterdayLearning'),
    reviewOrder: study.reviewOrder === 'random' ? RANDOM : keepsOrder ? order : OVERDUE[0],
    desiredRetention: study.desiredRetention,
    fsrsParams6: study.weights ?? [],
    ...(study.weights === null ? {} : { fsrsParams5: [], fsrsWeights: [] }),
  };
}
