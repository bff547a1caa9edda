/**
 * Turns the main process's pushes into store actions; nothing else does. Order of events at a window's start
 * (or reload): listen, keep what arrives, pull what is held, then go on with what was kept. So nothing is lost
 * between the pull and the first push, and what both carry is taken once. Rows become spans here, packed as the others.
 */
import type { Api } from '../../shared/ipc.ts';
import { leavesToSpans } from '../../shared/leafCodec.ts';
import { openSpans } from '../../shared/packedSpans.ts';
import type { PackedSpans } from '../../shared/packedSpans.ts';
import type { Card } from '../../shared/card.ts';
import type { RunProgress } from '../../shared/run.ts';
import type { SpanBatch, SpanCursor, TraceSummary } from '../../shared/span.ts';
import { isActive } from '../derive/runProgress.ts';
import { SpanTable } from '../derive/spanTable.ts';
import { TraceHeads } from '../derive/traceSummaries.ts';
import type { AppStore } from './index.ts';

/** Some 30 to 60 MB with attributes; whole traces go first, the one looked at never. The store keeps them all. */
const MAX_LIVE_SPANS = 300_000;

/** Every span this window has seen. Mutable and large: components get it by reference, with its version. */
export const liveSpans = new SpanTable({ maxSpans: MAX_LIVE_SPANS });

/** An answer to a pull may stop short; a smaller one than this is taken to be the last. */
const PULL_MORE = 500;

/** At most ten store updates a second, whatever arrives. */
const FLUSH_MS = 100;

export type FeedApi = Pick<
  Api,
  | 'spansSince'
  | 'onSpansAdded'
  | 'onTracesChanged'
  | 'onRunChanged'
  | 'onCardsAdded'
  | 'onDeckChanged'
  | 'onJobChanged'
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
  let traces = new Map<string, TraceSummary>();

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
    if (traces.size > 0) store.getState().tracesPushed([...traces.values()]);
    traces = new Map();
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
        batch.cursor.spans - place.spans > 2 * spans.count ||
        batch.cursor.leaves - place.leaves > (rows?.count ?? 0);
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

  function take(next: SpanCursor, spans: PackedSpans, rows: PackedSpans | null) {
    for (const packed of [spans, rows]) {
      if (packed === null || packed.count === 0) continue;
      table.upsertPacked(packed);
      heads.see(packed);
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
        count = spans.count + (rows?.count ?? 0);
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
    api.onTracesChanged((changed) => {
      for (const trace of changed) traces.set(trace.traceId, trace);
      wake();
    }),
    api.onRunChanged((run) => {
      runs.set(run.runId, run);
      wake();
    }),
    // Both come at a pace that the main process keeps.
    api.onDeckChanged(() => store.getState().deckChanged()),
    api.onJobChanged((job) => store.getState().jobChanged(job)),
    api.onCardsAdded(({ runId, cards: added }) => {
      const known = cards.get(runId);
      if (known === undefined) cards.set(runId, [...added]);
      else known.push(...added);
      wake();
    }),
  ];
  void pull();

  return () => {
    stopped = true;
    for (const end of ends) end();
  };
}

function unpack({ bytes, leaves }: SpanBatch): { spans: PackedSpans; rows: PackedSpans | null } {
  return {
    spans: openSpans(bytes),
    rows: leaves.byteLength === 0 ? null : openSpans(leavesToSpans(leaves)),
  };
}
