/** `trace tail` and `trace receive`: traces as they come. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundTrace, FoundTraces } from '../../shared/traceQuery.ts';
import { formatCount } from '../../shared/units.ts';
import type { Program } from '../compose/compose.ts';
import { TRIED_AGAIN } from '../receive/doors.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { counted, durationText, isoText, showingPlace } from './answerText.ts';
import type { Terminal } from './terminal.ts';
import type { TraceProgram } from './traceCommands.ts';
import type { TraceCommandOf } from './traceArguments.ts';

const EXIT_FAILED = 1;
const TAIL_EVERY_MS = 500;
const TAIL_TRACES = 500;
/** Where more came since the last look: the most that a search gives. */
const BURST_TRACES = 10_000;
/** The store tells of what was written last. */
const TOLD_WITHIN_MS = 300;

/** `trace tail`: each trace when it is first seen, and again when it has ended, if it had not by then. */
export async function tailTraces(
  program: TraceProgram,
  { query }: TraceCommandOf<'trace tail'>,
  terminal: Terminal,
): Promise<number> {
  await traceFollower(program, query, terminal).follow();
  return 0;
}

/** `trace receive`: the traces of other programs as they arrive, and in the end how much it was. */
export async function receiveTraces(
  program: TraceProgram & Pick<Program, 'receiver' | 'settings' | 'followTraces'>,
  { http, grpc }: TraceCommandOf<'trace receive'>,
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
  const isListening = doors.some(([, { state }]) => state === 'listening');
  for (const [protocol, { url, fault }] of doors) {
    if (url !== null)
      stderr.write(`OTEL_EXPORTER_OTLP_ENDPOINT=${url} OTEL_EXPORTER_OTLP_PROTOCOL=${protocol}\n`);
    if (fault !== null)
      stderr.write(`${protocol}: ${isListening ? fault : fault.replace(TRIED_AGAIN, '')}\n`);
  }
  if (!isListening) return EXIT_FAILED;
  if (status.hasToken) stderr.write('Clients have to send the token: authorization: Bearer …\n');
  stderr.write('Until Ctrl+C.\n');
  // However long ago they began: a trace that is received late is not among the newest.
  const endFollowing = program.followTraces((traces) =>
    follower.show(traces.map((trace) => ({ ...trace, matched: trace.spanCount }))),
  );
  await follower.follow();
  await receiver.close();
  await sleep(TOLD_WITHIN_MS);
  endFollowing();
  await follower.look();
  const { requests, spans, logs, metricPoints, rejected, refusedRequests } = receiver.status();
  stderr.write(
    `${counted(requests, 'request')}: ${counted(spans, 'span')}, ${counted(logs, 'log record')}, ${counted(metricPoints, 'metric point')}; ${formatCount(rejected)} of them refused, and ${counted(refusedRequests, 'request')}.\n`,
  );
  return 0;
}

/** Prints, at each look, the traces that were not there at the one before, and those that have ended since. */
function traceFollower(program: TraceProgram, query: string, terminal: Terminal) {
  const { interrupted, stdout } = terminal;
  const seen = new Map<string, boolean>();
  /** The list of the last look was full: of what begins earlier nothing is known, and nothing is news. */
  let floorMs = -Infinity;
  let isFirst = true;
  const newest = (limit: number) =>
    showingPlace(query, terminal, () =>
      program.traces.ask('searchTraces', { query, fromMs: null, toMs: null, order: 'newest', limit }),
    );
  /** Whether even the oldest of a list is new, and there is more than the list holds. */
  const isBurst = ({ items, leftOut }: FoundTraces): boolean =>
    !isFirst && leftOut.more && !seen.has(items.at(-1)!.traceId);
  async function look(): Promise<void> {
    let found = await newest(TAIL_TRACES);
    if (isBurst(found)) found = await newest(BURST_TRACES);
    const isCut = isBurst(found);
    // A longer list, or one from which others went, reaches further back than the one before.
    show(found.items.filter(({ traceId, startMs }) => startMs >= floorMs || seen.has(traceId)));
    floorMs = found.leftOut.more ? found.items.at(-1)!.startMs : -Infinity;
    if (isCut)
      terminal.stderr.write(
        `More traces came at once than are shown: the newest ${formatCount(BURST_TRACES)} are.\n`,
      );
    isFirst = false;
    // What fell behind the newest is not going to come again.
    for (const traceId of seen.keys()) {
      if (seen.size <= BURST_TRACES) break;
      seen.delete(traceId);
    }
  }
  /** @param traces - newest first */
  function show(traces: readonly FoundTrace[]): void {
    for (const trace of traces.toReversed()) {
      const hasEnded = trace.durationMs !== null;
      const was = seen.get(trace.traceId);
      // To the end: what was shown lately is forgotten last.
      seen.delete(trace.traceId);
      seen.set(trace.traceId, hasEnded);
      if (isFirst || was === true || was === hasEnded) continue;
      stdout.write(`${terminal.json ? JSON.stringify(trace) : tailText(trace)}\n`);
    }
  }
  return {
    look,
    show,
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
  return `${isoText(startMs)}  ${traceId}  ${durationText(durationMs).padStart(9)}  ${counted(spanCount, 'span')}  ${printable(service)}  ${printable(name)}${failed}`;
}
