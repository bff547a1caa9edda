/** What a package may hold. Anki's largest shared decks are far below; what is made to hurt is far above. */
import { TracedeckError } from '../errors/tracedeckError.ts';

export type PackageLimits = {
  readonly entries: number;
  /** Bytes of the collection, unpacked. */
  readonly collectionBytes: number;
  /** Bytes of one media file, unpacked. */
  readonly mediaBytes: number;
  /** Media hardly shrinks: all of it together may be so many times the package's own size. */
  readonly mediaRatio: number;
  /** How many times its packed size the collection may be. */
  readonly collectionRatio: number;
  /** Characters of one field, and of all of a note's. */
  readonly fieldLength: number;
  readonly noteLength: number;
  readonly cardsOfNote: number;
  readonly notetypes: number;
};

export const PACKAGE_LIMITS: PackageLimits = {
  entries: 500_000,
  collectionBytes: 2 ** 30,
  mediaBytes: 2 ** 28,
  mediaRatio: 100,
  collectionRatio: 400,
  fieldLength: 2 ** 20,
  noteLength: 2 ** 22,
  cardsOfNote: 1000,
  notetypes: 5000,
};

/** Below these, no ratio is looked at: an empty database shrinks to nothing. */
export const RATIO_FREE_BYTES = 2 ** 24;

export function invalidPackage(why: string, cause?: unknown): TracedeckError {
  return new TracedeckError('user', 'package_invalid', `This is no Anki package that can be read: ${why}.`, {
    hint: 'Export it anew in Anki (File, Export), as a deck package.',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function damagedPackage(why: string, cause?: unknown): TracedeckError {
  return new TracedeckError('user', 'package_damaged', `The package is damaged: ${why}.`, {
    hint: 'Get the file once more, or export it anew in Anki. Your deck is unchanged.',
    ...(cause === undefined ? {} : { cause }),
  });
}

export function oversizedPackage(why: string): TracedeckError {
  return new TracedeckError('user', 'package_too_large', `The package was refused: ${why}.`, {
    hint: 'It may have been made to do harm. Your deck is unchanged.',
  });
}
