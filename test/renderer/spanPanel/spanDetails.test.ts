import { describe, expect, it } from 'vitest';
import {
  attributeEntry,
  attributeGroups,
  filteredGroups,
  splitBaggage,
} from '../../../renderer/spanPanel/spanGroups.ts';
import { barsOf, standingText } from '../../../renderer/spanPanel/SpanStanding.tsx';
import { stackParts } from '../../../renderer/spanPanel/stackFrames.ts';

describe('attributes', () => {
  it('are grouped by convention in one order, unknown prefixes after them, the rest last', () => {
    const groups = attributeGroups({
      plain: 1,
      'zoo.animal': 'bear',
      'http.request.method': 'GET',
      'gen_ai.usage.input_tokens': 1,
      'tracedeck.stage': 'analyse',
      'acme.id': 7,
      'error.type': 'timeout',
      'url.full': 'http://x/',
    });
    expect(groups.map(({ title, entries }) => [title, entries.map(({ title: name }) => name)])).toEqual([
      ['Tracedeck', ['Stage']],
      ['Models', ['Input']],
      ['HTTP', ['Method', 'URL']],
      ['Exception', ['Kind of error']],
      ['acme', ['acme.id']],
      ['zoo', ['zoo.animal']],
      ['Other', ['plain']],
    ]);
  });

  it('carry their unit, known by the convention or by how the key ends', () => {
    const text = (key: string, value: number) => attributeEntry(key, value).text;
    expect(text('gen_ai.usage.output_tokens', 12_345)).toBe('12,345 tokens');
    expect(text('http.response.body.size', 18_400)).toBe('18.4 kB (18,400 B)');
    expect(text('tracedeck.retry.delay', 1500)).toBe('1.50 s');
    expect(text('tracedeck.cost', 0.00042)).toBe('$0.00042');
    expect(text('acme.wait_ms', 250)).toBe('250 ms');
    expect(text('acme.reply.bytes', 20)).toBe('20 B');
    expect(text('http.response.status_code', 1404)).toBe('1404');
    expect(text('server.port', 65_535)).toBe('65535');
    expect(attributeEntry('list', ['a', 'b']).text).toBe('a, b');
    expect(attributeEntry('toString', 'x').title).toBe('toString');
  });

  it('are found by key, title, value or the name of their group', () => {
    const groups = attributeGroups({ 'http.route': '/orders', 'server.port': 443, 'acme.note': 'HTTP' });
    const found = (text: string) =>
      filteredGroups(groups, text).flatMap(({ entries }) => entries.map(({ key }) => key));
    expect(found('http')).toEqual(['http.route', 'acme.note']);
    expect(found('PORT')).toEqual(['server.port']);
    expect(found('/ord')).toEqual(['http.route']);
    expect(found(' ')).toHaveLength(3);
    expect(found('nothing')).toEqual([]);
  });

  it('that are copies of baggage stand apart', () => {
    const all = { tenant: 'acme', 'baggage.user': 'u1', 'http.route': '/' };
    expect(splitBaggage(all, ['tenant'])).toEqual({
      baggage: { tenant: 'acme', 'baggage.user': 'u1' },
      own: { 'http.route': '/' },
    });
  });
});

describe('stacks', () => {
  it("fold what the runtime and libraries did, and keep one's own frames in order", () => {
    const parts = stackParts(`TypeError: x is not a function
    at own (/srv/app/src/own.ts:4:1)
    at Layer.handle (/srv/app/node_modules/express/layer.js:95:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)
    at main (/srv/app/src/main.ts:7:1)
    at node:internal/main/run_main_module:36:49`);
    expect(parts.map((part) => (part.kind === 'folded' ? part.lines.length : part.text))).toEqual([
      'TypeError: x is not a function',
      'at own (/srv/app/src/own.ts:4:1)',
      2,
      'at main (/srv/app/src/main.ts:7:1)',
      'at node:internal/main/run_main_module:36:49',
    ]);
  });

  it('of other languages are read too', () => {
    const python = stackParts(`Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in run
    go()
  File "/usr/lib/python3/site-packages/flask/app.py", line 9, in go
ValueError: no`);
    expect(python.filter(({ kind }) => kind === 'folded')).toHaveLength(0);
    expect(python).toHaveLength(5);
    const java = stackParts(
      'E: x\n\tat com.shop.A.b(A.java:3)\n\tat java.lang.X.y(X.java:1)\n\tat java.lang.Z.y(Z.java:1)',
    );
    expect(java.map(({ kind }) => kind)).toEqual(['line', 'line', 'folded']);
  });
});

describe('where a span stands', () => {
  it('is said with no more digits than the count carries, and never as all of them where it is not', () => {
    expect(standingText({ below: 0.934, count: 200 })).toBe('slower than 93 %');
    expect(standingText({ below: 0.9996, count: 100_000 })).toBe('slower than 99.9 %');
    expect(standingText({ below: 0.997, count: 300 })).toBe('slower than 99 %');
    expect(standingText({ below: 1, count: 300 })).toBe('slower than 100 %');
    expect(standingText({ below: 0, count: 1 })).toBe('the only one');
  });

  it('is within the picture, whose bars hold every span', () => {
    const buckets = { baseMs: 1e-6, growth: 1.02, first: 700, counts: [1, 0, 5, 3] };
    const { bars, fromMs, toMs } = barsOf(buckets, 5000, 40);
    expect(bars.reduce((sum, count) => sum + count, 0)).toBe(9);
    expect(fromMs).toBeLessThan(1e-6 * 1.02 ** 700);
    expect(toMs).toBeGreaterThan(5000);
    expect(barsOf({ ...buckets, counts: [] }, 1, 40).bars).toEqual([]);
  });
});
