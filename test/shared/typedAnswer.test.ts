import { describe, expect, it } from 'vitest';
import { compareTyped } from '../../shared/typedAnswer.ts';

const runs = (typed: string, expected: string) =>
  compareTyped(typed, expected).runs.map(({ kind, text }) => `${kind}:${text}`);

describe('a typed answer', () => {
  it.each([
    ['Run', 'run'],
    ['to  run!', 'to run'],
    ['한국어', '한국어'.normalize('NFD')],
    ['café', 'cafe\u0301'],
    ['ｔｅｓｔ', 'test'],
    ['don’t', "don't"],
    ['…', '…'],
  ])('%s is right for %s', (typed, expected) => {
    expect(compareTyped(typed, expected)).toMatchObject({ isRight: true, share: 1 });
  });

  it.each([
    ['ran', 'run'],
    ['', 'run'],
    ['cafe', 'café'],
    ['学生', '学校'],
    ['?', '!'],
    ['C', 'C++'],
  ])('%s is not right for %s', (typed, expected) => {
    const { isRight, share } = compareTyped(typed, expected);
    expect(isRight).toBe(false);
    expect(share).toBeLessThanOrEqual(1);
  });

  it('shows what is missing, too much and wrong', () => {
    expect(runs('recieve', 'receive')).toEqual(['same:rec', 'extra:i', 'same:e', 'missing:i', 'same:ve']);
    expect(runs('cat', 'cart')).toEqual(['same:ca', 'missing:r', 'same:t']);
    expect(runs('carrt', 'cart')).toEqual(['same:car', 'extra:r', 'same:t']);
    expect(runs('cut', 'cat')).toEqual(['same:c', 'wrong:u', 'missing:a', 'same:t']);
    expect(runs('', 'cat')).toEqual(['missing:cat']);
    expect(runs('cat', '')).toEqual(['extra:cat']);
  });

  it('goes by syllables of Hangul and by whole signs, however they are composed', () => {
    expect(runs('안녕하새요'.normalize('NFD'), '안녕하세요')).toEqual([
      'same:안녕하',
      'wrong:새',
      'missing:세',
      'same:요',
    ]);
    expect(runs('👩‍👩‍👧a', '👨‍👩‍👧a')).toEqual(['wrong:👩‍👩‍👧', 'missing:👨‍👩‍👧', 'same:a']);
    expect(runs('नमसते', 'नमस्ते')).toHaveLength(3);
  });

  it('the runs put together are the two texts', () => {
    const letters = 'abc 한국';
    let state = 9;
    const text = () =>
      Array.from({ length: (state = (state * 75 + 74) % 65_537) % 9 }, () => {
        state = (state * 75 + 74) % 65_537;
        return letters[state % letters.length];
      })
        .join('')
        .trim();
    for (let round = 0; round < 300; round += 1) {
      const [typed, expected] = [text(), text()];
      const { runs: found } = compareTyped(typed, expected);
      const of = (...kinds: string[]) =>
        found
          .filter(({ kind }) => kinds.includes(kind))
          .map((run) => run.text)
          .join('');
      expect(of('same', 'extra', 'wrong')).toBe(typed);
      expect(of('same', 'missing')).toBe(expected);
    }
  });

  it('a very long answer is compared as a whole', () => {
    const long = 'word '.repeat(400);
    expect(compareTyped(`${long}x`, long).runs).toHaveLength(2);
    expect(compareTyped(long.toUpperCase(), long)).toMatchObject({ isRight: true, share: 1 });
  });

  it('takes a final sigma for a sigma', () => {
    for (const [typed, expected] of [
      ['Σίσυφος', 'ΣΊΣΥΦΟΣ'],
      ['σίσυφοσ', 'Σίσυφος'],
    ] as const) {
      expect(compareTyped(typed, expected)).toEqual({
        isRight: true,
        share: 1,
        runs: [{ kind: 'same', text: typed }],
      });
    }
  });
});
