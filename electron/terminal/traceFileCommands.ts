/** `trace import` and `trace export`. */
import type { ExportSelection, ImportReport } from '../../shared/traceQuery.ts';
import { formatBytes, formatCount, formatPercent } from '../../shared/units.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { counted, showingPlace } from './answerText.ts';
import { findTrace } from './storedTraces.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { createLine } from './progressLine.ts';
import { keepStandardInput } from './standardInput.ts';
import type { TraceProgram } from './traceCommands.ts';
import type { TraceCommandOf } from './traceArguments.ts';

const EXIT_FAILED = 1;
/** Of a search; CSV, which has spans and no traces, may ask for more. */
const MAX_TRACES = 10_000;

/** `trace import`. */
export async function importTraces(
  program: TraceProgram,
  { files }: TraceCommandOf<'trace import'>,
  terminal: Terminal,
): Promise<number> {
  const { interrupted, stdin, stderr } = terminal;
  const standardInput = files.includes('-') ? await keepStandardInput(stdin, interrupted) : null;
  const paths = files.map((file) => (file === '-' ? (standardInput?.path ?? file) : file));
  const line = stderr.isTTY === true ? createLine<ImportState>(stderr, importState) : null;
  let isShown = false;
  let broken = '';
  const reports = await program.traceFiles
    .importFiles(paths, {
      signal: interrupted,
      onProgress(readBytes, allBytes) {
        isShown = line !== null;
        line?.update({ readBytes, allBytes });
      },
    })
    .catch((thrown: unknown) => {
      const { code, message } = toTracedeckError(thrown);
      // Broken off by hand is no fault, but what stays of it is worth saying.
      if (code === 'cancelled') broken = `${message}\n`;
      throw thrown;
    })
    .finally(() => {
      if (isShown) line?.end();
      stderr.write(broken);
      return standardInput?.remove();
    });
  print(terminal, reports, () => reports.map(importText).join('\n'));
  const isEmpty = ({ spans, logs, metricPoints }: ImportReport) => spans + logs + metricPoints === 0;
  return reports.some(isEmpty) ? EXIT_FAILED : 0;
}

type ImportState = { readonly readBytes: number; readonly allBytes: number | null };

/** `Reading: 120 MB of 240 MB (50 %)` */
function importState({ readBytes, allBytes }: ImportState): string {
  if (allBytes === null || allBytes === 0) return `Reading: ${formatBytes(readBytes)}`;
  const share = formatPercent(Math.floor((readBytes / allBytes) * 100) / 100);
  return `Reading: ${formatBytes(readBytes)} of ${formatBytes(allBytes)} (${share})`;
}

function importText(report: ImportReport): string {
  const { file, format, traces, spans, logs, metricPoints, known, refused, notes, traceIds } = report;
  if (report.problem !== undefined) return `${printable(file)}: ${printable(report.problem)}`;
  const got = [
    `${counted(spans, 'span')} of ${counted(traces, 'trace')}`,
    ...(known > 0 ? [`${formatCount(known)} of them known`] : []),
    ...(logs > 0 ? [counted(logs, 'log record')] : []),
    ...(metricPoints > 0 ? [counted(metricPoints, 'metric point')] : []),
  ];
  return [
    `${printable(file)} (${format}): ${got.join(', ')}`,
    ...refused.map(
      ({ reason, count, at }) =>
        `  not read: ${formatCount(count)} × ${printable(reason)}, first at ${printable(at)}`,
    ),
    ...notes.map((note) => `  note: ${note}`),
    ...(traceIds.length > 0 && traceIds.length <= 5 ? [`  ${traceIds.join(' ')}`] : []),
  ].join('\n');
}

/** `trace export`. */
export async function exportTraces(
  program: TraceProgram,
  {
    traceId,
    query,
    fromMs,
    limit,
    to,
    format,
    columns,
    withLogs,
    withMetrics,
  }: TraceCommandOf<'trace export'>,
  terminal: Terminal,
): Promise<number> {
  await program.flush();
  const selection: ExportSelection =
    traceId === null
      ? {
          search: {
            query: query ?? '',
            fromMs,
            toMs: null,
            order: 'newest',
            limit: Math.min(limit ?? 1000, MAX_TRACES),
          },
        }
      : { traceIds: [await findTrace(program, traceId)] };
  const target = { format, columns, withLogs, withMetrics, ...(limit === null ? {} : { maxSpans: limit }) };
  const { stdout, stderr, interrupted } = terminal;
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
        interrupted,
      ),
    );
    stderr.write(terminal.json ? `${JSON.stringify(report)}\n` : notesText(report.notes));
    return 0;
  }
  const report = await showingPlace(query, terminal, () =>
    program.traceFiles.exportFile(selection, to, target, interrupted),
  );
  const { traces, spans, logs, metricPoints, bytes } = report;
  print(terminal, report, () => {
    const parts = [
      `${counted(spans, 'span')} of ${counted(traces, 'trace')}`,
      ...(logs === undefined ? [] : [counted(logs, 'log record')]),
      ...(metricPoints === undefined ? [] : [counted(metricPoints, 'metric point')]),
      formatBytes(bytes),
    ];
    return `${printable(to)} (${format}): ${parts.join(', ')}`;
  });
  if (!terminal.json) stderr.write(notesText(report.notes));
  return 0;
}

function notesText(notes: readonly string[]): string {
  return notes.map((note) => `note: ${note}\n`).join('');
}
