/** A data folder with a large deck: made once, copied for each use. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDeck } from '../../electron/deck/openDeck.ts';
import { fillLargeDeck, LARGE_DECK_NOW_MS } from '../fixtures/largeDeck.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';

const DAY_MS = 86_400_000;
/** What the deck is made of: another content of these, another deck. */
const SOURCES = ['test/fixtures/largeDeck.ts', 'electron/deck/migrations/0002-cards.ts'];

/** A folder of its own with so many cards, as many due as on the fixture's day; the caller removes it. */
export async function largeDataDir(cards: number): Promise<string> {
  const hash = createHash('sha256').update(`${cards}`);
  for (const source of SOURCES) hash.update(await readFile(join(PROJECT_ROOT, source)));
  const kept = join(tmpdir(), `tracedeck-bench-deck-${hash.digest('hex').slice(0, 16)}.db`);
  if (!existsSync(kept)) await makeDeck(kept, cards);
  const folder = await mkdtemp(join(tmpdir(), 'tracedeck-bench-'));
  const path = join(folder, 'deck.db');
  await copyFile(kept, path);
  const db = openDeck(path);
  const shift = { ms: Math.floor((Date.now() - LARGE_DECK_NOW_MS) / DAY_MS) * DAY_MS };
  db.prepare(
    `UPDATE memory SET due_ms = due_ms + :ms, last_review_ms = last_review_ms + :ms,
       buried_until_ms = buried_until_ms + :ms`,
  ).run(shift);
  db.prepare('UPDATE reviews SET reviewed_ms = reviewed_ms + :ms').run(shift);
  db.close();
  // A backup of the large deck would run beside what is measured.
  await writeFile(join(folder, 'settings.json'), JSON.stringify({ backups: { daily: false } }));
  return folder;
}

async function makeDeck(path: string, cards: number): Promise<void> {
  const aside = await mkdtemp(join(tmpdir(), 'tracedeck-bench-'));
  try {
    const made = join(aside, 'deck.db');
    const db = openDeck(made);
    fillLargeDeck(db, Math.ceil(cards / 3));
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    await mkdir(join(path, '..'), { recursive: true });
    await rename(made, path);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
