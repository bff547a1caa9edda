/** Spans as a run of the pipeline makes them, without running it. */
import type { AttributeValue, SpanRecord } from '../../../shared/span.ts';

/** The same every time: tests and benchmarks must not differ from run to run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function hexId(random: () => number, digits: number): string {
  let id = '';
  while (id.length < digits)
    id += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return id;
}

export function span(part: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: '0123456789abcdef',
    parentSpanId: null,
    name: 'run',
    kind: 'internal',
    startMs: 1_790_000_000_000.25,
    endMs: 1_790_000_000_010.5,
    status: 'unset',
    statusMessage: null,
    attributes: {},
    events: [],
    links: [],
    ...part,
  };
}

/** One trace of about so many spans, in the order in which they end: 32 rows at a time, 9 spans a row. */
export function pipelineSpans(count: number, seed = 1): SpanRecord[] {
  const random = randomFrom(seed);
  const traceId = hexId(random, 32);
  const run = traceId.slice(0, 16);
  const startMs = 1_790_000_000_000;
  const spans: SpanRecord[] = [];
  const add = (
    name: string,
    parentSpanId: string | null,
    from: number,
    to: number,
    attributes: Record<string, AttributeValue>,
    spanId = hexId(random, 16),
  ) => {
    const us = (ms: number) => Math.round(ms * 1000) / 1000;
    spans.push(
      span({
        traceId,
        spanId,
        parentSpanId,
        name,
        startMs: us(startMs + from),
        endMs: us(startMs + to),
        attributes,
      }),
    );
    return spanId;
  };
  let row = 1;
  for (let lane = 0; spans.length + 1 < count; lane += 1) {
    row += 1;
    const from = Math.floor(lane / 32) * 40 + random() * 5;
    const item = hexId(random, 16);
    let at = from + 0.1;
    for (const stage of ['analyse', 'write']) {
      const stageId = hexId(random, 16);
      const begin = at;
      add('cache get', stageId, at, at + 0.05, {
        'tracedeck.stage': stage,
        'tracedeck.cache.outcome': 'miss',
      });
      const made = at + 0.06 + random() * 12;
      add('generate', stageId, at + 0.06, made, {
        'tracedeck.stage': stage,
        'tracedeck.generator': 'offline',
        'gen_ai.request.model': 'wordnet-3.1',
        'tracedeck.prompt.version': '1',
        'tracedeck.tokens.estimate.input': Math.floor(300 + random() * 200),
        'tracedeck.tokens.estimate.output': Math.floor(80 + random() * 90),
      });
      add('cache set', stageId, made, made + 0.08, { 'tracedeck.stage': stage });
      at = made + 0.1;
      add(
        `stage ${stage}`,
        item,
        begin - 0.02,
        at,
        {
          'tracedeck.stage': stage,
          'tracedeck.tokens.estimate.input': Math.floor(300 + random() * 200),
          'tracedeck.tokens.estimate.output': Math.floor(80 + random() * 90),
        },
        stageId,
      );
    }
    add(
      'item',
      run,
      from,
      at + 0.3,
      {
        'tracedeck.item.key': hexId(random, 16).slice(0, 12),
        'tracedeck.item.row': row,
        'tracedeck.item.attempt': 1,
        'tracedeck.item.state': 'done',
        'tracedeck.cards.count': 3,
      },
      item,
    );
  }
  const end = Math.max(...spans.slice(-400).map(({ endMs }) => endMs!)) - startMs;
  add('run', null, 0, end + 1, { 'tracedeck.run.id': 'run-1', 'tracedeck.terms.count': row }, run);
  return spans;
}
