/**
 * The form of a backup: gzip, which any `gunzip` turns into the deck's SQLite file. It consists of members of some
 * megabytes, each with its own checksum and its length in the header's extra field, so that it is written and read in
 * pieces; the first member's extra field says what is inside, so that a list of backups reads the beginnings alone.
 */
import { closeSync, fsyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { JobContext } from '../deckJobs/job.ts';
import type { Steps } from './steps.ts';

const BACKUP_REASONS = ['daily', 'migration', 'import', 'restore', 'manual'] as const;
export type BackupReason = (typeof BACKUP_REASONS)[number];

const aboutSchema = z.object({
  form: z.literal(1),
  atMs: z.int().min(0),
  reason: z.enum(BACKUP_REASONS),
  notes: z.int().min(0),
  cards: z.int().min(0),
  /** Bytes of the deck file: a file that lost its last members is told by it. */
  bytes: z.int().min(1),
});
export type AboutBackup = z.infer<typeof aboutSchema>;

const PIECE_BYTES = 4_000_000;
/** Twice as fast as the default 6, and 3 % larger. */
const LEVEL = 3;
/** A plain gzip header: what `gzipSync` writes before the data. */
const HEADER_BYTES = 10;
const HAS_EXTRA = 4;
const LENGTH_FIELD = 'TL';
const ABOUT_FIELD = 'TD';
/** More than the longest header that we write. */
const MAX_HEADER_BYTES = 1024;

/** Writes `from` compressed to `to`, which must not be there yet, down to the disk. */
export function* writeBackup(
  from: string,
  to: string,
  about: AboutBackup,
  context: JobContext,
  doneOf: (bytes: number) => void,
): Steps<void> {
  const source = openSync(from, 'r');
  const target = openSync(to, 'wx', 0o600);
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let done = 0; done < about.bytes;) {
      context.throwIfCancelled();
      const length = readSync(source, piece, 0, piece.length, done);
      if (length === 0) throw new Error('the copy of the deck became shorter');
      writeSync(target, memberOf(piece.subarray(0, length), done === 0 ? about : null));
      done += length;
      doneOf(done);
      yield;
    }
    fsyncSync(target);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** Its members one after the other, unpacked. @throws TracedeckError `backup_damaged` */
function* readPieces(path: string, context: JobContext): Generator<Buffer, AboutBackup, void> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    let about: AboutBackup | null = null;
    let bytes = 0;
    for (let at = 0; at < size;) {
      context.throwIfCancelled();
      const member = readMember(file, at);
      about ??= member.about;
      if (about === null) throw damaged(path);
      const packed = Buffer.allocUnsafe(member.bytes);
      if (readSync(file, packed, 0, packed.length, at) !== packed.length) throw damaged(path);
      // Node checks length and checksum.
      const piece = gunzipSync(packed, { maxOutputLength: PIECE_BYTES });
      bytes += piece.length;
      at += member.bytes;
      yield piece;
    }
    if (about === null || bytes !== about.bytes) throw damaged(path);
    return about;
  } catch (error) {
    throw isDataError(error) ? damaged(path, error) : error;
  } finally {
    closeSync(file);
  }
}

/** Whether the backup unpacks to what `copy` is, byte by byte. @throws TracedeckError `backup_damaged` where it does not */
export function* compareBackup(
  path: string,
  copy: string,
  context: JobContext,
  doneOf: (bytes: number) => void,
): Steps<void> {
  const expected = openSync(copy, 'r');
  try {
    const beside = Buffer.allocUnsafe(PIECE_BYTES);
    let done = 0;
    for (const piece of readPieces(path, context)) {
      const length = readSync(expected, beside, 0, piece.length, done);
      if (!piece.equals(beside.subarray(0, length))) throw damaged(path);
      done += length;
      doneOf(done);
      yield;
    }
  } finally {
    closeSync(expected);
  }
}

/** Unpacks to a new file, down to the disk. @throws TracedeckError `backup_damaged` */
export function* unpackBackup(
  path: string,
  to: string,
  context: JobContext,
  doneOf: (bytes: number) => void,
): Steps<AboutBackup> {
  const target = openSync(to, 'wx', 0o600);
  try {
    const pieces = readPieces(path, context);
    let done = 0;
    for (;;) {
      const next = pieces.next();
      if (next.done === true) {
        fsyncSync(target);
        return next.value;
      }
      writeSync(target, next.value);
      done += next.value.length;
      doneOf(done);
      yield;
    }
  } finally {
    closeSync(target);
  }
}

/** What the file says of itself; `null` where it is none of ours, or not all of it is there. Unpacks nothing. */
export function readAbout(path: string): AboutBackup | null {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const { about, bytes } = readMember(file, 0);
    let members = 1;
    let end = bytes;
    for (; end < size; members += 1) end += readMember(file, end).bytes;
    return about !== null && end === size && members * PIECE_BYTES >= about.bytes ? about : null;
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

function memberOf(piece: Buffer, about: AboutBackup | null): Buffer {
  const plain = gzipSync(piece, { level: LEVEL });
  const aboutBytes = about === null ? null : Buffer.from(JSON.stringify(about), 'utf8');
  const extraBytes = 8 + (aboutBytes === null ? 0 : 4 + aboutBytes.length);
  const extra = Buffer.alloc(2 + extraBytes);
  extra.writeUInt16LE(extraBytes, 0);
  extra.write(LENGTH_FIELD, 2, 'latin1');
  extra.writeUInt16LE(4, 4);
  extra.writeUInt32LE(plain.length + extra.length, 6);
  if (aboutBytes !== null) {
    extra.write(ABOUT_FIELD, 10, 'latin1');
    extra.writeUInt16LE(aboutBytes.length, 12);
    aboutBytes.copy(extra, 14);
  }
  const header = Buffer.from(plain.subarray(0, HEADER_BYTES));
  header[3] = HAS_EXTRA;
  return Buffer.concat([header, extra, plain.subarray(HEADER_BYTES)]);
}

/** @throws where there is no member of ours at that place */
function readMember(
  file: number,
  at: number,
): { readonly bytes: number; readonly about: AboutBackup | null } {
  const header = Buffer.alloc(MAX_HEADER_BYTES);
  const read = header.subarray(0, readSync(file, header, 0, header.length, at));
  if (read.length < HEADER_BYTES + 10 || read.readUInt16BE(0) !== 0x1f8b || read[3] !== HAS_EXTRA) {
    throw new RangeError('no member of a backup');
  }
  const extra = read.subarray(HEADER_BYTES + 2, HEADER_BYTES + 2 + read.readUInt16LE(HEADER_BYTES));
  let bytes = 0;
  let about: AboutBackup | null = null;
  for (let place = 0; place + 4 <= extra.length;) {
    const id = extra.toString('latin1', place, place + 2);
    const value = extra.subarray(place + 4, place + 4 + extra.readUInt16LE(place + 2));
    if (id === LENGTH_FIELD) bytes = value.readUInt32LE(0);
    else if (id === ABOUT_FIELD) about = aboutSchema.parse(JSON.parse(value.toString('utf8')));
    place += 4 + value.length;
  }
  // Data that cannot be compressed grows by a few bytes a block.
  if (bytes <= HEADER_BYTES || bytes > 2 * PIECE_BYTES) throw new RangeError('no length of a member');
  return { bytes, about };
}

/** Of zlib, of the header's fields, or of the JSON in it; a disk that cannot be read is another matter. */
function isDataError(error: unknown): error is Error {
  if (error instanceof TracedeckError || !(error instanceof Error)) return false;
  return !('syscall' in error);
}

function damaged(path: string, cause?: Error): TracedeckError {
  return new TracedeckError('permanent', 'backup_damaged', `The backup ${path} is damaged.`, {
    hint: 'Choose another one; this one is kept as it is.',
    ...(cause === undefined ? {} : { cause }),
  });
}
