/** `trace …` over the program's trace store and files: questions, figures, comparison, and files in and out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { diffCallTrees, describeNode, DIFF_MEASURES, VERDICT } from '../../shared/analysis/callTreeDiff.ts';
import type { CallTreeDiff } from '../../shared/analysis/callTreeDiff.ts';
import type {
  CallTree,
  ExportSelection,
  FoundTrace,
  ImportReport,
  LeftOut,
  OperationStats,
} from '../../shared/traceQuery.ts';
import { formatBytes, formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import type { Program } from '../compose.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { fitText, printable, textWidth } from '../telemetry/console/textWidth.ts';
import { findTrace, print, type Terminal } from './commands.ts';
import type { TraceCommand } from './commandLine.ts';

type Of<Name extends TraceCommand['name']> = Extract<TraceCommand, { readonly name: Name }>;
/** The store as the program has it, what the program has recorded until now included. */
export type TraceProgram = Pick<Program, 'traces' | 'traceFiles' | 'flush' | 'runSql'>;

const EXIT_FAILED = 1;
const TAIL_EVERY_MS = 500;
const TAIL_TRACES = 500;
const MAX_CELL = 60;

/** `trace import`. */
export async function importTraces(
  program: TraceProgram,
  { files }: Of<'trace import'>,
  terminal: Terminal,
): Promise<number> {
  const reports = await program.traceFiles.importFiles(files);
  print(terminal, reports, () => reports.map(importText).join('\n'));
  const isEmpty = ({ spans, logs, metricPoints }: ImportReport) => spans + logs + metricPoints === 0;
  return reports.some(isEmpty) ? EXIT_FAILED : 0;
}

function importText(report: ImportReport): string {
  const { file, format, traces, spans, logs, metricPoints, known, refused, notes, traceIds } = report;
  const got = [
    `${formatCount(spans)} spans of ${formatCount(traces)} traces`,
    ...(known > 0 ? [`${formatCount(known)} of them known`] : []),
    ...(logs > 0 ? [`${formatCount(logs)} log records`] : []),
    ...(metricPoints > 0 ? [`${formatCount(metricPoints)} metric points`] : []),
  ];
  return [
    `${printable(file)} (${format}): ${got.join(', ')}`,
    ...refused.map(
      ({ reason, count, at }) => `  not read: ${formatCount(count)} × ${reason}, first at ${printable(at)}`,
    ),
    ...notes.map((note) => `  note: ${note}`),
    ...(traceIds.length > 0 && traceIds.length <= 5 ? [`  ${traceIds.join(' ')}`] : []),
  ].join('\n');
}

/** `trace export`. */
export async function exportTraces(
  program: TraceProgram,
  { traceId, query, fromMs, limit, to, format, columns }: Of<'trace export'>,
  terminal: Terminal,
): Promise<number> {
  await program.flush();
  const selection: ExportSelection =
    traceId === null
      ? { search: { query: query ?? '', fromMs, toMs: null, order: 'newest', limit: limit ?? 1000 } }
      : { traceIds: [await findTrace(program, traceId)] };
  const target = { format, columns };
  const { stdout, stderr } = terminal;
  if (to === '-') {
    const report = await showingPlace(query, terminal, () =>
      program.traceFiles.exportText(
        selection,
        {
          async write(text) {
            if (!stdout.write(text)) await new Promise((resolve) => stdout.once('drain', resolve));
          },
        },
        target,
      ),
    );
    stderr.write(terminal.json ? `${JSON.stringify(report)}\n` : notesText(report.notes));
    return 0;
  }
  const report = await showingPlace(query, terminal, () =>
    program.traceFiles.exportFile(selection, to, target),
  );
  print(
    terminal,
    report,
    () =>
      `${to} (${format}): ${formatCount(report.spans)} spans of ${formatCount(report.traces)} traces, ${formatBytes(report.bytes)}`,
  );
  if (!terminal.json) stderr.write(notesText(report.notes));
  return 0;
}

function notesText(notes: readonly string[]): string {
  return notes.map((note) => `note: ${note}\n`).join('');
}

/** `trace query`. */
export async function queryTraces(
  program: TraceProgram,
  { query, signal, fromMs, limit }: Of<'trace query'>,
  terminal: Terminal,
): Promise<number> {
  await program.flush();
  const { traces } = program;
  const search = { query, fromMs, toMs: null };
  return showingPlace(query, terminal, async () => {
    if (signal === 'logs') {
      const found = await traces.ask('searchLogs', { ...search, traceId: null, limit: limit ?? 500 });
      print(
        terminal,
        found,
        () =>
          found.items
            .map(
              ({ timeMs, level, message, traceId }) =>
                `${isoText(timeMs)}  ${level.padEnd(5)}  ${printable(message)}${traceId === null ? '' : `  (${traceId.slice(0, 8)})`}`,
            )
            .join('\n') || 'Nothing found.',
      );
      leftOutText(found.leftOut, terminal);
    } else if (signal === 'spans') {
      const found = await traces.ask('searchSpans', { ...search, order: 'newest', limit: limit ?? 200 });
      print(terminal, found, () =>
        table(
          ['started', 'trace', 'span', 'service', 'name', 'duration', ''],
          found.items.map((span) => [
            isoText(span.startMs),
            span.traceId.slice(0, 8),
            span.spanId,
            span.service,
            span.name,
            durationText(span.durationMs),
            span.status === 'error' ? 'failed' : '',
          ]),
        ),
      );
      leftOutText(found.leftOut, terminal);
    } else {
      const found = await traces.ask('searchTraces', { ...search, order: 'newest', limit: limit ?? 100 });
      print(terminal, found, () => table(TRACE_COLUMNS, found.items.map(traceRow)));
      leftOutText(found.leftOut, terminal);
    }
    return 0;
  });
}

const TRACE_COLUMNS = ['trace', 'started', 'service', 'name', 'duration', 'spans', 'errors', 'matched'];

function traceRow(trace: FoundTrace): string[] {
  return [
    trace.traceId,
    isoText(trace.startMs),
    trace.service,
    trace.name,
    durationText(trace.durationMs),
    formatCount(trace.spanCount),
    formatCount(trace.errorCount),
    formatCount(trace.matched),
  ];
}

/** `trace stats`. */
export async function traceStats(
  program: TraceProgram,
  { query, by, fromMs, limit }: Of<'trace stats'>,
  terminal: Terminal,
): Promise<number> {
  await program.flush();
  const search = { query, fromMs, toMs: null, by, limit: limit ?? 500 };
  const found = await showingPlace(query, terminal, () => program.traces.ask('operations', search));
  const group = ({ service, version, name }: OperationStats): string[] => [
    service,
    ...(by === 'version' ? [version ?? '–'] : []),
    ...(by === 'service' ? [] : [name ?? '–']),
  ];
  print(terminal, found, () =>
    table(
      [
        'service',
        ...(by === 'version' ? ['version'] : []),
        ...(by === 'service' ? [] : ['operation']),
        'count',
        'a second',
        'errors',
        'p50',
        'p95',
        'p99',
        'max',
        'self',
      ],
      found.items.map((stats) => [
        ...group(stats),
        formatCount(stats.count),
        stats.rate.toPrecision(3),
        stats.errors === 0
          ? ''
          : `${formatCount(stats.errors)} (${formatPercent(share(stats.errors, stats.count))})`,
        formatDuration(stats.p50Ms),
        formatDuration(stats.p95Ms),
        formatDuration(stats.p99Ms),
        formatDuration(stats.maxMs),
        formatDuration(stats.selfMs),
      ]),
    ),
  );
  leftOutText(found.leftOut, terminal);
  return 0;
}

function share(part: number, whole: number): number {
  return Math.round((part / whole) * 1000) / 1000;
}

/** `trace diff`. */
export async function diffTraces(
  program: TraceProgram,
  { a, b, fromMs, limit }: Of<'trace diff'>,
  terminal: Terminal,
): Promise<number> {
  await program.flush();
  const [left, right] = [await treeOf(a), await treeOf(b)];
  const diff = diffCallTrees(left, right);
  const nodes = changedNodes(diff, left, right);
  print(terminal, { note: diff.note, traces: { a: left.traces, b: right.traces }, nodes }, () =>
    [diff.note, ...nodes.slice(0, 60).map(({ path, text }) => `${path.join(' › ')}\n  ${text}`)].join('\n'),
  );
  if (!terminal.json && nodes.length > 60)
    terminal.stderr.write(`… ${formatCount(nodes.length - 60)} more paths (--json has all)\n`);
  return 0;

  async function treeOf(asked: string): Promise<CallTree> {
    const isId = /^[0-9a-f]{4,32}$/.test(asked);
    const traceIds = isId ? [await findTrace(program, asked)] : [];
    const found = await showingPlace(isId ? null : asked, terminal, () =>
      program.traces.ask('callTree', {
        query: isId ? '' : asked,
        fromMs,
        toMs: null,
        traceIds,
        maxTraces: limit ?? 10_000,
      }),
    );
    if (found.tree.traces === 0) {
      throw new TracedeckError('user', 'trace_unknown', `'${asked}' finds no trace to compare.`, {
        hint: 'Both sides of a comparison need one at least.',
      });
    }
    leftOutText(found.leftOut, terminal);
    return found.tree;
  }
}

/** Nodes that are not the same in both, in the order of the difference. */
function changedNodes(diff: CallTreeDiff, a: CallTree, b: CallTree) {
  const nodes = [];
  for (let node = 0; node < diff.nodes; node += 1) {
    const measures = DIFF_MEASURES.map((name) => [name, diff.a[name][node]!, diff.b[name][node]!] as const);
    if (diff.verdict[node] !== VERDICT.one && measures.every(([, before, after]) => before === after))
      continue;
    const path: string[] = [];
    for (let at = node; at >= 0; at = diff.parent[at]!)
      path.unshift(printable(diff.strings[diff.name[at]!]!));
    nodes.push({
      path,
      service: diff.strings[diff.service[node]!]!,
      text: describeNode(diff, a, b, node),
      verdict: Object.keys(VERDICT)[diff.verdict[node]!]!,
      adjustedP: Number.isNaN(diff.adjustedP[node]!) ? null : diff.adjustedP[node]!,
      a: Object.fromEntries(measures.map(([name, before]) => [name, before])),
      b: Object.fromEntries(measures.map(([name, , after]) => [name, after])),
    });
  }
  return nodes;
}

/** `trace tail`: each trace when it is first seen, and again when it has ended, if it had not by then. */
export async function tailTraces(
  program: TraceProgram,
  { query }: Of<'trace tail'>,
  terminal: Terminal,
): Promise<number> {
  await traceFollower(program, query, terminal).follow();
  return 0;
}

/** `trace receive`: the traces of other programs as they arrive, and in the end how much it was. */
export async function receiveTraces(
  program: TraceProgram & Pick<Program, 'receiver' | 'settings'>,
  { http, grpc }: Of<'trace receive'>,
  terminal: Terminal,
): Promise<number> {
  const { receiver } = program;
  const { stderr } = terminal;
  const saved = program.settings.current().receiver;
  const isOpen = http === null && grpc === null;
  const follower = traceFollower(program, '', terminal);
  await follower.look();
  const status = await receiver.listen({
    ...saved,
    http: { enabled: isOpen || http !== null, port: http ?? 4318 },
    grpc: { enabled: isOpen || grpc !== null, port: grpc ?? 4317 },
  });
  const doors = [
    ['http/protobuf', status.http],
    ['grpc', status.grpc],
  ] as const;
  for (const [protocol, { url, fault }] of doors) {
    if (url !== null)
      stderr.write(`OTEL_EXPORTER_OTLP_ENDPOINT=${url} OTEL_EXPORTER_OTLP_PROTOCOL=${protocol}\n`);
    if (fault !== null) stderr.write(`${protocol}: ${fault}\n`);
  }
  if (doors.every(([, { state }]) => state !== 'listening')) return EXIT_FAILED;
  if (status.hasToken) stderr.write('Clients have to send the token: authorization: Bearer …\n');
  stderr.write('Until Ctrl+C.\n');
  await follower.follow();
  await receiver.close();
  await follower.look();
  const { requests, spans, logs, metricPoints, rejected, refusedRequests } = receiver.status();
  stderr.write(
    `${formatCount(requests)} requests: ${formatCount(spans)} spans, ${formatCount(logs)} log records, ${formatCount(metricPoints)} metric points; ${formatCount(rejected)} of them refused, and ${formatCount(refusedRequests)} requests.\n`,
  );
  return 0;
}

/** Prints, at each look, the traces that were not there at the one before, and those that have ended since. */
function traceFollower(program: TraceProgram, query: string, terminal: Terminal) {
  const { interrupted, stdout } = terminal;
  const seen = new Map<string, boolean>();
  let isFirst = true;
  async function look(): Promise<void> {
    const { items } = await showingPlace(query, terminal, () =>
      program.traces.ask('searchTraces', {
        query,
        fromMs: null,
        toMs: null,
        order: 'newest',
        limit: TAIL_TRACES,
      }),
    );
    for (const trace of items.toReversed()) {
      const hasEnded = trace.durationMs !== null;
      const was = seen.get(trace.traceId);
      seen.set(trace.traceId, hasEnded);
      if (isFirst || was === true || was === hasEnded) continue;
      stdout.write(`${terminal.json ? JSON.stringify(trace) : tailText(trace)}\n`);
    }
    isFirst = false;
    // What fell behind the newest is not going to come again.
    for (const traceId of seen.keys()) {
      if (seen.size <= TAIL_TRACES * 4) break;
      seen.delete(traceId);
    }
  }
  return {
    look,
    async follow(): Promise<void> {
      while (!interrupted.aborted) {
        await look();
        await sleep(TAIL_EVERY_MS, undefined, { signal: interrupted }).catch(() => undefined);
      }
    },
  };
}

function tailText({
  traceId,
  startMs,
  service,
  name,
  durationMs,
  spanCount,
  errorCount,
}: FoundTrace): string {
  const failed = errorCount === 0 ? '' : `  ${formatCount(errorCount)} failed`;
  return `${isoText(startMs)}  ${traceId}  ${durationText(durationMs).padStart(9)}  ${formatCount(spanCount)} spans  ${printable(service)}  ${printable(name)}${failed}`;
}

/** `trace sql`. */
export async function traceSql(
  program: TraceProgram,
  { sql, limit }: Of<'trace sql'>,
  terminal: Terminal,
): Promise<number> {
  const result = await program.runSql({ sql, limit: limit ?? 1000 });
  print(terminal, result, () =>
    table(
      result.columns,
      result.rows.map((row) => row.map((value) => (value === null ? 'NULL' : String(value)))),
    ),
  );
  if (result.truncated && !terminal.json) terminal.stderr.write('There are more rows than --limit.\n');
  return 0;
}

/** `trace pin` and `trace unpin`. */
export async function pinTrace(
  program: TraceProgram,
  { traceId: prefix, pinned }: Of<'trace pin'>,
  terminal: Terminal,
): Promise<number> {
  const traceId = await findTrace(program, prefix);
  await program.traces.ask('pinTrace', { traceId, pinned });
  print(terminal, { traceId, pinned }, () =>
    pinned ? `${traceId} is kept whatever the limits of the store.` : `${traceId} is no longer pinned.`,
  );
  return 0;
}

/** A fault in a question is shown below its place. */
async function showingPlace<T>(
  query: string | null,
  { stderr }: Terminal,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (query !== null && error instanceof TracedeckError && error.code === 'query_invalid') {
      const place = /\(at character (\d+)\)/.exec(error.message)?.[1];
      if (place !== undefined && !query.includes('\n'))
        stderr.write(`${query}\n${' '.repeat(textWidth(query.slice(0, Number(place) - 1)))}^\n`);
    }
    throw error;
  }
}

function leftOutText({ more, unscanned, prunedBeforeMs }: LeftOut, { json, stderr }: Terminal): void {
  if (json) return;
  if (more) stderr.write('There is more than --limit.\n');
  if (unscanned > 0)
    stderr.write(`${formatCount(unscanned)} spans were not looked at: ask for a shorter time.\n`);
  if (prunedBeforeMs !== null) stderr.write(`Traces before ${isoText(prunedBeforeMs)} have been pruned.\n`);
}

function durationText(durationMs: number | null): string {
  return durationMs === null ? 'open' : formatDuration(durationMs);
}

function isoText(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString().slice(0, 23).replace('T', ' ');
}

/** Also with a unit and a share, as `1,234`, `3.5 ms`, `3 m 05 s` and `2 (1.5 %)`. */
const NUMBER = /^(?:open|[–-]|-?[\d.,]+(?:e[+-]?\d+)?(?: [a-zµ]+(?: \d+ [a-z])?)?(?: \([\d.]+ %\))?)?$/;

/** Columns as wide as what is in them, up to a bound; numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'Nothing found.';
  const cells = [head, ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = head.map((_, column) =>
    Math.min(MAX_CELL, Math.max(...cells.map((row) => textWidth(row[column] ?? '')))),
  );
  const areNumbers = head.map((_, column) => rows.every((row) => NUMBER.test(row[column] ?? '')));
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column]!;
          const fitted = textWidth(cell) > width ? fitText(cell, width) : cell;
          const padding = ' '.repeat(Math.max(0, width - textWidth(fitted)));
          return areNumbers[column] ? padding + fitted : fitted + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
