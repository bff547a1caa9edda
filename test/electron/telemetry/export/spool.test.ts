import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSpool } from '../../../../electron/telemetry/export/spool.ts';
import type { Spool } from '../../../../electron/telemetry/export/spool.ts';
import { sweepSpools, takeSpoolFolder } from '../../../../electron/telemetry/export/spoolFolder.ts';
import type { Signal } from '../../../../shared/telemetrySettings.ts';

const SPOOL = new URL('../../../../electron/telemetry/export/spool.ts', import.meta.url).href;
let folder: string;
let dropped: [Signal, number][] = [];
const ends: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-spool-'));
  dropped = [];
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

function open(maxBytes = 1_000_000, id = 'out'): Spool {
  const spool = openSpool({
    spoolDir: folder,
    id,
    maxBytes,
    onDropped: (signal, items) => dropped.push([signal, items]),
  });
  ends.push(() => spool.close());
  return spool;
}
const bytes = (text: string): Uint8Array => Buffer.from(text);
function drain(spool: Spool, signal: Signal): string[] {
  const found: string[] = [];
  for (let entry = spool.oldest(signal); entry !== null; entry = spool.oldest(signal)) {
    const content = spool.read(entry);
    if (content === null) continue;
    found.push(Buffer.from(content).toString());
    spool.settle(entry, entry.items);
  }
  return found;
}
/** Another process that has a spool of the same name, with one request in it. */
async function otherProcess(text: string): Promise<{ kill(): Promise<void> }> {
  const script = `
    import { openSpool } from ${JSON.stringify(SPOOL)};
    const spool = openSpool({ spoolDir: ${JSON.stringify(folder)}, id: 'out', maxBytes: 1e6, onDropped() {} });
    spool.append('traces', 'json', Buffer.from(${JSON.stringify(text)}), 3);
    console.log('open');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  ends.push(kill);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { kill };
}

/** A process that has nothing to do with the program. */
function unrelatedProcess(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  ends.push(() => child.kill('SIGKILL'));
  return child;
}
/** One request in the folder, whose owner's file says this and was touched so long ago. */
function leftBehind(owner: string, ageMs = 0): void {
  const spool = open();
  spool.append('traces', 'json', bytes('left'), 1);
  spool.close();
  const path = join(folder, 'out', 'owner');
  writeFileSync(path, owner);
  const touched = new Date(Date.now() - ageMs);
  utimesSync(path, touched, touched);
}
const DAY_MS = 86_400_000;
const BOOT = '/proc/sys/kernel/random/boot_id';
const isLinux = process.platform === 'linux';

describe('a spool', () => {
  it('gives back what it was given, signal by signal and in order, also after it was closed', () => {
    const spool = open();
    spool.append('traces', 'protobuf', bytes('one'), 5);
    spool.append('logs', 'json', bytes('two'), 1);
    spool.append('traces', 'json', bytes('three'), 7);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual([
      '000000000001-traces-protobuf-5.otlp',
      '000000000002-logs-json-1.otlp',
      '000000000003-traces-json-7.otlp',
      'owner',
    ]);
    expect([spool.items('traces'), spool.items('logs'), spool.bytes]).toEqual([12, 1, 3 * 4096]);
    expect(statSync(join(folder, 'out')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'out', '000000000002-logs-json-1.otlp')).mode & 0o777).toBe(0o600);
    spool.close();

    const again = open();
    expect(again.oldest('traces')).toMatchObject({ form: 'protobuf', items: 5 });
    again.append('traces', 'json', bytes('four'), 1);
    expect([drain(again, 'traces'), drain(again, 'logs'), drain(again, 'metrics')]).toEqual([
      ['one', 'three', 'four'],
      ['two'],
      [],
    ]);
    expect([again.bytes, dropped]).toEqual([0, []]);
    again.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives up the oldest of all signals for room, but never what is being sent', () => {
    const spool = open(3 * 4096);
    spool.append('traces', 'json', bytes('one'), 1);
    spool.append('logs', 'json', bytes('two'), 2);
    spool.append('traces', 'json', bytes('three'), 3);
    spool.read(spool.oldest('traces')!);
    spool.append('traces', 'json', bytes('four'), 4);
    expect(dropped).toEqual([['logs', 2]]);
    spool.append('logs', 'json', new Uint8Array(5000), 5);
    expect(dropped).toEqual([
      ['logs', 2],
      ['traces', 3],
      ['traces', 4],
    ]);
    // With the one that is being sent there is no room for this, whatever is given up.
    expect(spool.append('logs', 'json', new Uint8Array(3 * 4096), 6)).toBeNull();
    expect([spool.items('traces'), spool.items('logs'), spool.problem]).toEqual([1, 5, null]);
    expect(drain(spool, 'traces')).toEqual(['one']);
  });

  it('settles a request item by item and removes its file with the last', () => {
    const spool = open();
    const entry = spool.append('logs', 'json', bytes('x'), 10)!;
    spool.settle(entry, 4);
    expect(spool.items('logs')).toBe(6);
    // Until then it can be read again.
    expect(Buffer.from(spool.read(entry)!).toString()).toBe('x');
    spool.settle(entry, 6);
    spool.settle(entry, 6);
    expect([spool.items('logs'), spool.bytes, spool.oldest('logs')]).toEqual([0, 0, null]);
  });

  it.each([
    ['empty', () => Buffer.alloc(0)],
    ['cut', (file: Buffer) => file.subarray(0, -1)],
    ['turned in one bit', (file: Buffer) => (file.writeUInt8(file.readUInt8(40) ^ 1, 40), file)],
    ['longer', (file: Buffer) => Buffer.concat([file, Buffer.from('x')])],
  ])('finds a file that is %s, removes it and says how much that was', (_, damage) => {
    const spool = open();
    spool.append('traces', 'json', bytes('a longer content'), 9);
    spool.append('traces', 'json', bytes('next'), 1);
    const path = join(folder, 'out', '000000000001-traces-json-9.otlp');
    writeFileSync(path, damage(readFileSync(path)));
    expect(drain(spool, 'traces')).toEqual(['next']);
    expect(dropped).toEqual([['traces', 9]]);
    expect(spool.problem).toContain('damaged');
  });

  it('does not believe a name that somebody changed, and goes on where a file is gone', () => {
    const spool = open();
    spool.append('traces', 'json', bytes('one'), 1);
    spool.append('traces', 'json', bytes('two'), 1);
    spool.close();
    const dir = join(folder, 'out');
    writeFileSync(
      join(dir, '000000000009-traces-json-900.otlp'),
      readFileSync(join(dir, '000000000001-traces-json-1.otlp')),
    );
    const again = open();
    rmSync(join(dir, '000000000002-traces-json-1.otlp'));
    expect(drain(again, 'traces')).toEqual(['one']);
    expect(dropped).toEqual([
      ['traces', 1],
      ['traces', 900],
    ]);
  });

  it('is one for each process, and what a dead one left goes to the next', async () => {
    const other = await otherProcess('of the other');
    const mine = open();
    mine.append('traces', 'json', bytes('mine'), 1);
    expect(readdirSync(folder).sort()).toEqual(['out', 'out.2']);
    expect(mine.items('traces')).toBe(1);
    mine.close();
    const still = open();
    expect(drain(still, 'traces')).toEqual(['mine']);
    still.append('logs', 'json', bytes('log'), 1);
    still.close();

    await other.kill();
    writeFileSync(join(folder, 'out.2', 'something else'), '');
    const heir = open();
    expect([drain(heir, 'traces'), drain(heir, 'logs')]).toEqual([['of the other'], ['log']]);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('finds what a process had taken over that died before it was done', () => {
    const first = open();
    first.append('traces', 'json', bytes('mine'), 1);
    first.close();
    const name = readdirSync(join(folder, 'out')).find((file) => file.endsWith('.otlp'));
    copyFileSync(join(folder, 'out', name!), join(folder, 'out', `adopted-1-${name!}`));
    expect(drain(open(), 'traces')).toEqual(['mine', 'mine']);
    expect(readdirSync(join(folder, 'out'))).toEqual(['owner']);
  });

  it.runIf(isLinux)('is taken over when the id of its dead owner is that of another process by now', () => {
    const { pid } = unrelatedProcess();
    for (const mark of [`${readFileSync(BOOT, 'utf8').trim()}/1`, 'of an earlier boot/4242']) {
      leftBehind(`${pid} ${mark}`);
      const heir = open();
      expect(drain(heir, 'traces')).toEqual(['left']);
      expect(readdirSync(folder)).toEqual(['out']);
      heir.close();
    }
  });

  it.runIf(isLinux)('is not its owner any more who has ended and whose parent does not ask', async () => {
    const script = `sh -c 'echo $$; exec 1>&-' & exec sleep 60`;
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    ends.push(() => parent.kill('SIGKILL'));
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8');
    await expect.poll(stat).toMatch(/\) Z /);
    const started = stat().split(') ')[1]!.split(' ')[19]!;
    leftBehind(`${pid} ${readFileSync(BOOT, 'utf8').trim()}/${started}`);
    expect(drain(open(), 'traces')).toEqual(['left']);
  });

  it('goes by when its owner touched it last where the system says no more about a process', () => {
    const { pid } = unrelatedProcess();
    for (const ageMs of [0, DAY_MS / 2, -DAY_MS / 2]) {
      leftBehind(`${pid} `, ageMs);
      const other = open();
      expect(drain(other, 'traces')).toEqual([]);
      other.close();
      rmSync(join(folder, 'out'), { recursive: true });
    }
    for (const ageMs of [DAY_MS * 2, -DAY_MS * 2]) {
      leftBehind(`${pid} `, ageMs);
      const heir = open();
      expect(drain(heir, 'traces')).toEqual(['left']);
      heir.close();
    }
  });

  it('is touched while its owner lives', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    ends.push(() => vi.useRealTimers());
    const spool = open();
    const path = join(folder, 'out', 'owner');
    utimesSync(path, 1, 1);
    vi.advanceTimersByTime(600_000);
    expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(DAY_MS / 2);
    spool.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('belongs to nobody where the machine went down before its owner was written, and is left alone before that', () => {
    leftBehind('', 60_000);
    const heir = open();
    expect(drain(heir, 'traces')).toEqual(['left']);
    heir.close();
    leftBehind('');
    expect(drain(open(), 'traces')).toEqual([]);
  });

  it('is not taken from the process that has it by now when it is closed', () => {
    const spool = open();
    writeFileSync(join(folder, 'out', 'owner'), '1 another');
    spool.close();
    expect(readFileSync(join(folder, 'out', 'owner'), 'utf8')).toBe('1 another');
  });

  it('goes to one of many that start at once, whole', async () => {
    const dead = await otherProcess('left');
    await dead.kill();
    const others = await Promise.all(['a', 'b', 'c'].map(otherProcess));
    expect(readdirSync(folder).sort()).toEqual(['out', 'out.2', 'out.3']);
    for (const other of others) await other.kill();
    // All that they have by now, the first one's among it, and nothing twice.
    expect(drain(open(), 'traces').sort()).toEqual(['a', 'b', 'c', 'left']);
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readdirSync(join(folder, 'out'))).toEqual(['owner']);
  });

  it('lets go of a folder that it could not read, and of another that it could not empty', () => {
    const broken = join(folder, 'out', '000000000001-traces-json-1.otlp');
    mkdirSync(join(folder, 'out'));
    symlinkSync(join(folder, 'nowhere'), broken);
    expect(() => open()).toThrow('ENOENT');
    rmSync(broken);

    const [first, second] = [open(), open()];
    second.append('traces', 'json', bytes('behind'), 1);
    second.close();
    first.close();
    const unable = takeSpoolFolder(folder, 'out', () => {
      throw new Error('The disk is full.');
    });
    expect(unable?.dir).toBe(join(folder, 'out'));
    unable?.release();
    expect(drain(open(), 'traces')).toEqual(['behind']);
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it('cannot be opened where all its folders are taken', () => {
    for (let index = 0; index < 4; index += 1) open();
    expect(() => open()).toThrow('Other processes');
    expect(() => open(1000, 'another')).not.toThrow();
  });

  it('is swept away when its exporter has been gone for long', () => {
    for (const id of ['used', 'old', 'recent']) {
      const spool = open(1e6, id);
      spool.append('logs', 'json', bytes('x'), 1);
      spool.close();
    }
    const held = open(1e6, 'held');
    held.append('logs', 'json', bytes('x'), 1);
    mkdirSync(join(folder, 'old.2'));
    for (const name of ['used', 'old', 'old.2', 'held']) utimesSync(join(folder, name), 1, 1);
    sweepSpools(folder, new Set(['used']), 86_400_000);
    expect(readdirSync(folder).sort()).toEqual(['held', 'recent', 'used']);
    sweepSpools(join(folder, 'nowhere'), new Set(), 0);
  });
});
