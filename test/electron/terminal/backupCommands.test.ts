import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDataDir, type DataPaths } from '../../../electron/config/dataFolder.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { toTracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { runBackup } from '../../../electron/terminal/backupCommands.ts';
import { parseCommandLine } from '../../../electron/terminal/commandLine.ts';
import type { Terminal } from '../../../electron/terminal/terminal.ts';
import type { BackupCommand } from '../../../electron/terminal/deckArguments.ts';
import type { BackupEntry } from '../../../shared/deck.ts';
import { addNotes, deckOf, noteCount } from '../backup/decks.ts';

let home: string;
let paths: DataPaths;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tracedeck-backup-cli-'));
  paths = prepareDataDir(home);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function run(line: string, interrupted = new AbortController().signal) {
  const { command, json } = parseCommandLine(line.split(' '));
  let out = '';
  const stdout = new PassThrough().on('data', (data: Buffer) => (out += data.toString()));
  const terminal = {
    json,
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
    interrupted,
    onProgress: () => () => {},
  } as unknown as Terminal;
  const code = await runBackup(command as BackupCommand, paths, {}, terminal);
  return { code, out };
}
const faultOf = (line: string, interrupted?: AbortSignal) =>
  run(line, interrupted).then(
    () => 'done',
    (error: unknown) => toTracedeckError(error).code,
  );

describe('backup', () => {
  it('makes, lists and restores, for people and for programs', async () => {
    expect(await run('backup')).toEqual({ code: 0, out: 'No backups yet.\n' });
    expect(JSON.parse((await run('backup list --json')).out)).toEqual([]);
    const db = deckOf(paths.deck, 7);
    const made = JSON.parse((await run('backup now --json')).out) as BackupEntry;
    expect(made).toMatchObject({ reason: 'manual', notes: 7, cards: 21, verified: true });
    addNotes(db, 2);
    expect(await faultOf(`backup restore ${made.name}`)).toBe('deck_busy');
    db.close();
    expect((await run('backup list')).out).toContain(made.name);

    const restored = await run(`backup restore ${made.name.slice(0, 12)}`);
    expect(restored.code).toBe(0);
    expect(restored.out).toContain('7 notes, 21 cards');
    const before = /backup restore (\S+)/.exec(restored.out)![1]!;
    expect(JSON.parse((await run(`backup restore ${before} --json`)).out)).toMatchObject({ notes: 9 });
    const open = openDeck(paths.deck);
    expect(noteCount(open)).toBe(9);
    open.close();
  });

  it('restores over a deck that no program can open', async () => {
    deckOf(paths.deck, 3).close();
    const made = JSON.parse((await run('backup now --json')).out) as BackupEntry;
    writeFileSync(paths.deck, 'garbage, and quite a lot of it');
    expect(await faultOf('backup now')).toBe('deck_damaged');
    expect((await run(`backup restore ${made.name}`)).code).toBe(0);
    const open = openDeck(paths.deck);
    expect(noteCount(open)).toBe(3);
    open.close();
  });

  it('says what is not there, and what is meant by more than one', async () => {
    expect(await faultOf('backup now')).toBe('deck_missing');
    rmSync(home, { recursive: true });
    expect(await faultOf('backup now')).toBe('deck_missing');
    expect(JSON.parse((await run('backup list --json')).out)).toEqual([]);
    prepareDataDir(home);
    expect(await faultOf('backup restore 2026')).toBe('backup_unknown');
    deckOf(paths.deck, 1).close();
    await run('backup now');
    await run('backup now');
    expect(await faultOf('backup restore 2')).toBe('backup_unknown');
  });

  it('stops at Ctrl+C', async () => {
    deckOf(paths.deck, 5).close();
    expect(await faultOf('backup now', AbortSignal.abort())).toBe('cancelled');
    expect(JSON.parse((await run('backup list --json')).out)).toEqual([]);
  });
});
