/**
 * A backup becomes the deck. The deck's file is never replaced by another one while anybody might have it open: a
 * program that holds the old file would go on writing into nowhere, and its log would then be taken for the new one's.
 * Instead the pages go into the file that is there, as one transaction of SQLite's own, and a kill rolls it back.
 */
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { JobContext } from '../deckJobs/job.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { unpackBackup } from './backupFile.ts';
import { asDamage, checkDeck, codeOf, countDeck, isDamage, openToRead } from './deckFile.ts';
import { draftPath, removeDraft, sweepDrafts, syncFolder } from './drafts.ts';
import { bringBackMedia } from './mediaFiles.ts';
import { runInTurns } from './steps.ts';

const PAGES_A_STEP = 2000;
/** How long somebody else's read or write may hold things up. */
const PATIENCE_MS = 5000;

export type RestoreJob = {
  /** Of the backup. */
  readonly path: string;
  readonly deckPath: string;
  /** Of the backups. */
  readonly folder: string;
  readonly mediaDir?: string;
  readonly newestSchema?: number;
  readonly now?: () => number;
  /** Makes a backup of the deck as it is. */
  readonly keepPresent: () => Promise<unknown>;
};

/** @returns how many media files are nowhere to be found */
export async function restoreBackup(job: RestoreJob, context: JobContext): Promise<number> {
  const { path, deckPath, mediaDir } = job;
  const deckFolder = dirname(deckPath);
  sweepDrafts(deckFolder);
  const present = takeAlone(deckPath);
  const unpacked = draftPath(deckFolder, 'restore');
  try {
    // Half of it is unpacking, half copying; the backup in between counts for itself.
    const about = await runInTurns(
      unpackBackup(path, unpacked, context, (done) => context.progress(done, null)),
    );
    const count = await runInTurns(checkDeck(unpacked, job.newestSchema)).catch((error: unknown) => {
      throw isDamage(error) ? damagedBackup(path, error) : error;
    });
    if (count.notes !== about.notes || count.cards !== about.cards) throw damagedBackup(path, null);

    if (present === 'sound') {
      await job.keepPresent().catch((error: unknown) => {
        if (!isDamage(error)) throw error;
        keepDamaged(job);
      });
    } else if (present === 'unreadable') {
      keepDamaged(job);
    }
    context.throwIfCancelled();
    // Somebody may have come meanwhile.
    if (takeAlone(deckPath) === 'unreadable') removeDeck(deckPath);
    await overwrite(unpacked, deckPath, context);

    const db = openToRead(deckPath);
    try {
      const found = countDeck(db);
      if (found.notes !== count.notes || found.cards !== count.cards) throw busy();
      if (mediaDir === undefined) return 0;
      const missing = await runInTurns(bringBackMedia(db, mediaDir, join(job.folder, 'media'), context));
      return missing.length;
    } finally {
      db.close();
    }
  } finally {
    removeDraft(unpacked);
  }
}

/**
 * Folds the deck's log into its file, which SQLite does only for the one connection that has it open: everybody who
 * opened it keeps a lock on it until they close it or die. `unreadable`: no SQLite file, so nobody has it open.
 * @throws TracedeckError `deck_busy`
 */
function takeAlone(deckPath: string): 'missing' | 'sound' | 'unreadable' {
  if (!existsSync(deckPath)) return 'missing';
  let db: Database.Database | undefined;
  try {
    db = new Database(deckPath, { fileMustExist: true, timeout: 1000 });
    db.pragma('journal_mode = DELETE');
    db.exec('BEGIN EXCLUSIVE; ROLLBACK');
    return 'sound';
  } catch (error) {
    if (/^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))) throw busy(error);
    if (isDamage(asDamage(error))) return 'unreadable';
    throw error;
  } finally {
    db?.close();
  }
}

/** Of no use to SQLite, and kept elsewhere by now. */
function removeDeck(deckPath: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${deckPath}${suffix}`, { force: true });
}

/** A damaged deck cannot be backed up, but nothing is thrown away: its file goes into the backups folder as it is. */
function keepDamaged({ deckPath, folder, now = Date.now }: RestoreJob): void {
  const stamp = new Date(now()).toISOString().replaceAll(/[:.]/g, '-');
  const draft = draftPath(folder, 'part');
  try {
    copyFileSync(deckPath, draft);
    renameSync(draft, join(folder, `${stamp}-damaged.db`));
    syncFolder(folder);
  } finally {
    removeDraft(draft);
  }
}

/** All pages in one transaction of the deck file. @throws TracedeckError `deck_busy`, `cancelled` */
async function overwrite(source: string, deckPath: string, context: JobContext): Promise<void> {
  const db = openToRead(source);
  let movedMs = performance.now();
  let left = Number.POSITIVE_INFINITY;
  try {
    const { totalPages } = await db.backup(deckPath, {
      progress({ totalPages: total, remainingPages }) {
        context.throwIfCancelled();
        if (remainingPages < left) movedMs = performance.now();
        else if (performance.now() - movedMs > PATIENCE_MS) throw busy();
        left = remainingPages;
        context.progress(total - remainingPages, total);
        return PAGES_A_STEP;
      },
    });
    // A deck that is locked from the first step on is reported as done, of no pages.
    if (totalPages === 0) throw busy();
    // The last step is not told of, which for a small deck is the only one.
    context.progress(totalPages, totalPages);
    syncFolder(dirname(deckPath));
  } catch (error) {
    throw /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error)) ? busy(error) : error;
  } finally {
    db.close();
  }
}

function damagedBackup(path: string, cause: unknown): TracedeckError {
  return new TracedeckError('permanent', 'backup_damaged', `The backup ${path} is damaged.`, {
    cause,
    hint: 'Choose another one; the deck was left alone.',
  });
}

function busy(cause?: unknown): TracedeckError {
  return new TracedeckError('user', 'deck_busy', 'The deck is open in another Tracedeck.', {
    cause,
    hint: 'Close the app and other commands that use this data folder, then restore again. The deck was left alone.',
  });
}
