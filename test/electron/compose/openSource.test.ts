import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../../electron/compose/openSource.ts';
import { createTestDeck } from '../anki/fixtures.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-source-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function faultOf(name: string, content: Uint8Array | string) {
  const path = join(folder, name);
  await writeFile(path, content);
  return openSource({ kind: 'file', path }, { sourceWorker: null, cMaps: null }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
}

describe('what is to be made into cards', () => {
  it('is called what it is where it is broken, and no text file that is none', async () => {
    const noise = Uint8Array.from({ length: 4000 }, (_, at) => (at * 37 + (at >> 3)) % 256);
    const pdf = { code: 'pdf_damaged', message: expect.stringContaining('bad.pdf cannot be read as a PDF') };
    expect(await faultOf('bad.pdf', noise)).toMatchObject(pdf);
    expect(await faultOf('bad.pdf', 'a text with the name of another')).toMatchObject(pdf);
    expect(await faultOf('bad.epub', noise)).toMatchObject({
      code: 'zip_damaged',
      message: expect.stringContaining('bad.epub'),
    });
    expect(await faultOf('bad.apkg', noise)).toMatchObject({
      code: 'package_invalid',
      message: expect.stringContaining('no Anki package'),
    });
  });

  it('is sent to the import where it is a whole package, and told apart from one that was cut off', async () => {
    const deck = createTestDeck();
    deck.add({ term: 'one', deck: 'A', cards: [{ type: 'basic', front: 'one', back: '1' }] });
    const { path } = await deck.export('out.apkg');
    const whole = await readFile(path);
    expect(await faultOf('whole.apkg', whole)).toMatchObject({
      code: 'is_package',
      hint: expect.stringContaining('Cards › Import, export; or: npm run -s cli -- import'),
    });
    expect(await faultOf('cut.apkg', whole.subarray(0, whole.length / 2))).toMatchObject({
      code: 'package_invalid',
    });
  });
});
