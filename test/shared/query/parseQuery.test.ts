import { describe, expect, it } from 'vitest';
import { formatQuery } from '../../../shared/query/formatQuery.ts';
import { QueryParser } from '../../../shared/query/grammar.ts';
import { parseQuery } from '../../../shared/query/parseQuery.ts';
import { narrowQuery } from '../../../shared/query/narrow.ts';
import type { Signal } from '../../../shared/query/ast.ts';
import { randomOf } from './random.ts';
import { randomQueries } from './randomQuery.ts';

const words = {
  texts: [
    'a',
    'with "quotes" and \'these\'',
    'back\\slash \\d',
    'line\nbreak\ttab\r',
    '한국어',
    '',
    '| } ` and',
    '-1h',
    '12',
  ],
  keys: [
    'http.route',
    'odd key',
    'duration',
    'span.id',
    'and',
    'a`b',
    '3scale',
    'x-y:z/1',
    'level',
    'resource.x',
    '한국어',
    '.net',
    '..a',
  ],
  numbers: [0, 1, -3, 0.1, 1e21, 1.5e-9, 123456789],
  durationsMs: [0, 1, 0.02, 1500, 60_000, 90_000, 3_600_000, 86_400_000, 1e-6, 0.1, 12.3456789, 1e-9],
  timesMs: [0, Date.UTC(2026, 4, 31, 9, 30), 1_780_000_000_123],
  patterns: ['^a+$', '\\d{2}\\.\\w', '(?i)x|y', '"', '\\\\'],
};

/** The one fault of a query, with what it points at. */
function faults(text: string, signal: Signal = 'spans'): string[] {
  const parsed = parseQuery(text, signal);
  return parsed.ok ? [] : parsed.errors.map(({ message, from, to }) => `${from}-${to} ${message}`);
}
const normal = (text: string, signal: Signal = 'spans'): string => {
  const parsed = parseQuery(text, signal);
  if (!parsed.ok) throw new Error(`${text}: ${faults(text, signal).join()}`);
  return formatQuery(parsed.ast, signal);
};

describe('the query language', () => {
  it('is a grammar without ambiguity', () => {
    expect(() => new QueryParser(true)).not.toThrow();
  });

  it.each(['spans', 'logs'] as const)('reads what it writes: random queries for %s', (signal) => {
    const random = randomOf(signal === 'spans' ? 7 : 8);
    const { query } = randomQueries(random, words, signal);
    for (let i = 0; i < 3000; i++) {
      const ast = query();
      const text = formatQuery(ast, signal);
      expect([text, parseQuery(text, signal)]).toEqual([text, { ok: true, ast }]);
    }
  });

  it('forgives: any case, other signs, no quotes, no and', () => {
    expect(normal('service = tracedeck AND NOT name == "x"')).toBe(
      'service = "tracedeck" and not name = "x"',
    );
    expect(normal('a=1&&b=2||!c=3')).toBe('a = 1 and b = 2 or not c = 3');
    expect(normal('kind=Client status = ERROR')).toBe('kind = "client" and status = "error"');
    expect(normal('error duration>1.5s')).toBe('error = true and duration > 1500ms');
    expect(normal("service not in (a, 'b c')")).toBe('has(service) and not service in ("a", "b c")');
    expect(normal('not x not in (1)')).toBe('not (has(x) and not x in (1))');
    expect(normal('timeout "two words"')).toBe('"timeout" and "two words"');
    expect(normal('{ a = 1 } { b = 2 }')).toBe('{ a = 1 } and { b = 2 }');
    expect(normal('{a=1}>>{b=2}|count()>3 and max(duration)>1s')).toBe(
      '{ a = 1 } >> { b = 2 } | count() > 3 and max(duration) > 1s',
    );
    expect(normal('not {a=1} > {b=2}')).toBe('not { a = 1 } > { b = 2 }');
    expect(normal('   ')).toBe('');
    expect(normal('level >= WARN level:x', 'logs')).toBe('level >= "warn" and "level:x"');
  });

  it('asks for whole numbers beyond 2^53 by their digits, as they are kept', () => {
    expect(normal('id = 9007199254740993 or id in (+9007199254740993, 7)')).toBe(
      'id = "9007199254740993" or id in ("9007199254740993", 7)',
    );
    expect(normal('id != -9223372036854775808')).toBe('id != "-9223372036854775808"');
    // A float has no digits to lose, and by size only numbers are compared.
    expect(normal('id = 9007199254740991 or id = 1e300 or id > 9007199254740993')).toBe(
      'id = 9007199254740991 or id = 1e+300 or id > 9007199254740992',
    );
  });

  it('knows attributes by their place and by backquotes', () => {
    expect(normal('span.name = 1 and resource.host.name = h and `span.id` = x')).toBe(
      'span.name = 1 and resource.host.name = "h" and `span.id` = "x"',
    );
    const parsed = parseQuery('span.id = "00f067aa0ba902b7" and span.`id` = 1 and level = 2');
    expect(parsed.ok && parsed.ast.set?.type === 'spans' && parsed.ast.set.where).toMatchObject({
      items: [
        { field: { type: 'intrinsic', name: 'span.id' } },
        { field: { type: 'attribute', scope: 'span', key: 'id' } },
        { field: { type: 'attribute', scope: 'any', key: 'level' } },
      ],
    });
  });

  it('reads values by their field', () => {
    const value = (text: string) => {
      const parsed = parseQuery(text);
      const where = parsed.ok && parsed.ast.set?.type === 'spans' ? parsed.ast.set.where : null;
      return where?.type === 'compare' ? where.value : null;
    };
    expect(value('duration > 20us')).toEqual({ type: 'duration', ms: 0.02 });
    expect(value('duration > 2m')).toEqual({ type: 'duration', ms: 120_000 });
    expect(value('start > -1h')).toEqual({ type: 'duration', ms: -3_600_000 });
    expect(value('start > 2026-05-31T09:30:00.25Z')).toEqual({
      type: 'time',
      ms: Date.UTC(2026, 4, 31, 9, 30, 0, 250),
    });
    expect(value('start > 2026-05-31T09:30+0200')).toEqual({
      type: 'time',
      ms: Date.UTC(2026, 4, 31, 7, 30),
    });
    expect(value('start > 2026-05-31')).toEqual({ type: 'time', ms: new Date(2026, 4, 31).getTime() });
    expect(value('x = 12')).toEqual({ type: 'number', number: 12 });
    expect(value('x = "12"')).toEqual({ type: 'text', text: '12' });
    expect(value('x = true')).toEqual({ type: 'boolean', boolean: true });
    expect(value('name = 3')).toEqual({ type: 'text', text: '3' });
    expect(value('trace.id = 0af7651916cd43dd8448eb211c80319c')).toEqual({
      type: 'text',
      text: '0af7651916cd43dd8448eb211c80319c',
    });
  });

  it.each([
    ['a =', '3-4 expected a value after ='],
    ['a = and b', '4-7 expected a value after ='],
    ['= 3', '0-1 expected a field before ='],
    ['a = 1 and', '9-10 expected a condition after and'],
    ['or a = 1', '0-2 expected a condition before or'],
    ['(a = 1', '6-7 expected ) at the end'],
    ['{ a = 1', '7-8 expected } at the end'],
    ['a = 1)', '5-6 there is no ( for this )'],
    ['a = "x', '4-6 what begins here has no closing "'],
    ['a in b', '5-6 expected a list after in, such as ("a", "b")'],
    ['duration > 100mss', '11-17 unknown unit “mss”: there are ns, us, ms, s, m, h, d'],
    ['duration > 5', '11-12 a duration needs a unit: 5ms, or 5s'],
    ['duration > fast', '11-15 expected a duration, such as 100ms or 1.5s, not “fast”'],
    ['tokens > 100ms', '9-14 an attribute has no unit: write the number alone, as it was recorded'],
    ['name > 3', '5-6 name is text: it can be asked with =, !=, =~, !~ or contains'],
    ['kind = foo', '7-10 kind is internal, server, client, producer or consumer, not “foo”'],
    ['error = maybe', '8-13 error is true or false, not “maybe”'],
    ['start > soon', '8-12 expected a time, such as 2026-05-31T09:30 or -1h, not “soon”'],
    ['name =~ "a(?=b)"', '8-16 look-ahead and look-behind cannot be used here'],
    ['{ a = 1 } && b = 2', '13-18 beside a set in braces, this needs braces too'],
    ['{ a = 1 } > b', '12-13 what stands beside > needs braces: { … } > { … }'],
    ['{ { a = 1 } }', '2-11 a set cannot stand in a set: one pair of braces is enough'],
    ['(not { a }) > { b }', '0-11 “not” before a set chooses traces, so > has no spans to look at'],
    ['| count > 2', '8-9 expected ( after count, as in count()'],
    ['| sum() > 2', '2-7 sum needs a field, as in sum(duration)'],
    [
      '| total(x) > 2',
      '2-7 unknown figure “total”: there are count, sum, avg, min, max, p50, p75, p90, p95, p99',
    ],
    ['| sum(name) > 2', '6-10 name is text: there is no sum of it'],
    ['|', '1-2 expected a figure after |, such as count() > 3'],
    ['name <> x', '5-7 <> is written != here'],
    ['count() > 1', '0-6 a figure of a trace stands behind a |, as in | count(…) > 3'],
    ['{ a } and p95(duration) > 1s', '10-14 a figure of a trace stands behind a |, as in | p95(…) > 3'],
    ['`key`', '0-5 expected a comparison after this key, or has(…) around it'],
    [`${'('.repeat(101)}a${')'.repeat(101)}`, '100-101 too many parentheses inside each other'],
  ])('says what is wrong with %s', (text, fault) => {
    expect(faults(text)).toEqual([fault]);
  });

  it('says what log lines do not have', () => {
    expect(faults('{ a = 1 } > { b = 2 }', 'logs')).toEqual(['10-11 log lines have no parents or children']);
    expect(faults('a = 1 | count() > 3', 'logs')).toEqual(['6-7 log lines have no figures of a trace']);
    expect(faults('level > loud', 'logs')).toEqual(['8-12 level is debug, info, warn or error, not “loud”']);
  });

  it('is narrowed by one condition more', () => {
    expect(narrowQuery('', 'a = 1')).toBe('a = 1');
    expect(narrowQuery('a = 1 or b = 2 | count() > 3', 'c = "x"')).toBe(
      '(a = 1 or b = 2) and c = "x" | count() > 3',
    );
    expect(narrowQuery('{ a = 1 } > { b = 2 }', 'c = 3')).toBe('{ a = 1 } > { b = 2 } and { c = 3 }');
    expect(narrowQuery('level >= warn', 'service = x', 'logs')).toBe('level >= "warn" and service = "x"');
    expect(narrowQuery('a = ', 'c = 3')).toBe('c = 3');
  });

  it('takes four thousand characters of anything without an exception', () => {
    const random = randomOf(3);
    const pieces = [
      '{',
      '}',
      '(',
      ')',
      '|',
      'and',
      'or',
      'not',
      '!',
      '=',
      '=~',
      '"',
      '`',
      'a',
      '1s',
      ',',
      '>',
      '<<',
      'in',
      'has(',
      '\\',
      '\n',
      '한',
    ];
    for (let i = 0; i < 400; i++) {
      const text = Array.from({ length: random.int(0, i < 380 ? 12 : 1500) }, () => random.pick(pieces)).join(
        random.pick(['', ' ']),
      );
      const parsed = parseQuery(text);
      if (!parsed.ok) expect(parsed.errors.length).toBeGreaterThan(0);
    }
    expect(parseQuery('not '.repeat(1000)).ok).toBe(false);
    expect(parseQuery(`${'not '.repeat(999)}a`).ok).toBe(true);
  });
});

describe('a dot in front', () => {
  it('makes an attribute of what follows, as in TraceQL', () => {
    const written = parseQuery('.duration = 3 and .http.route = "/"');
    expect(written).toEqual(parseQuery('`duration` = 3 and http.route = "/"'));
    expect(written.ok).toBe(true);
  });
});
