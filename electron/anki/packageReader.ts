/** Opens an Anki package, `.apkg` or `.colpkg`, in any of its three forms. What is unsafe in it is refused and named. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PackagePreview } from '../../shared/deck.ts';
import { systemReason } from '../errors/systemReason.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { openCollection } from './collectionReader.ts';
import type { CollectionReader } from './collectionReader.ts';
import { safeMediaName } from './mediaNames.ts';
import {
  damagedPackage,
  invalidPackage,
  oversizedPackage,
  PACKAGE_LIMITS,
  RATIO_FREE_BYTES,
} from './packageLimits.ts';
import type { PackageLimits } from './packageLimits.ts';
import { protobufFields } from './protobuf.ts';
import { chain, shown, ZipReader } from './zipReader.ts';
import type { ZipEntry } from './zipReader.ts';
import { zstdStreams } from './zstd.ts';

export type PackageForm = 'anki2' | 'anki21' | 'anki21b';
export type PackageMedia = {
  /** As fields speak of it. */
  readonly stored: string;
  /** Safe, NFC. */
  readonly name: string;
  readonly entry: ZipEntry;
};
export type AnkiPackage = {
  readonly form: PackageForm;
  readonly collection: CollectionReader;
  readonly media: readonly PackageMedia[];
  /** What was not taken in, and why. */
  readonly refused: readonly string[];
  /** The file's bytes, unpacked; fails where they are not what the package says of them. */
  openMedia(media: PackageMedia): Promise<Readable>;
  close(): Promise<void>;
};

const FORMS = [
  ['collection.anki21b', 'anki21b'],
  ['collection.anki21', 'anki21'],
  ['collection.anki2', 'anki2'],
] as const;
const TEMPORARY = 'tracedeck-apkg-';
/** What a killed process left. */
const STALE_MS = 86_400_000;
const MAX_MEDIA_LIST = 2 ** 27;
/** The version of packages whose parts are packed with Zstandard. */
const LATEST_VERSION = 3;

/**
 * @throws TracedeckError `package_invalid` where it is no package, `package_damaged`, `package_too_large`,
 *   `package_newer`; `file_unreadable`
 */
export async function openPackage(
  path: string,
  limits: PackageLimits = PACKAGE_LIMITS,
): Promise<AnkiPackage> {
  await sweep();
  const zip = await ZipReader.open(path, limits.entries).catch((thrown: unknown) => {
    if (thrown instanceof TracedeckError) throw thrown;
    throw new TracedeckError('user', 'file_unreadable', `Cannot read ${path}: ${systemReason(thrown)}.`, {
      hint: 'Check the path, and that you may read the file.',
      cause: thrown,
    });
  });
  let folder: string | null = null;
  const clear = async () => {
    await zip.close();
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  };
  try {
    const found = FORMS.find(([name]) => zip.entries.has(name));
    if (found === undefined) throw invalidPackage('it has no collection');
    const [name, form] = found;
    const isPacked = form === 'anki21b';
    if (isPacked) await checkVersion(zip);
    folder = await mkdtemp(join(tmpdir(), TEMPORARY));
    const file = join(folder, 'collection');
    const entry = zip.entries.get(name)!;
    const most = mostBytes(entry.compressedBytes, limits.collectionRatio, limits.collectionBytes);
    await pipeline(
      await unpacked(zip, entry, most, isPacked, 'its collection'),
      createWriteStream(file, { mode: 0o600 }),
    );
    const refused: string[] = [];
    const media = await readMediaList(zip, isPacked, limits, refused);
    const collection = openCollection(file, limits);
    const mostMedia = Math.max(RATIO_FREE_BYTES, zip.bytes * limits.mediaRatio);
    let mediaBytes = 0;
    return {
      form,
      collection,
      media,
      refused,
      async openMedia(wanted) {
        const left = Math.min(limits.mediaBytes, mostMedia - mediaBytes);
        const stream = await unpacked(zip, wanted.entry, left, isPacked, shown(wanted.stored));
        return Readable.from(
          counted(stream, (bytes) => void (mediaBytes += bytes)),
          { objectMode: false },
        );
      },
      async close() {
        collection.close();
        await clear();
      },
    };
  } catch (thrown) {
    await clear();
    // What SQLite, zlib and the like say of broken bytes.
    if (thrown instanceof TracedeckError) throw thrown;
    throw damagedPackage('a part of it cannot be unpacked', thrown);
  }
}

/** What a look at a package says before anything is taken in. */
export async function previewPackage(
  path: string,
  limits: PackageLimits = PACKAGE_LIMITS,
): Promise<PackagePreview> {
  const opened = await openPackage(path, limits);
  try {
    const { collection, form, media, refused } = opened;
    const { notes, cards, reviews } = collection.counts;
    const used = collection.used();
    return {
      path,
      form,
      notes,
      cards,
      reviews,
      decks: used.decks,
      notetypes: used.notetypes,
      media: media.length,
      refused,
    };
  } finally {
    await opened.close();
  }
}

async function* counted(stream: Readable, add: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of stream) {
    add((piece as Buffer).length);
    yield piece as Buffer;
  }
}

function mostBytes(packedBytes: number, ratio: number, cap: number): number {
  return Math.min(cap, Math.max(RATIO_FREE_BYTES, packedBytes * ratio));
}

async function unpacked(
  zip: ZipReader,
  entry: ZipEntry,
  maxBytes: number,
  isPacked: boolean,
  name: string,
): Promise<Readable> {
  if (maxBytes <= 0) throw oversizedPackage('its media is far larger than the package');
  const stored = await zip.stream(entry, maxBytes);
  return isPacked ? chain(stored, ...(zstdStreams(name, maxBytes) as Transform[])) : stored;
}

async function checkVersion(zip: ZipReader): Promise<void> {
  const entry = zip.entries.get('meta');
  if (entry === undefined) return;
  const [version] = protobufFields(await zip.read(entry, 10_000));
  if (version?.number !== 1 || Number(version.value) <= LATEST_VERSION) return;
  throw new TracedeckError(
    'user',
    'package_newer',
    'The package was made by a newer Anki than this one knows.',
    {
      hint: 'Export it in Anki with "Support older Anki versions".',
    },
  );
}

async function readMediaList(
  zip: ZipReader,
  isPacked: boolean,
  limits: PackageLimits,
  refused: string[],
): Promise<PackageMedia[]> {
  const entry = zip.entries.get('media');
  if (entry === undefined) return [];
  const pieces: Buffer[] = [];
  const most = Math.min(MAX_MEDIA_LIST, limits.collectionBytes);
  for await (const piece of await unpacked(zip, entry, most, isPacked, 'its list of media')) {
    pieces.push(piece as Buffer);
  }
  const bytes = Buffer.concat(pieces);
  const listed = isPacked ? listOfProtobuf(bytes) : listOfJson(bytes);
  const media: PackageMedia[] = [];
  const names = new Set<string>();
  for (const { number, stored } of listed) {
    const verdict = safeMediaName(stored);
    if ('refused' in verdict) refused.push(`The media file ${shown(stored)}: ${verdict.refused}.`);
    else if (names.has(verdict.name))
      refused.push(`The media file ${shown(stored)}: another one has its name.`);
    else {
      const found = zip.entries.get(number);
      if (found === undefined) refused.push(`The media file ${shown(stored)}: it is not in the package.`);
      else if (found.isLink) refused.push(`The media file ${shown(stored)}: it is a link.`);
      else if (found.bytes > limits.mediaBytes) {
        refused.push(`The media file ${shown(stored)}: it says that it has ${found.bytes} bytes.`);
      } else {
        names.add(verdict.name);
        media.push({ stored: stored.normalize('NFC'), name: verdict.name, entry: found });
      }
    }
  }
  return media;
}

type Listed = { readonly number: string; readonly stored: string };

function listOfJson(bytes: Buffer): Listed[] {
  let list: unknown;
  try {
    list = JSON.parse(bytes.length === 0 ? '{}' : bytes.toString('utf8'));
  } catch (thrown) {
    throw damagedPackage('its list of media cannot be read', thrown);
  }
  if (typeof list !== 'object' || list === null) throw damagedPackage('its list of media cannot be read');
  return Object.entries(list).flatMap(([number, stored]) =>
    typeof stored === 'string' ? [{ number, stored }] : [],
  );
}

function listOfProtobuf(bytes: Buffer): Listed[] {
  const list: Listed[] = [];
  let index = 0;
  for (const { number, bytes: entry } of protobufFields(bytes)) {
    if (number !== 1) continue;
    let stored = '';
    let zipName = index;
    for (const field of protobufFields(entry)) {
      if (field.number === 1) stored = field.bytes.toString('utf8');
      else if (field.number === 255) zipName = Number(field.value);
    }
    list.push({ number: String(zipName), stored });
    index += 1;
  }
  return list;
}

/** Removes what a process left that was killed on the way. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(tmpdir(), name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
