import { afterAll, describe, expect, it } from 'vitest';
import type { CardType } from '../../../../shared/card.ts';
import type { PassageBlock } from '../../../../shared/source.ts';
import { codeOf, make, testGenerator } from './harness.ts';

const generator = testGenerator();
afterAll(() => generator.close());

const row = (
  blocks: PassageBlock | readonly PassageBlock[],
  language = 'en',
  cardTypes?: readonly CardType[],
) => ({
  term: 'Cells',
  kind: 'passage' as const,
  language,
  passage: { blocks: [blocks].flat() as PassageBlock[], tokens: 1 },
  ...(cardTypes === undefined ? {} : { cardTypes }),
});
const cardsOf = async (blocks: PassageBlock | readonly PassageBlock[], language?: string) =>
  (await make(generator, row(blocks, language))).cards.map(({ type, front, back, quote }) => ({
    type,
    front,
    back,
    quote,
  }));
const paragraph = (text: string): PassageBlock => ({ kind: 'paragraph', text });

describe('offline cards of passages', () => {
  it('make of a list one cloze note with a gap for each item', async () => {
    const items = ['Prophase', 'Metaphase', 'Anaphase'];
    expect(await cardsOf({ kind: 'list', ordered: true, lead: 'Phases of mitosis:', items })).toEqual([
      {
        type: 'cloze',
        front: 'Phases of mitosis:\n1. {{c1::Prophase}}\n2. {{c2::Metaphase}}\n3. {{c3::Anaphase}}',
        back: 'Phases of mitosis:\n1. Prophase\n2. Metaphase\n3. Anaphase',
        quote: 'Phases of mitosis:\nProphase\nMetaphase\nAnaphase',
      },
    ]);
  });

  it('put the heading over a list that nothing leads to, and hide only what is stressed in an item', async () => {
    const [card] = await cardsOf({
      kind: 'list',
      ordered: false,
      lead: null,
      items: ['The **heart** pumps', 'Lungs'],
    });
    expect(card?.front).toBe('Cells\n• The {{c1::heart}} pumps\n• {{c2::Lungs}}');
  });

  it('part a long list into notes of at most ten gaps that say which part they are', async () => {
    const items = Array.from({ length: 23 }, (_, at) => `organ${at + 1}`);
    const cards = await cardsOf({ kind: 'list', ordered: false, lead: 'Organs', items });
    expect(cards).toHaveLength(3);
    expect(cards.map(({ front }) => front.split('\n')[0])).toEqual([
      'Organs (1–8 / 23)',
      'Organs (9–16 / 23)',
      'Organs (17–23 / 23)',
    ]);
    expect(
      cards.flatMap(({ front }) => [...front.matchAll(/::(organ\d+)/g)].map((found) => found[1])),
    ).toEqual(items);
    expect(cards.every(({ front }) => !front.includes('{{c11::'))).toBe(true);
  });

  it('leave an item open that a gap cannot hold', async () => {
    const [card] = await cardsOf({
      kind: 'list',
      ordered: false,
      lead: 'C++',
      items: ['std::vector', 'a {{b}} c', 'loops'],
    });
    expect(card?.front).toBe('C++\n• std::vector\n• a {{b}} c\n• {{c1::loops}}');
  });

  it('ask a short definition both ways, a question and a long one only forwards', async () => {
    const quote = 'Osmosis: Water crosses a membrane.';
    expect(
      await cardsOf({ kind: 'definition', term: 'Osmosis', meaning: 'Water crosses a membrane.' }),
    ).toEqual([
      { type: 'basic', front: 'Osmosis', back: 'Water crosses a membrane.', quote },
      { type: 'basic', front: 'Water crosses a membrane.', back: 'Osmosis', quote },
    ]);
    expect(await cardsOf({ kind: 'definition', term: 'Who wrote it?', meaning: 'Ada' })).toHaveLength(1);
    expect(await cardsOf({ kind: 'definition', term: 'Osmosis', meaning: 'word '.repeat(60) })).toHaveLength(
      1,
    );
  });

  it('ask for each column of a table row by the names of its header', async () => {
    const table: PassageBlock = {
      kind: 'table',
      header: ['Organ', 'Work', 'Place'],
      rows: [['Heart', 'pumps', '']],
    };
    expect(await cardsOf([table, paragraph('x')])).toEqual([
      {
        type: 'basic',
        front: 'Organ: Heart\nWork?',
        back: 'pumps',
        quote: 'Organ: Heart\nWork: pumps',
      },
    ]);
    const rows = Array.from({ length: 10 }, (_, at) => [`organ${at}`, 'a', 'b', 'c']);
    const many = await cardsOf({ kind: 'table', header: ['Organ', 'X', 'Y', 'Z'], rows });
    expect(many).toHaveLength(10);
    expect(many[0]).toMatchObject({ front: 'Organ: organ0\nX, Y, Z?', back: 'X: a\nY: b\nZ: c' });
  });

  it('hide stressed words, each under its own number, and quote the sentence', async () => {
    expect(
      await cardsOf(
        paragraph('The **heart** pumps blood through the **arteries**. Nothing else here is marked.'),
      ),
    ).toEqual([
      {
        type: 'cloze',
        front: 'The {{c1::heart}} pumps blood through the {{c2::arteries}}.',
        back: 'heart · arteries\nThe heart pumps blood through the arteries.',
        quote: 'The heart pumps blood through the arteries.',
      },
    ]);
  });

  it('keep gaps that the author made', async () => {
    const [card] = await cardsOf(paragraph('The {{c1::heart}} **beats** in the {{c2::chest::where?}}.'));
    expect(card).toMatchObject({
      front: 'The {{c1::heart}} beats in the {{c2::chest::where?}}.',
      back: 'heart · chest\nThe heart beats in the chest.',
    });
  });

  it.each([
    [
      'en',
      'A mitochondrion is an organelle that makes energy.',
      'A {{c1::mitochondrion}} is an organelle that makes energy.',
    ],
    [
      'de',
      'Osmose ist die Bewegung von Wasser durch eine Membran.',
      '{{c1::Osmose}} ist die Bewegung von Wasser durch eine Membran.',
    ],
    [
      'ko',
      '삼투란 물이 막을 지나 움직이는 것을 말한다.',
      '{{c1::삼투}}란 물이 막을 지나 움직이는 것을 말한다.',
    ],
    ['ja', '細胞とは、生命の最小の単位である。', '{{c1::細胞}}とは、生命の最小の単位である。'],
    ['zh', '渗透是指水分子通过半透膜的扩散现象。', '{{c1::渗透}}是指水分子通过半透膜的扩散现象。'],
  ])('hide what a %s sentence defines', async (language, text, front) => {
    expect((await cardsOf(paragraph(text), language))[0]?.front).toBe(front);
  });

  it('ask an English definition as a question as well', async () => {
    const cards = await cardsOf(paragraph('A mitochondrion is an organelle that makes energy.'));
    expect(cards[1]).toEqual({
      type: 'basic',
      front: 'What is a mitochondrion?',
      back: 'An organelle that makes energy',
      quote: 'A mitochondrion is an organelle that makes energy.',
    });
  });

  it('ask nothing of a sentence that points back', async () => {
    const cards = await cardsOf([
      paragraph('It is a part of the cell that makes energy. This is the reason for the war.'),
      { kind: 'definition', term: 'a', meaning: 'b' },
    ]);
    expect(cards.every(({ type }) => type === 'basic')).toBe(true);
  });

  it('fall back to numbers and names, a few of them, where nothing is marked', async () => {
    const cards = await cardsOf(
      paragraph('The treaty was signed in the small town of Rastatt in 1714 after long talks.'),
    );
    expect(cards).toHaveLength(1);
    expect(cards[0]?.front).toContain('{{c1::1714}}');
  });

  it('state facts in the passage’s own words, and tag the cards', async () => {
    const { analysis, cards } = await make(
      generator,
      row({ kind: 'definition', term: 'Osmosis', meaning: 'Water moves.' }),
    );
    expect(analysis.facts).toEqual([{ statement: 'Osmosis: Water moves.', quote: 'Osmosis: Water moves.' }]);
    expect(cards[0]?.tags).toEqual(['kind::passage', 'lang::en']);
  });

  it('never make more cards than a note holds, and spare the other way round first', async () => {
    const blocks = Array.from({ length: 20 }, (_, at): PassageBlock => ({
      kind: 'definition',
      term: `term${at}`,
      meaning: `meaning of number ${at}`,
    }));
    const cards = await cardsOf(blocks);
    expect(cards).toHaveLength(24);
    expect(cards.filter(({ front }) => front.startsWith('term'))).toHaveLength(20);
  });

  it('skip a passage with a reason', async () => {
    expect(await codeOf(generator, row({ kind: 'code', text: 'a()' }))).toBe('no_passage_cards');
    expect(await codeOf(generator, row(paragraph('Well, yes.')))).toBe('no_passage_cards');
    expect(await codeOf(generator, { term: 'Cells', kind: 'passage', language: 'en' })).toBe('no_passage');
    expect(
      await codeOf(generator, row({ kind: 'definition', term: 'a', meaning: 'b' }, 'en', ['cloze'])),
    ).toBe('no_cards');
  });
});
