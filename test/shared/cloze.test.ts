import { describe, expect, it } from 'vitest';
import { gapNumbers, parseCloze, readCloze, showCloze, withoutGaps } from '../../shared/cloze.ts';

describe('cloze marks', () => {
  it('part a text, gaps within gaps and hints included', () => {
    expect(parseCloze('그는 {{c1::눈치가 {{c2::빨라요::speed}}}}.')).toEqual([
      '그는 ',
      { numbers: [1], parts: ['눈치가 ', { numbers: [2], parts: ['빨라요'], hint: 'speed' }], hint: null },
      '.',
    ]);
  });

  it('may count for several cards', () => {
    expect(gapNumbers('{{c1,3::a}} {{c2::b}}')).toEqual([1, 2, 3]);
    expect(readCloze('{{c1,3::a}} {{c2::b}}', 3).open).toBe('____ b');
  });

  it('may hold line breaks and single braces', () => {
    expect(parseCloze('{{c1::a\nb { c } d}}!')).toEqual([
      { numbers: [1], parts: ['a\nb { c } d'], hint: null },
      '!',
    ]);
  });

  it('lose nothing of a text whose braces are others', () => {
    expect(parseCloze('{{c1:: {{x}} }}')).toEqual([{ numbers: [1], parts: [' {{x'], hint: null }, ' }}']);
  });

  it('are text beyond a depth that nobody writes', () => {
    const deep = `${'{{c1::'.repeat(5000)}x${'}}'.repeat(5000)}`;
    expect(gapNumbers(deep)).toEqual([1]);
    expect(withoutGaps('{{c1::'.repeat(5000))).toBe('{{c1::'.repeat(5000));
  });

  it('are numbered from 1', () => {
    expect(gapNumbers('{{c3::a}} {{c0::b}} {{c1::c}} {{c3::d}}')).toEqual([1, 3]);
  });

  it.each(['no marks', '{{c1::open', 'a }} b', '{{x::y}}', 'a :: b', '{{c1::open::hint', '{{c1:one}}', ''])(
    'are not seen where there are none: %s',
    (text) => {
      expect(readCloze(text, 1)).toEqual({ gaps: [], open: text });
    },
  );
});

describe('a cloze text', () => {
  it('tells gaps, their hints, and what the card of one of them shows', () => {
    expect(readCloze('{{c1::Paris::city}} is in {{c2::France}}.', 2)).toEqual({
      gaps: [
        { number: 1, text: 'Paris', hint: 'city' },
        { number: 2, text: 'France', hint: null },
      ],
      open: 'Paris is in ____.',
    });
    expect(readCloze('{{c1::Paris::city}} is in {{c2::France}}.', 1).open).toBe('[city] is in France.');
  });

  it('reads gaps within gaps', () => {
    const front = '{{c1::The {{c2::capital}} of France}} is Paris.';
    expect(readCloze(front, 2).open).toBe('The ____ of France is Paris.');
    expect(readCloze(front, 1).open).toBe('____ is Paris.');
    expect(withoutGaps(front)).toBe('The capital of France is Paris.');
    expect(gapNumbers(front)).toEqual([1, 2]);
  });

  const gap = (hidden: string, hint: string | null) => `[${hint ?? '…'}|${hidden}]`;
  it.each([
    ['{{c1::a}} b {{c2::c::hint}}', 1, '[…|a] b c'],
    ['{{c1::a}} b {{c2::c::hint}}', 2, 'a b [hint|c]'],
    ['{{c1::a {{c2::b}} c}} d', 2, 'a […|b] c d'],
    ['{{c1::a {{c2::b}} c}} d', 1, '[…|a b c] d'],
    ['{{c1::open {{c2::b}}', 2, '{{c1::open […|b]'],
    ['closed}} {{c1::a}}', 1, 'closed}} […|a]'],
    ['{{c2::a}} {{c1::b::}} {{c2::c}}', null, '[…|a] […|b] […|c]'],
  ])('%s asked for %s is %s', (text, asked, wanted) => {
    expect(showCloze(text, asked, gap)).toBe(wanted);
  });
});
