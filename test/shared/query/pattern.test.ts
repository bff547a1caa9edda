import { describe, expect, it } from 'vitest';
import { compilePattern, patternFault } from '../../../shared/query/pattern.ts';
import { randomOf } from './random.ts';

const matches = (pattern: string, text: string) => compilePattern(pattern)(text);

describe('patterns', () => {
  it('find what JavaScript finds, for random patterns and texts', () => {
    const random = randomOf(11);
    const atoms = [
      'a',
      'b',
      'c',
      '.',
      '\\d',
      '\\w',
      '\\s',
      '[ab]',
      '[^a]',
      '[a-c1-3]',
      '\\b',
      '\\B',
      '^',
      '$',
      '\\.',
      '한',
      'É',
      '\\W',
    ];
    const quantifiers = ['', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?'];
    const pattern = (depth: number): string => {
      let out = '';
      for (let i = random.int(1, 4); i > 0; i--) {
        const atom =
          depth > 0 && random.chance(0.3)
            ? `(${random.chance(0.5) ? '?:' : ''}${pattern(depth - 1)})`
            : random.pick(atoms);
        const fixed = ['\\b', '\\B', '^', '$'].includes(atom);
        out += atom + (fixed ? '' : random.pick(quantifiers));
        if (random.chance(0.15)) out += '|';
      }
      return out;
    };
    let found = 0;
    for (let round = 0; round < 3000; round++) {
      const source = pattern(2);
      const ignoreCase = random.chance(0.3);
      const expected = new RegExp(source, ignoreCase ? 'i' : '');
      const ours = compilePattern((ignoreCase ? '(?i)' : '') + source);
      for (let i = 0; i < 6; i++) {
        let text = '';
        for (let length = random.int(0, 8); length > 0; length--)
          text += random.pick([...'aabbcABé1 2._한É\n']);
        const hit = expected.test(text);
        if (hit) found++;
        expect([source, ignoreCase, text, ours(text)]).toEqual([source, ignoreCase, text, hit]);
      }
    }
    expect(found).toBeGreaterThan(2000);
  });

  it('take a text of 64 KB with patterns that make backtracking hang', () => {
    const text = `${'a'.repeat(65_536)}!`;
    for (const source of [
      '(a+)+$',
      '(a|a)*b',
      '(a*)*c',
      '.*x.*y.*z.*q',
      '^(\\w+\\s?)*$',
      '(?:a?){50}a{50}b',
    ]) {
      expect([source, matches(source, text)]).toEqual([source, false]);
    }
  });

  it('keep to their memory where every text makes new states', () => {
    const random = randomOf(5);
    const match = compilePattern('[ab]*a[ab]{14}c');
    const text = Array.from({ length: 20_000 }, () => random.pick(['a', 'b'])).join('');
    expect(match(text)).toBe(false);
    expect(match(`${text}a${'b'.repeat(14)}c`)).toBe(true);
    expect(match(text)).toBe(false);
  });

  it('say what they cannot be', () => {
    expect(patternFault('a(?=b)')).toEqual({
      message: 'look-ahead and look-behind cannot be used here',
      at: 1,
    });
    expect(patternFault('(a)\\1')).toEqual({ message: 'back-references cannot be used here', at: 3 });
    expect(patternFault('a(b')).toEqual({ message: 'a ( is not closed', at: 1 });
    expect(patternFault('ab)')).toEqual({ message: 'a ) has no (', at: 2 });
    expect(patternFault('[a')).toEqual({ message: 'a [ is not closed', at: 0 });
    expect(patternFault('[z-a]')).toEqual({ message: 'a range in […] is in the wrong order', at: 2 });
    expect(patternFault('*')).toEqual({ message: 'nothing to repeat', at: 0 });
    expect(patternFault('(a{1000}){1000}')).toEqual({ message: 'this pattern is too large', at: 0 });
    expect(patternFault('x'.repeat(1001))).toEqual({
      message: 'a pattern has at most 1000 characters',
      at: 0,
    });
    expect(patternFault('a'.repeat(1000))).toBeNull();
  });
});
