import { expect, it } from 'vitest';
import { expectedAnswer } from '../../../electron/study/expectedAnswer.ts';
import type { CardRow } from '../../../electron/study/studySql.ts';

const card = (row: Partial<CardRow>): CardRow =>
  ({
    type: 'recognition',
    front: 'front',
    back: 'back',
    term: 'term',
    cloze: null,
    fields: null,
    notetypeId: null,
    ...row,
  }) as CardRow;

it.each([
  [{ type: 'recognition' }, null],
  [{ type: 'production', term: '학교', back: '학교 [학꾜] hakgyo\n예문' }, '학교'],
  [{ type: 'production', term: '학교', back: '학원\nhagwon' }, '학원'],
  [{ type: 'reading', back: '[학꾜] hakgyo\nschool' }, '학꾜'],
  [{ type: 'reading', back: 'hakgyo' }, 'hakgyo'],
  [{ type: 'reading', back: '/ˈskuːl/' }, null],
  [{ type: 'cloze', front: '{{c1::나}}는 {{c2::학교::school}}에', cloze: 2 }, '학교'],
  [{ type: 'cloze', front: '{{c1::a}} b {{c1::c}} {{c2::d}}', cloze: 1 }, 'a, c'],
  [{ type: 'cloze', front: `{{c1::${'long '.repeat(40)}}}`, cloze: 1 }, null],
  [{ type: 'production', term: '', back: '' }, null],
] as const)('of %o is %s', (row, expected) => {
  expect(expectedAnswer(card(row), [])).toBe(expected);
});

it('of an imported card is the field that its template names', () => {
  const fields = JSON.stringify(['<b>cat</b> &amp; dog', 'a {{c1::b}}']);
  const imported = (front: string) =>
    expectedAnswer(card({ front, fields, notetypeId: 1, cloze: 1 }), ['Word', 'Text']);
  expect(imported('x [[type:Word]]')).toBe('cat & dog');
  expect(imported('[[type:cloze:Text]]')).toBe('b');
  expect(imported('[[type:None]]')).toBeNull();
  expect(imported('no box')).toBeNull();
});
