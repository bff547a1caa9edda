import { readdirSync, utimesSync, writeFileSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  mediaReferences,
  renamedFor,
  renameReferences,
  safeMediaName,
} from '../../../electron/anki/mediaNames.ts';
import { createTestDeck } from './fixtures.ts';

const OLD = new Date(Date.now() - 2 * 3_600_000);

describe('media', () => {
  it('lie under their hash once, whatever names they have', async () => {
    const { media, mediaDir } = createTestDeck();
    expect(await media.add('a.png', Buffer.from('same'))).toBe('a.png');
    expect(await media.add('cafe\u0301.png', Buffer.from('same'))).toBe('café.png');
    expect(await media.addStream('c.png', Readable.from([Buffer.from('sa'), Buffer.from('me')]))).toBe(
      'c.png',
    );
    expect(readdirSync(mediaDir)).toHaveLength(1);
    expect([media.has('cafe\u0301.png'), media.has('d.png')]).toEqual([true, false]);
    expect(Buffer.from((await media.read('c.png'))!).toString()).toBe('same');
    expect(await media.read('d.png')).toBeNull();
  });

  it('get another name, always the same, where theirs is taken', async () => {
    const { media } = createTestDeck();
    await media.add('a.png', Buffer.from('one'));
    const other = await media.add('a.png', Buffer.from('two'));
    expect(other).toMatch(/^a-[0-9a-f]{12}\.png$/);
    expect(await media.add('a.png', Buffer.from('two'))).toBe(other);
    expect(await media.add('a.png', Buffer.from('one'))).toBe('a.png');
    expect(Buffer.byteLength(renamedFor(`${'가'.repeat(84)}.png`, 'f'.repeat(64)))).toBeLessThanOrEqual(255);
  });

  it('leave nothing behind where a stream breaks off', async () => {
    const { media, mediaDir } = createTestDeck();
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('half');
        throw new Error('broken');
      })(),
    );
    await expect(media.addStream('a.png', broken)).rejects.toThrow('broken');
    expect([readdirSync(mediaDir), media.list()]).toEqual([[], []]);
    await expect(media.add('../a', Buffer.from('x'))).rejects.toMatchObject({ code: 'media_name_unsafe' });
  });

  it('go when nothing speaks of them, and not before', async () => {
    const deck = createTestDeck();
    const { media, mediaDir } = deck;
    for (const name of ['front.png', 'sound.mp3', 'style.ttf', '_kept.js', 'gone.png', 'undo.png', 'a b.png'])
      await media.add(name, Buffer.from(name));
    deck.add({
      term: 'x',
      cards: [
        { type: 'basic', front: '<img src="front.png"> <img src="a%20b.png">', back: '[sound:sound.mp3]' },
      ],
    });
    deck.db
      .exec(`INSERT INTO notetypes VALUES (1, 'N', 'standard', '[]', '[]', '@font-face { src: url(style.ttf) }', '{}');
      INSERT INTO change_sets (label, at_ms) VALUES ('x', 0);
      INSERT INTO changes (change_set_id, entity, entity_id, before) VALUES (1, 'card', 1, '{"front":"<img src=\\"undo.png\\">"}')`);
    expect(media.unreferenced()).toEqual(['gone.png']);
    writeFileSync(join(mediaDir, '.half.tmp'), 'half');
    expect(await media.collect()).toBe(0);
    for (const file of readdirSync(mediaDir)) utimesSync(join(mediaDir, file), OLD, OLD);
    expect(await media.collect()).toBe('gone.png'.length + 'half'.length);
    expect(media.list()).toHaveLength(6);
    expect(readdirSync(mediaDir)).toHaveLength(6);
    expect(await media.verify()).toEqual({ files: 6, missing: [], damaged: [] });
  });

  it('are known to be damaged or missing', async () => {
    const { media } = createTestDeck();
    for (const name of ['a', 'b', 'c']) await media.add(name, Buffer.from(name));
    writeFileSync(media.pathOf(media.find('a')!.sha256), 'x');
    rmSync(media.pathOf(media.find('b')!.sha256));
    expect(await media.verify()).toEqual({ files: 3, missing: ['b'], damaged: ['a'] });
  });
});

describe('names of media', () => {
  it.each([
    ['a.png', 'a.png'],
    ['cafe\u0301.png', 'café.png'],
    ['日本.mp3', '日本.mp3'],
    ['con.mp3', '_con.mp3'],
    ['x\u202egnp.exe', 'x_gnp.exe'],
    ['tail. .', 'tail'],
  ])('%j is kept as %j', (stored, name) => expect(safeMediaName(stored)).toEqual({ name }));

  it.each(['', '.', '..', '../a', 'a/b', 'a\\b', '/a', 'c:a', 'a\0.png', '   ', 'x'.repeat(256)])(
    '%j is refused',
    (stored) => expect(safeMediaName(stored)).toHaveProperty('refused'),
  );

  it('are found wherever a field, template or style has them, addresses left out', () => {
    const text = `<img src="a b.png"><img src='c%20d.png'><img src=e.png><img src="f&amp;g.png"><audio src="h.mp3"></audio>
      [sound:i.mp3] <object data="j.svg"> <a href="https://example.org/k"> <img src="//l.org/m.png">
      <img src="data:image/png;base64,AAAA"> url(n.ttf) url("o.png") @import "p.css"`;
    expect(mediaReferences(text)).toEqual([
      'a b.png',
      'c d.png',
      'e.png',
      'f&g.png',
      'h.mp3',
      'i.mp3',
      'j.svg',
      'n.ttf',
      'o.png',
      'p.css',
    ]);
  });

  it('are changed where they stand and nowhere else', () => {
    const renamed = new Map([
      ['a.png', 'a-1.png'],
      ['s.mp3', 's&1.mp3'],
    ]);
    expect(
      renameReferences(
        '<img src="a.png" alt="a.png"> a.png [sound:s.mp3] <audio src="s.mp3"> url(a.png) <img src="b.png">',
        renamed,
      ),
    ).toBe(
      '<img src="a-1.png" alt="a.png"> a.png [sound:s&1.mp3] <audio src="s&amp;1.mp3"> url(a-1.png) <img src="b.png">',
    );
  });
});
