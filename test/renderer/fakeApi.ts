/**
 * The main process as a window sees it, in memory and scripted: for looking at every view in a plain browser and
 * for store tests. It speaks the real contract, spans packed and all, but makes its cards up.
 */
import { aRun } from '../fixtures/runs.ts';
import type { MetricSnapshot } from '../../shared/metric.ts';
import type { Card, CardType, Stage } from '../../shared/card.ts';
import type { Api, ApiKeySource, EventName, Payload, SourceRef } from '../../shared/ipc.ts';
import type { LeftRow, RunProgress, RunSettings, StageStats } from '../../shared/run.ts';
import { ATTR, SPAN } from '../../shared/span.ts';
import { settingsSchema } from '../../shared/settings.ts';
import type { TelemetryStatus } from '../../shared/telemetrySettings.ts';
import type { LogRecord, SpanRecord, TraceSummary } from '../../shared/span.ts';
import { encodeSpans } from '../../shared/spanCodec.ts';
import type { DocumentPreview, SourceFormat } from '../../shared/source.ts';
import { createFakeDeck, fault } from './fakeDeck.ts';
import { createFakeStore, shopTraces } from './fakeStore.ts';
import type { ReceiverStatus, TraceStoreStatus } from '../../shared/traceQuery.ts';

const WORDS: readonly (readonly [term: string, meaning: string, example: string])[] = [
  [
    'serendipity',
    'the faculty of making fortunate discoveries by accident',
    'Finding the letter was pure serendipity.',
  ],
  ['사과', 'apple; apology', '사과를 한 개 먹었어요.'],
  ['눈치', 'the art of reading a room', '그는 눈치가 빨라요.'],
  ['ephemeral', 'lasting a very short time', 'Fame on the internet is ephemeral.'],
  ['도서관', 'library', '도서관에서 책을 빌렸습니다.'],
  ['木漏れ日', 'sunlight that filters through leaves', '木漏れ日が美しい。'],
  ['laconic', 'using few words', 'Her laconic reply ended the meeting.'],
  ['경험', 'experience', '좋은 경험이었어요.'],
];
const TYPES: readonly CardType[] = ['recognition', 'production', 'cloze'];

type Listeners = { [K in EventName]: Set<(payload: Payload<K>) => void> };

export type FakeOptions = {
  /** Rows of the sample list. */
  readonly rows?: number;
  /** Milliseconds between rows of a run; 0 is for tests that call `step` themselves. */
  readonly rowMs?: number;
  /** Start with nothing at all, as on the first day. */
  readonly empty?: boolean;
};

export type FakeApi = Api & {
  /** Makes one row of the run at work. */
  readonly step: () => void;
};

const tier = (entries: number, hits: number) => ({
  hits,
  misses: entries,
  stale: 0,
  evictions: 0,
  entries,
  bytes: entries * 950,
  savedTokens: hits * 700,
});
const tiers = (entries: number, hits: number) => ({ memory: tier(entries, hits), disk: tier(entries, 0) });
const CACHE_REPORT = {
  ...tiers(80, 40),
  byStage: { analyse: tiers(40, 20), write: tiers(40, 20) },
  degraded: null,
};
const METRICS: readonly MetricSnapshot[] = [
  {
    name: 'tracedeck.items',
    unit: '{item}',
    description: 'Finished rows, by state.',
    kind: 'counter',
    points: [{ attributes: { 'tracedeck.item.state': 'done' }, value: 40 }],
  },
];
const EMPTY_CACHE_REPORT = {
  ...tiers(0, 0),
  byStage: { analyse: tiers(0, 0), write: tiers(0, 0) },
  degraded: null,
};

export function createFakeApi({ rows = 64, rowMs = 220, empty = false }: FakeOptions = {}): FakeApi {
  const listeners: Listeners = {
    spansAdded: new Set(),
    tracesChanged: new Set(),
    linkOpened: new Set(),
    runChanged: new Set(),
    cardsAdded: new Set(),
    logsAdded: new Set(),
    deckChanged: new Set(),
    jobChanged: new Set(),
    watchChanged: new Set(),
    goalWarning: new Set(),
  };
  const emit = <K extends EventName>(name: K, payload: Payload<K>) =>
    (listeners[name] as Set<(payload: Payload<K>) => void>).forEach((listener) => listener(payload));
  const on =
    <K extends EventName>(name: K) =>
    (listener: (payload: Payload<K>) => void) => {
      (listeners[name] as Set<(payload: Payload<K>) => void>).add(listener);
      return () => void (listeners[name] as Set<(payload: Payload<K>) => void>).delete(listener);
    };

  let runs: RunProgress[] = [];
  let settings = settingsSchema.parse({ deck: 'Korean and friends' });
  let apiKey: ApiKeySource = null;
  let anthropicKey: ApiKeySource = null;
  let seq = 0;
  let clock = Date.now();
  const spans = new Map<string, SpanRecord>();
  const changedAt = new Map<string, number>();
  const logs: LogRecord[] = [];
  const rowErrors = new Map<string, LeftRow[]>();
  const sources = new Map<string, SourceRef>();
  const timers = new Map<string, ReturnType<typeof setInterval>>();
  let nextId = 1;
  const hex = (digits: number) => (nextId++).toString(16).padStart(digits, '0');
  const traceHex = () =>
    `${(Math.floor(Math.random() * 2 ** 48) + 1).toString(16).padStart(12, '0')}${hex(20)}`;
  const deck = createFakeDeck({
    emit,
    nextId: () => nextId++,
    traceId: () => runs[0]?.traceId ?? 'f'.repeat(32),
    stepMs: rowMs,
  });
  /** Runs whose cards wait for a word. */
  const reviewed = new Set<string>();

  function put(...changed: SpanRecord[]) {
    for (const span of changed) {
      spans.set(span.spanId, span);
      changedAt.set(span.spanId, ++seq);
    }
    emit('spansAdded', {
      cursor: { spans: seq, leaves: 0 },
      evicted: 0,
      bytes: encodeSpans(changed),
      leaves: new Uint8Array(),
    });
  }
  function log(record: LogRecord) {
    logs.push(record);
    emit('logsAdded', [record]);
  }
  function span(
    traceId: string,
    parent: string | null,
    name: string,
    startMs: number,
    ms: number | null,
  ): SpanRecord {
    return {
      traceId,
      spanId: hex(16),
      parentSpanId: parent,
      name,
      kind: 'internal',
      startMs,
      endMs: ms === null ? null : startMs + ms,
      status: 'unset',
      statusMessage: null,
      attributes: {},
      events: [],
      links: [],
    };
  }

  function cardsOf(run: RunProgress, row: number): Card[] {
    const [term, meaning, example] = WORDS[row % WORDS.length] ?? ['term', 'meaning', 'example'];
    return TYPES.map((type, index) => ({
      cardId: nextId++,
      noteId: `n${row.toString().padStart(5, '0')}${run.runId}`,
      deck: run.deck,
      term,
      type,
      front:
        type === 'cloze' ? example.replace(term, `{{c1::${term}}}`) : type === 'production' ? meaning : term,
      back: type === 'production' ? term : `${meaning}\n${example}`,
      format: 'text',
      cloze: type === 'cloze' ? 1 : null,
      tags: ['topik-1', `list:${run.sourceName}`],
      status: reviewed.has(run.runId) ? 'proposed' : 'accepted',
      suspended: false,
      flag: 0,
      quote: null,
      place: null,
      warnings: type === 'cloze' && row % 5 === 0 ? ['answer_in_question'] : [],
      dueMs: null,
      createdMs: clock + index,
      modifiedMs: clock + index,
      provenance: {
        generator: run.generator,
        model: run.generator === 'offline' ? 'offline-1' : 'qwen3:8b',
        promptVersion: 'p3',
        parameters: '{"temperature":0.2}',
        runId: run.runId,
        traceId: run.traceId,
        sourceName: run.sourceName,
        row: row + 2,
        cached: row % 4 === 0,
      },
    }));
  }

  function addStage(run: RunProgress, stage: Stage, hit: 'memory' | 'disk' | null): StageStats[] {
    const model =
      run.generator === 'offline' ? 'offline-1' : stage === 'analyse' ? 'qwen3:8b' : 'gpt-4o-mini';
    const known = run.stages.find((stats) => stats.stage === stage);
    const zero = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };
    const stats: StageStats = known ?? {
      stage,
      model,
      calls: 0,
      memory: { hits: 0, misses: 0 },
      disk: { hits: 0, misses: 0 },
      tokens: zero,
      saved: 0,
      estimate: { input: 0, output: 0 },
    };
    const size = stage === 'analyse' ? 1 : 1.6;
    const made = hit === null;
    const billed = made && run.generator === 'openai';
    const next: StageStats = {
      ...stats,
      calls: stats.calls + (made ? 1 : 0),
      memory: {
        hits: stats.memory.hits + (hit === 'memory' ? 1 : 0),
        misses: stats.memory.misses + (hit === 'memory' ? 0 : 1),
      },
      disk: {
        hits: stats.disk.hits + (hit === 'disk' ? 1 : 0),
        misses: stats.disk.misses + (made ? 1 : 0),
      },
      tokens: billed
        ? {
            input: stats.tokens.input + Math.round(210 * size),
            cacheRead: stats.tokens.cacheRead + 480,
            cacheWrite: stats.tokens.cacheWrite,
            output: stats.tokens.output + Math.round(190 * size),
            reasoning: stats.tokens.reasoning + (stage === 'analyse' ? 60 : 0),
          }
        : stats.tokens,
      saved: stats.saved + (!made && run.generator === 'openai' ? 900 : 0),
      estimate:
        made && run.generator === 'offline'
          ? {
              input: stats.estimate.input + Math.round(640 * size),
              output: stats.estimate.output + Math.round(210 * size),
            }
          : stats.estimate,
    };
    const others = run.stages.filter((other) => other.stage !== stage);
    return [...others, next].sort((a, b) => (a.stage < b.stage ? -1 : 1));
  }

  const open = new Map<string, { root: SpanRecord; item: SpanRecord | null }>();

  function stepRun(runId: string, live = true) {
    const at = runs.findIndex((known) => known.runId === runId);
    let run = runs[at];
    if (run === undefined || run.state !== 'running') return;
    const state = open.get(runId);
    if (state === undefined) return;
    const row = run.done + run.duplicates + run.skipped + run.failed;
    const took = 60 + ((row * 37) % 90);
    const hit = row % 4 === 0 ? 'memory' : row % 7 === 3 ? 'disk' : null;
    const item = state.item ?? span(run.traceId, state.root.spanId, SPAN.item, clock, null);
    const analyse = span(run.traceId, item.spanId, SPAN.analyse, clock + 1, took * 0.5);
    const get = span(run.traceId, analyse.spanId, SPAN.cacheGet, clock + 1.2, 0.8);
    const make = span(run.traceId, analyse.spanId, SPAN.generate, clock + 3, took * 0.4);
    const write = span(run.traceId, item.spanId, SPAN.write, clock + 1 + took * 0.5, took * 0.4);
    const save = span(run.traceId, item.spanId, SPAN.saveNote, clock + 2 + took * 0.9, 1.4);
    clock += took * 0.55;
    const failed = row % 23 === 17;
    const skipped = row % 19 === 11;
    const duplicate = row % 13 === 9;
    const done: SpanRecord = {
      ...item,
      endMs: item.startMs + took + 4,
      status: failed ? 'error' : 'unset',
      statusMessage: failed ? 'The server answered with half a sentence.' : null,
      attributes: { [ATTR.itemRow]: row + 2, [ATTR.itemState]: failed ? 'failed' : 'done' },
    };
    const next = span(run.traceId, state.root.spanId, SPAN.item, clock, null);
    const last = row + 1 >= run.terms;
    state.item = last ? null : next;
    const made = failed || skipped || duplicate ? [] : cardsOf(run, row);
    if (failed || skipped) {
      const term = WORDS[row % WORDS.length]?.[0] ?? 'term';
      const error: LeftRow = failed
        ? {
            row: row + 2,
            term,
            code: 'answer_truncated',
            message: 'The model stopped in the middle of its answer.',
          }
        : {
            row: row + 2,
            term,
            code: 'nothing_known',
            message: 'No meaning in the list and none in the dictionary.',
          };
      rowErrors.set(runId, [...(rowErrors.get(runId) ?? []), error]);
      log({
        timeMs: clock,
        level: failed ? 'error' : 'warn',
        message: error.message,
        attributes: { [ATTR.itemRow]: row + 2, code: error.code },
        traceId: run.traceId,
        spanId: item.spanId,
      });
    }
    run = {
      ...run,
      done: run.done + (made.length > 0 ? 1 : 0),
      duplicates: run.duplicates + (duplicate && !failed && !skipped ? 1 : 0),
      skipped: run.skipped + (skipped && !failed ? 1 : 0),
      failed: run.failed + (failed ? 1 : 0),
      notes: run.notes + (made.length > 0 ? 1 : 0),
      cards: run.cards + made.length,
      activeMs: run.activeMs + Math.max(rowMs, took),
      stages: addStage({ ...run, stages: addStage(run, 'analyse', hit) }, 'write', hit),
      state: last ? 'done' : 'running',
      etaMs: last ? null : (run.terms - row) * Math.max(rowMs, took),
    };
    run = { ...run, cardsPerMinute: (run.cards / Math.max(1, run.activeMs)) * 60_000 };
    runs = runs.with(at, run);
    deck.add(made.toReversed());
    const ended = [done, analyse, get, make, write, save];
    if (last) {
      ended.push({ ...state.root, endMs: clock + 40 });
      clearInterval(timers.get(runId));
    } else ended.push(next);
    put(...ended);
    if (!live) return;
    storeChanged([run.traceId]);
    emit('runChanged', run);
    if (made.length === 0) return;
    emit('cardsAdded', { runId, cards: made });
    emit('deckChanged', null);
  }

  function addRun(sourceName: string, terms: number, chosen: RunSettings, startedMs: number): RunProgress {
    const run = aRun({
      runId: `r${hex(6)}`,
      traceId: traceHex(),
      deck: chosen.deck,
      generator: chosen.generator,
      sourceName,
      startedMs,
      terms,
    });
    clock = startedMs;
    runs = [run, ...runs];
    if (chosen.review === true) reviewed.add(run.runId);
    const root = {
      ...span(run.traceId, null, SPAN.run, startedMs, null),
      attributes: { [ATTR.runId]: run.runId, [ATTR.deckName]: run.deck },
    };
    open.set(run.runId, { root, item: null });
    put(root);
    log({
      timeMs: startedMs,
      level: 'info',
      message: 'Run started.',
      attributes: { rows: terms },
      traceId: run.traceId,
      spanId: root.spanId,
    });
    return run;
  }

  function runTimer(runId: string) {
    if (rowMs > 0)
      timers.set(
        runId,
        setInterval(() => stepRun(runId), rowMs),
      );
  }
  function setState(runId: string, state: RunProgress['state']) {
    const at = runs.findIndex((known) => known.runId === runId);
    const run = runs[at];
    if (run === undefined) throw fault('run_unknown', 'There is no such run.', null);
    runs = runs.with(at, { ...run, state });
    clearInterval(timers.get(runId));
    if (state === 'running') runTimer(runId);
    emit('runChanged', { ...run, state });
  }

  const base: RunSettings = {
    deck: 'Korean and friends',
    generator: 'offline',
    termLanguage: 'auto',
    meaningLanguage: 'en',
    concurrency: 4,
    limit: null,
  };
  if (!empty) {
    const day = 86_400_000;
    const old = addRun('topik-1.csv', 48, base, Date.now() - 3 * day);
    for (let row = 0; row < 48; row += 1) stepRun(old.runId, false);
    const paid = addRun('idioms.tsv', 40, { ...base, deck: 'Idioms', generator: 'openai' }, Date.now() - day);
    for (let row = 0; row < 40; row += 1) stepRun(paid.runId, false);
    const cut = addRun('words-from-notes.txt', 90, { ...base, deck: 'Reading' }, Date.now() - 3_600_000);
    for (let row = 0; row < 31; row += 1) stepRun(cut.runId, false);
    runs = runs.map((run) => (run.runId === cut.runId ? { ...run, state: 'interrupted', etaMs: null } : run));
    for (const record of shopTraces(Date.now())) spans.set(record.spanId, record);
    deck.fill();
    clock = Date.now();
  }

  function source(name: string, format: SourceFormat, count: number): SourceRef {
    const document = format === 'lines' || format === 'csv' || format === 'tsv' ? null : documentOf(format);
    const isTable = format === 'csv' || format === 'tsv';
    const ref: SourceRef = {
      sourceId: `s${nextId++}`,
      preview: {
        sourceName: name,
        format,
        hasHeader: isTable,
        encoding: 'UTF-8',
        columns: isTable
          ? [
              { header: 'Position', field: 'position' },
              { header: 'Hangul', field: 'term' },
              { header: 'Definition', field: 'meaning' },
              { header: 'Example_Sentence', field: 'example' },
              { header: 'Class notes', field: null },
            ]
          : document === null
            ? [{ header: '', field: 'term' }]
            : [],
        rows: document === null ? count : document.outline.length + 14,
        truncated: false,
        sample:
          document !== null
            ? []
            : WORDS.map(([term, meaning, example], index) => ({
                row: index + 2,
                cells: isTable
                  ? [String(index + 1), term, meaning, example, index % 3 ? '' : 'p. 12']
                  : [term],
              })),
        problems: isTable
          ? [
              { row: 14, code: 'duplicate_row', message: 'The same term and meaning as row 3.' },
              { row: 41, code: 'empty_term', message: 'The term column is empty.' },
            ]
          : [],
        termLanguage: document === null ? 'ko' : 'en',
        ...(document === null ? {} : { document }),
      },
    };
    sources.set(ref.sourceId, ref);
    return ref;
  }

  /** As the store tells what it wrote to. */
  function storeChanged(traceIds: readonly string[]) {
    const wanted = new Set(traceIds);
    emit('tracesChanged', summaries([...spans.values()].filter(({ traceId }) => wanted.has(traceId))));
  }

  function summaries(of: readonly SpanRecord[]): TraceSummary[] {
    const byTrace = groupBy(of, (record) => record.traceId);
    return [...byTrace].map(([traceId, records]) => {
      const root = records.find((record) => record.parentSpanId === null) ?? records[0];
      const ends = records.map((record) => record.endMs ?? Number.NaN);
      return {
        traceId,
        name: root?.name ?? '',
        startMs: root?.startMs ?? 0,
        durationMs: ends.some(Number.isNaN) ? null : Math.max(...ends) - (root?.startMs ?? 0),
        spanCount: records.length,
        errorCount: records.filter((record) => record.status === 'error').length,
        runId: runs.find((run) => run.traceId === traceId)?.runId ?? null,
        service: String(root?.origin?.resource['service.name'] ?? 'tracedeck'),
        version: String(root?.origin?.resource['service.version'] ?? '0.0.0'),
        pinned: false,
      };
    });
  }

  const api: FakeApi = {
    step: () => {
      const active = runs.find((run) => run.state === 'running');
      if (active !== undefined) stepRun(active.runId);
    },
    pathOfDroppedFile: (file) => (file as File).name,
    chooseList: async () => source('korean-a1.csv', 'csv', rows),
    previewFile: async ({ path }) => {
      if (path.endsWith('.png')) {
        throw fault('not_text', 'This file is not a text file.', 'Choose a CSV, TSV or plain text file.');
      }
      const format = /\.(md|pdf|epub)$/i.exec(path)?.[1]?.toLowerCase();
      return source(path, format === 'md' ? 'markdown' : ((format ?? 'csv') as SourceFormat), rows);
    },
    previewText: async ({ text, as }) => {
      if (text.trim() === 'bad') {
        throw fault(
          'unbalanced_quotes',
          'Row 1 opens a quote that is never closed.',
          'Close it or double it.',
        );
      }
      if (as === 'notes' || (as === undefined && /^#+ /m.test(text)))
        return source('Pasted text', 'markdown', 0);
      return source('Pasted text', 'lines', text.split('\n').filter(Boolean).length);
    },
    estimateRun: async ({ sourceId, settings: chosen }) => {
      const ref = sources.get(sourceId);
      if (ref === undefined) throw fault('source_unknown', 'The list is gone.', 'Choose it again.');
      const terms = chosen.limit ?? ref.preview.rows;
      const left = Math.max(0, terms - 9);
      return {
        terms,
        inDeck: 7,
        repeated: 2,
        cached: { analyse: 11, write: 8 },
        looked: Math.min(terms, 500),
        models: settings.prices
          .slice(0, 6)
          .map(({ model, inputPerMillion, outputPerMillion, exactTokenizer }) => ({
            model,
            calls: left * 2 - 19,
            inputTokens: left * 1500,
            outputTokens: left * 420,
            cost: (left * 1500 * inputPerMillion + left * 420 * outputPerMillion) / 1e6,
            exact: exactTokenizer,
          })),
      };
    },
    previewSample: async () => source('sample.csv', 'csv', rows),
    startRun: async ({ sourceId, settings: chosen }) => {
      const ref = sources.get(sourceId);
      if (ref === undefined) throw fault('source_unknown', 'The list is gone.', 'Choose it again.');
      const run = addRun(ref.preview.sourceName, chosen.limit ?? ref.preview.rows, chosen, Date.now());
      emit('runChanged', run);
      runTimer(run.runId);
      return { runId: run.runId };
    },
    pauseRun: async ({ runId }) => setState(runId, 'paused'),
    resumeRun: async ({ runId }) => setState(runId, 'running'),
    cancelRun: async ({ runId }) => setState(runId, 'cancelled'),
    retryFailed: async ({ runId }) => {
      runs = runs.map((run) => (run.runId === runId ? { ...run, failed: 0 } : run));
      setState(runId, 'running');
    },
    runs: async () => runs,
    runErrors: async ({ runId, limit }) => (rowErrors.get(runId) ?? []).slice(0, limit),
    ...deck.calls,
    ...emptyStore(),
    ...createFakeStore({
      spans: () => spans.values(),
      logs: () => logs,
      version: () => seq,
      add: (added) => {
        for (const record of added) spans.set(record.spanId, record);
        seq += 1;
        storeChanged(added.map(({ traceId }) => traceId));
      },
    }),
    trace: async ({ traceId }) =>
      encodeSpans([...spans.values()].filter((record) => record.traceId === traceId)),
    spansSince: async ({ spans: since }) => ({
      cursor: { spans: seq, leaves: 0 },
      evicted: 0,
      bytes: encodeSpans([...spans.values()].filter(({ spanId }) => (changedAt.get(spanId) ?? 0) > since)),
      leaves: new Uint8Array(),
    }),
    logs: async ({ traceId }) => logs.filter((record) => traceId === null || record.traceId === traceId),
    settings: async () => ({ settings, apiKey, anthropicKey }),
    saveSettings: async (next) => {
      settings = settingsSchema.parse(next);
      return settings;
    },
    setApiKey: async ({ key, for: owner }) => {
      const kept = key === null ? null : 'file';
      if (owner === 'openai') apiKey = kept;
      else anthropicKey = kept;
      return kept;
    },
    chooseModelFile: async () => '/home/me/models/qwen3-4b-q4.gguf',
    metrics: async () => METRICS,
    cacheReport: async () => CACHE_REPORT,
    clearCache: async () => EMPTY_CACHE_REPORT,
    testConnection: async ({ generator }) => {
      if (generator === 'openai' && apiKey === null) {
        throw fault(
          'connection_refused',
          'Nothing answers at 127.0.0.1:11434.',
          'Start the server, or check the base URL.',
        );
      }
      return {
        model: 'qwen3:8b',
        latencyMs: 412,
        inputTokens: 14,
        outputTokens: 2,
        traceId: runs[0]?.traceId ?? '',
      };
    },
    appInfo: async () => ({
      version: '0.1.0',
      electron: '45.4.1',
      chrome: '148.0',
      node: '24.9.0',
      dataDir: '/home/me/.config/Tracedeck',
      electronNote: null,
    }),
    recordSpans: async () => {},
    telemetryStatus: async () => TELEMETRY_STATUS,
    openWindow: async () => {},
    onSpansAdded: on('spansAdded'),
    onTracesChanged: on('tracesChanged'),
    onLinkOpened: on('linkOpened'),
    startLink: async () => null,
    restoreOutcome: async () => null,
    onRunChanged: on('runChanged'),
    onCardsAdded: on('cardsAdded'),
    onLogsAdded: on('logsAdded'),
    onDeckChanged: on('deckChanged'),
    onJobChanged: on('jobChanged'),
    onWatchChanged: on('watchChanged'),
    onGoalWarning: on('goalWarning'),
  };
  return api;
}

const counts = { operations: 1200, spans: 1200, rows: 0, leftOut: 0, errors: 2, slow: 0 };
const TELEMETRY_STATUS: TelemetryStatus = {
  components: {
    pipeline: { mode: 'full', ...counts },
    generator: { mode: 'leaf', ...counts, spans: 0, rows: 1200 },
    cache: { mode: 'leaf', ...counts, spans: 0, rows: 1200 },
    database: { mode: 'sampled', ...counts, operations: 9600, spans: 0, rows: 1200, leftOut: 8400 },
    client: { mode: 'full', ...counts },
    ipc: { mode: 'full', ...counts, operations: 14, spans: 14 },
  },
  exporters: [],
  above: { isOff: false, file: null, ratio: null },
  spans: {
    started: 4814,
    ended: 4814,
    held: 4814,
    evicted: 0,
    headDropped: 0,
    windowDropped: 0,
    tailDropped: 0,
    tailDroppedTraces: 0,
    undecided: 0,
  },
  store: { written: 4814, failed: 0, lost: 0, writtenLogs: 20, lostLogs: 0 },
  memory: { columnBytes: 22_000_000, textBytes: 400_000, rowBytes: 8_000_000 },
  faults: 0,
  faultKinds: [],
};

const OFF = { state: 'off', url: null, fault: null } as const;
const RECEIVER_OFF: ReceiverStatus = {
  http: OFF,
  grpc: OFF,
  hasToken: false,
  requests: 0,
  refusedRequests: 0,
  spans: 0,
  logs: 0,
  metricPoints: 0,
  rejected: 0,
  lastMs: null,
};

/** What the store answers while it has nothing to tell. */
function emptyStore() {
  return {
    runSql: async () => ({ columns: [], rows: [], truncated: false, tookMs: 0 }),
    receiverStatus: async () => RECEIVER_OFF,
    setReceiverToken: async ({ token }: { token: string | null }) => ({
      ...RECEIVER_OFF,
      hasToken: token !== null,
    }),
    metricInstruments: async () => [],
    exemplars: async () => [],
    metricSeries: async () => null,
    traceStoreStatus: async (): Promise<TraceStoreStatus> => ({
      path: '/home/me/.config/Tracedeck/traces.db',
      bytes: 4_100_000,
      maxBytes: 2_000_000_000,
      traces: 3,
      pinnedTraces: 0,
      spans: 4814,
      logs: 20,
      metricPoints: 1200,
      oldestMs: null,
      prunedTraces: 0,
      prunedSpans: 0,
      prunedBeforeMs: null,
      refusedSpans: 0,
      duplicateSpans: 0,
      orphanSpans: 0,
      skewedSpans: 0,
      lateSpans: 0,
      setAside: [],
    }),
  };
}

function documentOf(format: SourceFormat): DocumentPreview {
  const page = (at: number) => (format === 'pdf' ? { page: at } : { line: at * 12 });
  return {
    title: 'On the nature of cells',
    tokens: 18_420,
    scannedPages: format === 'pdf' ? [3, 4, 17] : [],
    pages: format === 'pdf' ? 48 : null,
    outline: [
      {
        row: 1,
        place: { headings: ['Preface'], ...page(1) },
        tokens: 212,
        begins: 'Nobody had expected that …',
      },
      {
        row: 2,
        place: { headings: ['1 The cell', '1.1 Parts'], ...page(5) },
        tokens: 611,
        begins: 'A cell has a nucleus, mitochondria and a membrane: each with a task of its own.',
      },
      {
        row: 3,
        place: { headings: ['1 The cell', '1.2 How it divides, and what can go wrong with it'], ...page(9) },
        tokens: 840,
        begins: 'Before it divides, a cell doubles what it holds.',
      },
      {
        row: 4,
        place: { headings: ['2 세포의 기원'], ...page(14) },
        tokens: 388,
        begins: '세포는 어디에서 왔을까?',
      },
      {
        row: 5,
        place: { headings: ['3 Tissue'], ...page(21) },
        tokens: 96,
        begins: 'Where cells work together …',
      },
    ],
  };
}

function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
