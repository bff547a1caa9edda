import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import type { CardSort } from '../../../shared/deck.ts';
import { addNote, type CardPatch, type NotePatch } from '../../fixtures/deckCards.ts';
import { fillLargeDeck, LARGE_DECK_NOW_MS } from '../../fixtures/largeDeck.ts';

const NOW_MS = new Date(2026, 4, 10, 12).getTime();
const DAY_MS = 86_400_000;

let db: Db;
beforeEach(() => void (db = openDeck(':memory:')));
afterEach(() => void db.close());

function find(query: string, over: { deck?: string; runId?: string; sort?: CardSort; nowMs?: number } = {}) {
  const { deck = null, runId = null, sort = 'oldest', nowMs = NOW_MS } = over;
  return createCardStore(db, { now: () => nowMs }).find({ query, deck, runId, sort });
}
const terms = (query: string, over: Parameters<typeof find>[1] = {}) => {
  const store = createCardStore(db);
  return store.byIds([...find(query, over).ids]).map(({ term }) => term);
};
const note = (term: string, over: NotePatch = {}, ...cards: CardPatch[]) =>
  addNote(db, { term, ...over }, ...cards);

describe('searching for words', () => {
  beforeEach(() => {
    note('한국어', {}, { front: '한국어', back: 'the Korean language' });
    note('중국어', {}, { front: '중국어 사전', back: 'a dictionary of Chinese' });
    note('apple', {}, { front: 'apple', back: 'Äpfel und Birnen' });
    note('東京都', {}, { front: '東京都', back: '{{c1::capital}}s of Japan', type: 'cloze' });
  });

  it('finds parts of words in scripts without spaces and in Hangul, whatever their length', () => {
    expect(terms('국어')).toEqual(['한국어', '중국어']);
    expect(terms('국')).toEqual(['한국어', '중국어']);
    expect(terms('어')).toEqual(['한국어', '중국어']);
    expect(terms('한국어')).toEqual(['한국어']);
    expect(terms('京都')).toEqual(['東京都']);
    expect(terms('都')).toEqual(['東京都']);
    expect(terms('어 사')).toEqual(['중국어']);
    expect(terms('"국어 사전"')).toEqual(['중국어']);
    expect(terms('국사')).toEqual([]);
  });

  it('finds words of other scripts by their beginning, and whole ones between quotation marks', () => {
    expect(terms('dict')).toEqual(['중국어']);
    expect(terms('"dict"')).toEqual([]);
    expect(terms('"dict*"')).toEqual(['중국어']);
    expect(terms('ictionary')).toEqual([]);
    expect(terms('"of chinese"')).toEqual(['중국어']);
    expect(terms('apfel BIRNEN')).toEqual(['apple']);
    expect(terms('"capitals of"')).toEqual(['東京都']);
    expect(terms('c1')).toEqual([]);
  });

  it('looks at one side where it is told to', () => {
    expect(terms('front:korean')).toEqual([]);
    expect(terms('back:korean')).toEqual(['한국어']);
    expect(terms('term:app')).toEqual(['apple']);
    expect(terms('back:"birnen" -front:pear')).toEqual(['apple']);
  });

  it('joins and excludes words', () => {
    expect(terms('korean or japan')).toEqual(['한국어', '東京都']);
    expect(terms('-국어')).toEqual(['apple', '東京都']);
    expect(terms('-국어 -apple')).toEqual(['東京都']);
    expect(terms('-(국어 or japan)')).toEqual(['apple']);
    expect(terms('-국어 or korean')).toEqual(['한국어', 'apple', '東京都']);
    expect(terms('-국어 or -korean')).toEqual(['중국어', 'apple', '東京都']);
  });

  it('finds cards by the names of their tags as well', () => {
    note('run', { tags: ['verbs::irregular', '동사'] });
    expect(terms('irregular')).toEqual(['run']);
    expect(terms('동사')).toEqual(['run']);
    expect(terms('irregular or apple')).toEqual(['apple', 'run']);
    expect(terms('-irregular 국어')).toEqual(['한국어', '중국어']);
    expect(terms('front:irregular')).toEqual([]);
  });

  it('searches imported cards without their tags and entities', () => {
    db.exec(`INSERT INTO notetypes VALUES (1, 'Basic', 'standard', '[]', '[]', '', '{}')`);
    note('html', { notetypeId: 1, fields: [] }, { front: '<div class="zebra">gr&uuml;n <b>bl</b>au</div>' });
    expect(terms('zebra')).toEqual([]);
    expect(terms('div')).toEqual([]);
    expect(terms('blau')).toEqual(['html']);
  });

  it('follows edits, new terms and deletions', () => {
    const { id, cardIds } = note('pear', {}, { front: 'pear', back: 'a fruit' });
    db.prepare('UPDATE cards SET back = ? WHERE id = ?').run('un fruit jaune', cardIds[0]);
    expect(terms('"a fruit"')).toEqual([]);
    expect(terms('jaune')).toEqual(['pear']);
    db.prepare(`UPDATE notes SET term = 'quince' WHERE id = ?`).run(id);
    expect(terms('term:pear')).toEqual([]);
    expect(terms('term:quince jaune')).toEqual(['quince']);
    db.prepare('DELETE FROM notes WHERE id = ?').run(id);
    expect(db.prepare(`SELECT count(*) FROM card_words WHERE card_words MATCH 'jaune'`).pluck().get()).toBe(
      0,
    );
    db.exec(`INSERT INTO card_words (card_words) VALUES ('integrity-check')`);
  });
});

describe('searching by what is known of cards', () => {
  it('finds decks and tags with those below them, whatever their case', () => {
    note('a', { deck: 'Korean' });
    note('b', { deck: 'Korean::Verbs', tags: ['Topik::1'] });
    note('c', { deck: 'Koreans', tags: ['topik'] });
    expect(terms('deck:korean')).toEqual(['a', 'b']);
    expect(terms('deck:*verbs')).toEqual(['b']);
    expect(terms('deck:kor*')).toEqual(['a', 'b', 'c']);
    expect(terms('tag:TOPIK')).toEqual(['b', 'c']);
    expect(terms('tag:topik::1')).toEqual(['b']);
    expect(terms('tag:none')).toEqual(['a']);
    expect(terms('-tag:topik')).toEqual(['a']);
    expect(terms('tag:nobody')).toEqual([]);
    expect(terms('', { deck: 'Korean' })).toEqual(['a', 'b']);
    expect(terms('tag:none', { deck: 'Korean' })).toEqual(['a']);
    expect(terms('', { deck: 'korean' })).toEqual([]);
  });

  it('finds states of study', () => {
    const at = (days: number) => NOW_MS + days * DAY_MS;
    note('fresh');
    note('waiting', {}, { memory: { state: 0, buriedUntilMs: at(1) } });
    note('learning', {}, { memory: { state: 1, dueMs: at(-0.1) } });
    note('due', {}, { memory: { dueMs: at(-3) } });
    note('later', {}, { memory: { dueMs: at(3) } });
    note('buried', {}, { memory: { dueMs: at(-1), buriedUntilMs: at(1) } });
    note('suspended', {}, { suspended: true, memory: { dueMs: at(-1) } });
    note('leech', { tags: ['leech'] }, { memory: { dueMs: at(9) } });
    note('forgotten', {}, { memory: { dueMs: at(9), lapses: 8 } });
    expect(terms('is:new')).toEqual(['fresh', 'waiting']);
    expect(terms('is:learning')).toEqual(['learning']);
    expect(terms('is:due')).toEqual(['learning', 'due']);
    expect(terms('is:review -is:due')).toEqual(['later', 'buried', 'suspended', 'leech', 'forgotten']);
    expect(terms('is:buried')).toEqual(['waiting', 'buried']);
    expect(terms('is:suspended')).toEqual(['suspended']);
    expect(terms('is:leech')).toEqual(['leech', 'forgotten']);
    expect(terms('prop:lapses>=8')).toEqual(['forgotten']);
  });

  it('counts a card that falls due before the day ends as due', () => {
    note('tonight', {}, { memory: { dueMs: new Date(2026, 4, 11, 3).getTime() } });
    note('tomorrow', {}, { memory: { dueMs: new Date(2026, 4, 11, 5).getTime() } });
    expect(terms('is:due')).toEqual(['tonight']);
    expect(terms('is:due', { nowMs: new Date(2026, 4, 11, 4, 1).getTime() })).toEqual([
      'tonight',
      'tomorrow',
    ]);
  });

  it('finds what the user said of cards, and rejected ones only where the query names them', () => {
    note('proposed', {}, { status: 'proposed' });
    note('rejected', {}, { status: 'rejected', flag: 2 });
    note('deleted', {}, { status: 'deleted' });
    note('flagged', {}, { flag: 2, warnings: ' vague too_long ' });
    expect(terms('')).toEqual(['proposed', 'flagged']);
    expect(terms('is:proposed')).toEqual(['proposed']);
    expect(terms('is:rejected')).toEqual(['rejected']);
    expect(terms('is:rejected or is:accepted')).toEqual(['rejected', 'flagged']);
    expect(terms('flag:2')).toEqual(['flagged']);
    expect(terms('warning:too_long')).toEqual(['flagged']);
    expect(terms('-warning:any')).toEqual(['proposed']);
    expect(terms('-warning:vague')).toEqual(['proposed']);
  });

  it('finds by day: added, edited, rated', () => {
    const at = (day: number, hour = 12) => new Date(2026, 4, day, hour).getTime();
    note('today', {}, { createdMs: at(10, 5) });
    note('yesterday', {}, { createdMs: at(10, 3), modifiedMs: at(10, 6) });
    const { cardIds } = note('week', {}, { createdMs: at(4) });
    db.prepare(
      'INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind) VALUES (?, 1, ?, 1, 2)',
    ).run(cardIds[0], at(9));
    expect(terms('added:1')).toEqual(['today']);
    expect(terms('added:2')).toEqual(['today', 'yesterday']);
    expect(terms('added:7')).toEqual(['today', 'yesterday', 'week']);
    expect(terms('edited:1')).toEqual(['yesterday']);
    expect(terms('rated:2')).toEqual(['week']);
    expect(terms('rated:2:1')).toEqual(['week']);
    expect(terms('rated:2:3')).toEqual([]);
    expect(terms('rated:1')).toEqual([]);
  });

  it('compares figures of the schedule; a new card has none', () => {
    note('fresh');
    note('weak', {}, { memory: { stability: 2.5, difficulty: 9, reps: 1, days: 3 } });
    note('strong', {}, { memory: { stability: 90, difficulty: 2, reps: 9, days: 100 } });
    expect(terms('prop:stability>=2.5')).toEqual(['weak', 'strong']);
    expect(terms('prop:stability<10')).toEqual(['weak']);
    expect(terms('prop:difficulty!=9')).toEqual(['strong']);
    expect(terms('prop:interval>50d')).toEqual(['strong']);
    expect(terms('-prop:reps=1')).toEqual(['fresh', 'strong']);
  });

  it('searches for what it can read and says what it cannot', () => {
    note('apple');
    note('pear');
    const found = find('apple is:ripe');
    expect(found.ids).toHaveLength(1);
    expect(found.problem).toEqual({ message: expect.stringContaining('ripe'), at: 9 });
  });

  it('takes queries of any shape and length', () => {
    note('apple');
    for (const query of [
      Array.from({ length: 900 }, () => 'a').join(' '),
      Array.from({ length: 500 }, () => 'a').join(' or '),
      Array.from({ length: 400 }, () => '-tag:a').join(' '),
      Array.from({ length: 400 }, (_, index) => (index % 2 ? 'tag:a' : 'b')).join(' or '),
      `${'('.repeat(49)}a${')'.repeat(49)}`,
      '"NEAR(a b)" or AND NOT a*',
      `'"; drop table cards; --`,
      'x'.repeat(2000),
      '국'.repeat(2000),
    ]) {
      expect(() => find(query)).not.toThrow();
    }
  });
});

describe('the order of what is found', () => {
  it('is the one asked for, new cards last where the schedule orders', () => {
    const schedules = [
      ['banana', { dueMs: 5e12, difficulty: 3, lapses: 1 }],
      ['Apple', { dueMs: 3e12, difficulty: 8, lapses: 0 }],
      ['cherry', { dueMs: 4e12, difficulty: 5, lapses: 7 }],
    ] as const;
    for (const [index, [term, memory]] of schedules.entries()) {
      note(term, {}, { memory, createdMs: 1000, modifiedMs: 9_000_000 - index * 100_000 });
    }
    note('date', {}, { modifiedMs: 8_950_000 });
    expect(terms('', { sort: 'oldest' })).toEqual(['banana', 'Apple', 'cherry', 'date']);
    expect(terms('', { sort: 'newest' })).toEqual(['date', 'cherry', 'Apple', 'banana']);
    expect(terms('', { sort: 'term' })).toEqual(['Apple', 'banana', 'cherry', 'date']);
    expect(terms('', { sort: 'due' })).toEqual(['Apple', 'cherry', 'banana', 'date']);
    expect(terms('', { sort: 'changed' })).toEqual(['banana', 'date', 'Apple', 'cherry']);
    expect(terms('', { sort: 'difficulty' })).toEqual(['Apple', 'cherry', 'banana', 'date']);
    expect(terms('', { sort: 'lapses' })).toEqual(['cherry', 'banana', 'Apple', 'date']);
  });
});

describe('over a large deck', () => {
  it('finds what reading every card finds', () => {
    fillLargeDeck(db, 400);
    type Row = {
      id: number;
      front: string;
      back: string;
      term: string;
      tags: string | null;
      suspended: number;
      state: number | null;
      flag: number;
      type: string;
      status: string;
      deck: string;
    };
    const rows = db
      .prepare(
        `SELECT cards.id, cards.front, cards.back, notes.term, cards.suspended, memory.state, cards.flag, cards.type, cards.status, decks.name AS deck,
           (SELECT group_concat(name, ' ') FROM note_tags JOIN tags ON tags.id = tag_id WHERE note_id = notes.id) AS tags
         FROM cards JOIN notes ON notes.id = note_id JOIN decks ON decks.id = cards.deck_id LEFT JOIN memory ON card_id = cards.id ORDER BY cards.id`,
      )
      .all() as Row[];
    const text = ({ front, back, term }: Row) =>
      `${front}\n${back}\n${term}`.replaceAll(/\{\{c\d::|\}\}/g, '').toLowerCase();
    const hasWord = (word: string) => (row: Row) =>
      /[a-z]/.test(word) ? new RegExp(`(^|[^a-z0-9])${word}`).test(text(row)) : text(row).includes(word);
    const tests: Record<string, (row: Row) => boolean> = {
      river: hasWord('river'),
      gre: hasWord('gre'),
      가: hasWord('가'),
      노도: hasWord('노도'),
      'tag:topic3': ({ tags }) => /(^| )topic3(::|$| )/.test(tags ?? ''),
      'is:suspended': ({ suspended }) => suspended === 1,
      'is:learning': ({ state }) => state === 1,
      'is:new': ({ state, status }) => status === 'accepted' && !state,
      'tag:none': ({ tags }) => tags === null,
      'type:cloze': ({ type }) => type === 'cloze',
      'flag:0': ({ flag }) => flag === 0,
      'deck:"Korean::Level 3"': ({ deck }) => deck.startsWith('Korean::Level 3::'),
    };
    const names = Object.keys(tests);
    let state = 11;
    const next = (limit: number) => (state = (state * 48271) % 2147483647) % limit;
    type Made = { query: string; test: (row: Row) => boolean };
    const make = (depth: number): Made => {
      const kind = depth === 0 ? 0 : next(4);
      if (kind === 0) {
        const name = names[next(names.length)]!;
        return { query: name, test: tests[name]! };
      }
      const a = make(depth - 1);
      if (kind === 1) return { query: `-(${a.query})`, test: (row) => !a.test(row) };
      const b = make(depth - 1);
      return kind === 2
        ? { query: `(${a.query}) (${b.query})`, test: (row) => a.test(row) && b.test(row) }
        : { query: `(${a.query} or ${b.query})`, test: (row) => a.test(row) || b.test(row) };
    };
    for (let round = 0; round < 300; round += 1) {
      const { query, test } = make(3);
      const { ids, problem } = find(query, { nowMs: LARGE_DECK_NOW_MS });
      expect(problem, query).toBeNull();
      expect([...ids], query).toEqual(rows.filter(test).map(({ id }) => id));
    }
  });
});

describe('what is read once', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tracedeck-search-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is read again after every write, whoever writes', () => {
    const path = join(folder, 'deck.db');
    db.close();
    db = openDeck(path);
    const elsewhere = openDeck(path);
    const store = createCardStore(db, { now: () => NOW_MS });
    const found = (query: string, sort: CardSort = 'oldest') =>
      store.byIds([...store.find({ query, deck: null, runId: null, sort }).ids]).map(({ term }) => term);
    note('pear', { tags: ['fruit'] }, { createdMs: 1000, modifiedMs: 5000 });
    note('bean', {}, { createdMs: 1000, modifiedMs: 9000 });
    expect(found('tag:fruit')).toEqual(['pear']);
    expect(found('-pear')).toEqual(['bean']);
    expect(found('', 'changed')).toEqual(['bean', 'pear']);

    addNote(elsewhere, { term: 'plum', tags: ['fruit'] }, { createdMs: 1000, modifiedMs: 7000 });
    expect(found('tag:fruit')).toEqual(['pear', 'plum']);
    expect(found('-pear')).toEqual(['bean', 'plum']);
    expect(found('', 'changed')).toEqual(['bean', 'plum', 'pear']);

    db.exec(`BEGIN; UPDATE notes SET term = 'quince' WHERE term = 'pear'`);
    expect(found('-quince')).toEqual(['bean', 'plum']);
    expect(found('', 'term')).toEqual(['bean', 'plum', 'quince']);
    db.exec('ROLLBACK');
    expect(found('-quince')).toEqual(['pear', 'bean', 'plum']);
    expect(found('', 'term')).toEqual(['bean', 'pear', 'plum']);

    for (let card = 0; card < 100; card += 1) note(`more ${card}`);
    expect(found('-more')).toEqual(['pear', 'bean', 'plum']);
    expect(found('more')).toHaveLength(100);
    elsewhere.exec(`DELETE FROM notes WHERE term LIKE 'more%'`);
    expect(found('more or plum')).toEqual(['plum']);
    elsewhere.close();
  });
});
