import { expect, it } from 'vitest';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { CARD_IDS } from '../../../electron/study/cardsOfDeck.ts';
import { NOT_SEEN } from '../../../electron/study/predictions.ts';
import { HISTORY_SQL } from '../../../electron/study/reviewHistory.ts';
import { REVIEWED_CARD } from '../../../electron/study/reschedule.ts';
import { STATS_SQL } from '../../../electron/study/stats.ts';
import { STUDY_SQL } from '../../../electron/study/studySql.ts';

it('no statement of studying goes through a whole table of cards, notes, schedules or reviews', () => {
  const db = openDeck(':memory:');
  const statements = { ...STUDY_SQL, ...STATS_SQL, ...HISTORY_SQL, CARD_IDS, NOT_SEEN, REVIEWED_CARD };
  // Those that may read all of a small index of their own: ratings that can be taken back, reviews not looked at, and
  // cards that come again.
  const allowed = /USING (COVERING )?INDEX (reviews_(to_undo|not_seen)|cards_reviewed)/;
  const scans = Object.entries(statements).flatMap(([name, sql]) => {
    const named = Object.fromEntries([...sql.matchAll(/:(\w+)/g)].map(([, param]) => [param!, null]));
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
    const steps =
      Object.keys(named).length > 0 ? plan.all(named) : plan.all(...(sql.match(/\?/g) ?? []).map(() => null));
    return steps
      .map(({ detail }) => detail)
      .filter(
        (detail) => /^SCAN (cards|notes|memory|reviews|note_tags)\b/.test(detail) && !allowed.test(detail),
      )
      .map((detail) => `${name}: ${detail}`);
  });
  expect(scans).toEqual([]);
  // Other cards of a note are found by the note, whatever other indexes there are.
  const plan = db
    .prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${STUDY_SQL.siblings}`)
    .all({ noteId: 1, cardId: 1, nowMs: 1, untilMs: 1 });
  expect(plan[0]?.detail).toContain('note_id=?');
});
