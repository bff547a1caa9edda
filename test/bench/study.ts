/**
 * Studying at the size of a lifetime: `run([cards, reviews])`, 100,000 and 1,000,000 where not given. Half of the cards
 * are studied, in 20 decks, most of them overdue: more than anybody has.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Card } from '../../shared/card.ts';
import { studySettingsSchema } from '../../shared/study.ts';
import type { Rating, StudyPlace, StudySettings } from '../../shared/study.ts';
import { openDeck } from '../../electron/deck/openDeck.ts';
import type { Db } from '../../electron/sqlite/openDatabase.ts';
import { optimiseStudy } from '../../electron/study/optimiser.ts';
import { studyStats } from '../../electron/study/stats.ts';
import { createStudy } from '../../electron/study/study.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 9);
const DAY_MS = 86_400_000;
const DECKS = 20;
const ZONE = 'Europe/Berlin';
const NEXT_BOUND_MS = 10;
const STATS_BOUND_MS = 1000;

export async function run(args: string[]): Promise<void> {
  const cards = Number(args[0] ?? 100_000);
  const reviews = Number(args[1] ?? 1_000_000);
  const dir = mkdtempSync(join(tmpdir(), 'tracedeck-bench-'));
  try {
    const path = join(dir, 'deck.db');
    const db = openDeck(path);
    console.log(`load ${loadavg()[0]!.toFixed(1)}; ${cards} cards, ${reviews} reviews`);
    fill(db, cards, reviews);
    console.log(`file ${(statSync(path).size / 1e6).toFixed(0)} MB`);
    const usual = studySettingsSchema.parse({});
    benchNext(db, { deck: null, mode: 'due' }, usual, ', usual limits');
    const manyNew = studySettingsSchema.parse({ newPerDay: 9999 });
    benchNext(db, { deck: null, mode: 'due' }, manyNew, ', 9,999 new');
    const settings = studySettingsSchema.parse({ newPerDay: 9999, reviewsPerDay: 9999 });
    for (const deck of [null, 'Deck 3']) {
      for (const mode of ['due', 'ahead', 'cram'] as const) benchNext(db, { deck, mode }, settings);
    }
    const program = studySettingsSchema.parse({});
    for (const deck of [null, 'Deck 3']) {
      const times = repeat(7, () =>
        studyStats(db, { deck, days: 3650, nowMs: NOW_MS, settings: program, zone: ZONE }),
      );
      row(`statistics of ${deck ?? 'all decks'}`, times, STATS_BOUND_MS);
    }
    const startMs = performance.now();
    const {
      lossBefore,
      lossAfter,
      reviews: used,
    } = await optimiseStudy(db, {
      deck: 'Deck 3',
      settings: program,
      zone: ZONE,
    });
    console.log(
      `optimiser: ${used} reviews in ${((performance.now() - startMs) / 1000).toFixed(1)} s, log loss ${lossBefore.toFixed(4)} to ${lossAfter.toFixed(4)}`,
    );
    db.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function benchNext(db: Db, place: StudyPlace, settings: StudySettings, note = ''): void {
  const name = `${place.mode}, ${place.deck ?? 'all decks'}${note}`;
  const clock = { nowMs: () => NOW_MS, offsetMs: () => 7_200_000 };
  const open = () => createStudy({ db, settings: () => settings, clock, readCards: reader(db) });
  // As when the program has started: ready, and nothing known of any queue.
  const ready = Array.from({ length: 7 }, open);
  const firsts = repeat(7, (round) => ready[round]!.next(place));
  row(`first card, ${name}`, firsts, NEXT_BOUND_MS);
  const counted = repeat(7, (round) => ready[round]!.counts(place));
  row(`its counts after it, ${name}`, counted, null);
  const study = open();
  let turn = study.next(place);
  const times: number[] = [];
  for (let index = 0; index < 300 && turn.next !== null; index += 1) {
    const { cardId } = turn.next.card;
    const startMs = performance.now();
    turn = study.rate({ ...place, cardId, rating: ((index % 4) + 1) as Rating, durationMs: 4000 });
    times.push(performance.now() - startMs);
  }
  row(`rating and next card, ${name}`, times, NEXT_BOUND_MS);
  const undone: number[] = [];
  for (let index = 0; index < times.length; index += 1) {
    const startMs = performance.now();
    study.undo(place);
    if (index < 20) undone.push(performance.now() - startMs);
    else if (index === 20 && undone.length === 20) break;
  }
  row(`undo, ${name}`, undone, null);
  while (study.undo({ deck: 'none', mode: 'due' }) !== null && study.next(place).undoable > 0);
}

function reader(db: Db): (cardIds: readonly number[]) => readonly Card[] {
  const read = db.prepare<[number], object>('SELECT id AS cardId, front, back FROM cards WHERE id = ?');
  return (cardIds) => cardIds.flatMap((cardId) => (read.get(cardId) ?? []) as Card);
}

function fill(db: Db, cards: number, reviews: number): void {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const studied = Math.floor(cards / 2);
  const insertDeck = db.prepare('INSERT INTO decks (id, name, created_ms) VALUES (?, ?, 0)');
  const insertNote = db.prepare(
    `INSERT INTO notes (id, uuid, deck_id, key, term, created_ms, modified_ms) VALUES (?, ?, ?, ?, ?, 0, 0)`,
  );
  const insertCard = db.prepare(
    `INSERT INTO cards (id, note_id, deck_id, ordinal, type, front, back, created_ms, modified_ms)
     VALUES (?, ?, ?, ?, 'recognition', ?, ?, 0, 0)`,
  );
  const insertMemory = db.prepare('INSERT INTO memory VALUES (?, 2, ?, ?, ?, ?, 0, 0, ?, ?, NULL, NULL)');
  const insertReview = db.prepare(
    `INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, before, interval_days, predicted)
     VALUES (?, ?, ?, ?, ?, NULL, ?, ?)`,
  );
  const text = 'x'.repeat(200);
  db.transaction(() => {
    for (let deck = 0; deck < DECKS; deck += 1) insertDeck.run(deck + 1, `Deck ${deck}`);
    for (let index = 0; index < cards; index += 1) {
      const note = Math.floor(index / 3);
      const deck = (note % DECKS) + 1;
      if (index % 3 === 0) insertNote.run(note + 1, `uuid ${note}`, deck, `key ${note}`, `term ${note}`);
      insertCard.run(index + 1, note + 1, deck, index % 3, `front ${index} ${text}`, `back ${index} ${text}`);
    }
    const perCard = Math.floor(reviews / studied);
    const rows: [number, number, number, number, number, number, number | null][] = [];
    for (let card = 1; card <= studied; card += 1) {
      const spanDays = 400 + random() * 3000;
      let atMs = NOW_MS - spanDays * DAY_MS;
      let interval = 0;
      let before = 0;
      for (let step = 0; step < perCard; step += 1) {
        const isKnown = random() < 0.88;
        rows.push([
          ...([card, isKnown ? 3 : 1, Math.floor(atMs), 2000 + Math.floor(random() * 8000)] as const),
          ...([step === 0 ? 0 : 2, before, step === 0 ? null : 0.8 + random() * 0.19] as const),
        ]);
        // Longer and longer, all of them together no longer than the card has been known.
        before = interval;
        interval = Math.max(
          1,
          Math.floor(((2 * (step + 1) * spanDays) / perCard / (perCard + 1)) * (0.3 + 0.6 * random())),
        );
        atMs += interval * DAY_MS + Math.floor(random() * 3_600_000);
      }
      const dueMs = NOW_MS + Math.floor((random() - 0.4) * 200) * DAY_MS;
      insertMemory.run(
        card,
        dueMs,
        1 + random() * 300,
        1 + random() * 9,
        perCard,
        interval,
        Math.floor(atMs - interval * DAY_MS),
      );
    }
    // As they come in life: by time.
    rows.sort((a, b) => a[2] - b[2]);
    for (const each of rows) insertReview.run(...each);
  })();
}

function repeat(times: number, what: (round: number) => unknown): number[] {
  return Array.from({ length: times }, (_, round) => {
    const startMs = performance.now();
    what(round);
    return performance.now() - startMs;
  });
}

function row(what: string, times: readonly number[], boundMs: number | null): void {
  if (times.length === 0) return console.log(`       ${what}: nothing`);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const verdict = boundMs === null ? '      ' : at(0.95) <= boundMs ? 'met   ' : 'MISSED';
  const bound = boundMs === null ? '' : `, bound ${boundMs}`;
  console.log(
    `${verdict} ${what.padEnd(40)} ${at(0.5).toFixed(2)} ms, p95 ${at(0.95).toFixed(2)}, most ${sorted.at(-1)!.toFixed(2)}${bound}; ${times.length} times`,
  );
}
