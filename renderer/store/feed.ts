/**
 * Turns the main process's pushes into store actions; nothing else does. Order of events at a window's start
 * (or reload): listen, keep what arrives, pull what is held, then go on with what was kept. So nothing is lost
 * between the pull and the first push, and what both carry is taken once. Rows become spans here.
 */
import type { Api } from '../../shared/ipc.ts';
import { decodeBlock } from '../../shared/leafCodec.ts';
import { decodeSpans } from '../../shared/spanCodec.ts';
import type { Card } from '../../shared/card.ts';
import type { RunProgress } from '../../shared/run.ts';
import type { LogRecord, SpanBatch, SpanCursor, SpanRecord } from '../../shared/span.ts';
import { isActive } from '../derive/runProgress.ts';
import { SpanTable } from '../derive/spanTable.ts';
import { TraceHeads } from '../derive/traceSummaries.ts';
import type { AppStore } from './index.ts';

/** Some 150 MB with attributes; whole traces go first, the one looked at never. The store keeps them all. */
const MAX_LIVE_SPANS = 300_000;

/** Every span this window has seen. Mutable and large: components get it by reference, with its version. */
export const liveSpans = new SpanTable({ maxSpans: MAX_LIVE_SPANS });

/** An answer to a pull may stop short; a smaller one than this is taken to be the last. */
const PULL_MORE = 500;

/** At most ten store updates a second, whatever arrives. */
const FLUSH_MS = 100;

export type FeedApi = Pick<
  Api,
  'spansSince' | 'onSpansAdded' | 'onRunChanged' | 'onCardsAdded' | 'onLogsAdded'
>;

export type FeedOptions = {
  readonly table?: SpanTable;
  /** Calls back once, a little later. Tests hand in their own clock. */
  readonly schedule?: (flush: () => void) => void;
  /** A run came to rest: lists that count its results are out of date. */
  readonly onRunSettled?: (run: RunProgress) => void;
  readonly onError?: (thrown: unknown) => void;
};

/** Starts listening; the returned function ends it. */
export function startFeed(api: FeedApi, store: AppStore, options: FeedOptions = {}): () => void {
  const { table = liveSpans, onRunSettled, onError } = options;
  const schedule = options.schedule ?? ((flush) => void setTimeout(flush, FLUSH_MS));
  const heads = new TraceHeads();

  let place: SpanCursor = { spans: 0, leaves: 0 };
  /** `false` where it is not known what lies between `place` and the next push. */
  let isPlaceKnown = false;
  /** What the ring had dropped when this window began to listen; `null` before it is known. */
  let evictedBefore: number | null = null;
  let pulling = false;
  let stopped = false;
  let scheduled = false;
  let batches: SpanBatch[] = [];
  let runs = new Map<string, RunProgress>();
  let cards = new Map<string, Card[]>();
  let logs: LogRecord[] = [];

  function wake() {
    if (scheduled || stopped) return;
    scheduled = true;
    schedule(() => {
      scheduled = false;
      if (!stopped) flush();
    });
  }

  function flush() {
    // Runs go first: a card or a trace of a run that nobody knows yet has no place to be shown.
    const changed = [...runs.values()];
    runs = new Map();
    const before = new Map(store.getState().runs.map((run) => [run.runId, run.state]));
    for (const run of changed) store.getState().runChanged(run);
    for (const [runId, added] of cards) store.getState().cardsAdded(runId, added);
    cards = new Map();
    if (logs.length > 0) store.getState().logsAdded(logs);
    logs = [];
    if (!pulling) flushSpans();
    for (const run of changed) {
      const was = before.get(run.runId);
      if (!isActive(run.state) && was !== run.state) onRunSettled?.(run);
    }
  }

  function flushSpans() {
    let changed = false;
    for (const [index, batch] of batches.entries()) {
      // Already contained in what was pulled.
      if (batch.cursor.spans <= place.spans && batch.cursor.leaves <= place.leaves) continue;
      const { spans, rows } = unpack(batch);
      // A span moves the cursor by one when it starts and by one when it ends, a row by one: a longer step than
      // this batch can explain means that something before it never arrived.
      const isLonger =
        batch.cursor.spans - place.spans > 2 * spans.length ||
        batch.cursor.leaves - place.leaves > rows.length;
      if (isPlaceKnown && isLonger) {
        batches = batches.slice(index);
        if (changed) publish();
        void pull();
        return;
      }
      take(batch.cursor, spans, rows);
      changed = true;
    }
    batches = [];
    if (changed) publish();
  }

  function take(next: SpanCursor, spans: readonly SpanRecord[], rows: readonly SpanRecord[]) {
    for (const records of [spans, rows]) {
      if (records.length === 0) continue;
      table.upsert(records);
      heads.see(records);
    }
    place = next;
    isPlaceKnown = true;
  }

  function publish() {
    // The ring's own count goes on growing with spans that this window has long since taken.
    const evicted = (evictedBefore ?? 0) + table.evictedSpans;
    store.getState().spansChanged({ version: table.version, evicted, traces: heads.summaries(table) });
  }

  async function pull() {
    pulling = true;
    try {
      let count = 0;
      do {
        const batch = await api.spansSince(place);
        if (stopped) return;
        evictedBefore ??= batch.evicted;
        const { spans, rows } = unpack(batch);
        count = spans.length + rows.length;
        take(batch.cursor, spans, rows);
        if (count > 0) publish();
      } while (count >= PULL_MORE);
    } catch (thrown) {
      // Go on with the pushes alone rather than with nothing.
      isPlaceKnown = false;
      onError?.(thrown);
    } finally {
      pulling = false;
      if (batches.length > 0) wake();
    }
  }

  const ends = [
    api.onSpansAdded((batch) => {
      batches.push(batch);
      wake();
    }),
    api.onRunChanged((run) => {
      runs.set(run.runId, run);
      wake();
    }),
    api.onCardsAdded(({ runId, cards: added }) => {
      const known = cards.get(runId);
      if (known === undefined) cards.set(runId, [...added]);
      else known.push(...added);
      wake();
    }),
    api.onLogsAdded((added) => {
      logs.push(...added);
      wake();
    }),
  ];
  void pull();

  return () => {
    stopped = true;
    for (const end of ends) end();
  };
}

function unpack({ bytes, leaves }: SpanBatch): { spans: SpanRecord[]; rows: SpanRecord[] } {
  return { spans: decodeSpans(bytes), rows: leaves.byteLength === 0 ? [] : decodeBlock(leaves) };
}
