/** Backups of the deck: made while it is in use, read back before they count, few enough to keep for ever. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupEntry } from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import { inPiece, stepsInPiece, UNWATCHED, type JobContext } from '../deckJobs/job.ts';
import { storageFault } from '../errors/storageFault.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { compareBackup, readAbout, writeBackup, type AboutBackup, type BackupReason } from './backupFile.ts';
import { checkDeck, codeOf, copyDeck, countDeck, openToRead } from './deckFile.ts';
import { draftPath, removeDraft, sweepDrafts, syncFolder } from './drafts.ts';
import { keepMedia } from './mediaFiles.ts';
import { restoreBackup } from './restore.ts';
import { outdated } from './retention.ts';
import { runAtOnce, runInTurns, type Steps } from './steps.ts';

const HOUR_MS = 3_600_000;
/** Less than a day, so that a machine that is switched on at nine each morning makes one each morning. */
const DAILY_MS = 20 * HOUR_MS;
const SUFFIX = '.db.gz';

export type BackupOptions = {
  readonly deckPath: string;
  /** Made where it is missing. */
  readonly folder: string;
  /** Where the deck's pictures and sounds lie under their hashes; they are left alone where it is not given. */
  readonly mediaDir?: string;
  /** How many daily ones are kept, and how many made by hand. */
  readonly keep: number;
  /** The newest schema that this program can open. */
  readonly newestSchema?: number;
  readonly now?: () => number;
};

export interface Backups {
  /** Newest first. Reads the beginning of each file. */
  list(): readonly BackupEntry[];
  /** Whether a daily one is to be made: the last one is old, and the deck was written to since. */
  due(): boolean;
  /**
   * Copies, packs, reads back, and only then removes what is outdated. Blocks for some 2 s per 100 MB; `backUp` of a
   * deck worker is the same off the thread.
   * @param db any connection to the deck outside a transaction, one that only reads too
   * @returns `null` where there is nothing to back up: no notes, and nobody asked for it by hand
   * @throws TracedeckError `deck_damaged`, `backup_failed`, `backup_damaged`, `cancelled`; nothing is left then
   */
  backUpNow(db: Db, reason: BackupReason, context?: JobContext): BackupEntry | null;
  /** The same over a connection of its own, in turns with everything else on the thread. @throws `deck_missing` too */
  backUp(reason: BackupReason, context?: JobContext): Promise<BackupEntry | null>;
  /**
   * Puts the deck back to what the backup has. Close every connection of this process first. The backup is read whole
   * before, and the deck as it is gets a backup of its own. Killed at any moment, the deck is the old one or the new.
   * @returns the backup, and how many pictures and sounds are nowhere to be found
   * @throws TracedeckError `backup_unknown`, `backup_damaged`, `deck_busy` where anybody has the deck open,
   *   `database_newer`, `backup_failed`, `cancelled`
   */
  restore(name: string, context?: JobContext): Promise<BackupEntry>;
}

/** Costs nothing until it is used; any number of processes may share the folder. */
export function createBackups(options: BackupOptions): Backups {
  const { deckPath, folder, mediaDir, keep, now = Date.now } = options;

  function* make(
    db: Db,
    reason: BackupReason,
    context: JobContext,
    spared: readonly string[],
  ): Steps<BackupEntry | null> {
    if (reason !== 'manual' && countDeck(db).notes === 0) return null;
    const copy = draftPath(folder, 'copy');
    const draft = draftPath(folder, 'part');
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      sweepDrafts(folder);
      context.progress(0, null);
      inPiece(context, PIECE.copyDeck, () => copyDeck(db, copy));
      yield;
      const count = yield* stepsInPiece(context, PIECE.checkCopy, checkDeck(copy));
      const { size: bytes } = statSync(copy);
      const about: AboutBackup = { form: 1, atMs: freeTime(), reason, ...count, bytes };
      yield* stepsInPiece(
        context,
        PIECE.packBackup,
        writeBackup(copy, draft, about, context, (done) => context.progress(done, 2 * bytes)),
      );
      yield* stepsInPiece(
        context,
        PIECE.compareBackup,
        compareBackup(draft, copy, context, (done) => context.progress(bytes + done, 2 * bytes)),
      );
      if (mediaDir !== undefined) {
        const kept = keepMedia(db, mediaDir, join(folder, 'media'), context);
        yield* stepsInPiece(context, PIECE.keepMedia, kept);
      }
      const name = nameOf(about);
      renameSync(draft, join(folder, name));
      syncFolder(folder);
      for (const old of outdated(list(), keep, [name, ...spared])) rmSync(join(folder, old), { force: true });
      return entryOf(name);
    } catch (error) {
      throw asFailure(error);
    } finally {
      removeDraft(copy);
      removeDraft(draft);
    }
  }

  /** Two of the same millisecond would have one name. */
  function freeTime(): number {
    let atMs = now();
    while (readNames().some((name) => name.startsWith(stampOf(atMs)))) atMs += 1;
    return atMs;
  }

  function readNames(): readonly string[] {
    try {
      return readdirSync(folder).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  function entryOf(name: string): BackupEntry {
    const path = join(folder, name);
    const about = readAbout(path);
    const { size: bytes, mtimeMs } = statSync(path);
    if (about === null) {
      return {
        name,
        atMs: Math.trunc(mtimeMs),
        reason: 'manual',
        bytes,
        notes: 0,
        cards: 0,
        verified: false,
      };
    }
    const { atMs, reason, notes, cards } = about;
    return { name, atMs, reason, bytes, notes, cards, verified: true };
  }

  function list(): readonly BackupEntry[] {
    return readNames()
      .flatMap((name) => {
        try {
          return [entryOf(name)];
        } catch (error) {
          // Another process may have removed it since.
          if (codeOf(error) === 'ENOENT') return [];
          throw error;
        }
      })
      .toSorted((a, b) => b.atMs - a.atMs);
  }

  async function withDeck<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const db = openToRead(deckPath);
    try {
      return await work(db);
    } finally {
      db.close();
    }
  }

  return {
    list,

    due() {
      // A time that has not come yet is of a clock that was wrong.
      const last = list().find(({ verified, atMs }) => verified && atMs <= now() + HOUR_MS);
      const writtenMs = lastWrittenMs(deckPath);
      if (writtenMs === null) return false;
      return last === undefined || (now() - last.atMs >= DAILY_MS && writtenMs > last.atMs);
    },

    backUpNow: (db, reason, context = UNWATCHED) => runAtOnce(make(db, reason, context, [])),

    backUp: (reason, context = UNWATCHED) => withDeck((db) => runInTurns(make(db, reason, context, []))),

    async restore(name, context = UNWATCHED) {
      const known = readNames().includes(name);
      if (!known) {
        throw new TracedeckError('user', 'backup_unknown', `There is no backup ${name}.`, {
          hint: `The backups are in ${folder}.`,
        });
      }
      const path = join(folder, name);
      try {
        const missingMedia = await restoreBackup(
          {
            ...options,
            path,
            keepPresent: () => withDeck((db) => runInTurns(make(db, 'restore', context, [name]))),
          },
          context,
        );
        return { ...entryOf(name), missingMedia };
      } catch (error) {
        throw asFailure(error);
      }
    },
  };
}

/** When the deck was last written to; `null` where there is none. */
function lastWrittenMs(deckPath: string): number | null {
  const deck = statSync(deckPath, { throwIfNoEntry: false });
  if (deck === undefined) return null;
  // A log without content is only the sign of an open connection.
  const log = statSync(`${deckPath}-wal`, { throwIfNoEntry: false });
  return log !== undefined && log.size > 0 ? Math.max(deck.mtimeMs, log.mtimeMs) : deck.mtimeMs;
}

/** In order of time, and allowed by every file system: `2026-10-31T09-15-00-123Z-daily.db.gz`. */
function nameOf({ atMs, reason }: AboutBackup): string {
  return `${stampOf(atMs)}-${reason}${SUFFIX}`;
}

function stampOf(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[:.]/g, '-');
}

function asFailure(error: unknown): unknown {
  const code = codeOf(error);
  const isDisk =
    error instanceof Error && ('syscall' in error || /^SQLITE_(FULL|IOERR|CANTOPEN|READONLY)/.test(code));
  if (!isDisk) return error;
  const isFull = storageFault(error)?.code === 'disk_full';
  return new TracedeckError(
    'permanent',
    'backup_failed',
    `The backup failed: ${isFull ? 'the disk is full' : error.message}.`,
    {
      cause: error,
      hint: 'The backups folder needs room for one copy of the deck, and has to be writable.',
    },
  );
}
