/** `trace list` and `trace show`, and how every command finds the trace that it is asked for. */
import { decodeSpans } from '../../shared/spanCodec.ts';
import { spanCountOf } from '../../shared/spanFormat.ts';
import type { SpanRecord } from '../../shared/span.ts';
import type { Found, FoundTrace } from '../../shared/traceQuery.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import type { Program } from '../compose/compose.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { textWaterfall } from '../telemetry/console/textWaterfall.ts';
import { counted, leftOutText, traceDurationText } from './answerText.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** `trace list`. */
export async function listTraces(program: Program, limit: number, terminal: Terminal): Promise<number> {
  const { items: traces, leftOut } = await newestTraces(program, limit);
  print(
    terminal,
    traces,
    () =>
      traces
        .map((trace) => {
          const { traceId, name, startMs, spanCount, errorCount } = trace;
          const when = new Date(startMs).toISOString().slice(0, 19).replace('T', ' ');
          return `${traceId}  ${when}  ${printable(name).padEnd(16)} ${traceDurationText(trace).padStart(9)}  ${counted(spanCount, 'span')}  ${counted(errorCount, 'error')}`;
        })
        .join('\n') || 'No traces yet.',
  );
  leftOutText(leftOut, terminal);
  return 0;
}

/** `trace show`. */
export async function showTrace(program: Program, prefix: string, terminal: Terminal): Promise<number> {
  const traceId = await findTrace(program, prefix);
  const spans = decodeSpans(await program.traces.get(traceId));
  const shown = spans.toSorted((a, b) => a.startMs - b.startMs).map(toShownSpan);
  print(terminal, { traceId, spans: shown }, () => waterfallText(spans, terminal));
  return 0;
}

/** Newest first. */
export async function newestTraces(
  program: Pick<Program, 'traces'>,
  limit: number,
): Promise<Found<FoundTrace>> {
  const search = { query: '', fromMs: null, toMs: null, order: 'newest', limit } as const;
  return program.traces.ask('searchTraces', search);
}

const SEE_TRACES = 'See: npm run -s cli -- trace list';

/** Takes any unambiguous beginning of a trace id. @throws TracedeckError `trace_unknown` */
export async function findTrace(program: Pick<Program, 'traces'>, prefix: string): Promise<string> {
  if (prefix.length === 32) {
    if (spanCountOf(await program.traces.get(prefix)) > 0) return prefix;
    const absence = await program.traces.ask('traceAbsence', { traceId: prefix });
    const message =
      absence.reason === 'pruned'
        ? `Trace ${prefix} was pruned at ${new Date(absence.atMs).toISOString()}.`
        : `There is no trace ${prefix}.`;
    throw new TracedeckError('user', 'trace_unknown', message, { hint: SEE_TRACES });
  }
  const query = `trace.id =~ "^${prefix}"`;
  const search = { query, fromMs: null, toMs: null, order: 'newest', limit: 3 } as const;
  const { items, leftOut } = await program.traces.ask('searchTraces', search);
  const [only] = items;
  if (only && items.length === 1) return only.traceId;
  if (items.length > 1) {
    throw new TracedeckError('user', 'trace_unknown', `More than one trace begins with ${prefix}.`, {
      hint: `${items.map(({ traceId }) => traceId).join('\n')}${leftOut.more ? '\n…' : ''}`,
    });
  }
  const among = leftOut.unscanned > 0 ? ' among those that were looked at; the whole id finds it' : '';
  throw new TracedeckError('user', 'trace_unknown', `No trace begins with ${prefix}${among}.`, {
    hint: SEE_TRACES,
  });
}

function toShownSpan({ spanId, parentSpanId, name, startMs, endMs, status, attributes }: SpanRecord) {
  return {
    spanId,
    parentSpanId,
    name,
    startMs,
    durationMs: endMs === null ? null : lengthMs(startMs, endMs),
    status,
    attributes,
  };
}

/** The trace as a picture as wide as the terminal. */
export function waterfallText(spans: readonly SpanRecord[], { stdout }: Terminal, maxRows = 200): string {
  return textWaterfall(spans, {
    width: Math.min(stdout.columns ?? 100, 140),
    maxRows,
    colour: stdout.isTTY === true && process.env.NO_COLOR === undefined,
  });
}
