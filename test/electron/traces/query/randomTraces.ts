/** Small random traces that use everything a query can ask about. Times are whole microseconds. */
import type { Attributes, AttributeValue, Origin, SpanRecord } from '../../../../shared/span.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../../shared/span.ts';
import type { Random } from '../../../shared/query/random.ts';

export const NOW_MS = Date.UTC(2026, 4, 31, 12);
export const NAMES = ['run', 'stage write', 'cache get', 'GET /단어', 'Chat gpt'];
export const KEYS = ['tokens', 'tracedeck.stage', 'cached', 'odd key', 'list', 'service.version'];
export const TEXTS = ['write', 'analyse', 'Hit', '12', '한국어', 'a"b\\c'];

export const ORIGINS: readonly Origin[] = [
  {
    resource: { 'service.name': 'tracedeck', 'service.version': '0.1.0', host: 'one' },
    scope: { name: 'pipeline', version: '2' },
  },
  { resource: { 'service.name': 'server', host: 'two', tokens: 5 }, scope: { name: 'http', version: null } },
];

export const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => random.int(0, 15).toString(16)).join('');

function randomValue(random: Random): AttributeValue {
  const kind = random.int(0, 5);
  if (kind <= 1) return random.pick(TEXTS);
  if (kind === 2) return random.int(0, 12);
  if (kind === 3) return random.int(0, 24) / 2;
  if (kind === 4) return random.chance(0.5);
  return random.chance(0.5)
    ? Array.from({ length: random.int(0, 3) }, () => random.pick(TEXTS))
    : Array.from({ length: random.int(0, 3) }, () => random.int(0, 12));
}

function randomAttributes(random: Random, share: number): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const key of KEYS) if (random.chance(share)) attributes[key] = randomValue(random);
  if (random.chance(0.1)) attributes['tracedeck.run.id'] = random.pick(['r1', 'r2']);
  return attributes;
}

export function randomTrace(random: Random): SpanRecord[] {
  const traceId = hex(random, 32);
  const spans: SpanRecord[] = [];
  const baseUs = NOW_MS * 1000 - random.int(1, 3) * 3_600_000_000;
  for (let count = random.int(1, 12); count > 0; count--) {
    const parent = spans.length > 0 && random.chance(0.85) ? random.pick(spans) : null;
    const startUs = baseUs + random.int(0, 40);
    const isOpen = random.chance(0.05);
    spans.push({
      traceId,
      spanId: hex(random, 16),
      parentSpanId:
        parent?.spanId ?? (random.chance(0.4) ? random.pick(['00000000000000aa', '00000000000000bb']) : null),
      name: random.pick(NAMES),
      kind: random.pick(SPAN_KINDS),
      startMs: startUs / 1000,
      endMs: isOpen ? null : (startUs + random.int(0, 30)) / 1000,
      status: random.pick(SPAN_STATUSES),
      statusMessage: random.chance(0.2) ? random.pick(TEXTS) : null,
      attributes: randomAttributes(random, 0.4),
      events: Array.from({ length: random.chance(0.2) ? random.int(1, 2) : 0 }, () => ({
        name: random.pick(['exception', 'retry']),
        timeMs: startUs / 1000,
        attributes: randomAttributes(random, 0.3),
      })),
      links: random.chance(0.1)
        ? [{ traceId: hex(random, 32), spanId: hex(random, 16), attributes: randomAttributes(random, 0.3) }]
        : [],
      origin: random.pick(ORIGINS),
    });
  }
  return spans;
}
