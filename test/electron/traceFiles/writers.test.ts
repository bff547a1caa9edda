import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { exportTraces } from '../../../electron/traceFiles/exportTraces.ts';
import { layLanes } from '../../../electron/traceFiles/lanes.ts';
import { MAX_BYTES } from '../../../electron/traceFiles/writeLlm.ts';
import { columnsOf } from '../../../shared/analysis/columnsOf.ts';
import { selfTimes } from '../../../shared/analysis/selfTimes.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomNumbers, syntheticTrace } from '../../fixtures/syntheticTrace.ts';
import { aSpan, exported, OWN } from './files.ts';
import { randomSpans } from './randomSpans.ts';

type Event = { readonly type: 'O' | 'C'; readonly frame: number; readonly at: number };
type Profile =
  | {
      readonly type: 'evented';
      readonly name: string;
      readonly startValue: number;
      readonly endValue: number;
      readonly events: Event[];
    }
  | {
      readonly type: 'sampled';
      readonly name: string;
      readonly startValue: number;
      readonly endValue: number;
      readonly samples: number[][];
      readonly weights: number[];
    };
type Speedscope = {
  readonly $schema: string;
  readonly profiles: Profile[];
  readonly shared: { readonly frames: { readonly name: string; readonly file: string }[] };
};

/** The rules of speedscope's schema and of its importer. */
function checkSpeedscope({ $schema, profiles, shared: { frames } }: Speedscope): void {
  expect($schema).toBe('https://www.speedscope.app/file-format-schema.json');
  for (const { name, file } of frames) {
    expect(typeof file).toBe('string');
    expect(name).not.toBe('');
  }
  for (const profile of profiles) {
    expect(profile.endValue).toBeGreaterThanOrEqual(profile.startValue);
    if (profile.type === 'sampled') {
      expect(profile.samples).toHaveLength(profile.weights.length);
      for (const stack of profile.samples) for (const frame of stack) expect(frames[frame]).toBeDefined();
      for (const weight of profile.weights) expect(weight).toBeGreaterThanOrEqual(0);
      continue;
    }
    const open: number[] = [];
    let lastAt = profile.startValue;
    for (const { type, frame, at } of profile.events) {
      expect(frames[frame]).toBeDefined();
      expect(at).toBeGreaterThanOrEqual(lastAt);
      lastAt = at;
      if (type === 'O') open.push(frame);
      else expect(open.pop()).toBe(frame);
    }
    expect(open).toStrictEqual([]);
    expect(lastAt).toBeLessThanOrEqual(profile.endValue);
  }
}

describe('lanes', () => {
  it('hold no span inside of one that is not its parent', () => {
    const random = randomNumbers(3);
    for (let round = 0; round < 60; round += 1) {
      const spans: SpanRecord[] = [];
      for (let i = 0; i < 60; i += 1) {
        const startMs = Math.floor(random() * 40);
        spans.push(
          aSpan({
            spanId: `${i + 1}`.padStart(16, '0'),
            parentSpanId: random() < 0.2 ? null : `${Math.floor(random() * 60) + 1}`.padStart(16, '0'),
            startMs,
            endMs: startMs + Math.floor(random() * 20),
          }),
        );
      }
      const columns = columnsOf(spans);
      const group = Uint8Array.from(spans, () => Math.floor(random() * 2));
      const { order, lane, groupOf } = layLanes(columns, group);
      const stacks = new Map<number, number[]>();
      for (const row of order) {
        expect(groupOf[lane[row]!]).toBe(group[row]);
        const stack = stacks.get(lane[row]!) ?? [];
        stacks.set(lane[row]!, stack);
        while (
          stack.length > 0 &&
          columns.endMs[stack.at(-1)!]! <= columns.startMs[row]! &&
          !(stack.at(-1) === columns.parent[row] && columns.endMs[row]! <= columns.endMs[stack.at(-1)!]!)
        )
          stack.pop();
        const around = stack.at(-1);
        if (around !== undefined) {
          expect(columns.parent[row]).toBe(around);
          expect(columns.endMs[row]!).toBeLessThanOrEqual(columns.endMs[around]!);
        }
        stack.push(row);
      }
      expect(order).toHaveLength(60);
    }
  });

  it('are as few as the spans that ran side by side', () => {
    const spans = spanTree(`
      run 0-100
        item 0-40
          stage 5-30
        item 10-60
        item 40-90
        item 60-95`);
    expect(new Set(layLanes(columnsOf(spans), new Uint8Array(6)).lane).size).toBe(2);
  });
});

describe('speedscope', () => {
  it('has balanced events, frames that are there and weights that add up to the self times', async () => {
    for (const spans of [
      syntheticTrace({ items: 200 }),
      randomSpans(300),
      spanTree('run 0-10\n  a 0-0\n  b 10-10\n  c 3-?'),
      [aSpan({ name: '', endMs: 0 })],
    ]) {
      const { text, report } = await exported('speedscope', spans);
      const document = JSON.parse(text) as Speedscope;
      checkSpeedscope(document);
      expect(report.spans).toBe(spans.length);
      const sampled = document.profiles.filter(({ type }) => type === 'sampled');
      expect(sampled).toHaveLength(report.traces);
      const total = sampled.reduce((sum, { endValue }) => sum + endValue, 0);
      const self = selfTimes(columnsOf(spans)).reduce((sum, ms) => sum + ms, 0);
      // Open spans end with their own trace there, and with the latest of all here.
      if (spans.every(({ endMs }) => endMs !== null)) expect(total).toBeCloseTo(self, 3);
    }
  });

  it('has every span on some lane, in order of time', async () => {
    const spans = syntheticTrace({ items: 50, concurrency: 4 });
    const { profiles } = JSON.parse((await exported('speedscope', spans)).text) as Speedscope;
    const opened = profiles.flatMap((profile) =>
      profile.type === 'evented' ? profile.events.filter(({ type }) => type === 'O') : [],
    );
    expect(opened).toHaveLength(spans.length);
  });
});

describe('Chrome trace events', () => {
  it('are slices that lie within one another on every thread, with flows for links', async () => {
    const spans = syntheticTrace({ items: 100 });
    const linked = {
      ...spans[5]!,
      links: [{ traceId: spans[0]!.traceId, spanId: spans[2]!.spanId, attributes: {} }],
    };
    const all = spans.map((span, index) => (index === 5 ? linked : span));
    const { traceEvents } = JSON.parse((await exported('chrome', all)).text) as {
      traceEvents: { ph: string; pid: number; tid: number; ts: number; dur: number; name: string }[];
    };
    const slices = traceEvents.filter(({ ph }) => ph === 'X');
    expect(slices).toHaveLength(spans.length);
    const threads = Map.groupBy(slices, ({ pid, tid }) => `${pid} ${tid}`);
    for (const thread of threads.values()) {
      const open: number[] = [];
      for (const { ts, dur } of thread.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)) {
        while (open.length > 0 && open.at(-1)! <= ts + 0.5) open.pop();
        if (open.length > 0) expect(ts + dur).toBeLessThanOrEqual(open.at(-1)! + 0.5);
        open.push(ts + dur);
      }
    }
    expect(traceEvents.filter(({ ph }) => ph === 's' || ph === 'f')).toHaveLength(2);
    expect(traceEvents.filter(({ name }) => name === 'process_name')).toHaveLength(1);
  });
});

describe('CSV', () => {
  it('has a row a span, chosen attributes in columns of their own, and no formulas', async () => {
    const { text } = await exported(
      'csv',
      [
        aSpan({ attributes: { 'http.route': '/a, "b"', n: -5, list: ['x'] } }),
        aSpan({
          spanId: '1'.repeat(16),
          name: '=1+1',
          endMs: null,
          attributes: { 'http.route': '  @SUM(A1)' },
        }),
        aSpan({ spanId: '2'.repeat(16), name: '+82 10', endMs: 1_790_000_000_000 }),
      ],
      ['http.route', 'n'],
    );
    expect(text.split('\r\n')).toStrictEqual([
      'trace_id,span_id,parent_span_id,service,name,kind,status,start_time,start_ms,duration_ms,http.route,n,attributes',
      '0af7651916cd43dd8448eb211c80319c,b7ad6b7169203331,,tracedeck,GET /cart,server,unset,2026-09-21T14:13:20.000250Z,1790000000000.25,12.25,"/a, ""b""",-5,"{""http.route"":""/a, \\""b\\"""",""n"":-5,""list"":[""x""]}"',
      `0af7651916cd43dd8448eb211c80319c,1111111111111111,,tracedeck,'=1+1,server,unset,2026-09-21T14:13:20.000250Z,1790000000000.25,,'  @SUM(A1),,"{""http.route"":""  @SUM(A1)""}"`,
      `0af7651916cd43dd8448eb211c80319c,2222222222222222,,tracedeck,'+82 10,server,unset,2026-09-21T14:13:20.000250Z,1790000000000.25,-0.25,,,{}`,
      '',
    ]);
  });
});

describe('a page of HTML', () => {
  it('needs no network and no scripts, and lets nothing in a trace become markup', async () => {
    const { text } = await exported('html', [
      aSpan({
        name: '</summary><script>alert(1)</script>',
        attributes: { '<b>': '"><img src=x onerror=alert(1)>', 단어: 'שלום' },
        status: 'error',
        statusMessage: "it's <bad>",
        events: [{ name: '<i>', timeMs: 1_790_000_000_001, attributes: { a: '\u0000' } }],
      }),
    ]);
    expect(text).toMatch(/default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'/);
    expect(text).not.toMatch(/<script|<img|<i>|<bad|<link|https?:|url\(|<[^>]*\s(?:style|on\w+)=/i);
    expect(text).toContain('&#60;script&#62;');
    expect(text).toContain('שלום');
    expect(text).toMatch(/<table><caption>.*<th scope="col"/s);
  });

  it('keeps names in their place in the tree, copied as text and wrapped into lines', async () => {
    const { text } = await exported(
      'html',
      spanTree(`
      run 0-100
        item 0-40
          chat gpt 5-35`),
    );
    const rows = [...text.matchAll(/<summary class="(d\d+)">(\u2003*)<bdi>([^<]+)/g)];
    expect(rows.map(([, level, spaces, name]) => [level, spaces!.length, name])).toEqual([
      ['d0', 0, 'run'],
      ['d1', 1, 'item'],
      ['d2', 2, 'chat gpt'],
    ]);
    for (const level of ['.d0{', '.d2{', '.d24{']) expect(text).toContain(level);
  });

  it('shows failed and long spans with their ancestors where there are too many', async () => {
    const spans = syntheticTrace({ items: 1500 });
    const { text, report } = await exported('html', spans);
    expect(spans.length).toBeGreaterThan(10_000);
    expect(text.match(/<tr[ >]/g)).toHaveLength(10_001);
    expect(text.match(/✗ failed/g)).toHaveLength(spans.filter(({ status }) => status === 'error').length);
    expect(report.notes.join(' ')).toContain('spans are left out');
  });
});

describe('text for a language model', () => {
  it('tells the critical path, failures, operations and the folded tree', async () => {
    const spans = spanTree(`
      run 0-100 gen_ai.x=1
        item 0-40
          chat gpt 5-35 error error.type=timeout http.request.method=POST
        item 40-60
        item 60-95`);
    const { text } = await exported('llm', spans);
    expect(text).toContain(`# Trace ${'1'.repeat(32)}`);
    expect(text).toContain('5 spans, 1 failed');
    expect(text).toMatch(/## Critical path.*\n- item: 65\.0 ms \(65 %\)/);
    expect(text).toContain('- 1 × chat gpt: timeout: chat gpt failed');
    expect(text).toContain('in item < run');
    expect(text).toContain('http.request.method=POST');
    expect(text).toMatch(/\n {2}item 3 × \(max 40\.0 ms\) 95\.0 ms/);
  });

  it('holds no prompt, answer, query or secret', async () => {
    const secret = 'sk-abcdefghijklmnopqrstuvwxyz123456';
    const content = 'THE-CONTENT';
    const keys = [
      'gen_ai.input.messages',
      'gen_ai.output.messages',
      'gen_ai.system_instructions',
      'gen_ai.prompt.0.content',
      'gen_ai.completion',
      'gen_ai.tool.call.arguments',
      'input.value',
      'llm.input_messages.0.message.content',
      'traceloop.entity.output',
      'db.query.text',
      'db.statement',
      'http.request.header.authorization',
      'http.request.body.content',
      'url.full',
      'url.query',
      'user.email',
      'enduser.id',
      'client.address',
      'exception.stacktrace',
      'tracedeck.item.key',
      'password',
      'apiKey',
      'messages',
    ];
    const spans = keys.flatMap((key, index) => [
      aSpan({
        spanId: `${index + 1}`.padStart(16, '0'),
        name: `call ${index}`,
        status: 'error',
        statusMessage: `refused: Authorization: Bearer ${secret}`,
        attributes: { [key]: content, harmless: 'yes', long: 'y'.repeat(500) },
      }),
    ]);
    const { text, report } = await exported('llm', spans);
    expect(text).not.toContain(content);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('yyyyy');
    expect(text).toContain('harmless=yes');
    expect(report.notes.join(' ')).toContain('left out');
  });

  it('is bounded, whatever the trace', async () => {
    for (const spans of [
      syntheticTrace({ items: 3000, failing: 0.3 }),
      Array.from({ length: 3000 }, (_, i) =>
        aSpan({
          spanId: (i + 1).toString(16).padStart(16, '0'),
          name: `한국어 ${i}`.repeat(20),
          status: 'error',
          statusMessage: `${i} `.repeat(400).replace(/\d/g, 'ㄱ') + String.fromCodePoint(0x4e00 + i),
        }),
      ),
      ['a', 'b', 'c', 'd'].flatMap((digit) => syntheticTrace({ items: 500, traceId: digit.repeat(32) })),
    ]) {
      const { text, report } = await exported('llm', spans);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BYTES);
      expect(Buffer.byteLength(text)).toBeGreaterThan(1000);
      expect(report.bytes).toBe(Buffer.byteLength(text));
    }
  });

  it('gives several traces an equal share, and says how many it has no room for', async () => {
    const digits = [...'123456789abc'];
    const traces = digits.map((digit) =>
      encodeSpans(syntheticTrace({ items: 300, traceId: digit.repeat(32) })),
    );
    let text = '';
    const sink = { write: (piece: string) => void (text += piece) };
    await exportTraces(Readable.from(traces), { format: 'llm', own: OWN, expected: digits.length }, sink);
    const told = text.split(/^(?=# Trace )/m);
    expect(told.map((part) => part.slice(8, 9)).join('')).toBe('12345678');
    expect(Math.min(...told.map((part) => part.length))).toBeGreaterThan(2000);
    expect(text.trimEnd().split('\n').at(-1)).toBe('4 more of the traces are left out for lack of room.');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BYTES);
  });

  it('holds nothing that a terminal obeys', async () => {
    const nasty = 'a\u001b[31m\u009b2J\u202eb\u0007';
    const span = aSpan({
      name: nasty,
      status: 'error',
      statusMessage: nasty,
      attributes: { [nasty]: nasty },
    });
    const { text } = await exported('llm', [span]);
    expect(text).toContain('a\u{fffd}[31m');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
