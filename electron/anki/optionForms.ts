/** Decks and their options in the two ways that packages write them; both become the words of schema 11. */
import type { AnkiDeck, Extra } from './ankiTypes.ts';
import { deckName } from './notetypeForms.ts';
import { protobufFields, signed } from './protobuf.ts';
import type { ProtobufField } from './protobuf.ts';

type Json = Record<string, unknown>;
type Kind = 'number' | 'float' | 'floats' | 'flag' | 'not' | 'text';

/** Fields of the message of options, and where schema 11 has them. `not`: it says the contrary there. */
const OPTIONS: readonly (readonly [number: number, path: string, kind: Kind])[] = [
  [1, 'new.delays', 'floats'],
  [2, 'lapse.delays', 'floats'],
  [3, 'fsrsWeights', 'floats'],
  [4, 'easyDaysPercentages', 'floats'],
  [5, 'fsrsParams5', 'floats'],
  [6, 'fsrsParams6', 'floats'],
  [9, 'new.perDay', 'number'],
  [10, 'rev.perDay', 'number'],
  [11, 'new.initialFactor', 'float'],
  [12, 'rev.ease4', 'float'],
  [13, 'rev.hardFactor', 'float'],
  [14, 'lapse.mult', 'float'],
  [15, 'rev.ivlFct', 'float'],
  [16, 'rev.maxIvl', 'number'],
  [17, 'lapse.minInt', 'number'],
  [18, 'new.ints.0', 'number'],
  [19, 'new.ints.1', 'number'],
  [20, 'new.order', 'not'],
  [21, 'lapse.leechAction', 'number'],
  [22, 'lapse.leechFails', 'number'],
  [23, 'autoplay', 'not'],
  [24, 'maxTaken', 'number'],
  [25, 'timer', 'number'],
  [26, 'replayq', 'not'],
  [27, 'new.bury', 'flag'],
  [28, 'rev.bury', 'flag'],
  [29, 'buryInterdayLearning', 'flag'],
  [30, 'newMix', 'number'],
  [31, 'interdayLearningMix', 'number'],
  [32, 'newSortOrder', 'number'],
  [33, 'reviewOrder', 'number'],
  [34, 'newGatherPriority', 'number'],
  [35, 'newPerDayMinimum', 'number'],
  [36, 'questionAction', 'number'],
  [37, 'desiredRetention', 'float'],
  [38, 'stopTimerOnAnswer', 'flag'],
  [40, 'sm2Retention', 'float'],
  [41, 'secondsToShowQuestion', 'float'],
  [42, 'secondsToShowAnswer', 'float'],
  [43, 'answerAction', 'number'],
  [44, 'waitForAudio', 'flag'],
  [45, 'weightSearch', 'text'],
  [46, 'ignoreRevlogsBeforeDate', 'text'],
];
/** Fields of one number that schema 11 has as whole thousandths. */
const IN_THOUSANDTHS = 'new.initialFactor';
/** A message may say a list any number of times. */
const MAX_LIST = 100;

/** @throws TracedeckError `package_damaged` */
export function optionsOfProtobuf(message: Uint8Array): Extra {
  const said = new Map<number, ProtobufField[]>();
  for (const field of protobufFields(message)) {
    const of = said.get(field.number);
    if (of === undefined) said.set(field.number, [field]);
    else if (of.length < MAX_LIST) of.push(field);
  }
  const values: Json = { new: { ints: [0, 0, 0] }, rev: {}, lapse: {} };
  for (const [number, path, kind] of OPTIONS) {
    const value = valueOf(said.get(number) ?? [], kind);
    put(values, path, path === IN_THOUSANDTHS ? Math.round(Number(value) * 1000) : value);
  }
  const [addons] = said.get(255) ?? [];
  return addons === undefined ? values : { ...objectOf(addons.bytes), ...values };
}

/** What a field that is not said has is the nought of its kind. */
function valueOf(fields: readonly ProtobufField[], kind: Kind): unknown {
  const last = fields.at(-1);
  switch (kind) {
    case 'number':
      return Number(last?.value ?? 0n);
    case 'float':
      return last === undefined ? 0 : (floats([last])[0] ?? 0);
    case 'floats':
      return floats(fields);
    case 'flag':
      return (last?.value ?? 0n) !== 0n;
    case 'not':
      return (last?.value ?? 0n) === 0n;
    case 'text':
      return last?.bytes.toString('utf8') ?? '';
  }
}

/** Packed or one by one; in as many digits as 32 bits hold. */
function floats(fields: readonly ProtobufField[]): number[] {
  return fields
    .flatMap(({ bytes }) =>
      Array.from({ length: Math.min(MAX_LIST, bytes.length >> 2) }, (_, at) => bytes.readFloatLE(4 * at)),
    )
    .map((value) => Number(value.toPrecision(7)));
}

function put(values: Json, path: string, value: unknown): void {
  const keys = path.split('.');
  let within = values;
  for (const key of keys.slice(0, -1)) within = within[key] as Json;
  // `order` is a number there.
  within[keys.at(-1)!] = path === 'new.order' ? Number(value) : value;
}

function objectOf(bytes: Buffer): Json {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
  } catch {
    return {};
  }
}

/** Of schema 11's `decks`. */
export function deckOfJson(value: unknown): AnkiDeck {
  const deck = typeof value === 'object' && value !== null ? (value as Json) : {};
  const { name, desc, md, conf, dyn } = deck;
  return {
    name: deckName(typeof name === 'string' ? name.slice(0, 500) : 'Default'),
    description: typeof desc === 'string' ? desc.normalize('NFC') : '',
    isMarkdown: md === true,
    optionsId: Number(dyn ?? 0) === 0 ? Number(conf ?? 1) : null,
    newPerDay: count(deck['newLimit']),
    reviewsPerDay: count(deck['reviewLimit']),
    desiredRetention: share(deck['desiredRetention']),
  };
}

/** Of the column `kind` of schema 18's `decks`; the name stands beside it. */
export function deckOfKind(kind: Uint8Array): Omit<AnkiDeck, 'name'> {
  const normal = [...protobufFields(kind)].find(({ number }) => number === 1);
  const found = {
    description: '',
    isMarkdown: false,
    optionsId: normal === undefined ? null : 1,
    newPerDay: null as number | null,
    reviewsPerDay: null as number | null,
    desiredRetention: null as number | null,
  };
  for (const { number, value, bytes } of normal === undefined ? [] : protobufFields(normal.bytes)) {
    if (number === 1) found.optionsId = Number(signed(value));
    else if (number === 4) found.description = bytes.toString('utf8').normalize('NFC');
    else if (number === 5) found.isMarkdown = value !== 0n;
    else if (number === 6) found.reviewsPerDay = Number(value);
    else if (number === 7) found.newPerDay = Number(value);
    else if (number === 10 && bytes.length === 4) {
      found.desiredRetention = share(Number(bytes.readFloatLE(0).toPrecision(7)));
    }
  }
  return found;
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Schema 11 has it in hundredths. */
function share(value: unknown): number | null {
  if (typeof value !== 'number' || !(value > 0)) return null;
  return value > 1 ? value / 100 : value;
}
