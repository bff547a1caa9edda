import {
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile } from '../../../../electron/telemetry/logs/logFile.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-log-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('log file', () => {
  it('goes on behind what is there, and puts full files away, the oldest out', async () => {
    const path = join(dir, 'app.log');
    writeFileSync(path, 'from before\n');
    const file = openLogFile(path, { maxBytes: 100, keep: 2 });
    for (let i = 0; i < 12; i += 1) {
      file.write(`line ${i}`.padEnd(39, '.'));
      await file.flush();
    }
    expect(readdirSync(dir).toSorted()).toStrictEqual(['app.log', 'app.log.1', 'app.log.2']);
    const lines = ['app.log.2', 'app.log.1', 'app.log'].flatMap((name) =>
      readFileSync(join(dir, name), 'utf8').trim().split('\n'),
    );
    expect(lines.map((line) => line.replaceAll('.', ''))).toStrictEqual(
      Array.from({ length: lines.length }, (_, i) => `line ${12 - lines.length + i}`),
    );
    expect(file.dropped).toBe(0);
  });

  it('is nobody else’s to read, and neither are those that were put away', async () => {
    const file = openLogFile(join(dir, 'logs', 'app.log'), { maxBytes: 10 });
    for (const line of ['first line', 'second line']) {
      file.write(line);
      await file.flush();
    }
    for (const name of ['app.log', 'app.log.1'])
      expect(statSync(join(dir, 'logs', name)).mode & 0o777).toBe(0o600);
  });

  it('may be written to by two processes: who comes second does not put away what is hardly begun', async () => {
    const path = join(dir, 'app.log');
    const [window, terminal] = [0, 1].map(() => openLogFile(path, { maxBytes: 100 }));
    for (const file of [window!, terminal!, window!, terminal!, window!]) {
      file.write('x'.repeat(39));
      await file.flush();
    }
    expect(readdirSync(dir).toSorted()).toStrictEqual(['app.log', 'app.log.1', 'app.log.2']);
    expect(readFileSync(`${path}.2`, 'utf8').length).toBe(80);
    expect(readFileSync(`${path}.1`, 'utf8').length).toBe(80);
  });

  it('goes on where a file cannot be put away, and leaves the older ones in their places', async () => {
    const path = join(dir, 'app.log');
    mkdirSync(`${path}.1`);
    writeFileSync(`${path}.2`, 'older');
    const file = openLogFile(path, { maxBytes: 100 });
    for (let i = 0; i < 6; i += 1) {
      file.write('x'.repeat(39));
      await file.flush();
    }
    expect(file.dropped).toBe(0);
    expect(statSync(path).size).toBe(240);
    expect(readFileSync(`${path}.2`, 'utf8')).toBe('older');
  });

  it('begins anew where somebody has taken it away', async () => {
    const path = join(dir, 'logs', 'app.log');
    const file = openLogFile(path);
    file.write('one');
    await file.flush();
    renameSync(join(dir, 'logs'), join(dir, 'old'));
    file.write('two');
    await file.flush();
    expect(readFileSync(path, 'utf8')).toBe('two\n');
    expect(file.dropped).toBe(0);
  });

  it('counts what cannot be written, throws nothing, and writes again when it can', async () => {
    const path = join(dir, 'blocked', 'app.log');
    writeFileSync(join(dir, 'blocked'), 'a file where the folder should be');
    const file = openLogFile(path);
    file.write('lost');
    await file.flush();
    expect(file.dropped).toBe(1);
    rmSync(join(dir, 'blocked'));
    mkdirSync(join(dir, 'blocked'));
    file.write('kept');
    await file.flush();
    expect(readFileSync(path, 'utf8')).toBe('kept\n');
  });

  it('holds a bounded amount of text for a slow disk', () => {
    const file = openLogFile(join(dir, 'app.log'), { maxWaiting: 100 });
    for (let i = 0; i < 20; i += 1) file.write('x'.repeat(19));
    expect(file.dropped).toBe(15);
  });
});
