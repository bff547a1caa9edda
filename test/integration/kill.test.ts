/**
 * `kill -9` at random moments of a run, then resume: the same notes and cards as one undisturbed run, each once,
 * and the model server paid no more often than the kills explain.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { koreanCsv } from '../fixtures/lists.ts';
import { cli, cliJson, startCli } from '../harness/cli.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';

const KILLS = 10;
const ROWS = 600;

let folder: string;
let list: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-kill-'));
  list = join(folder, 'list.csv');
  writeFileSync(list, koreanCsv(ROWS));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the run, kills and resumes it `KILLS` times, then lets it end. Returns how many kills hit it alive. */
async function disturb(
  dataDir: string,
  start: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  let hits = 0;
  let args = start;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const run = startCli(dataDir, args, { env });
    await waitForRun(dataDir, run.child);
    await sleep(20 + Math.random() * 250);
    if (run.child.kill('SIGKILL')) hits += 1;
    const { signal } = await run.finished;
    if (signal !== 'SIGKILL') break;
    args = ['runs', 'resume', '--json'];
  }
  const last = await startCli(dataDir, ['runs', 'resume', '--json'], { env }).finished;
  // The last kill may have come after the last row: then this only says what the run came to.
  if (last.code !== 0) throw new Error(last.stderr);
  expect(JSON.parse(last.stdout)).toMatchObject({ state: 'done', terms: ROWS, failed: 0 });
  return hits;
}

/** Until the run exists and has begun, so that kills meet it at work and not while the program is loading. */
async function waitForRun(dataDir: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    try {
      const db = new Database(join(dataDir, 'deck.db'), { readonly: true, fileMustExist: true });
      const owned = db.prepare(`SELECT count(*) FROM runs WHERE state = 'running' AND owner_pid = ?`).pluck();
      const isRunning = owned.get(child.pid) === 1;
      db.close();
      if (isRunning) return;
    } catch {
      // Not there yet, or just being migrated.
    }
    await sleep(5);
  }
}

/** What is in the deck, without ids and times. */
function contents(dataDir: string): unknown[] {
  const db = new Database(join(dataDir, 'deck.db'), { readonly: true });
  const rows = db
    .prepare(
      `SELECT notes.key, notes.term, cards.ordinal, cards.type, cards.front, cards.back
       FROM notes JOIN cards ON cards.note_id = notes.id ORDER BY notes.key, cards.ordinal`,
    )
    .all();
  expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(
    db.prepare('SELECT count(DISTINCT key) FROM notes').pluck().get(),
  );
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.pragma('foreign_key_check')).toEqual([]);
  db.close();
  return rows;
}

describe(`a run killed ${KILLS} times`, () => {
  it('offline: ends with the same notes and cards as an undisturbed one', async () => {
    const undisturbed = join(folder, 'undisturbed');
    await cliJson(undisturbed, ['generate', list]);
    const disturbed = join(folder, 'disturbed');
    await disturb(disturbed, ['generate', list, '--json', '--concurrency', '2'], {});
    expect(contents(disturbed)).toEqual(contents(undisturbed));
  });

  it('openai: pays for each stage of a term at most once more than it was killed', async () => {
    const paidLog = join(folder, 'paid.jsonl');
    writeFileSync(paidLog, '');
    const server = await modelServerProcess(paidLog);
    try {
      const openai = ['--generator', 'openai', '--base-url', server.url, '--model', 'test-model', '--json'];
      // A run keeps the server and models it began with: resuming needs neither option nor variable.
      const env = {};
      const undisturbed = join(folder, 'undisturbed');
      const calm = await cliJson(undisturbed, ['generate', list, ...openai.slice(0, -1)]);
      expect(calm).toMatchObject({ failed: 0, state: 'done' });
      const paidCalm = readPaid(paidLog);
      expect(Math.max(...paidCalm.values())).toBe(1);

      writeFileSync(paidLog, '');
      const disturbed = join(folder, 'disturbed');
      const kills = await disturb(disturbed, ['generate', list, ...openai], env);
      expect(kills).toBeGreaterThanOrEqual(3);
      expect(contents(disturbed)).toEqual(contents(undisturbed));
      const paid = readPaid(paidLog);
      expect([...paid.keys()].sort()).toEqual([...paidCalm.keys()].sort());
      expect(Math.max(...paid.values())).toBeLessThanOrEqual(1 + kills);
      // What is paid twice was in flight at a kill: no more than the rows worked on at once, per kill.
      const paidAgain = [...paid.values()].reduce((sum, times) => sum + times - 1, 0);
      expect(paidAgain).toBeLessThanOrEqual(kills * 32);
    } finally {
      server.child.kill();
    }
  });

  it('shows the run as interrupted until it is resumed', async () => {
    const dataDir = join(folder, 'data');
    const run = startCli(dataDir, ['generate', list, '--concurrency', '1']);
    await waitForRun(dataDir, run.child);
    run.child.kill('SIGKILL');
    await run.finished;
    const [interrupted] = await cliJson<{ state: string; runId: string }[]>(dataDir, ['runs', 'list']);
    expect(interrupted?.state).toBe('interrupted');
    const report = await cliJson(dataDir, ['runs', 'resume', interrupted!.runId]);
    expect(report).toMatchObject({ state: 'done', terms: ROWS, runId: interrupted!.runId });
  });

  it('leaves a trace that is one tree, with the run as interrupted', async () => {
    const dataDir = join(folder, 'data');
    const long = join(folder, 'long.csv');
    writeFileSync(long, koreanCsv(10_000));
    const run = startCli(dataDir, ['generate', long]);
    await waitForRun(dataDir, run.child);
    // Spans reach the store two seconds after they were recorded at the latest.
    await sleep(3000);
    expect(run.child.kill('SIGKILL')).toBe(true);
    await run.finished;
    const [interrupted] = await cliJson<{ state: string; traceId: string }[]>(dataDir, ['runs', 'list']);
    expect(interrupted?.state).toBe('interrupted');
    const query = `trace.id = "${interrupted!.traceId}"`;
    const runTrace = ['trace', 'query', query];
    const traces = await cliJson<{ items: { name: string; durationMs: number | null }[] }>(dataDir, runTrace);
    expect(traces.items).toMatchObject([{ name: 'run' }]);
    expect(traces.items[0]!.durationMs).toBeGreaterThan(0);
    const spans = async (part: string) =>
      (
        await cliJson<{ items: unknown[] }>(dataDir, [
          'trace',
          'query',
          `${query} and ${part}`,
          '--signal',
          'spans',
        ])
      ).items;
    const spanId = interrupted!.traceId.slice(16);
    expect(await spans('name = run')).toMatchObject([
      { spanId, attributes: { 'tracedeck.run.state': 'interrupted' } },
    ]);
    expect((await spans('name = item'))[0]).toMatchObject({ parentSpanId: spanId });
  });

  it('can be stopped with Ctrl+C and resumed', async () => {
    const dataDir = join(folder, 'data');
    const run = startCli(dataDir, ['generate', list, '--concurrency', '1']);
    await waitForRun(dataDir, run.child);
    run.child.kill('SIGINT');
    const stopped = await run.finished;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('runs resume');
    expect((await cli(dataDir, 'runs', 'resume')).code).toBe(0);
  });
});

async function modelServerProcess(logPath: string): Promise<{ child: ChildProcess; url: string }> {
  const script = join(PROJECT_ROOT, 'test/fixtures/modelServer.ts');
  const child = spawn(process.execPath, [script, '--port', '0', '--log', logPath, '--delay', '15'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: (JSON.parse(chunk.toString()) as { url: string }).url };
}

function readPaid(logPath: string): Map<string, number> {
  const paid = new Map<string, number>();
  for (const line of readFileSync(logPath, 'utf8').split('\n').filter(Boolean)) {
    const { stage, term } = JSON.parse(line) as { stage: string; term: string };
    paid.set(`${stage} ${term}`, (paid.get(`${stage} ${term}`) ?? 0) + 1);
  }
  return paid;
}
