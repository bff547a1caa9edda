/**
 * Studying at the size of a lifetime: `run([cards, reviews])`, 100,000 and 1,000,000 where not given. Half of the cards
 * are studied, in 20 decks, most of them overdue: more than anybody has.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { studySettingsSchema } from '../../shared/study.ts';
import type { Rating, StudyPlace, StudySettings } from '../../shared/study.ts';
import { openDeck } from '../../electron/deck/openDeck.ts';
import type { Db } from '../../electron/sqlite/openDatabase.ts';
import { optimiseStudy } from '../../electron/study/optimiser.ts';
import { studyStats } from '../../electron/study/stats.ts';
import { createStudy } from '../../electron/study/study.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';
import { cardReader, fillStudyDeck, STUDY_NOW_MS } from './studyDeck.ts';

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
    fillStudyDeck(db, cards, reviews);
    console.log(`file ${(statSync(path).size / 1e6).toFixed(0)} MB`);
    for (const deck of [[], ['Deck 3']]) {
      row(
        `first card in a new process, ${deck[0] ?? 'all decks'}`,
        inNewProcesses(9, path, deck),
        NEXT_BOUND_MS,
      );
    }
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
        studyStats(db, { deck, days: 3650, nowMs: STUDY_NOW_MS, settings: program, zone: ZONE }),
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
  const clock = { nowMs: () => STUDY_NOW_MS, offsetMs: () => 7_200_000 };
  const open = () => createStudy({ db, settings: () => settings, clock, readCards: cardReader(db) });
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

/** With nothing compiled and nothing read; the file is in the system's cache. */
function inNewProcesses(times: number, path: string, deck: readonly string[]): number[] {
  const program = join(PROJECT_ROOT, 'test/bench/studyFirst.ts');
  return Array.from({ length: times }, () =>
    Number(execFileSync(process.execPath, [program, path, ...deck])),
  );
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
