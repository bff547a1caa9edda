import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import { recordRestore } from '../../../electron/observe/deckWork.ts';
import { ATTR, SPAN, type SpanRecord } from '../../../shared/span.ts';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import { koreanCsv } from '../../fixtures/lists.ts';
import { startAnkiServer, type AnkiServer } from '../../fixtures/ankiServer.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';

const ROWS = 12;
const SECRET_DECK = 'Unsaid deck';
let folder: string;
let program: Program;
let anki: AnkiServer;
let changes = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-deck-work-'));
  anki = await startAnkiServer();
  program = await compose({
    dataDir: join(folder, 'data'),
    files: {
      wordNet: join(PROJECT_ROOT, 'build/wordnet.sqlite'),
      traceWorker: join(PROJECT_ROOT, 'electron/traces/traceWorker.ts'),
      sqlWorker: join(PROJECT_ROOT, 'electron/traces/sqlWorker.ts'),
    },
    version: '1.2.3',
    env: {},
    encryption: null,
    onDeck: () => (changes += 1),
  });
  const { settings } = program;
  settings.save({
    ...settings.current(),
    ankiConnect: { ...settings.current().ankiConnect, url: anki.url },
  });
  const list = await program.openList({ kind: 'text', text: koreanCsv(ROWS), name: 'list.csv' });
  const asked = { generator: 'offline', termLanguage: 'ko', meaningLanguage: 'en' } as const;
  const runId = await program.startRun(list, { ...asked, deck: SECRET_DECK, concurrency: 2, limit: null });
  await program.runs.finished(runId);
});
afterAll(async () => {
  await program.close();
  await anki.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** All spans that the program still has in memory, as they ended. */
function spans(): readonly SpanRecord[] {
  const { bytes } = program.telemetry.spans.since({ spans: 0, leaves: 0 }, 100_000);
  return decodeSpans(bytes).filter(({ endMs }) => endMs !== null);
}
const named = (name: string) => spans().filter((span) => span.name === name);

describe('work on the deck', () => {
  it('is a span each, with how much came of it and nothing of what', async () => {
    const { deck } = program;
    const path = join(folder, 'secret-file.json');
    const choice = { deck: null, runId: null, query: '', format: 'json', scheduling: false, media: false };
    const written = await deck.exportDeck(path, { ...choice, format: 'json' });
    const read = await deck.importFile(path, null);
    await deck.backUp();
    await deck.stats({ deck: SECRET_DECK, days: 30 });

    expect(named(SPAN.exportCards)).toMatchObject([
      {
        status: 'unset',
        attributes: {
          [ATTR.fileFormat]: 'json',
          [ATTR.noteCount]: ROWS,
          [ATTR.cardCount]: written.cards,
          [ATTR.fileBytes]: written.bytes,
        },
      },
    ]);
    expect(named(SPAN.importCards)).toMatchObject([
      {
        attributes: {
          [ATTR.fileFormat]: 'json',
          [ATTR.notesAdded]: 0,
          [ATTR.notesUnchanged]: read.unchanged,
        },
      },
    ]);
    expect(named(SPAN.backup)).toMatchObject([
      { attributes: { [ATTR.backupReason]: 'manual', [ATTR.noteCount]: ROWS } },
    ]);
    expect(named(SPAN.statistics)).toHaveLength(1);
    const work = new Set<string>([SPAN.exportCards, SPAN.importCards, SPAN.backup, SPAN.statistics]);
    const told = JSON.stringify(spans().filter(({ name }) => work.has(name)));
    expect(told).not.toContain(SECRET_DECK);
    expect(told).not.toContain('secret-file');
  });

  it('has the requests of a push below it', async () => {
    const report = await program.deck.push({ deck: null, onConflict: 'skip' });
    const [push] = named(SPAN.push);
    expect(push).toMatchObject({
      parentSpanId: null,
      attributes: { [ATTR.notesAdded]: report.created, [ATTR.notesQueued]: 0 },
    });
    const requests = spans().filter(({ attributes }) => attributes[ATTR.httpMethod] === 'POST');
    expect(requests.length).toBeGreaterThan(3);
    expect(new Set(requests.map(({ traceId }) => traceId))).toEqual(new Set([push!.traceId]));
    expect(new Set(requests.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([push!.spanId]));
  });

  it('has the question whether Anki answers below a span that says so', async () => {
    expect(await program.deck.ankiStatus()).toMatchObject({ reachable: true });
    const [status] = named(SPAN.ankiStatus);
    expect(status).toMatchObject({ parentSpanId: null, status: 'unset' });
    const requests = spans().filter(({ traceId, name }) => traceId === status!.traceId && name === 'POST');
    expect(requests.length).toBeGreaterThan(0);
    expect(new Set(requests.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([status!.spanId]));
  });

  it('says what went wrong, and that a stop is no failure', async () => {
    const { deck } = program;
    writeFileSync(join(folder, 'no.apkg'), 'no package');
    await expect(deck.importFile(join(folder, 'no.apkg'), null)).rejects.toThrow();
    const stop = new AbortController();
    stop.abort();
    await expect(deck.optimise(null, { signal: stop.signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(named(SPAN.importCards).at(-1)!.attributes).toHaveProperty([ATTR.errorType]);
    expect(named(SPAN.optimise)).toMatchObject([
      { status: 'unset', attributes: { [ATTR.errorType]: 'cancelled' } },
    ]);
  });

  it('that was done while the program was closed is told to the one after it', () => {
    const entry = {
      name: 'x',
      atMs: 1,
      reason: 'restore',
      bytes: 7,
      notes: 3,
      cards: 9,
      verified: true,
    } as const;
    const endMs = Date.now();
    const asked = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    recordRestore(program.telemetry, asked, { startMs: endMs - 500, endMs }, { entry });
    recordRestore(program.telemetry, null, { startMs: endMs - 500, endMs }, { thrown: new Error('torn') });
    expect(named(SPAN.restore)).toMatchObject([
      {
        traceId: asked.traceId,
        parentSpanId: asked.spanId,
        status: 'unset',
        attributes: { [ATTR.cardCount]: 9, [ATTR.fileBytes]: 7 },
      },
      { status: 'error', attributes: { [ATTR.errorType]: 'Error' } },
    ]);
  });

  it('tells who watches that the deck changed, and the editor when others changed it', async () => {
    const { deck } = program;
    await expect.poll(() => changes).toBeGreaterThan(0);
    const [card] = deck.cards.byIds([1]);
    deck.editor.nearDuplicates(1);
    const own = deck.editor.ownChanges();
    const before = changes;
    deck.editor.bulkEdit([card!.cardId], { kind: 'flag', flag: 2 });
    expect(deck.editor.ownChanges()).toBeGreaterThan(own);
    await expect.poll(() => changes).toBeGreaterThan(before);
  });

  it('of many cards is done in pieces and shown as a job, and is one change that is taken back as one', async () => {
    const { deck } = program;
    const fill = deck.editor.record('Many cards', (made) => {
      for (let at = 0; at < 700; at += 1) {
        const note = { deck: 'Many', uuid: `many-${at}`, key: `${at}`, term: `${at}`, tags: [] };
        const card = { deck: 'Many', type: 'basic', back: 'b', cloze: null, warnings: null } as const;
        const noteId = made.addNote(note);
        for (let ordinal = 0; ordinal < 3; ordinal += 1)
          made.addCard({ ...card, noteId, ordinal, front: `f${ordinal}`, status: 'accepted' });
      }
    });
    expect(fill.cards).toBe(2100);
    const find = (query: string) => [
      ...deck.cards.find({ query, deck: 'Many', runId: null, sort: 'oldest' }).ids,
    ];
    const shown: string[] = [];
    const watch = { onProgress: ({ state }: { readonly state: string }) => void shown.push(state) };
    const suspend = { kind: 'suspend', suspended: true } as const;
    const set = await deck.bulkEdit(find(''), suspend, watch);
    expect(set).toMatchObject({ label: 'Suspended 2,100 cards', cards: 2100, notes: 700 });
    expect(find('is:suspended')).toHaveLength(2100);
    expect([shown[0], shown.at(-1)]).toEqual(['running', 'done']);
    expect(await deck.undoChange(watch)).toMatchObject({ changeSetId: set.changeSetId, undone: true });
    expect(find('is:suspended')).toEqual([]);
    // Few cards are changed at once, without a job.
    shown.length = 0;
    await deck.bulkEdit(find('').slice(0, 10), suspend, watch);
    expect(await deck.undoChange(watch)).toMatchObject({ cards: 10 });
    expect(shown).toEqual([]);
    // An import, say.
    expect(await deck.undoChange(watch)).toMatchObject({ label: 'Many cards', undone: true });
    expect(shown.at(-1)).toBe('done');
    expect(find('')).toEqual([]);
    const counted = { [ATTR.noteCount]: 700, [ATTR.cardCount]: 2100 };
    expect(named(SPAN.bulkEdit)).toMatchObject([{ status: 'unset', attributes: counted }]);
    expect(named(SPAN.undoChange).map(({ attributes }) => attributes)).toMatchObject([counted, counted]);
  });
});
