import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, inflateRawSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { PACKAGE_LIMITS } from '../../../electron/anki/packageLimits.ts';
import { previewPackage } from '../../../electron/anki/packageReader.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { contentOf, createTestDeck, ownTemporaryFolder, testFolder, writeForeign } from './fixtures.ts';
import type { TestDeck } from './fixtures.ts';
import { collectionBytes, foreignBytes, FORMS, sampleContent, zip } from './foreignPackages.ts';
import { addSamples } from './samples.ts';

const temporary = ownTemporaryFolder();
afterEach(() => expect(temporary()).toEqual([]));

function packageOf(files: Readonly<Record<string, Uint8Array>>): string {
  const path = join(testFolder(), 'hostile.apkg');
  writeFileSync(path, zip(files));
  return path;
}
function bytesAt(bytes: Uint8Array): string {
  const path = join(testFolder(), 'hostile.apkg');
  writeFileSync(path, bytes);
  return path;
}
const plain = () => collectionBytes(sampleContent(), false);

/** Every file of the folder and above it that was not there. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function refuses(deck: TestDeck, path: string, code: string | RegExp): Promise<TracedeckError> {
  const content = contentOf(deck.db);
  const error = await deck.import(path).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TracedeckError);
  expect((error as TracedeckError).code).toMatch(code);
  expect(contentOf(deck.db)).toEqual(content);
  await expect(previewPackage(path)).rejects.toMatchObject({ code: (error as TracedeckError).code });
  return error as TracedeckError;
}

describe('a hostile package', () => {
  it('cannot place a file anywhere but under its hash in the media folder, and is told what was refused', async () => {
    const home = testFolder();
    mkdirSync(join(home, 'a', 'b'), { recursive: true });
    const deck = createTestDeck(join(home, 'a', 'b'));
    const names = [
      '../../evil.txt',
      '/etc/evil',
      'a/b.png',
      '..\\evil',
      'C:evil',
      'nul\0.png',
      '..',
      '',
      ' ',
      'x'.repeat(300),
    ];
    const path = packageOf({
      'collection.anki2': plain(),
      media: Buffer.from(
        JSON.stringify(
          Object.fromEntries(
            [...names, 'ok.png', 'CON.png', 'ab:c?.png', 'dot. '].map((name, at) => [at, name]),
          ),
        ),
      ),
      ...Object.fromEntries(
        Array.from({ length: names.length + 4 }, (_, at) => [at, Buffer.from(`file ${at}`)]),
      ),
      '../outside.txt': Buffer.from('outside'),
    });
    const around = filesOf(home).length;
    const report = await deck.import(path);
    expect(report).toMatchObject({ added: 2, media: 4 });
    expect(report.refused).toHaveLength(names.length);
    expect(report.refused.join('\n')).not.toMatch(/[\0\u202e]/);
    expect(deck.media.list().map(({ name }) => name)).toEqual(['_CON.png', 'ab_c_.png', 'dot', 'ok.png']);
    expect(readdirSync(deck.mediaDir).every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true);
    expect(filesOf(home).length).toBe(around + 4);
    expect(existsSync(join(deck.folder, 'evil.txt'))).toBe(false);
  });

  it('cannot fill the disk: what says or has too much is refused before it is written', async () => {
    const deck = createTestDeck();
    // 300 MB of nothing in 300 KB.
    const bomb = deflateRawSync(Buffer.alloc(300 * 2 ** 20));
    for (const saidBytes of [300 * 2 ** 20, 1000]) {
      const path = bytesAt(rawZip([{ name: 'collection.anki2', packed: bomb, saidBytes, method: 8 }]));
      await refuses(deck, path, /package_too_large|package_damaged/);
    }
    const media = rawZip([
      { name: 'collection.anki2', packed: plain(), method: 0 },
      { name: 'media', packed: Buffer.from('{"0":"a.bin","1":"b.bin","2":"c.bin"}'), method: 0 },
      { name: '0', packed: bomb, saidBytes: 300 * 2 ** 20, method: 8 },
      { name: '1', packed: Buffer.from('small'), saidBytes: 2 ** 31, method: 0 },
      { name: '2', packed: Buffer.from('sound'), method: 0 },
    ]);
    const report = await deck.import(bytesAt(media));
    expect(report).toMatchObject({ added: 2, media: 1 });
    expect(report.refused).toEqual([
      'The media file a.bin: it says that it has 314572800 bytes.',
      'The media file b.bin: it says that it has 2147483648 bytes.',
    ]);
    expect(readdirSync(deck.mediaDir)).toHaveLength(1);
  });

  it('cannot grow beyond its share by many files of little', async () => {
    const deck = createTestDeck();
    const bomb = deflateRawSync(Buffer.alloc(40 * 2 ** 20));
    const entries = Array.from({ length: 6 }, (_, at) => ({
      name: String(at),
      packed: bomb,
      saidBytes: 40 * 2 ** 20,
      method: 8,
    }));
    const path = bytesAt(
      rawZip([
        { name: 'collection.anki2', packed: plain(), method: 0 },
        {
          name: 'media',
          packed: Buffer.from(JSON.stringify(Object.fromEntries(entries.map((_, at) => [at, `${at}.bin`])))),
          method: 0,
        },
        ...entries,
      ]),
    );
    const report = await deck.import(path, { limits: { ...PACKAGE_LIMITS, mediaRatio: 200 } });
    const most = Math.max(2 ** 24, statSync(path).size * 200);
    expect(report.media).toBe(Math.floor(most / (40 * 2 ** 20)));
    expect(report.refused).toHaveLength(6 - report.media);
  });

  it('cannot do it with Zstandard either', async () => {
    const deck = createTestDeck();
    const bomb = zstdCompressSync(Buffer.alloc(200 * 2 ** 20));
    await refuses(
      deck,
      packageOf({ meta: Uint8Array.of(8, 3), 'collection.anki21b': bomb }),
      'package_too_large',
    );
    // A frame that asks for a window of 2 GB.
    const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00, 0, 0, 0, 0, 0, 0, 0]);
    await refuses(deck, packageOf({ 'collection.anki21b': wide }), 'package_too_large');
  });

  it('cannot share bytes between its files, repeat without end, or hide links and encryption', async () => {
    const deck = createTestDeck();
    const overlapping = rawZip(
      Array.from({ length: 50 }, (_, at) => ({
        name: String(at),
        packed: at === 0 ? Buffer.alloc(1000) : Buffer.alloc(0),
        method: 0,
        saidPacked: 1000,
      })),
    );
    await refuses(deck, bytesAt(overlapping), 'package_too_large');
    const many = rawZip(
      Array.from({ length: 300 }, (_, at) => ({ name: String(at), packed: Buffer.alloc(0), method: 0 })),
    );
    await expect(
      deck.import(bytesAt(many), { limits: { ...PACKAGE_LIMITS, entries: 200 } }),
    ).rejects.toMatchObject({ code: 'package_too_large' });
    const link = {
      name: 'collection.anki2',
      packed: Buffer.from('/etc/passwd'),
      method: 0,
      unixMode: 0o120777,
    };
    await refuses(deck, bytesAt(rawZip([link])), 'package_damaged');
    await refuses(deck, bytesAt(rawZip([{ ...link, unixMode: 0o100644, flags: 1 }])), 'package_invalid');
    await refuses(deck, bytesAt(rawZip([{ ...link, unixMode: 0o100644, method: 99 }])), 'package_invalid');
  });

  it('cannot run anything of its own: no view, trigger, virtual table or computed column', async () => {
    const deck = createTestDeck();
    const spoils: readonly (readonly [string, RegExp])[] = [
      ['ALTER TABLE notes RENAME TO real; CREATE VIEW notes AS SELECT * FROM real', /package_invalid/],
      [
        'DROP TABLE revlog; CREATE VIRTUAL TABLE revlog USING fts5(id, cid, ease, ivl, lastIvl, factor, time, type)',
        /package_invalid/,
      ],
      ['ALTER TABLE cards ADD COLUMN bomb AS (hex(zeroblob(500000000)))', /package_invalid/],
      ['DROP TABLE notes', /package_invalid/],
      ['DELETE FROM col', /package_invalid/],
      ["UPDATE col SET models = '{'", /package_damaged/],
      ["UPDATE col SET decks = '[1]'", /package_damaged/],
      ['ALTER TABLE notes DROP COLUMN flds', /package_damaged/],
    ];
    for (const [sql, code] of spoils) {
      const bytes = collectionBytes(sampleContent(), false, (db) => db.exec(sql));
      await refuses(deck, packageOf({ 'collection.anki2': bytes }), code);
    }
    // A trigger is never set off, as nothing is written there.
    const armed = collectionBytes(sampleContent(), false, (db) =>
      db.exec('CREATE TRIGGER armed AFTER UPDATE ON notes BEGIN DELETE FROM notes; END'),
    );
    expect(await deck.import(packageOf({ 'collection.anki2': armed }))).toMatchObject({ added: 2 });
  });

  it('cannot break in through values of another kind or length', async () => {
    const deck = createTestDeck();
    const bytes = collectionBytes(sampleContent(), false, (db) => {
      db.exec(`
        UPDATE cards SET due = 'soon', ivl = 9e300, factor = x'00ff', reps = -9223372036854775808, data = '{"s":"x"}'
          WHERE ord = 0;
        UPDATE cards SET ord = -4 WHERE id = 1660000000012;
        UPDATE notes SET tags = CAST(zeroblob(50) AS TEXT) WHERE id = 1660000000010;
        INSERT INTO notes SELECT 5, 'long', mid, mod, usn, tags, '' || replace(hex(zeroblob(1200000)), '00', 'ab'), '', 0, 0, '' FROM notes LIMIT 1;
        INSERT INTO notes SELECT 6, x'c328', mid, 'x', usn, tags, x'ff1fff', '', 0, 0, '' FROM notes LIMIT 1;
        INSERT INTO notes SELECT 7, 'stray', 12345, mod, usn, tags, 'a', '', 0, 0, '' FROM notes LIMIT 1;
        INSERT INTO revlog VALUES (-5, 1660000000001, -1, 99, 'x', 9e99, 0, -4, 77);`);
    });
    const report = await deck.import(packageOf({ 'collection.anki2': bytes }));
    expect(report.refused).toEqual(
      expect.arrayContaining([
        expect.stringContaining('a field has 2400000 characters'),
        'A note: the package does not have its notetype.',
        'A card: its notetype has no template for it.',
      ]),
    );
    for (const row of deck.db.prepare('SELECT * FROM memory').raw().all() as unknown[][]) {
      for (const value of row) expect(typeof value !== 'number' || Number.isFinite(value)).toBe(true);
    }
    expect((await deck.export('out.apkg')).cards).toBeGreaterThan(0);
  });

  it('keeps scripts as text that nobody runs, and takes no time over markup made to hurt', async () => {
    const deck = createTestDeck();
    const [vocabulary] = sampleContent().notetypes;
    const parts = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '<!--',
      '<',
      '[',
      '{{c1::',
      '&',
      '<ruby>',
      '[sound:',
      '<img src="',
    ];
    const notes = parts.map((part, at) => ({
      id: 1_660_000_000_000 + at,
      guid: `g${at}`,
      mid: vocabulary!.id,
      fields: [part.repeat(Math.floor(60_000 / part.length)), 'm', 'r'],
      cards: [{ id: 1_660_000_000_000 + at, ord: 0 }],
    }));
    const path = writeForeign({ notetypes: [vocabulary!], decks: { 1: 'D' }, notes }, 'anki21b');
    const report = await deck.import(path);
    expect(report).toMatchObject({ added: parts.length, refused: [] });
    expect(report.tookMs).toBeLessThan(20_000);
  });

  it('of a newer version than is known is named as such', async () => {
    const path = packageOf({ meta: Uint8Array.of(8, 4), 'collection.anki21b': zstdCompressSync(plain()) });
    await refuses(createTestDeck(), path, 'package_newer');
  });

  it('that is none is named as such', async () => {
    const deck = createTestDeck();
    addSamples(deck);
    for (const bytes of ['', 'PK', 'not a zip at all', '\0'.repeat(10_000)])
      await refuses(deck, bytesAt(Buffer.from(bytes)), 'package_invalid');
    await refuses(deck, packageOf({ 'readme.txt': Buffer.from('hello') }), 'package_invalid');
    await refuses(deck, packageOf({ 'collection.anki2': Buffer.from('hello') }), 'package_damaged');
    await refuses(
      deck,
      packageOf({ 'collection.anki2': plain(), media: Buffer.from('nonsense') }),
      'package_damaged',
    );
    await refuses(deck, join(testFolder(), 'missing.apkg'), 'file_unreadable');
  });

  it.each(FORMS)(
    'of the form %s, cut off or with bits turned, never crashes, writes outside or harms the deck',
    async (form) => {
      const deck = createTestDeck();
      addSamples(deck);
      const whole = Buffer.from(foreignBytes(sampleContent(), form));
      const kept = () =>
        deck.db
          .prepare(
            'SELECT group_concat(front || back) FROM cards JOIN notes ON notes.id = note_id WHERE notetype_id IS NULL',
          )
          .pluck()
          .get();
      const ours = kept();
      let state = 12_345;
      const random = (below: number) => {
        state = (state * 1_103_515_245 + 12_345) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      const around = readdirSync(deck.folder).sort();
      let refusals = 0;
      for (let round = 0; round < 120; round += 1) {
        const bytes = Buffer.from(round % 3 === 0 ? whole.subarray(0, random(whole.length)) : whole);
        for (let flips = round % 3 === 0 ? 0 : 1 + random(8); flips > 0; flips -= 1) {
          const at = random(bytes.length);
          bytes[at] = bytes[at]! ^ (1 << random(8));
        }
        try {
          await deck.import(bytesAt(bytes));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(TracedeckError);
          refusals += 1;
        }
      }
      expect(refusals).toBeGreaterThan(20);
      expect(kept()).toBe(ours);
      expect(
        readdirSync(deck.folder)
          .filter((name) => name !== 'media')
          .sort(),
      ).toEqual(around.filter((name) => name !== 'media'));
      expect(readdirSync(deck.mediaDir).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
      expect(deck.db.pragma('integrity_check', { simple: true })).toBe('ok');
    },
  );

  it.each(FORMS)('of the form %s whose database itself is damaged harms nothing', async (form) => {
    const deck = createTestDeck();
    const file = `collection.${form}`;
    const isNew = form === 'anki21b';
    const whole = collectionBytes(sampleContent(), isNew);
    let state = 99;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let refusals = 0;
    for (let round = 0; round < 100; round += 1) {
      const bytes = Buffer.from(whole);
      for (let flips = 1 + random(20); flips > 0; flips -= 1) bytes[random(bytes.length)] = random(256);
      const path = packageOf({ [file]: isNew ? zstdCompressSync(bytes) : bytes });
      try {
        await deck.import(path);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(TracedeckError);
        refusals += 1;
      }
    }
    expect(refusals).toBeGreaterThan(10);
    expect(deck.db.pragma('integrity_check', { simple: true })).toBe('ok');
  });
});

type RawEntry = {
  readonly name: string;
  readonly packed: Uint8Array;
  readonly method: number;
  readonly saidBytes?: number;
  readonly saidPacked?: number;
  readonly unixMode?: number;
  readonly flags?: number;
};

/** A zip archive that says of its files whatever it likes. */
function rawZip(entries: readonly RawEntry[]): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const {
    name,
    packed,
    method,
    saidBytes = packed.length,
    saidPacked = packed.length,
    unixMode = 0o100644,
    flags = 0,
  } of entries) {
    const bytes = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(bytes.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(0x0314, 4);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crcOf(packed, method), 16);
    central.writeUInt32LE(saidPacked, 20);
    central.writeUInt32LE(saidBytes, 24);
    central.writeUInt16LE(bytes.length, 28);
    central.writeUInt32LE((unixMode << 16) >>> 0, 38);
    central.writeUInt32LE(offset, 42);
    pieces.push(local, bytes, Buffer.from(packed));
    directory.push(central, bytes);
    offset += 30 + bytes.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, list, end]);
}

function crcOf(packed: Uint8Array, method: number): number {
  return crc32(method === 8 ? inflateRawSync(packed) : packed);
}
