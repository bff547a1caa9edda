/** The main job from the terminal, offline: lists of every kind in, cards and stated reasons out. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunReport } from '../../shared/run.ts';
import { makeEpub } from '../fixtures/epub.ts';
import { badLists, koreanCsv } from '../fixtures/lists.ts';
import { cli, cliJson, startCli } from '../harness/cli.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';

type ShownCard = {
  noteId: string;
  deck: string;
  front: string;
  back: string;
  type: string;
  tags: string[];
  provenance: { runId: string; traceId: string; row: number };
};
type ShownTrace = {
  traceId: string;
  spans: {
    spanId: string;
    parentSpanId: string | null;
    name: string;
    startMs: number;
    durationMs: number | null;
    status: string;
    attributes: Record<string, unknown>;
  }[];
};

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-cli-'));
  dataDir = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function listFile(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const settled = ({ notes, duplicates, skipped, failed }: RunReport) => notes + duplicates + skipped + failed;

describe('generate', () => {
  it('makes cards of 10,000 rows in bounded memory, and the second time all comes from the cache', async () => {
    const path = listFile('korean.csv', koreanCsv(10_000));
    const first = await cli(dataDir, 'generate', path, '--json');
    expect(first.code, first.stderr).toBe(0);
    const report = JSON.parse(first.stdout) as RunReport;
    expect(report).toMatchObject({ state: 'done', terms: 10_000, failed: 0 });
    expect(settled(report)).toBe(10_000);
    expect(report.errors.length).toBe(report.skipped);
    expect(report.notes).toBeGreaterThan(9000);
    expect(report.cards).toBeGreaterThan(2 * report.notes);
    if (first.peakRssBytes !== null) expect(first.peakRssBytes).toBeLessThan(400e6);

    const again = await cliJson(dataDir, ['generate', path]);
    expect(again).toMatchObject({ terms: 10_000, notes: 0, cards: 0, failed: 0, hitRate: 1 });
    expect(again.duplicates).toBe(report.notes + report.duplicates);

    const db = new Database(join(dataDir, 'deck.db'), { readonly: true });
    expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(report.notes);
    expect(db.prepare('SELECT count(*) FROM cards').pluck().get()).toBe(report.cards);
    // Every row has cards, or is the repetition of one that has, or says why not.
    const unstated = `SELECT count(*) FROM run_items AS item WHERE NOT (
      state = 'duplicate' OR (state = 'skipped' AND error_message <> '')
      OR (state = 'done' AND EXISTS (SELECT 1 FROM cards WHERE cards.note_id = item.note_id)))`;
    expect(db.prepare(unstated).pluck().get()).toBe(0);
    db.close();
  });

  it('reads from standard input, keeps to the limit and writes every export form', async () => {
    for (const extension of ['csv', 'tsv', 'json', 'md']) {
      const out = join(folder, `cards.${extension}`);
      const args = ['generate', '-', '--limit', '3', '--deck', 'Pipe', '--out', out, '--json'];
      const result = await startCli(dataDir, args, { input: 'dog\ncat\nhouse\nbird\nfish\n' }).finished;
      expect(result.code, result.stderr).toBe(0);
      expect((JSON.parse(result.stdout) as RunReport).terms).toBe(3);
      expect(readFileSync(out, 'utf8')).toContain('house');
      expect(readFileSync(out, 'utf8')).not.toContain('fish');
    }
  });

  it('lists what it made with where it came from, and the trace it was made in', async () => {
    const path = listFile(
      'words.csv',
      'word,meaning,Example_Sentence\n사과,apple,사과를 먹었어요.\n학교,school,학교에 갔어요.\n',
    );
    const report = await cliJson(dataDir, ['generate', path, '--deck', '한국어']);
    const cards = await cliJson<ShownCard[]>(dataDir, ['cards', 'list', '--deck', '한국어']);
    expect(cards.length).toBe(report.cards);
    expect(new Set(cards.map(({ noteId }) => noteId)).size).toBe(2);
    expect(
      cards.every(({ deck, provenance }) => deck === '한국어' && provenance.traceId === report.traceId),
    ).toBe(true);
    expect(cards.find(({ type }) => type === 'recognition')).toMatchObject({
      front: expect.stringContaining('사과') as string,
    });
    expect(cards.find(({ type }) => type === 'cloze')?.front).toContain('{{c1::');

    const trace = await cliJson<ShownTrace>(dataDir, ['trace', 'show', report.traceId]);
    const root = trace.spans.find(({ parentSpanId }) => parentSpanId === null);
    expect(root).toMatchObject({ name: 'run', attributes: { 'tracedeck.run.id': report.runId } });
    const ids = new Set(trace.spans.map(({ spanId }) => spanId));
    expect(ids.size).toBe(trace.spans.length);
    expect(trace.spans.filter(({ parentSpanId }) => parentSpanId !== null && !ids.has(parentSpanId))).toEqual(
      [],
    );
    expect(trace.spans.filter(({ durationMs }) => durationMs === null || durationMs < 0)).toEqual([]);
    const count = (name: string) => trace.spans.filter((span) => span.name === name).length;
    expect([count('item'), count('stage analyse'), count('stage write'), count('generate')]).toEqual([
      2, 2, 2, 4,
    ]);
    // Nothing a trace keeps shows what was learned.
    expect(JSON.stringify(trace)).not.toMatch(/사과|apple|학교/);

    const traces = await cliJson<{ traceId: string; runId: string | null }[]>(dataDir, ['trace', 'list']);
    expect(traces[0]).toMatchObject({
      traceId: report.traceId,
      runId: report.runId,
      spanCount: trace.spans.length,
    });
    const shown = await cli(dataDir, 'trace', 'show', report.traceId.slice(0, 8));
    expect(shown.stdout).toContain('stage analyse');
  });

  it('keeps apart rows that differ in meaning and says which row repeats another', async () => {
    const path = listFile('homonyms.csv', 'term,meaning\n배,pear\n배,ship\n배,pear\n');
    const report = await cliJson(dataDir, ['generate', path]);
    expect(report).toMatchObject({ terms: 3, notes: 2, duplicates: 1, errors: [] });
  });

  it('states each row that cannot become a card', async () => {
    const path = listFile('gaps.csv', 'term,meaning\n사과,apple\n,pear\nqzxvwk,\n');
    const report = await cliJson(dataDir, ['generate', path]);
    expect(report).toMatchObject({ terms: 3, notes: 1, skipped: 2, failed: 0 });
    expect(report.errors.map(({ row, term, code }) => [row, term, code])).toEqual([
      [3, null, 'no_term'],
      [4, 'qzxvwk', 'no_meaning'],
    ]);
    expect(report.errors.every(({ message }) => message.length > 10)).toBe(true);
  });

  it('says of a book what was left out of it', async () => {
    const opf = 'OEBPS/book.opf';
    const manifest = '<item id="c0" href="text/c1.xhtml" media-type="application/xhtml+xml"/>';
    const missing = '<item id="c1" href="gone.xhtml" media-type="application/xhtml+xml"/>';
    const spine = '<spine><itemref idref="c0"/><itemref idref="c1"/></spine>';
    const book = makeEpub([{ title: 'Cells', body: '<p>A cell is the smallest unit of life.</p>' }], {
      extra: { [opf]: `<package><manifest>${manifest}${missing}</manifest>${spine}</package>` },
    });
    const { stderr } = await cli(dataDir, 'generate', listFile('book.epub', book), '--estimate');
    expect(stderr).toMatch(
      /^Read 1 passage \(EPUB, \d+ tokens\)\. Left out: OEBPS\/gone\.xhtml is named in the book but not in it\. Language: \S.*; --term-language says otherwise\.$/m,
    );
  });

  it('keeps deck names in NFC, however they are typed', async () => {
    const path = listFile('words.txt', 'dog\ncat\n');
    const typed = '한국어';
    await cliJson(dataDir, ['generate', path, '--deck', typed.normalize('NFD')]);
    expect(await cliJson(dataDir, ['generate', path, '--deck', typed])).toMatchObject({ duplicates: 2 });
    expect(
      (await cliJson<ShownCard[]>(dataDir, ['cards', 'list', '--deck', typed.normalize('NFD')])).length,
    ).toBeGreaterThan(0);
  });

  it('answers a resume that has nothing left to do with what the newest run came to', async () => {
    const path = listFile('words.txt', 'dog\ncat\n');
    const { runId, cards } = await cliJson(dataDir, ['generate', path]);
    expect(await cliJson(dataDir, ['runs', 'resume'])).toMatchObject({ runId, cards, state: 'done' });
    expect(await cliJson(dataDir, ['runs', 'resume', runId])).toMatchObject({ runId, cards, state: 'done' });
  });

  it('writes the cards of a list that the deck had already', async () => {
    const path = listFile('words.txt', 'dog\ncat\n');
    await cliJson(dataDir, ['generate', path]);
    const out = join(folder, 'again.csv');
    expect(await cliJson(dataDir, ['generate', path, '--out', out])).toMatchObject({
      duplicates: 2,
      cards: 0,
    });
    expect(readFileSync(out, 'utf8')).toContain('dog');
  });

  it('says of the file that cards which wait for review are not in it', async () => {
    const path = listFile('waiting.txt', 'lion\n');
    const out = join(folder, 'waiting.csv');
    const waiting = await cli(dataDir, 'generate', path, '--out', out, '--review');
    expect(waiting.stderr).toContain(`0 cards written to ${out}. Cards that wait for review are not in it.`);
    const whole = await cli(
      dataDir,
      'generate',
      listFile('tiger.txt', 'tiger\n'),
      '--out',
      out,
      '--no-review',
    );
    expect(whole.stderr).toMatch(/[1-9] cards? written to .*waiting\.csv\n/);
  });

  it('prints a summary for people, with progress on stderr only', async () => {
    const result = await cli(dataDir, 'generate', join(PROJECT_ROOT, 'examples/english-words.txt'));
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/with new cards/);
    expect(result.stdout).toMatch(/nothing was billed/);
    expect(result.stdout).not.toContain('━');
    expect(result.stderr).toContain('━');
    expect(result.stderr).toMatch(
      /^Read .* Language: English \(en\), by the text itself; --term-language says otherwise\.$/m,
    );
  });
});

describe('a bad list', () => {
  it.each(badLists().map((bad) => [bad.fault, bad] as const))(
    'gets one clear error: %s',
    async (_fault, bad) => {
      const path = listFile(bad.name, bad.bytes);
      const result = await cli(dataDir, 'generate', path, '--json');
      expect(result.code).toBe(2);
      expect(result.stdout).toBe('');
      // Markdown is read as notes here, and a list only where it is one.
      const code = bad.name === 'headings.md' ? 'no_text' : bad.code;
      expect(result.stderr).toContain(`(${code})`);
      expect(result.stderr).not.toMatch(/\n\s+at /);
      await expectEmptyDeck();
    },
  );

  it.each([
    ['a file that is not there', 'missing.csv'],
    ['a folder', '.'],
  ])('gets one clear error: %s', async (_fault, name) => {
    const result = await cli(dataDir, 'generate', join(folder, name));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('(file_unreadable)');
    await expectEmptyDeck();
  });

  it('that is one endless line is refused early and in bounded memory', async () => {
    // Far more than a pipe and the reader's buffers hold: only a reader that stops early comes to its end fast.
    const input = Buffer.alloc(256_000_000, 'a');
    const result = await startCli(dataDir, ['generate', '-'], { input }).finished;
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('(line_too_long)');
    if (result.peakRssBytes !== null) expect(result.peakRssBytes).toBeLessThan(300e6);
  });

  async function expectEmptyDeck(): Promise<void> {
    if (!existsSync(join(dataDir, 'deck.db'))) return;
    const db = new Database(join(dataDir, 'deck.db'), { readonly: true });
    for (const table of ['decks', 'runs', 'run_items', 'notes']) {
      expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
    }
    db.close();
  }
});

describe('bad usage', () => {
  it.each([
    [['generate'], 'generate --help'],
    [['generate', 'x.csv', '--concurrency', '0'], 'generate --help'],
    [['dance'], '--help'],
    [['trace', 'show', 'nothex!'], 'trace show --help'],
    [['trace', 'shw'], 'trace --help'],
    [['cards', 'list', '--sideways'], 'cards list --help'],
  ])('of %j ends with exit code 2, says where to read on and touches nothing', async (args, help) => {
    const result = await cli(dataDir, ...args);
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(new RegExp(`^[^\n]+\nUsage: npm run -s cli -- ${help}\n$`));
    expect(existsSync(dataDir)).toBe(false);
  });

  it.each([
    [['--term-language', 'e']],
    [['--deck', 'x'.repeat(201)]],
    [['--out', '/nowhere/at/all/cards.csv']],
    [['--out', 'cards.docx']],
    [['--generator', 'openai']],
  ])('of generate with %j leaves nothing behind and spoils no other command', async (args) => {
    const path = listFile('words.txt', 'dog\ncat\n');
    const result = await cli(dataDir, 'generate', path, ...args, '--json');
    expect(result.code, result.stderr).toBe(2);
    expect(result.stdout).toBe('');
    expect(await cliJson(dataDir, ['runs', 'list'])).toEqual([]);
    expect(await cliJson(dataDir, ['cards', 'list'])).toEqual([]);
  });

  it('stops at once when it is told to while a list is still being piped in', async () => {
    const { child, finished } = startCli(dataDir, ['generate', '-'], { keepInputOpen: true });
    child.stdin!.write('dog\n');
    while (!existsSync(join(dataDir, 'deck.db'))) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGTERM');
    expect((await finished).code).toBe(130);
  });

  it('of an unknown trace, run or unusable data folder is told in a sentence', async () => {
    expect(await cli(dataDir, 'trace', 'show', 'f'.repeat(32))).toMatchObject({ code: 2 });
    expect(await cli(dataDir, 'runs', 'resume', 'nosuchrun')).toMatchObject({ code: 2 });
    expect(await cli(dataDir, 'runs', 'resume')).toMatchObject({ code: 2 });
    const file = listFile('not-a-folder', 'x');
    const result = await cli(file, 'cards', 'list');
    expect(result).toMatchObject({ code: 2 });
    expect(result.stderr).toContain('(data_dir_unusable)');
  });

  it('of a damaged file of traces is told behind what was asked, with the place where it is kept', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'traces.db'), 'this is no database');
    const { code, stdout, stderr } = await cli(dataDir, 'trace', 'stats', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ items: [] })]);
    expect(stderr).toMatch(
      /^The file of stored traces was damaged\. A new one was started\. .*traces\.db\.corrupt-/m,
    );
  });
});

describe('doctor and demo', () => {
  it('doctor finds a fresh installation well', async () => {
    const { ok, checks } = await cliJson<{ ok: boolean; checks: { name: string; ok: boolean }[] }>(dataDir, [
      'doctor',
    ]);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
  });

  it('doctor says which database is damaged', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'deck.db'), 'this is no database');
    const { ok, checks } = await cliJson<{ ok: boolean; checks: { name: string; ok: boolean }[] }>(
      dataDir,
      ['doctor'],
      1,
    );
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok).map(({ name }) => name)).toEqual(['deck database']);
  });

  it('demo shows progress, cards, cache, tokens and the trace, and leaves nothing behind', async () => {
    const result = await cli(dataDir, 'demo');
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('━');
    for (const word of ['recognition', 'cache', 'tokens', 'stage analyse', '100 % hits']) {
      expect(result.stdout).toContain(word);
    }
    expect(existsSync(dataDir)).toBe(false);
  });
});
