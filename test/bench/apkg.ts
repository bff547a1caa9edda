/**
 * Anki packages: a deck out with its schedule and its media, into an empty deck, and into the same deck once more. Medians
 * of several rounds. Arguments: `--rounds 5`, `--notes 500,10000`, `--json`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exportPackage } from '../../electron/anki/exportPackage.ts';
import { importPackage } from '../../electron/anki/importPackage.ts';
import { createMediaStore } from '../../electron/anki/mediaStore.ts';
import { openDeck } from '../../electron/deck/openDeck.ts';
import { UNWATCHED } from '../../electron/deckJobs/job.ts';
import type { CardMemory } from '../../shared/study.ts';
import { formatBytes, formatDuration } from '../../shared/units.ts';
import { fillDeck } from '../electron/anki/samples.ts';
import { median } from './medians.ts';

const DAY_MS = 86_400_000;
const PICTURES = 200;
const PICTURE_BYTES = 50_000;
/** Milliseconds that the project allows an export, by its number of notes. */
const BOUNDS: Readonly<Record<number, number>> = { 500: 2000, 10_000: 15_000 };

type Figures = {
  readonly notes: number;
  readonly exportMs: number;
  readonly importMs: number;
  readonly againMs: number;
  readonly bytes: number;
  readonly peakRssBytes: number;
};

/** Prints one line a size, or one JSON object with `--json`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      notes: { type: 'string', default: '500,10000' },
      json: { type: 'boolean', default: false },
    },
  });
  const all: Figures[] = [];
  for (const notes of values.notes.split(',').map(Number))
    all.push(await measure(notes, Number(values.rounds)));
  if (values.json) return console.log(JSON.stringify(all));
  for (const { notes, exportMs, importMs, againMs, bytes, peakRssBytes } of all) {
    const bound = BOUNDS[notes];
    console.log(
      `${notes} notes, ${notes * 3} cards, ${formatBytes(bytes)}: out ${formatDuration(exportMs)}${bound === undefined ? '' : ` (bound ${formatDuration(bound)})`}, ` +
        `into an empty deck ${formatDuration(importMs)}, once more ${formatDuration(againMs)}; ${formatBytes(peakRssBytes)} resident at most`,
    );
  }
}

async function measure(notes: number, rounds: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-bench-apkg-'));
  const db = openDeck(join(folder, 'deck.db'));
  try {
    const mediaDir = join(folder, 'media');
    const media = createMediaStore(db, mediaDir);
    for (let at = 0; at < PICTURES; at += 1)
      await media.add(`p${at}.jpg`, Buffer.alloc(PICTURE_BYTES, `picture ${at}`));
    fill(db, notes);
    const path = join(folder, 'out.apkg');
    const request = { deck: null, runId: null, scheduling: true, media: true, path, mediaDir };
    const times = { out: [] as number[], into: [] as number[], again: [] as number[] };
    let peakRssBytes = 0;
    for (let round = 0; round < rounds; round += 1) {
      times.out.push((await exportPackage(db, request, UNWATCHED)).tookMs);
      const place = join(folder, String(round));
      const empty = openDeck(join(place, 'deck.db'));
      const into = { path, deck: null, mediaDir: join(place, 'media') };
      times.into.push((await importPackage(empty, into, UNWATCHED)).tookMs);
      times.again.push((await importPackage(empty, into, UNWATCHED)).tookMs);
      empty.close();
      rmSync(place, { recursive: true, force: true });
      peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
    }
    return {
      notes,
      exportMs: median(times.out),
      importMs: median(times.into),
      againMs: median(times.again),
      bytes: statSync(path).size,
      peakRssBytes,
    };
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Three cards a note, two of three studied, one note in ten with a picture. */
function fill(db: ReturnType<typeof openDeck>, notes: number): void {
  const { add } = fillDeck(db);
  const nowMs = Date.now();
  const memory: CardMemory = {
    state: 2,
    dueMs: nowMs + 5 * DAY_MS,
    stability: 12.3,
    difficulty: 5.4,
    reps: 3,
    lapses: 0,
    learningStep: 0,
    scheduledDays: 12,
    lastReviewMs: nowMs - 7 * DAY_MS,
  };
  db.transaction(() => {
    for (let at = 0; at < notes; at += 1) {
      const term = `단어 ${at}`;
      const reviews = [1, 2, 3].map((day) => ({
        rating: 3,
        atMs: nowMs - (30 - day * 7) * DAY_MS + at,
        kind: day === 1 ? 0 : 2,
        intervalDays: day * 3,
      }));
      add({
        deck: `Korean::Level ${at % 6}`,
        term,
        tags: [`level::${at % 6}`, `topic${at % 40}`],
        createdMs: nowMs - 40 * DAY_MS,
        cards: [
          {
            type: 'recognition',
            front: term,
            back: `a word, number ${at}, with as much beside it as a card has\nand a second line${at % 10 === 0 ? ` <img src="p${at % PICTURES}.jpg">` : ''}`,
            memory,
            reviews,
          },
          { type: 'production', front: `word number ${at}`, back: term, memory, reviews },
          {
            type: 'cloze',
            front: `나는 {{c1::${term}}}를 매일 외운다.`,
            back: `I learn word ${at} every day.`,
            cloze: 1,
          },
        ],
      });
    }
  })();
}
