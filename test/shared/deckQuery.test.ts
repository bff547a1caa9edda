import { describe, expect, it } from 'vitest';
import { parseDeckQuery, type DeckQuery } from '../../shared/deckQuery.ts';

/** The tree without positions, for reading: words as they are, conditions as `key=value`. */
function shape(query: DeckQuery | null): unknown {
  if (query === null) return null;
  switch (query.kind) {
    case 'and':
    case 'or':
      return [query.kind, ...query.parts.map(shape)];
    case 'not':
      return ['not', shape(query.part)];
    case 'text': {
      const text = query.form === 'phrase' ? `"${query.text}"` : query.text;
      return query.side === null ? text : `${query.side}=${text}`;
    }
    default: {
      const { from: _from, to: _to, ...condition } = query;
      return condition;
    }
  }
}
const read = (text: string) => shape(parseDeckQuery(text).query);
const problem = (text: string) => parseDeckQuery(text).problem;

describe('the query language of the deck', () => {
  it('finds all cards with an empty query', () => {
    for (const text of ['', '   ', '""', '()'])
      expect(parseDeckQuery(text)).toEqual({ query: null, problem: null });
  });

  it('takes words side by side as all of them, and "or" as binding less', () => {
    expect(read('a b')).toEqual(['and', 'a', 'b']);
    expect(read('a b or c d')).toEqual(['or', ['and', 'a', 'b'], ['and', 'c', 'd']]);
    expect(read('a OR b and c')).toEqual(['or', 'a', ['and', 'b', 'c']]);
  });

  it('groups by parentheses and excludes by a minus', () => {
    expect(read('-a (b or -c)')).toEqual(['and', ['not', 'a'], ['or', 'b', ['not', 'c']]]);
    expect(read('-(a b)')).toEqual(['not', ['and', 'a', 'b']]);
    expect(read('--a')).toBe('a');
    expect(read('well-known')).toBe('well-known');
  });

  it('knows phrases in every kind of quotation marks, and escapes within them', () => {
    expect(read('"two words" „zwei Worte“ 「한 국」')).toEqual([
      'and',
      '"two words"',
      '"zwei Worte"',
      '"한 국"',
    ]);
    expect(read('"a \\"b\\" c"')).toBe('"a "b" c"');
    expect(read('"or"')).toBe('"or"');
  });

  it('lets a word go on at a star', () => {
    expect(read('app*')).toBe('app');
    expect(read('"to ap*"')).toBe('to ap');
    expect(problem('a*e')).toEqual({ message: '"*" stands for the rest of a word, at its end.', at: 1 });
  });

  it('reads every key', () => {
    expect(read('front:one back:"two three" term:네')).toEqual([
      'and',
      'front=one',
      'back="two three"',
      'term=네',
    ]);
    expect(read('deck:A::B tag:verbs::irregular notetype:"Basic (and reversed)"')).toEqual([
      'and',
      { kind: 'deck', name: 'A::B' },
      { kind: 'tag', name: 'verbs::irregular' },
      { kind: 'notetype', name: 'Basic (and reversed)' },
    ]);
    expect(read('Type:Cloze is:DUE flag:3 warning:any warning:vague')).toEqual([
      'and',
      { kind: 'type', type: 'cloze' },
      { kind: 'is', state: 'due' },
      { kind: 'flag', flag: 3 },
      { kind: 'warning', code: null },
      { kind: 'warning', code: 'vague' },
    ]);
    expect(read('added:1 edited:7 rated:30 rated:2:4 run:abc-1')).toEqual([
      'and',
      { kind: 'added', days: 1 },
      { kind: 'edited', days: 7 },
      { kind: 'rated', days: 30, rating: null },
      { kind: 'rated', days: 2, rating: 4 },
      { kind: 'run', runId: 'abc-1' },
    ]);
    expect(read('prop:stability>=2.5 prop:lapses=3')).toEqual([
      'and',
      { kind: 'prop', property: 'stability', comparison: '>=', value: 2.5 },
      { kind: 'prop', property: 'lapses', comparison: '=', value: 3 },
    ]);
  });

  it('takes text with colons that names no key for text', () => {
    expect(read('3:30')).toBe('3:30');
    expect(read('a::b')).toBe('a::b');
    expect(read('"note: this"')).toBe('"note: this"');
  });

  it('normalises text to NFC', () => {
    expect(read('한국'.normalize('NFD'))).toBe('한국');
  });

  it('says where each part stands', () => {
    expect(parseDeckQuery('a  -tag:b').query).toEqual({
      kind: 'and',
      from: 0,
      to: 9,
      parts: [
        { kind: 'text', form: 'word', text: 'a', side: null, from: 0, to: 1 },
        { kind: 'not', from: 3, to: 9, part: { kind: 'tag', name: 'b', from: 4, to: 9 } },
      ],
    });
  });

  it.each([
    ['is:nwe a', 3, 'a'],
    ['a colour:red', 2, 'a'],
    ['a tag:', 2, 'a'],
    ['a added:soon', 8, 'a'],
    ['a rated:3:5', 8, 'a'],
    ['a rated:3:', 8, 'a'],
    ['a prop:beauty>3', 7, 'a'],
    ['a prop:lapses', 7, 'a'],
    ['a "b', 2, ['and', 'a', '"b"']],
    ['(a b', 0, ['and', 'a', 'b']],
    ['a) b', 1, ['and', 'a', 'b']],
    ['a - b', 2, ['and', 'a', 'b']],
    ['a or', 2, 'a'],
    ['or a', 0, 'a'],
    ['a or or b', 2, ['or', 'a', 'b']],
    ['a -', 2, 'a'],
    ['a ??', 2, 'a'],
    ['a -is:nwe', 6, 'a'],
  ] as const)('says what is wrong with %j and searches for the rest', (text, at, rest) => {
    expect(problem(text)?.at).toBe(at);
    expect(read(text)).toEqual(rest);
  });

  it('names the first of several problems', () => {
    expect(problem('a is:x (b foo:1')?.at).toBe(5);
  });

  it('never throws, whatever is typed', () => {
    const pieces = [
      '(',
      ')',
      '-',
      '"',
      ' ',
      'or',
      'and',
      'a',
      '*',
      ':',
      'tag:',
      'prop:',
      'is:due',
      '\\',
      '한',
      '😀',
      '\ud800',
    ];
    let state = 1;
    const next = () => (state = (state * 48271) % 2147483647);
    for (let round = 0; round < 3000; round += 1) {
      const text = Array.from({ length: 1 + (next() % 12) }, () => pieces[next() % pieces.length]).join('');
      const { problem: said } = parseDeckQuery(text);
      if (said !== null) expect(said.at).toBeLessThanOrEqual(text.length);
    }
    expect(() => parseDeckQuery('('.repeat(2000))).not.toThrow();
    expect(() => parseDeckQuery('-'.repeat(2000))).not.toThrow();
  });
});
