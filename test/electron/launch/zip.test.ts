import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import { extractZip } from '../../../electron/launch/zip.ts';
import { packFakeCopy } from './fakeCopy.ts';
import { tempFolder } from './tempFolder.ts';

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});
const all = (name: string) => name;
const bytes = (text: string) => new TextEncoder().encode(text);

describe('unpacking a zip', () => {
  it('writes stored and deflated files with their modes and leaves out what has no place', async () => {
    const { zip } = packFakeCopy({
      'a/run': [bytes('x'.repeat(200_000)), { os: 3, attrs: 0o100755 * 0x10000 }],
      'a/plain': [bytes('plain'), { level: 0, os: 3, attrs: 0o100640 * 0x10000 }],
      'a/empty': bytes(''),
      'a/not-wanted': bytes('no'),
    });
    const count = await extractZip(zip, folder, (name) => (name.endsWith('wanted') ? null : name.slice(2)));
    expect(count).toBe(3);
    expect(readdirSync(folder).sort()).toEqual(['empty', 'plain', 'run']);
    expect(readFileSync(join(folder, 'run'), 'utf8')).toBe('x'.repeat(200_000));
    expect(readFileSync(join(folder, 'plain'), 'utf8')).toBe('plain');
    expect(statSync(join(folder, 'run')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'plain')).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['leads out of the folder', { '../evil': bytes('x') }],
    [
      'is a link',
      { link: [bytes('/etc/passwd'), { os: 3, attrs: 0o120777 * 0x10000 }] as [Uint8Array, object] },
    ],
  ])('refuses an archive in which a file %s', async (_what, files) => {
    const { zip } = packFakeCopy(files);
    await expect(extractZip(zip, folder, all)).rejects.toMatchObject({ code: 'zip_invalid' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses an archive that was cut short', async () => {
    const { zip } = packFakeCopy();
    truncateSync(zip, statSync(zip).size - 40);
    await expect(extractZip(zip, folder, all)).rejects.toMatchObject({ code: 'zip_invalid' });
  });

  it('refuses a file whose content is not what its checksum says', async () => {
    const path = join(folder, 'broken.zip');
    const content = Buffer.from(zipSync({ note: [bytes('hello world'), { level: 0 }] }));
    content.write('HELLO', content.indexOf('hello'));
    writeFileSync(path, content);
    await expect(extractZip(path, join(folder, 'out'), all)).rejects.toMatchObject({
      message: expect.stringContaining('note is damaged'),
    });
  });
});
