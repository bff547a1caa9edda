/**
 * Pictures and sounds of the deck: the table `media` names them, the bytes lie in one folder under their hash. No name
 * ever becomes a path.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { mediaReferences, renamedFor, safeMediaName } from './mediaNames.ts';

const IS_HASH = /^[0-9a-f]{64}$/;
/** A file that an import may be writing, or has not named yet, is left alone for so long. */
const DRAFT_MS = 3_600_000;

export type MediaRow = { readonly name: string; readonly sha256: string; readonly bytes: number };
export type MediaCheck = {
  readonly files: number;
  /** Names whose bytes are gone, or are not those of their hash. */
  readonly missing: readonly string[];
  readonly damaged: readonly string[];
};

export type MediaStore = ReturnType<typeof createMediaStore>;

/** @param folder is made where it is missing, readable for this user alone */
export function createMediaStore(db: Db, folder: string) {
  const find = db.prepare<[string], MediaRow>('SELECT name, sha256, bytes FROM media WHERE name = ?');
  const insert = db.prepare(
    'INSERT INTO media (name, sha256, bytes, added_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const all = db.prepare<[], MediaRow>('SELECT name, sha256, bytes FROM media ORDER BY name');
  const remove = db.prepare('DELETE FROM media WHERE name = ?');
  const uses = db.prepare<[string], number>('SELECT count(*) FROM media WHERE sha256 = ?').pluck();
  const pathOf = (sha256: string): string => {
    if (!IS_HASH.test(sha256)) throw new Error('a media file without a hash');
    return join(folder, sha256);
  };

  /** Files that are there with their whole size count as those bytes; a cut off one is written anew. */
  async function keep(stream: Readable): Promise<{ sha256: string; bytes: number }> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
    const hash = createHash('sha256');
    let bytes = 0;
    const measure = new Transform({
      transform(piece: Buffer, _encoding, done) {
        hash.update(piece);
        bytes += piece.length;
        done(null, piece);
      },
    });
    try {
      await pipeline(stream, measure, createWriteStream(draft, { flags: 'wx', mode: 0o600 }));
      const sha256 = hash.digest('hex');
      const there = await stat(pathOf(sha256)).catch(() => null);
      if (there?.size === bytes) await rm(draft);
      else await rename(draft, pathOf(sha256));
      return { sha256, bytes };
    } catch (thrown) {
      await rm(draft, { force: true });
      throw thrown;
    }
  }

  /** The name that these bytes have from now on: the wanted one, or another where that is taken by other bytes. */
  function claim(wanted: string, sha256: string, bytes: number, nowMs: number): string {
    return db
      .transaction(() => {
        const taken = find.get(wanted);
        const name = taken === undefined || taken.sha256 === sha256 ? wanted : renamedFor(wanted, sha256);
        insert.run(name, sha256, bytes, nowMs);
        return name;
      })
      .immediate();
  }

  /**
   * Names that no note, card, notetype or earlier state that can be brought back speaks of. Names that begin with
   * `_` are kept, as Anki keeps them: scripts and styles may use them unseen.
   */
  function unreferenced(): readonly string[] {
    const used = new Set<string>();
    const texts = [
      'SELECT fields AS text FROM notes WHERE fields IS NOT NULL',
      'SELECT front AS text FROM cards',
      'SELECT back AS text FROM cards',
      'SELECT css AS text FROM notetypes',
      'SELECT templates AS text FROM notetypes',
      "SELECT before AS text FROM changes WHERE before LIKE '%=%' OR before LIKE '%[sound:%'",
      "SELECT after AS text FROM changes WHERE after LIKE '%=%' OR after LIKE '%[sound:%'",
    ];
    for (const sql of texts) {
      for (const text of db.prepare<[], string | null>(sql).pluck().iterate()) {
        // Fields and templates are JSON: quotes within are escaped there.
        for (const name of mediaReferences((text ?? '').replaceAll('\\"', '"'))) used.add(name);
      }
    }
    return all.all().flatMap(({ name }) => (used.has(name) || name.startsWith('_') ? [] : [name]));
  }

  return {
    folder,
    pathOf,

    /**
     * Keeps a file and returns the name it has: NFC, and another than the wanted one where that is taken by other bytes.
     * @throws TracedeckError `media_name_unsafe`; what the stream throws passes through
     */
    async addStream(wanted: string, stream: Readable, nowMs = Date.now()): Promise<string> {
      const verdict = safeMediaName(wanted);
      if ('refused' in verdict) {
        stream.destroy();
        throw new TracedeckError('user', 'media_name_unsafe', `The file was refused: ${verdict.refused}.`, {
          hint: 'Rename it.',
        });
      }
      const { sha256, bytes } = await keep(stream);
      return claim(verdict.name, sha256, bytes, nowMs);
    },

    /** As `addStream`, of bytes in memory. */
    async add(wanted: string, content: Uint8Array, nowMs = Date.now()): Promise<string> {
      const verdict = safeMediaName(wanted);
      if ('refused' in verdict) {
        throw new TracedeckError('user', 'media_name_unsafe', `The file was refused: ${verdict.refused}.`, {
          hint: 'Rename it.',
        });
      }
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const sha256 = createHash('sha256').update(content).digest('hex');
      const there = await stat(pathOf(sha256)).catch(() => null);
      if (there?.size !== content.byteLength) {
        const draft = join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
        await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
        await rename(draft, pathOf(sha256));
      }
      return claim(verdict.name, sha256, content.byteLength, nowMs);
    },

    find: (name: string): MediaRow | null => find.get(name.normalize('NFC')) ?? null,
    has: (name: string): boolean => find.get(name.normalize('NFC')) !== undefined,
    list: (): readonly MediaRow[] => all.all(),

    /** The file's bytes; `null` where the deck has no such name, or its bytes are gone. */
    async read(name: string): Promise<Uint8Array | null> {
      const row = find.get(name.normalize('NFC'));
      return row === undefined ? null : readFile(pathOf(row.sha256)).catch(() => null);
    },

    unreferenced,

    /** Takes unreferenced names off the list, and removes files that no name has. Returns how many bytes were freed. */
    async collect(names: readonly string[] = unreferenced()): Promise<number> {
      db.transaction(() => names.forEach((name) => remove.run(name))).immediate();
      let freed = 0;
      for (const file of await readdir(folder).catch(() => [])) {
        const path = join(folder, file);
        const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: Date.now() }));
        const isUnused = file.endsWith('.tmp') || (IS_HASH.test(file) && uses.get(file) === 0);
        if (!isUnused || Date.now() - mtimeMs < DRAFT_MS) continue;
        await rm(path, { force: true });
        freed += size;
      }
      return freed;
    },

    /** Reads every file and compares it with its hash. */
    async verify(): Promise<MediaCheck> {
      const missing: string[] = [];
      const damaged: string[] = [];
      const rows = all.all();
      const known = new Map<string, 'sound' | 'missing' | 'damaged'>();
      for (const { name, sha256 } of rows) {
        if (!known.has(sha256)) known.set(sha256, await check(pathOf(sha256), sha256));
        const state = known.get(sha256);
        if (state === 'missing') missing.push(name);
        else if (state === 'damaged') damaged.push(name);
      }
      return { files: rows.length, missing, damaged };
    },
  };
}

async function check(path: string, sha256: string): Promise<'sound' | 'missing' | 'damaged'> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 }))
      hash.update(piece as Buffer);
  } catch {
    return 'missing';
  }
  return hash.digest('hex') === sha256 ? 'sound' : 'damaged';
}
