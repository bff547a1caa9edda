import { describe, expect, it } from 'vitest';
import {
  isDebianRelease,
  parseMissing,
  planPackages,
  renamed,
} from '../../../electron/launch/systemLibraries.ts';

const LDD = `	linux-vdso.so.1 (0x00007ffd4a9f2000)
	libffmpeg.so => /e/libffmpeg.so (0x00007f0f9a400000)
	libnss3.so => not found
	libgtk-3.so.0 => not found
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0f99e00000)
	libnss3.so => not found
`;

describe('missing libraries', () => {
  it('are those that ldd did not find, each once', () => {
    expect(parseMissing(LDD)).toEqual(['libnss3.so', 'libgtk-3.so.0']);
    expect(parseMissing('\tnot a dynamic executable\n')).toEqual([]);
  });

  it('are installed as root on Debian, and named with one command everywhere else', () => {
    const linux = { platform: 'linux' as const, isRoot: true, isDebian: true };
    const missing = ['libnss3.so'];
    const plan = (host: Partial<typeof linux>) =>
      planPackages({ ...linux, ...host }, missing, ['libnss3', 'xvfb']);
    expect(plan({})).toEqual({ action: 'install', packages: ['libnss3', 'xvfb'] });
    expect(plan({ isRoot: false })).toEqual({
      action: 'tell',
      command: 'sudo apt-get install -y --no-install-recommends libnss3 xvfb',
    });
    expect(plan({ isDebian: false })).toEqual({
      action: 'tell',
      command: "your distribution's package manager, for: libnss3.so",
    });
    expect(planPackages({ ...linux, platform: 'darwin' }, missing, ['libnss3'])).toEqual({ action: 'none' });
    expect(planPackages(linux, [], [])).toEqual({ action: 'none' });
  });

  it('are looked for under the names of newer releases where apt knows those', () => {
    expect(renamed(['libnss3', 'libasound2'], new Set(['libasound2t64', 'libgtk-3-0t64']))).toEqual([
      'libnss3',
      'libasound2t64',
    ]);
  });
});

describe('the distribution', () => {
  it.each([
    ['PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n', true],
    ['ID=ubuntu\nID_LIKE=debian\n', true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ['ID=fedora\n', false],
    ['NAME="not debian"\nID=arch\n', false],
    ['', false],
  ])('%j is of the Debian family: %s', (release, expected) => {
    expect(isDebianRelease(release)).toBe(expected);
  });
});
