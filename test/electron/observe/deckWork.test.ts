import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inPiece } from '../../../electron/deckJobs/job.ts';
import {
  createPieceTimer,
  DECK_THREAD,
  MAX_ALIKE,
  type JobPieces,
} from '../../../electron/deckJobs/pieces.ts';
import { createDeckJobs, type DeckJobs } from '../../../electron/deckJobs/runJobs.ts';
import { watchDeckWork } from '../../../electron/observe/deckWork.ts';
import { initTelemetry, type Telemetry } from '../../../electron/telemetry/index.ts';
import { ATTR, PIECE, SPAN, type SpanRecord } from '../../../shared/span.ts';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import { samplingSchema } from '../../../shared/telemetrySettings.ts';
import { deckOf } from '../backup/decks.ts';

const NOTES = 300;
const deckWorker = new URL('../../../electron/deckJobs/deckWorker.ts', import.meta.url);
const choice = { deck: null, runId: null, query: '', scheduling: true, media: true } as const;

let home: string;
let jobs: DeckJobs;
let telemetry: Telemetry;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tracedeck-pieces-'));
  deckOf(join(home, 'deck.db'), NOTES).close();
  jobs = jobsOf(deckWorker);
  telemetry = initTelemetry({ version: '1' });
});
afterEach(async () => {
  await jobs.close();
  await telemetry.shutdown(1000);
  rmSync(home, { recursive: true, force: true });
});

function jobsOf(workerFile?: URL): DeckJobs {
  const paths = { deckPath: join(home, 'deck.db'), mediaDir: join(home, 'media') };
  return createDeckJobs({ ...(workerFile === undefined ? {} : { workerFile }), ...paths });
}
const spans = (): readonly SpanRecord[] =>
  decodeSpans(telemetry.spans.since({ spans: 0, leaves: 0 }, 100_000).bytes).filter(
    ({ endMs }) => endMs !== null,
  );
const jobNamed = (name: string): SpanRecord => spans().find((span) => span.name === name)!;
const below = ({ traceId, spanId }: SpanRecord): readonly SpanRecord[] =>
  spans().filter((span) => span.traceId === traceId && span.parentSpanId === spanId);
const namesBelow = (span: SpanRecord): ReadonlySet<string> => new Set(below(span).map(({ name }) => name));

describe('pieces of work on the deck', () => {
  it('lie below the span of their job, in its time, with their thread', async () => {
    const watched = watchDeckWork(telemetry);
    const path = join(home, 'words.apkg');
    await watched.export((pieces) =>
      jobs.run('exportDeck', { path, choice: { ...choice, format: 'apkg' } }, { label: 'Export', ...pieces }),
    );
    const place = { folder: join(home, 'backups'), keep: 3 };
    await watched.import((pieces) =>
      jobs.run('importFile', { path, deck: null, backups: place }, { label: 'Import', ...pieces }),
    );

    const exported = jobNamed(SPAN.exportCards);
    expect(below(exported).map(({ name }) => name)).toEqual([
      PIECE.findCards,
      PIECE.countCards,
      PIECE.writeCollection,
      PIECE.packArchive,
    ]);
    const imported = jobNamed(SPAN.importCards);
    expect(namesBelow(imported)).toEqual(
      new Set([
        PIECE.copyDeck,
        PIECE.checkCopy,
        PIECE.packBackup,
        PIECE.compareBackup,
        PIECE.keepMedia,
        PIECE.readPackage,
        PIECE.matchNotes,
        PIECE.writeNotes,
        PIECE.writeDecks,
      ]),
    );
    // The two threads read the wall clock to a millisecond each.
    const slackMs = 3;
    for (const job of [exported, imported]) {
      for (const piece of below(job)) {
        expect(piece.attributes).toEqual({ [ATTR.threadName]: DECK_THREAD });
        expect(piece.status).toBe('unset');
        expect(piece.startMs).toBeGreaterThanOrEqual(job.startMs - slackMs);
        expect(piece.endMs).toBeGreaterThanOrEqual(piece.startMs);
        expect(piece.endMs).toBeLessThanOrEqual(job.endMs! + slackMs);
      }
    }
  });

  it('are the transactions of a change and of its undo, one after the other with rest between', async () => {
    const watched = watchDeckWork(telemetry);
    const cardIds = Array.from({ length: NOTES * 3 }, (_, at) => at + 1);
    const params = { cardIds, action: { kind: 'flag', flag: 3 } } as const;
    await watched.bulkEdit((pieces) => jobs.run('bulkEdit', params, { label: 'Change', ...pieces }));
    await watched.undoChange((pieces) => jobs.run('undoChange', null, { label: 'Undo', ...pieces }));
    for (const [job, name] of [
      [jobNamed(SPAN.bulkEdit), PIECE.changeCards],
      [jobNamed(SPAN.undoChange), PIECE.takeBack],
    ] as const) {
      const pieces = [...below(job)].sort((a, b) => a.startMs - b.startMs);
      expect(namesBelow(job)).toEqual(new Set([name]));
      expect(pieces.length).toBeGreaterThan(1);
      for (const [at, piece] of pieces.slice(1).entries())
        expect(piece.startMs).toBeGreaterThanOrEqual(pieces[at]!.endMs!);
    }
  });

  it('say which of them failed, and of what', async () => {
    const path = join(home, 'no.apkg');
    writeFileSync(path, 'no package');
    const work = watchDeckWork(telemetry).import((pieces) =>
      jobs.run('importFile', { path, deck: null, backups: null }, { label: 'Import', ...pieces }),
    );
    const code = await work.then(
      () => null,
      (thrown: { code: string }) => thrown.code,
    );
    const job = jobNamed(SPAN.importCards);
    const [piece, ...others] = below(job);
    expect(others).toEqual([]);
    expect(piece).toMatchObject({ name: PIECE.readPackage, status: job.status });
    expect(piece!.attributes[ATTR.errorType]).toBe(code);
    expect(JSON.stringify(piece)).not.toContain('no.apkg');
  });

  it('are none of a job that is not sampled', async () => {
    const unsampled = initTelemetry({ version: '1', sampling: samplingSchema.parse({ ratio: 0 }) });
    await watchDeckWork(unsampled).exportPlan((pieces) =>
      jobs.run('exportPlan', choice, { label: 'Count', ...pieces }),
    );
    expect(unsampled.spans.counts().held).toBe(0);
    await unsampled.shutdown(1000);
  });

  it('are told without a thread as well', async () => {
    const here = jobsOf();
    const told: JobPieces[] = [];
    await here.run('exportPlan', choice, { label: 'Count', onPieces: (pieces) => told.push(pieces) });
    await here.close();
    expect(told).toMatchObject([{ thread: null, leftOut: 0 }]);
    expect(told[0]!.pieces.map(({ name }) => name)).toEqual([
      PIECE.findCards,
      PIECE.countCards,
      PIECE.countMedia,
    ]);
  });
});

describe('the timer of pieces', () => {
  it('keeps so many of a name and counts the others, and those of other names stay', async () => {
    const { begin, all } = createPieceTimer();
    const context = { throwIfCancelled: () => {}, progress: () => {}, begin };
    for (let at = 0; at < MAX_ALIKE + 5; at += 1) inPiece(context, PIECE.writeNotes, () => at);
    inPiece(context, PIECE.writeDecks, () => null);
    const told = all();
    expect(told.leftOut).toBe(5);
    expect(told.pieces).toHaveLength(MAX_ALIKE + 1);
    expect(told.pieces.at(-1)!.name).toBe(PIECE.writeDecks);

    await watchDeckWork(telemetry).backup(async ({ onPieces }) => {
      onPieces(told);
      return null;
    });
    const job = jobNamed(SPAN.backup);
    expect(job.attributes[ATTR.piecesLeftOut]).toBe(5);
    expect(below(job)).toHaveLength(MAX_ALIKE + 1);
  });

  it('knows what lies in what, and ends what is still under way', async () => {
    const { begin, all } = createPieceTimer();
    const context = { throwIfCancelled: () => {}, progress: () => {}, begin };
    await inPiece(context, PIECE.readPackage, async () => {
      await inPiece(context, PIECE.takeMedia, () => Promise.resolve());
    });
    begin(PIECE.writeNotes);
    const { pieces } = all();
    expect(pieces.map(({ within }) => within)).toEqual([null, 0, null]);
    for (const { startMs, endMs } of pieces) expect(endMs).toBeGreaterThanOrEqual(startMs);
  });
});
