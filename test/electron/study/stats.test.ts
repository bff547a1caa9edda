import { describe, expect, it } from 'vitest';
import type { Rating, StudyStats } from '../../../shared/study.ts';
import { createStudyDays, offsetOfZone } from '../../../shared/studyDays.ts';
import { predictImported } from '../../../electron/study/predictions.ts';
import { studyStats } from '../../../electron/study/stats.ts';
import {
  addNote,
  addNotes,
  DAY_MS,
  DUE,
  MINUTE_MS,
  openStudy,
  randomNumbers,
  studySettings,
} from './studyFixture.ts';
import type { Fixture } from './studyFixture.ts';

const ZONE = 'America/New_York';
const PERIOD = 400;

/** Two years in two decks, with cramming, over clock changes. */
function studied(): Fixture {
  const fixture = openStudy({ zone: ZONE, settings: { newPerDay: 4 } });
  const { db, clock, study } = fixture;
  for (let note = 0; note < 60; note += 1) addNote(db, { deck: note % 3 === 0 ? 'B::C' : 'A' });
  const random = randomNumbers(21);
  for (let day = 0; day < 730; day += day < 60 ? 1 : 9) {
    clock.atMs = Date.UTC(2026, 0, 1, 6) + day * DAY_MS + Math.floor(random() * 20) * 60 * MINUTE_MS;
    let turn = study.next(DUE);
    for (let answers = 0; turn.next !== null && answers < 40; answers += 1) {
      const rating = (random() < 0.15 ? 1 : 2 + Math.floor(random() * 3)) as Rating;
      const durationMs = Math.floor(random() * 9000);
      turn = study.rate({ ...DUE, cardId: turn.next.card.cardId, rating, durationMs });
      clock.atMs += 20_000;
    }
    if (day % 30 === 0) {
      const cram = { deck: 'A', mode: 'cram' } as const;
      const { next } = study.next(cram);
      if (next) study.rate({ ...cram, cardId: next.card.cardId, rating: 3, durationMs: 100 });
    }
  }
  db.prepare('UPDATE cards SET suspended = 1 WHERE id = 1').run();
  return fixture;
}

type Review = {
  readonly rating: number;
  readonly reviewed_ms: number;
  readonly duration_ms: number;
  readonly kind: number;
  readonly predicted: number | null;
  readonly interval_days: number;
  readonly deck: string;
  readonly day: number;
};

const mean = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

describe('statistics', () => {
  const fixture = studied();
  const { db, clock } = fixture;
  const days = createStudyDays(offsetOfZone(ZONE), 4);
  const nowMs = clock.atMs;
  const today = days.dayOf(nowMs);
  const stats = (deck: string | null, params = {}): StudyStats =>
    studyStats(db, { deck, days: PERIOD, nowMs, settings: fixture.settings.value, zone: ZONE, ...params });
  const all = db
    .prepare<[], Review>(
      `SELECT reviews.*, decks.name AS deck FROM reviews
       JOIN cards ON cards.id = card_id JOIN decks ON decks.id = cards.deck_id`,
    )
    .all()
    .map((review) => ({ ...review, day: days.dayOf(review.reviewed_ms) }));

  it.each([null, 'A', 'B'])('of %s are what every review and card adds up to', (deck) => {
    const found = stats(deck);
    const reviews = all.filter(
      (review) => deck === null || review.deck === deck || review.deck.startsWith(`${deck}::`),
    );
    const recent = reviews.filter((review) => review.day > today - PERIOD);
    expect(recent.length).toBeGreaterThan(80);
    expect(found.history).toHaveLength(PERIOD);
    for (const entry of found.history) {
      const of = recent.filter((review) => review.day - today === entry.day);
      expect(entry).toEqual({
        day: entry.day,
        reviews: of.length,
        learned: of.filter(({ kind }) => kind < 2).length,
        relearned: of.filter(({ kind }) => kind === 3).length,
        durationMs: of.reduce((sum, review) => sum + review.duration_ms, 0),
      });
    }
    for (const { label, reviews: count, actual, predicted } of found.retention) {
      const back = { today: 1, week: 7, month: 30, all: Infinity }[label];
      const of = reviews.filter(({ kind, day }) => kind === 2 && day > today - back);
      expect(count).toBe(of.length);
      expect(actual).toBe(of.length === 0 ? null : of.filter(({ rating }) => rating > 1).length / of.length);
      const chances = of.flatMap((review) => review.predicted ?? []);
      if (chances.length > 0) expect(predicted).toBeCloseTo(mean(chances)!, 5);
      else expect(predicted).toBeNull();
    }
    const known = recent.filter(({ kind, predicted }) => kind === 2 && predicted !== null);
    expect(found.calibration.reduce((sum, bin) => sum + bin.reviews, 0)).toBe(known.length);
    for (const bin of found.calibration) {
      const index = Math.min(19, Math.floor(bin.predicted * 20));
      const of = known.filter(({ predicted }) => Math.min(19, Math.floor(predicted! * 20)) === index);
      expect(bin.reviews).toBe(of.length);
      expect(bin.actual).toBeCloseTo(of.filter(({ rating }) => rating > 1).length / of.length, 9);
    }
    for (const { state, counts } of found.byRating) {
      const of = recent.filter(({ kind, interval_days: interval }) => {
        if (kind === 4) return false;
        return state === 'learning' ? kind !== 2 : kind === 2 && (state === 'mature') === interval >= 21;
      });
      expect(counts).toEqual(
        [1, 2, 3, 4].map((rating) => of.filter((review) => review.rating === rating).length),
      );
    }
    const wall = new Intl.DateTimeFormat('en-US', { timeZone: ZONE, hour: 'numeric', hourCycle: 'h23' });
    const hours = new Map(recent.map(({ reviewed_ms: at }) => [at, Number(wall.format(at))]));
    for (const { hour, reviews: count, recalled } of found.hours) {
      const of = recent.filter(({ kind, reviewed_ms: at }) => kind < 4 && hours.get(at) === hour);
      expect([count, recalled]).toEqual([of.length, of.filter(({ rating }) => rating > 1).length]);
    }
    const durations = recent.flatMap(({ duration_ms: ms }) => (ms > 0 ? ms : [])).toSorted((a, b) => a - b);
    const half = durations.length / 2;
    expect(found.medianAnswerMs).toBe((durations[Math.ceil(half) - 1]! + durations[Math.floor(half)]!) / 2);
  });

  it('count cards by state, and what is due by day', () => {
    const found = stats(null);
    const cards = Object.values(found.states).reduce((sum, count) => sum + count, 0);
    expect(cards).toBe(60);
    expect(found.states.suspended).toBe(1);
    const known = cards - 1 - found.states.new;
    expect(found.difficulty).toHaveLength(10);
    expect(found.difficulty.reduce((sum, count) => sum + count, 0)).toBe(known);
    expect(found.stability.reduce((sum, count) => sum + count, 0)).toBe(known);
    const far = studyStats(db, {
      deck: null,
      days: 3650,
      nowMs,
      settings: fixture.settings.value,
      zone: ZONE,
    });
    expect(far.forecast.reduce((sum, day) => sum + day.due, 0)).toBe(known);
    const backlog = db
      .prepare(
        'SELECT count(*) FROM memory JOIN cards ON cards.id = card_id WHERE due_ms < ? AND suspended = 0',
      )
      .pluck()
      .get(days.startOf(today + 1));
    expect(found.forecast[0]).toEqual({ day: 0, due: backlog, newDue: found.states.new });
  });

  it('say at which pace new cards will come', () => {
    const other = openStudy();
    const ids = addNotes(other.db, 7);
    other.study.rate({ ...DUE, cardId: ids[0]!, rating: 4, durationMs: 1 });
    const settings = studySettings({ newPerDay: 3 });
    const { forecast } = studyStats(other.db, {
      deck: null,
      days: 4,
      nowMs: other.clock.atMs,
      settings,
      zone: 'Asia/Seoul',
    });
    expect(forecast.map(({ newDue }) => newDue)).toEqual([2, 3, 1, 0]);
  });

  it('count days in a row, of which today may still come', () => {
    const other = openStudy({ settings: { newPerDay: 1 } });
    addNotes(other.db, 9);
    const streak = () =>
      studyStats(other.db, {
        deck: null,
        days: 5,
        nowMs: other.clock.atMs,
        settings: studySettings(),
        zone: 'Asia/Seoul',
      }).streakDays;
    expect(streak()).toBe(0);
    for (let day = 0; day < 3; day += 1) {
      if (day > 0) other.clock.atMs += DAY_MS;
      other.study.rate({ ...DUE, cardId: other.study.next(DUE).next!.card.cardId, rating: 4, durationMs: 1 });
    }
    expect(streak()).toBe(3);
    other.clock.atMs += DAY_MS;
    expect(streak()).toBe(3);
    other.clock.atMs += DAY_MS;
    expect(streak()).toBe(0);
  });

  it('are empty where there is nothing', () => {
    const other = openStudy();
    const found = studyStats(other.db, {
      deck: 'none',
      days: 3,
      nowMs: other.clock.atMs,
      settings: studySettings(),
    });
    expect(found.retention.map(({ actual, predicted }) => [actual, predicted])).toEqual(
      Array.from({ length: 4 }, () => [null, null]),
    );
    expect(found).toMatchObject({ calibration: [], medianAnswerMs: null, streakDays: 0 });
    expect(found.forecast).toEqual([0, 1, 2].map((day) => ({ day, due: 0, newDue: 0 })));
  });

  it('can be stopped', () => {
    const stop = () => {
      throw new Error('stop');
    };
    expect(() =>
      studyStats(
        db,
        { deck: null, days: 9, nowMs, settings: studySettings(), zone: ZONE },
        { throwIfCancelled: stop, progress: () => {} },
      ),
    ).toThrow('stop');
  });
});

describe('imported reviews', () => {
  it('get the prediction that studying here would have made, once', () => {
    const fixture = studied();
    const { db } = fixture;
    const own = db
      .prepare<[], { id: number; predicted: number | null; kind: number }>(
        'SELECT id, predicted, kind FROM reviews ORDER BY id',
      )
      .all();
    db.exec('UPDATE reviews SET before = NULL, interval_days = NULL, predicted = NULL');
    const params = { settings: fixture.settings.value, zone: ZONE };
    const progress: number[] = [];
    const seen = predictImported(db, params, {
      throwIfCancelled: () => {},
      progress: (done) => progress.push(done),
    });
    expect(seen).toBe(own.filter(({ kind }) => kind < 4).length);
    for (const { id, predicted } of own) {
      const found = db.prepare('SELECT predicted FROM reviews WHERE id = ?').pluck().get(id) as number | null;
      if (predicted === null) expect(found).toBeNull();
      else expect(found).toBeCloseTo(predicted, 6);
    }
    expect(predictImported(db, params)).toBe(0);
  });

  it('whose beginning is missing get none', () => {
    const { db } = openStudy();
    const [cardId] = addNotes(db, 1);
    const insert = db.prepare(
      'INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind) VALUES (?, 3, ?, 1, 2)',
    );
    for (const day of [1, 5, 20]) insert.run(cardId, day * DAY_MS);
    predictImported(db, { settings: studySettings(), zone: 'UTC' });
    expect(db.prepare('SELECT interval_days, predicted FROM reviews ORDER BY id').raw().all()).toEqual([
      [0, null],
      [4, null],
      [15, null],
    ]);
  });
});
