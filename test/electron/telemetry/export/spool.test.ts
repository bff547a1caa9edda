import { spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpool } from '../../../../electron/telemetry/export/spool.ts';
import type { Spool } from '../../../../electron/telemetry/export/spool.ts';
import { sweepSpools } from '../../../../electron/telemetry/export/spoolFolder.ts';
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
