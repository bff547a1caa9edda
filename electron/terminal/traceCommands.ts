/** Questions to the program's trace store: what is found, figures, statements, and what is kept. */
import type { Found, FoundTrace, OperationStats } from '../../shared/traceQuery.ts';
import { operationRateText } from '../../shared/formatRate.ts';
import { unknownFields, unknownFieldText } from '../../shared/query/unknownFields.ts';
import { formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import type { Program } from '../compose/compose.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { durationText, isoText, leftOutText, showingPlace, table, traceDurationText } from './answerText.ts';
import { findTrace } from './storedTraces.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import type { TraceCommandOf } from './traceArguments.ts';

/** The store as the program has it, what the program has recorded until now included. */
export type TraceProgram = Pick<Program, 'traces' | 'traceFiles' | 'flush' | 'runSql' | 'settings'>;

/** `trace query`. */
export async function queryTraces(
  program: TraceProgram,
  { query, signal, order, fromMs, limit }: TraceCommandOf<'trace query'>,
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
      const found = await traces.ask('searchSpans', {
        ...search,
        order: order === 'longest' ? order : 'newest',
        limit: limit ?? 200,
      });
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
      await tellRest(program, query, found, terminal);
    } else {
      const found = await traces.ask('searchTraces', { ...search, order, limit: limit ?? 100 });
      const isByUsage = order === 'tokens' || order === 'cost';
      print(terminal, found, () =>
        table(
          [...TRACE_COLUMNS, ...(isByUsage ? ['tokens', 'cost'] : [])],
          found.items.map((trace) => [...traceRow(trace), ...(isByUsage ? usageCells(trace) : [])]),
        ),
      );
      await tellRest(program, query, found, terminal);
    }
    return 0;
  });
}

/** On standard error: what was left out and, where nothing was found, which fields of the query are none. */
async function tellRest(
  { traces }: TraceProgram,
  query: string,
  { items, leftOut }: Found<unknown>,
  terminal: Terminal,
): Promise<void> {
  leftOutText(leftOut, terminal);
  if (items.length > 0 || terminal.json) return;
  for (const field of unknownFields(query, await traces.ask('fieldCatalog'))) {
    terminal.stderr.write(`${unknownFieldText(field)}\n`);
  }
}

const TRACE_COLUMNS = ['trace', 'started', 'service', 'name', 'duration', 'spans', 'errors', 'matched'];

function traceRow(trace: FoundTrace): string[] {
  return [
    trace.traceId,
    isoText(trace.startMs),
    trace.service,
    trace.name,
    traceDurationText(trace),
    formatCount(trace.spanCount),
    formatCount(trace.errorCount),
    formatCount(trace.matched),
  ];
}

function usageCells({ usage }: FoundTrace): string[] {
  if (usage === undefined) return ['–', '–'];
  return [formatCount(usage.tokens), usage.cost === null ? '–' : `$${usage.cost.toFixed(4)}`];
}

/** `trace stats`. */
export async function traceStats(
  program: TraceProgram,
  { query, by, fromMs, limit }: TraceCommandOf<'trace stats'>,
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
        'rate',
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
        operationRateText(stats),
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

/** `trace sql`. */
export async function traceSql(
  program: TraceProgram,
  { sql, limit }: TraceCommandOf<'trace sql'>,
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
  { traceId: prefix, pinned }: TraceCommandOf<'trace pin'>,
  terminal: Terminal,
): Promise<number> {
  const traceId = await findTrace(program, prefix);
  await program.traces.ask('pinTrace', { traceId, pinned });
  print(terminal, { traceId, pinned }, () =>
    pinned ? `${traceId} is kept whatever the limits of the store.` : `${traceId} is no longer pinned.`,
  );
  return 0;
}
