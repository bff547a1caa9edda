/** Spans as odd as the types allow, the same for the same seed. */
import type { Attributes, AttributeValue, Origin, SpanRecord } from '../../../shared/span.ts';
import { restNsOf } from '../../../shared/nanoseconds.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';

const TEXTS = [
  '',
  'plain',
  '한국어 단어',
  'שלום עולם',
  'emoji 👩‍👩‍👧 ok',
  '  spaced  ',
  'line\nbreak\ttab',
  '"quoted" \\ back',
  '=HYPERLINK("x")',
  '</script><b>',
  '\u0000nul',
  'x'.repeat(300),
  '__proto__',
  'constructor',
];

export const ORIGINS: readonly (Origin | undefined)[] = [
  undefined,
  {
    resource: { 'service.name': 'shop', 'service.version': '2.0', 'host.cpus': 8 },
    scope: { name: 'http', version: '0.5' },
  },
  {
    resource: { 'service.name': 'shop', 'service.version': '2.0', 'host.cpus': 8 },
    scope: { name: 'db', version: null },
  },
  { resource: { 'service.name': '장바구니' }, scope: { name: '', version: null } },
];

const BASE_MS = 1_790_000_000_000;

/** So many nanoseconds after the base, under the names that a record has for it. */
function atNs(ns: number, name: string): Record<string, number> {
  const wholeMs = BASE_MS + Math.floor(ns / 1e6);
  const nanos = ns - Math.floor(ns / 1e6) * 1e6;
  const ms = wholeMs + nanos / 1e6;
  const restNs = restNsOf(ms, wholeMs, nanos);
  return { [`${name}Ms`]: ms, ...(restNs === 0 ? {} : { [`${name}RestNs`]: restNs }) };
}

/** Times are nanoseconds, some of them whole microseconds. */
export function randomSpans(count: number, seed = 11): SpanRecord[] {
  const random = randomNumbers(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits)
      text += Math.floor(random() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  };
  const value = (): AttributeValue => {
    switch (Math.floor(random() * 8)) {
      case 0:
        return random() < 0.5;
      case 1:
        return Math.floor(random() * 1e9) - 5e8;
      case 2:
        return pick([
          0.1,
          -0,
          1e300,
          -1e-300,
          Number.MAX_SAFE_INTEGER,
          -Number.MAX_SAFE_INTEGER,
          2 ** 60,
          Infinity,
        ]);
      case 3:
        return [pick(TEXTS), pick(TEXTS)];
      case 4:
        return [1, 2.5, -3];
      case 5:
        return pick([[true, false], [], [7, 8]]);
      default:
        return pick(TEXTS);
    }
  };
  const attributes = (most: number): Attributes => {
    const made: Record<string, AttributeValue> = {};
    for (let left = Math.floor(random() * most); left > 0; left -= 1) {
      const key = pick(['http.method', 'a b', 'ключ', '__proto__', 'toString', `k${left}`]);
      Object.defineProperty(made, key, {
        value: value(),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return made;
  };
  const traces = [hex(32), hex(32), hex(32)];
  const spans: SpanRecord[] = [];
  for (let i = 0; i < count; i += 1) {
    const traceId = pick(traces);
    const unit = random() < 0.2 ? 1000 : 1;
    const nanos = (upTo: number): number => Math.floor((random() * upTo) / unit) * unit;
    const startNs = nanos(1e10);
    const endNs = startNs + nanos(1e9) - (random() < 0.05 ? 1e9 : 0);
    const origin = pick(ORIGINS);
    const mine = spans.filter((span) => span.traceId === traceId);
    spans.push({
      traceId,
      spanId: hex(16),
      parentSpanId: random() < 0.1 ? hex(16) : mine.length > 0 ? pick(mine).spanId : null,
      name: pick(TEXTS),
      kind: pick(SPAN_KINDS),
      ...(atNs(startNs, 'start') as { startMs: number }),
      ...((random() < 0.05 ? { endMs: null } : atNs(endNs, 'end')) as { endMs: number | null }),
      status: pick(SPAN_STATUSES),
      statusMessage: random() < 0.3 ? 'it failed: 실패' : null,
      attributes: attributes(6),
      events:
        random() < 0.2
          ? [
              {
                name: pick(TEXTS),
                ...(atNs(startNs + nanos(1e6), 'time') as { timeMs: number }),
                attributes: attributes(3),
              },
            ]
          : [],
      links: random() < 0.2 ? [{ traceId: hex(32), spanId: hex(16), attributes: attributes(2) }] : [],
      ...(origin === undefined ? {} : { origin }),
      ...(random() < 0.1 ? { traceState: 'vendor=1,other=2' } : {}),
      ...(random() < 0.1 ? { dropped: { attributes: 1, events: 0, links: 3 } } : {}),
    });
  }
  return spans;
}
