/** Records with odd values, the same ones every time, for what encodes and stores them. */
import type { MetricPoint, MetricSnapshot } from '../../../../shared/metric.ts';
import { LOG_LEVELS, SPAN_KINDS, SPAN_STATUSES } from '../../../../shared/span.ts';
import type { Attributes, AttributeValue, LogRecord, SpanRecord } from '../../../../shared/span.ts';
import { hexId, randomFrom } from '../pipelineSpans.ts';

const TEXTS = [
  '',
  'a',
  'plain',
  'quote " back \\ slash / tab \t line \n return \r nul \u0000 del \u007f',
  'line\u2028separator\u2029',
  'Grüße, naïve façade',
  'Ελληνικά и кириллица',
  '한국어 단어장, 漢字とかな',
  'عربى و עברית',
  'हिन्दी ไทย ქართული',
  '👩‍👩‍👧‍👦 🇰🇷 𝒳 \u{10ffff}',
  '\ufeffbom',
  'literal \\ud800 and \\u0000',
  'x'.repeat(47),
  'x'.repeat(48),
  'x'.repeat(127),
  'x'.repeat(128),
  'ü'.repeat(64),
  'x'.repeat(16_384),
  '한'.repeat(21_845),
  'y'.repeat(65_536),
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  127,
  128,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  -(2 ** 31),
  -(2 ** 32),
  -(2 ** 32) - 1,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 53,
  -(2 ** 62),
  2 ** 62 + 2 ** 20,
  -(2 ** 63),
  2 ** 63,
  1e21,
  1e300,
  -1e300,
  0.1,
  -0.5,
  1e-7,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  1.5,
];
/** Keys that a careless object turns into something else. */
const KEYS = [
  'error.type',
  '',
  '__proto__',
  'constructor',
  '7',
  'key with space',
  '키',
  'a'.repeat(200),
  'q"\\',
];

type Random = () => number;
const pick = <Item>(random: Random, items: readonly Item[]): Item =>
  items[Math.floor(random() * items.length)]!;

function oddValue(random: Random): AttributeValue {
  const number = (): number =>
    random() < 0.5 ? pick(random, NUMBERS) : (random() - 0.5) * 10 ** (random() * 40 - 20);
  const many = <Item>(one: () => Item): Item[] => Array.from({ length: Math.floor(random() * 5) }, one);
  switch (Math.floor(random() * 8)) {
    case 0:
    case 1:
      return pick(random, TEXTS);
    case 2:
    case 3:
      return number();
    case 4:
      return random() < 0.5;
    case 5:
      return many(() => pick(random, TEXTS.slice(0, 12)));
    case 6:
      return many(number);
    default:
      return many(() => random() < 0.5);
  }
}

function oddAttributes(random: Random): Attributes {
  const result: Record<string, AttributeValue> = {};
  for (let count = Math.floor(random() * 6); count > 0; count -= 1) {
    const key = random() < 0.5 ? pick(random, KEYS) : `key.${Math.floor(random() * 1000)}`;
    Object.defineProperty(result, key, {
      value: oddValue(random),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

/** Fractions as the clock gives them: any double of that size. */
const oddTime = (random: Random): number => 1_790_000_000_000 + random() * 1e9;

export function oddSpan(random: Random): SpanRecord {
  const startMs = oddTime(random);
  const few = <Item>(one: () => Item): Item[] =>
    Array.from({ length: random() < 0.6 ? 0 : Math.floor(random() * 5) }, one);
  return {
    traceId: hexId(random, 32),
    spanId: hexId(random, 16),
    parentSpanId: random() < 0.3 ? null : hexId(random, 16),
    name: pick(random, TEXTS.slice(1)),
    kind: pick(random, SPAN_KINDS),
    startMs,
    endMs: random() < 0.1 ? null : startMs + random() * 1000,
    status: pick(random, SPAN_STATUSES),
    statusMessage: random() < 0.7 ? null : pick(random, TEXTS),
    attributes: oddAttributes(random),
    events: few(() => ({
      name: pick(random, TEXTS),
      timeMs: oddTime(random),
      attributes: oddAttributes(random),
    })),
    links: few(() => ({
      traceId: hexId(random, 32),
      spanId: hexId(random, 16),
      attributes: oddAttributes(random),
    })),
    ...(random() < 0.8 ? {} : { traceState: 'vendor=1,other@x=y' }),
    ...(random() < 0.8 ? {} : { dropped: { attributes: 12, events: 0, links: 300 } }),
  };
}

export function oddLog(random: Random): LogRecord {
  const isInSpan = random() < 0.7;
  return {
    timeMs: oddTime(random),
    level: pick(random, LOG_LEVELS),
    message: pick(random, TEXTS),
    ...(random() < 0.8 ? {} : { eventName: 'exception' }),
    attributes: oddAttributes(random),
    traceId: isInSpan ? hexId(random, 32) : null,
    spanId: isInSpan ? hexId(random, 16) : null,
  };
}

export function oddMetric(random: Random): MetricSnapshot {
  const descriptor = {
    name: pick(random, TEXTS.slice(1)),
    unit: pick(random, ['', 's', '{token}', 'By']),
    description: pick(random, TEXTS),
    ...(random() < 0.7 ? {} : { scope: { name: pick(random, ['library', 'other']), version: '2' } }),
  };
  const point = <Value>(value: Value): MetricPoint<Value> => ({
    attributes: oddAttributes(random),
    value,
    ...(random() < 0.5
      ? {}
      : {
          exemplars: Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
            value: pick(random, NUMBERS),
            timeMs: oddTime(random),
            traceId: hexId(random, 32),
            spanId: hexId(random, 16),
          })),
        }),
  });
  const some = <Item>(one: () => Item): Item[] => Array.from({ length: 1 + Math.floor(random() * 3) }, one);
  const kind = pick(random, ['counter', 'upDownCounter', 'gauge', 'histogram'] as const);
  if (kind !== 'histogram')
    return {
      ...descriptor,
      kind,
      points: some(() => point(pick(random, [...NUMBERS, Infinity, -Infinity, NaN]))),
    };
  const histogram = () => {
    const boundaries = Array.from({ length: Math.floor(random() * 20) }, (_, index) => index / 8 + 0.001);
    const isEmpty = random() < 0.2;
    const counts = [...boundaries, 0].map(() => (isEmpty ? 0 : Math.floor(random() * 2 ** (random() * 50))));
    const count = counts.reduce((sum, inBucket) => sum + inBucket, 0);
    const range = count === 0 ? { min: null, max: null } : { min: -0.5, max: 1e9 * random() };
    return { count, sum: count * random(), ...range, boundaries, counts };
  };
  return { ...descriptor, kind, points: some(() => point(histogram())) };
}

export function oddRecords<Item>(count: number, seed: number, one: (random: Random) => Item): Item[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => one(random));
}
