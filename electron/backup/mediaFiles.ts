/**
 * Pictures and sounds of a backup. They lie under the hash of their bytes and never change, so the backups share one
 * folder of hard links to them: no bytes are copied, and a file that is removed from the deck's own folder is still there.
 * Where the file system knows no links, each file is copied once. The list of names and hashes is the deck's own table.
 */
import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { JobContext } from '../deckJobs/job.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { codeOf } from './deckFile.ts';
import type { Steps } from './steps.ts';

type MediaRow = { readonly name: string; readonly sha256: string; readonly bytes: number };
const FILES_A_STEP = 200;
const IS_HASH = /^[0-9a-f]{64}$/;

/** Gives `to` every file of the deck that `from` has. Returns the names of those that `from` has not. */
export function* keepMedia(db: Db, from: string, to: string, context: JobContext): Steps<readonly string[]> {
  const rows = mediaOf(db);
  if (rows.length === 0) return [];
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const kept = new Set(readdirSync(to));
  const missing: string[] = [];
  for (const [index, { name, sha256 }] of rows.entries()) {
    if (index % FILES_A_STEP === 0) {
      context.throwIfCancelled();
      yield;
    }
    if (kept.has(sha256)) continue;
    if (give(join(from, sha256), join(to, sha256))) kept.add(sha256);
    else missing.push(name);
  }
  return missing;
}

/** Gives the deck's folder back what it lacks of the deck's files. Returns the names of those that are nowhere. */
export function* bringBackMedia(
  db: Db,
  deckFolder: string,
  backupFolder: string,
  context: JobContext,
): Steps<readonly string[]> {
  const missing: string[] = [];
  for (const [index, { name, sha256, bytes }] of mediaOf(db).entries()) {
    if (index % FILES_A_STEP === 0) {
      context.throwIfCancelled();
      yield;
    }
    const path = join(deckFolder, sha256);
    if (sizeOf(path) === bytes) continue;
    const kept = join(backupFolder, sha256);
    if (sizeOf(kept) !== bytes || hashOf(kept) !== sha256) {
      missing.push(name);
      continue;
    }
    mkdirSync(deckFolder, { recursive: true, mode: 0o700 });
    rmSync(path, { force: true });
    give(kept, path);
  }
  return missing;
}

function mediaOf(db: Db): readonly MediaRow[] {
  const has = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'media'`).get() !== undefined;
  const rows = has ? db.prepare<[], MediaRow>('SELECT name, sha256, bytes FROM media').all() : [];
  // Part of a path below: a deck file may come from anywhere.
  return rows.filter(({ sha256 }) => IS_HASH.test(sha256));
}

/** Whether `from` is there. */
function give(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return true;
    if (codeOf(error) === 'ENOENT') return false;
  }
  // Another disk, or a file system without links.
  const draft = `${to}.${process.pid}.part`;
  try {
    copyFileSync(from, draft, constants.COPYFILE_FICLONE);
    renameSync(draft, to);
    return true;
  } finally {
    rmSync(draft, { force: true });
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
