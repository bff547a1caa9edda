import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Rating, StudyPlace } from '../../../shared/study.ts';
import {
  addDeck,
  addNote,
  addNotes,
  DAY_MS,
  DUE,
  MINUTE_MS,
  openStudy,
  randomNumbers,
  wholeState,
} from './studyFixture.ts';
import type { Fixture } from './studyFixture.ts';

const rate = ({ study }: Fixture, cardId: number, rating: Rating, place: StudyPlace = DUE) =>
  study.rate({ ...place, cardId, rating, durationMs: 3000 });
const nextId = ({ study }: Fixture, place: StudyPlace = DUE) => study.next(place).next?.card.cardId ?? null;
const TWO = { cards: [{}, {}] };

describe('what comes next', () => {
  it('asks new cards in the order in which they were added, up to the limit of the day', () => {
    const fixture = openStudy({ settings: { newPerDay: 3 } });
    const ids = addNotes(fixture.db, 5);
    const asked: number[] = [];
    for (let turn = fixture.study.next(DUE); turn.next !== null;) {
      asked.push(turn.next.card.cardId);
      turn = rate(fixture, turn.next.card.cardId, 4);
    }
    expect(asked).toEqual(ids.slice(0, 3));
    fixture.clock.atMs += DAY_MS;
    expect(nextId(fixture)).toBe(ids[3]);
  });

  it('says when it goes on where the limit of the day is reached', () => {
    const fixture = openStudy({ settings: { newPerDay: 1 } });
    const [first] = addNotes(fixture.db, 2);
    const turn = rate(fixture, first!, 4);
    expect(turn.next).toBeNull();
    // 4 in the morning in Seoul.
    expect(turn.nextDueMs).toBe(Date.UTC(2026, 2, 2, 19));
  });

  it('brings a card in learning back when its step is over, and earlier where nothing else is left', () => {
    const fixture = openStudy({ settings: { learningSteps: [1, 30], learnAheadMinutes: 20 } });
    const [first, second] = addNotes(fixture.db, 2);
    rate(fixture, first!, 3);
    expect(nextId(fixture)).toBe(second);
    fixture.clock.atMs += 31 * MINUTE_MS;
    expect(nextId(fixture)).toBe(first);
    rate(fixture, first!, 4);
    const turn = rate(fixture, second!, 3);
    expect(turn.next).toBeNull();
    expect(turn.counts).toEqual({ new: 0, learning: 1, review: 0 });
    expect(turn.nextDueMs).toBe(fixture.clock.atMs + 30 * MINUTE_MS);
    fixture.clock.atMs += 10 * MINUTE_MS;
    expect(nextId(fixture)).toBe(second);
  });

  it('puts new cards evenly between reviews', () => {
    const fixture = openStudy({ settings: { burySiblings: false, newPerDay: 0 } });
    const reviews = addNotes(fixture.db, 8);
    fixture.settings.value = { ...fixture.settings.value, newPerDay: 100 };
    for (const cardId of reviews) rate(fixture, cardId, 4);
    fixture.settings.value = { ...fixture.settings.value, newPerDay: 4 };
    addNotes(fixture.db, 4);
    fixture.clock.atMs += 400 * DAY_MS;
    const kinds: string[] = [];
    for (let turn = fixture.study.next(DUE); turn.next !== null;) {
      kinds.push(turn.next.memory === null ? 'n' : 'r');
      turn = rate(fixture, turn.next.card.cardId, 4);
    }
    expect(kinds.join('')).toBe('rnrrnrrnrrnr');
  });

  it('asks the review first that is most overdue for what is known of it', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 3);
    for (const [index, cardId] of ids.entries()) {
      fixture.db
        .prepare('INSERT INTO memory VALUES (?, 2, ?, ?, 5, 1, 0, 0, 10, ?, NULL, NULL)')
        .run(cardId, fixture.clock.atMs - DAY_MS, [40, 5, 20][index], fixture.clock.atMs - 11 * DAY_MS);
    }
    const asked: number[] = [];
    for (let turn = fixture.study.next(DUE); turn.next !== null;) {
      asked.push(turn.next.card.cardId);
      turn = rate(fixture, turn.next.card.cardId, 3);
    }
    expect(asked).toEqual([ids[1], ids[2], ids[0]]);
  });

  it('never asks for what is suspended, rejected, proposed or deleted', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 5);
    fixture.db.prepare('UPDATE cards SET suspended = 1 WHERE id = ?').run(ids[0]);
    for (const [index, status] of ['rejected', 'proposed', 'deleted'].entries()) {
      fixture.db.prepare('UPDATE cards SET status = ? WHERE id = ?').run(status, ids[index + 1]);
    }
    for (const mode of ['due', 'cram'] as const) {
      const turn = fixture.study.next({ deck: null, mode });
      expect(turn.next?.card.cardId).toBe(ids[4]);
      expect(turn.counts!.new + turn.counts!.review).toBe(1);
    }
    expect(() => rate(fixture, ids[0]!, 3)).toThrow(expect.objectContaining({ code: 'card_not_studied' }));
  });

  it('notices a card that is suspended elsewhere before it is shown', () => {
    const fixture = openStudy({ refreshMs: 1e9 });
    const ids = addNotes(fixture.db, 2);
    expect(nextId(fixture)).toBe(ids[0]);
    fixture.db.prepare('UPDATE cards SET suspended = 1 WHERE id = ?').run(ids[0]);
    expect(nextId(fixture)).toBe(ids[1]);
  });

  it('knows a deck with those below it, and keeps to the limits of both', () => {
    const fixture = openStudy({ settings: { newPerDay: 10 } });
    addNotes(fixture.db, 5, { deck: 'A' });
    addNotes(fixture.db, 5, { deck: 'A::B' });
    addNotes(fixture.db, 5, { deck: 'A::B::C' });
    addNotes(fixture.db, 5, { deck: 'AB' });
    const counts = (deck: string | null) => fixture.study.next({ deck, mode: 'due' }).counts?.new;
    expect([counts('A'), counts('A::B'), counts('A::B::C'), counts(null)]).toEqual([10, 10, 5, 10]);
    fixture.study.setOverride('A::B', { newPerDay: 3 });
    expect([counts('A'), counts('A::B'), counts('A::B::C'), counts('AB')]).toEqual([8, 3, 3, 5]);
    expect(fixture.study.settingsOf('A::B::C').newPerDay).toBe(3);
    fixture.study.setOverride('A::B', {});
    expect(fixture.study.settingsOf('A::B').newPerDay).toBe(10);
    expect(() => fixture.study.setOverride('none', {})).toThrow(
      expect.objectContaining({ code: 'deck_unknown' }),
    );
  });

  it('on a long day shows the first card before it counts, and counts what was there then', () => {
    const long = openStudy({ settings: { newPerDay: 9999, reviewsPerDay: 9999 } });
    const short = openStudy({ settings: { newPerDay: 200, reviewsPerDay: 200 } });
    for (const { db } of [long, short]) addNotes(db, 40, TWO);
    const turn = long.study.next(DUE);
    expect(turn.counts).toBeNull();
    expect(turn.next?.card.cardId).toBe(nextId(short));
    // Twice: the count stays until something is answered.
    for (let times = 0; times < 2; times += 1) {
      expect(long.study.counts(DUE)).toEqual({ new: 40, learning: 0, review: 0 });
    }
    for (let answers = 0; answers < 10; answers += 1) {
      const [ours, theirs] = [long, short].map((each) => rate(each, nextId(each)!, 1));
      expect(ours).toEqual(theirs);
    }
    const restarted = openStudy({ settings: { newPerDay: 9999, reviewsPerDay: 9999 } });
    const [first] = addNotes(restarted.db, 40, TWO);
    // An answer to a card whose counts nobody asked for is counted all the same.
    restarted.study.next(DUE);
    expect(rate(restarted, first!, 4).counts).toEqual({ new: 39, learning: 0, review: 0 });
    expect(restarted.study.undo(DUE)?.counts).toEqual({ new: 40, learning: 0, review: 0 });
    expect(restarted.study.next(DUE).next?.card.cardId).toBe(first);
  });

  it('shows the first card before it counts where thousands of reviews wait, however few of them come today', () => {
    const fixture = openStudy({ settings: { newPerDay: 20, reviewsPerDay: 200 } });
    const ids = addNotes(fixture.db, 2001);
    const insert = fixture.db.prepare('INSERT INTO memory VALUES (?, 2, ?, ?, 5, 1, 0, 0, 1, ?, NULL, NULL)');
    const nowMs = fixture.clock.atMs;
    for (const [index, id] of ids.entries())
      insert.run(id, nowMs - DAY_MS, 1 + (index % 97), nowMs - 9 * DAY_MS);
    const turn = fixture.study.next(DUE);
    expect(turn.counts).toBeNull();
    expect(fixture.study.counts(DUE)).toEqual({ new: 0, learning: 0, review: 200 });
    expect(fixture.study.next(DUE).next?.card.cardId).toBe(turn.next!.card.cardId);
    fixture.db.prepare('UPDATE cards SET suspended = 1 WHERE id = ?').run(ids[2000]);
    fixture.db.prepare('DELETE FROM memory WHERE card_id = ?').run(ids[2000]);
    expect(fixture.study.next(DUE).counts).toEqual({ new: 0, learning: 0, review: 200 });
  });

  it('counts the day by the local hour at which it begins', () => {
    const fixture = openStudy({ settings: { newPerDay: 1 }, zone: 'Europe/Berlin' });
    addNotes(fixture.db, 3);
    // 3:30 at night of the day on which the clock goes forward, 29 March 2026: it is still the day before.
    fixture.clock.atMs = Date.UTC(2026, 2, 29, 1, 30);
    rate(fixture, nextId(fixture)!, 4);
    expect(nextId(fixture)).toBeNull();
    fixture.clock.atMs = Date.UTC(2026, 2, 29, 2, 0) - 1;
    expect(nextId(fixture)).toBeNull();
    fixture.clock.atMs += 1;
    expect(nextId(fixture)).not.toBeNull();
  });

  it('takes another order of reviews every day where the user wants any', () => {
    const fixture = openStudy({ settings: { reviewOrder: 'random', newPerDay: 999, reviewsPerDay: 999 } });
    const ids = addNotes(fixture.db, 40);
    for (const cardId of ids) rate(fixture, cardId, 4);
    const first = () => {
      const turn = fixture.study.next(DUE);
      return turn.next?.card.cardId;
    };
    const firsts = Array.from({ length: 8 }, (_, day) => {
      fixture.clock.atMs += (day === 0 ? 100 : 1) * DAY_MS;
      expect(first()).toBe(first());
      return first();
    });
    expect(new Set(firsts).size).toBeGreaterThan(3);
  });
});

describe('cards of one note', () => {
  it('wait until tomorrow once one of them was answered', () => {
    const fixture = openStudy();
    const [first, second] = addNote(fixture.db, TWO);
    const [other] = addNote(fixture.db);
    expect(fixture.study.next(DUE).counts?.new).toBe(2);
    rate(fixture, first!, 4);
    expect(nextId(fixture)).toBe(other);
    expect(rate(fixture, other!, 4).next).toBeNull();
    fixture.clock.atMs += DAY_MS;
    const turn = fixture.study.next(DUE);
    expect(turn.next?.card.cardId).toBe(second);
    expect(turn.next?.memory).toBeNull();
    rate(fixture, second!, 4);
    fixture.clock.atMs += 100 * DAY_MS;
    expect(fixture.study.next(DUE).counts?.review).toBe(2);
    const asked = [nextId(fixture)!];
    asked.push(rate(fixture, asked[0]!, 3).next!.card.cardId);
    expect(rate(fixture, asked[1]!, 3).next).toBeNull();
    expect(asked.filter((cardId) => cardId !== other)).toHaveLength(1);
  });

  it('come one after the other where the user wants that', () => {
    const fixture = openStudy({ settings: { burySiblings: false } });
    const [first, second] = addNote(fixture.db, TWO);
    rate(fixture, first!, 4);
    expect(nextId(fixture)).toBe(second);
  });

  it('are not put off while they are in learning', () => {
    const fixture = openStudy({ settings: { learnAheadMinutes: 0, burySiblings: false } });
    const [first, second] = addNote(fixture.db, TWO);
    rate(fixture, first!, 1);
    fixture.settings.value = { ...fixture.settings.value, burySiblings: true };
    rate(fixture, second!, 4);
    fixture.clock.atMs += MINUTE_MS;
    expect(nextId(fixture)).toBe(first);
  });

  it('a card put off by hand waits until tomorrow', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 2);
    const turn = fixture.study.bury({ ...DUE, cardId: ids[0]! });
    expect(turn.next?.card.cardId).toBe(ids[1]);
    expect(rate(fixture, ids[1]!, 4).next).toBeNull();
    fixture.clock.atMs += DAY_MS;
    expect(nextId(fixture)).toBe(ids[0]);
  });

  it('a card put off by hand is back at once where that is taken back, in the order of what was done', () => {
    const fixture = openStudy({ settings: { learningSteps: [] } });
    const memory = () => fixture.db.prepare('SELECT * FROM memory ORDER BY card_id').all();
    const [first, second, third] = addNotes(fixture.db, 3);
    const rated = rate(fixture, first!, 4);
    const before = memory();
    expect(fixture.study.bury({ ...DUE, cardId: second! }).undoable).toBe(rated.undoable + 1);
    fixture.clock.atMs += MINUTE_MS;
    rate(fixture, third!, 4);
    expect(fixture.study.undo(DUE)?.next?.card.cardId).toBe(third);
    const back = fixture.study.undo(DUE);
    expect(back?.next?.card.cardId).toBe(second);
    expect(back?.counts?.new).toBe(2);
    expect(memory()).toEqual(before);
    expect(fixture.study.undo(DUE)?.next?.card.cardId).toBe(first);
    expect(fixture.study.undo(DUE)).toBeNull();
  });

  it('a card put off yesterday by hand is nothing to take back', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 2);
    fixture.study.bury({ ...DUE, cardId: ids[0]! });
    fixture.clock.atMs += DAY_MS;
    expect(fixture.study.next(DUE).undoable).toBe(0);
    expect(fixture.study.undo(DUE)).toBeNull();
  });
});

describe('a rating', () => {
  it('shows the intervals that happen', () => {
    const fixture = openStudy({ settings: { burySiblings: false } });
    const random = randomNumbers(7);
    addNotes(fixture.db, 6);
    for (let step = 0; step < 300; step += 1) {
      const { next } = fixture.study.next(DUE);
      if (next === null) {
        fixture.clock.atMs += DAY_MS;
        continue;
      }
      const rating = (1 + Math.floor(random() * 4)) as Rating;
      const before = fixture.clock.atMs;
      rate(fixture, next.card.cardId, rating);
      const row = fixture.db
        .prepare<[number], { due: number; days: number }>(
          'SELECT due_ms AS due, scheduled_days AS days FROM memory WHERE card_id = ?',
        )
        .get(next.card.cardId)!;
      const shown = next.intervals[rating - 1]!;
      if (row.days === 0) expect(row.due - before).toBe(shown);
      else expect(row.days * DAY_MS).toBe(shown);
      expect(row.due).toBeGreaterThan(before);
      fixture.clock.atMs += Math.floor(random() * 20) * MINUTE_MS;
    }
  });

  it('is refused for a card that was rated elsewhere already', () => {
    const fixture = openStudy();
    const [cardId] = addNotes(fixture.db, 1);
    rate(fixture, cardId!, 4);
    expect(() => rate(fixture, cardId!, 4)).toThrow(expect.objectContaining({ code: 'card_not_due' }));
    expect(fixture.db.prepare('SELECT count(*) FROM reviews').pluck().get()).toBe(1);
  });

  it('makes a leech at so many lapses, and again after half as many more', () => {
    const fixture = openStudy({ settings: { leechLapses: 4, suspendLeeches: true, relearningSteps: [] } });
    const [cardId] = addNotes(fixture.db, 1);
    rate(fixture, cardId!, 4);
    const suspendedAt: number[] = [];
    for (let lapse = 1; lapse <= 8; lapse += 1) {
      fixture.clock.atMs += 200 * DAY_MS;
      rate(fixture, cardId!, 1);
      const free = fixture.db.prepare('UPDATE cards SET suspended = 0 WHERE suspended = 1').run().changes;
      if (free > 0) suspendedAt.push(lapse);
    }
    expect(suspendedAt).toEqual([4, 6, 8]);
    const tags = fixture.db.prepare('SELECT name FROM note_tags JOIN tags ON tags.id = tag_id').pluck().all();
    expect(tags).toEqual(['leech']);
    fixture.clock.atMs += 200 * DAY_MS;
    expect(fixture.study.next(DUE).next?.isLeech).toBe(true);
  });
});

describe('taking ratings back', () => {
  it('leads back to the bit, however many they are, siblings, leeches and suspensions included', () => {
    const fixture = openStudy({
      settings: {
        leechLapses: 2,
        suspendLeeches: true,
        newPerDay: 50,
        learningSteps: [1],
        relearningSteps: [5],
      },
    });
    const { db, clock, study } = fixture;
    for (let note = 0; note < 12; note += 1)
      addNote(db, { cards: Array.from({ length: 1 + (note % 3) }, () => ({})) });
    const random = randomNumbers(3);
    const states = [{ state: wholeState(db), cardId: 0 }];
    const leeches = () =>
      db.prepare('SELECT count(*) FROM cards WHERE suspended = 1').pluck().get() as number;
    while (states.length <= 400) {
      const mode = random() < 0.1 ? 'cram' : 'due';
      const { next } = study.next({ deck: null, mode });
      if (next === null) {
        clock.atMs += DAY_MS * (1 + Math.floor(random() * 30));
        continue;
      }
      const rating = (random() < 0.4 ? 1 : 1 + Math.floor(random() * 4)) as Rating;
      const turn = rate(fixture, next.card.cardId, rating, { deck: null, mode });
      expect(turn.undoable).toBe(states.length);
      states.push({ state: wholeState(db), cardId: next.card.cardId });
      clock.atMs += Math.floor(random() * 30) * MINUTE_MS;
      if (leeches() > 8) break;
    }
    expect(leeches()).toBeGreaterThan(3);
    expect(states.length).toBeGreaterThan(100);
    while (states.length > 1) {
      const { cardId } = states.pop()!;
      const turn = study.undo(DUE);
      expect(turn?.next?.card.cardId).toBe(cardId);
      expect(turn?.undoable).toBe(states.length - 1);
      expect(wholeState(db)).toEqual(states.at(-1)!.state);
    }
    expect(study.undo(DUE)).toBeNull();
  });

  it('works after a restart', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tracedeck-study-'));
    try {
      const path = join(dir, 'deck.db');
      const first = openStudy({ path });
      addNotes(first.db, 3, TWO);
      const before = wholeState(first.db);
      for (const rating of [1, 3, 4] as const) rate(first, nextId(first)!, rating);
      first.db.close();
      const second = openStudy({ path });
      expect(second.study.next(DUE).undoable).toBe(3);
      while (second.study.undo(DUE) !== null);
      expect(wholeState(second.db)).toEqual(before);
      second.db.close();
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('leaves a schedule alone that another hand changed since', () => {
    const fixture = openStudy();
    const [cardId] = addNotes(fixture.db, 1);
    rate(fixture, cardId!, 4);
    fixture.db.prepare('UPDATE memory SET last_review_ms = 5, due_ms = 77').run();
    fixture.study.undo(DUE);
    expect(fixture.db.prepare('SELECT due_ms FROM memory').pluck().get()).toBe(77);
    expect(fixture.db.prepare('SELECT count(*) FROM reviews').pluck().get()).toBe(0);
  });

  it('does not take imported reviews back', () => {
    const fixture = openStudy();
    const [cardId] = addNotes(fixture.db, 1);
    fixture.db
      .prepare('INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind) VALUES (?, 3, 1, 1, 2)')
      .run(cardId);
    expect(fixture.study.undo(DUE)).toBeNull();
  });

  it('shows the card once more, and counts it again', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 3);
    rate(fixture, ids[0]!, 4);
    const turn = fixture.study.undo(DUE)!;
    expect(turn.next?.card.cardId).toBe(ids[0]);
    expect(turn.counts?.new).toBe(3);
    // Until it is rated or put off, it stays.
    expect(nextId(fixture)).toBe(ids[0]);
    expect(rate(fixture, ids[0]!, 4).next?.card.cardId).toBe(ids[1]);
  });
});

describe('without the schedule', () => {
  const CRAM: StudyPlace = { deck: 'A', mode: 'cram' };

  it('cramming asks every card of the deck until it was answered good, and changes no memory', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 10, TWO);
    addNotes(fixture.db, 3, { deck: 'B' });
    rate(fixture, ids[0]!, 4);
    const memory = fixture.db.prepare('SELECT * FROM memory').all();
    const asked: number[] = [];
    let wrong = 0;
    for (let turn = fixture.study.next(CRAM); turn.next !== null;) {
      const { cardId } = turn.next.card;
      const isWrong = !asked.includes(cardId) && cardId % 3 === 0;
      wrong += isWrong ? 1 : 0;
      asked.push(cardId);
      turn = rate(fixture, cardId, isWrong ? 1 : 3, CRAM);
    }
    expect(new Set(asked)).toEqual(new Set(ids));
    expect(asked).toHaveLength(ids.length + wrong);
    expect(asked.slice(0, 20)).not.toEqual(ids);
    expect(fixture.db.prepare('SELECT * FROM memory').all()).toEqual(memory);
    expect(fixture.db.prepare('SELECT DISTINCT kind FROM reviews ORDER BY kind').pluck().all()).toEqual([
      0, 4,
    ]);
    // Who comes back begins again.
    expect(fixture.study.next(CRAM).counts?.review).toBe(20);
  });

  it('cramming goes on where it was after a rating was taken back', () => {
    const fixture = openStudy();
    addNotes(fixture.db, 5);
    const first = fixture.study.next(CRAM).next!.card.cardId;
    const second = rate(fixture, first, 1, CRAM).next!.card.cardId;
    expect(rate(fixture, second, 4, CRAM).counts).toEqual({ new: 0, learning: 1, review: 3 });
    const turn = fixture.study.undo(CRAM)!;
    expect(turn.next?.card.cardId).toBe(second);
    expect(turn.counts).toEqual({ new: 0, learning: 1, review: 4 });
  });

  it('cramming knows its answers where a rating from before it was taken back', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 3);
    rate(fixture, ids[0]!, 4);
    fixture.study.next(CRAM);
    fixture.study.undo(CRAM);
    rate(fixture, ids[0]!, 3, CRAM);
    // With other settings the queue is built anew from the reviews.
    fixture.settings.value = { ...fixture.settings.value, newPerDay: 5 };
    const turn = rate(fixture, ids[1]!, 3, CRAM);
    expect(turn.counts).toEqual({ new: 0, learning: 0, review: 1 });
    expect(turn.next?.card.cardId).toBe(ids[2]);
  });

  it('a card whose cramming is taken back in the daily session is not asked there before it is due', () => {
    const fixture = openStudy();
    const [known = 0, fresh] = addNotes(fixture.db, 2);
    rate(fixture, known, 4);
    fixture.study.next(CRAM);
    rate(fixture, known, 3, CRAM);
    fixture.study.next(DUE);
    const turn = fixture.study.undo(DUE)!;
    expect(turn.undoable).toBe(1);
    expect(turn.next?.card.cardId).toBe(fresh);
    expect(rate(fixture, fresh!, 4).next).toBeNull();
  });

  it('looking ahead asks what is not due yet, soonest first', () => {
    const fixture = openStudy();
    const ids = addNotes(fixture.db, 4);
    const dueIn = [30, 10, 20, 0];
    for (const [index, cardId] of ids.entries()) {
      fixture.db
        .prepare('INSERT INTO memory VALUES (?, 2, ?, 10, 5, 1, 0, 0, 10, ?, NULL, NULL)')
        .run(cardId, fixture.clock.atMs + dueIn[index]! * DAY_MS, fixture.clock.atMs - DAY_MS);
    }
    const memory = fixture.db.prepare('SELECT * FROM memory').all();
    const place: StudyPlace = { deck: null, mode: 'ahead' };
    const asked: number[] = [];
    for (let turn = fixture.study.next(place); turn.next !== null;) {
      asked.push(turn.next.card.cardId);
      turn = rate(fixture, turn.next.card.cardId, 3, place);
    }
    expect(asked).toEqual([ids[1], ids[2], ids[0]]);
    expect(fixture.db.prepare('SELECT * FROM memory').all()).toEqual(memory);
    expect(nextId(fixture)).toBe(ids[3]);
  });
});

describe('ten years', () => {
  it('keep every date after the last review, and counts that add up', () => {
    const fixture = openStudy({ zone: 'America/New_York', settings: { newPerDay: 2, reviewsPerDay: 30 } });
    const { db, clock, study } = fixture;
    addDeck(db, 'A');
    for (let note = 0; note < 40; note += 1) addNote(db, TWO);
    const random = randomNumbers(11);
    const reviews = { all: 0, lapses: 0 };
    const memoryOf = db.prepare<
      [number],
      { due: number; last: number; lapses: number; reps: number; d: number; s: number }
    >(
      `SELECT due_ms AS due, last_review_ms AS last, lapses, reps, difficulty AS d, stability AS s
       FROM memory WHERE card_id = ?`,
    );
    for (let day = 0; day < 3650; day += day < 300 ? 1 : 25) {
      clock.atMs = Date.UTC(2026, 0, 1, 15) + day * DAY_MS;
      let turn = study.next(DUE);
      for (let answers = 0; turn.next !== null && answers < 60; answers += 1) {
        const { card, memory, retrievability } = turn.next;
        const knows = random() < (retrievability ?? 0.5);
        const rating: Rating = knows ? (random() < 0.2 ? 4 : 3) : 1;
        if (memory?.state === 2 && rating === 1) reviews.lapses += 1;
        const { counts } = turn;
        expect(counts?.new).toBeLessThanOrEqual(2);
        expect(counts?.review).toBeLessThanOrEqual(30);
        turn = rate(fixture, card.cardId, rating);
        reviews.all += 1;
        const after = memoryOf.get(card.cardId)!;
        expect(after.last).toBe(clock.atMs);
        expect(after.due).toBeGreaterThan(after.last);
        expect(after.d).toBeGreaterThanOrEqual(1);
        expect(after.d).toBeLessThanOrEqual(10);
        expect(after.s).toBeGreaterThan(0);
        clock.atMs += 30_000;
      }
    }
    const sums = db.prepare('SELECT sum(reps) AS reps, sum(lapses) AS lapses FROM memory').get();
    expect(sums).toEqual({ reps: reviews.all, lapses: reviews.lapses });
    expect(db.prepare('SELECT count(*) FROM reviews').pluck().get()).toBe(reviews.all);
    expect(reviews.all).toBeGreaterThan(1000);
  });
});
