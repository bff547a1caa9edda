/**
 * Trace events as Chrome, Perfetto and many profilers write them (the "Trace Event Format"): a list of events, or an
 * object with `traceEvents`. What is a span there follows from time: on each thread the slices are a stack.
 *
 *   B E X       slices of a thread; the slice around is the parent
 *   b n e S T F asynchronous ones, a stack for each id
 *   i I R n     moments: events of the slice around, or spans without length where there is none
 *   s t f       flows: links from a slice to the one before it in the flow
 *   C           counters: gauges
 *   M           names of processes and threads
 *
 * Spans that our own export wrote carry `(span)` among their arguments and come back as they were.
 */
import type { Origin } from '../../shared/span.ts';
import { isPlain, textOf, type Plain } from './attributeValues.ts';
import { toSpan, type Process } from './chromeSpans.ts';
import { ChromeSweep } from './chromeSweep.ts';
import type { Collector } from './collector.ts';
import { HeldEvents, MAX_HELD_BYTES } from './heldEvents.ts';
import { hashText, traceIdOf } from './ids.ts';

/** Times below this (1973) count from when a machine or a program started. */
const EPOCH_FROM_US = 1e14;

export function isChromeEvent(value: unknown): value is Plain {
  return isPlain(value) && typeof value['ph'] === 'string';
}

export type ChromeFile = {
  /** When the file was last written: times that count from a start of their own end then. */
  readonly modifiedMs: number;
};

export class ChromeReader {
  readonly #into: Collector;
  readonly #events = new HeldEvents();
  /** Names of processes and threads. */
  readonly #names: Plain[] = [];
  #capturedMs: number | null = null;
  #hash = 0x811c9dc5;

  constructor(into: Collector) {
    this.#into = into;
  }

  /** One event. @param bytes of its JSON */
  event(event: Plain, bytes: Buffer, at: string): void {
    if (event['ph'] !== 'M' && !Number.isFinite(Number(event['ts'])))
      return this.#into.refuse('an event without a time', at);
    if (this.#events.count + this.#names.length < 10_000)
      this.#hash = hashText(
        `${textOf(event['name'])} ${Number(event['ts'])} ${String(event['tid'])}`,
        this.#hash,
      );
    if (event['ph'] === 'M') this.#names.push(event);
    else if (!this.#events.add(event, bytes))
      this.#into.refuse(`an event behind the first ${MAX_HELD_BYTES / 1e9} GB of them`, at);
  }

  /** `metadata` or `otherData` of the file. */
  metadata(data: unknown): void {
    if (!isPlain(data)) return;
    const captured = Date.parse(textOf(data['trace-capture-datetime']));
    if (Number.isFinite(captured)) this.#capturedMs = captured;
  }

  async finish({ modifiedMs }: ChromeFile): Promise<void> {
    const into = this.#into;
    const events = this.#events;
    if (events.count === 0) return;
    const processes = this.#readNames();
    const shiftMs = this.#shift(modifiedMs);
    const trace =
      this.#hash.toString(16).padStart(8, '0') + hashText(`${events.count}`, this.#hash).toString(16);
    const fileTrace = traceIdOf(trace.padEnd(32, '5')) ?? '5'.repeat(32);
    const origins = new Map<string, Origin | undefined>();
    const sweep = new ChromeSweep(into, shiftMs, (slice) =>
      into.span(toSpan(slice, fileTrace, shiftMs, processes, origins, into)),
    );
    for (const event of events.inOrder()) {
      sweep.take(event);
      await into.drain();
    }
    sweep.end();
    for (const [phase, count] of sweep.unread)
      into.refuse(`an event of phase ${phase}, which has no place in a trace here`, 'traceEvents', count);
  }

  #readNames(): ReadonlyMap<string, Process> {
    const processes = new Map<string, Process>();
    for (const event of this.#names) {
      if (!isPlain(event['args'])) continue;
      const pid = String(event['pid'] ?? '');
      const { args } = event;
      let process = processes.get(pid);
      if (process === undefined)
        processes.set(pid, (process = { name: '', labels: '', resource: null, threads: new Map() }));
      if (event['name'] === 'process_name') {
        process.name = textOf(args['name']);
        if (isPlain(args['resource'])) process.resource = args['resource'];
      } else if (event['name'] === 'process_labels') process.labels = textOf(args['labels']);
      else if (event['name'] === 'thread_name')
        process.threads.set(String(event['tid'] ?? ''), textOf(args['name']));
    }
    return processes;
  }

  /** What is added to times, in ms, to the whole microsecond: 0 where they are since 1970. */
  #shift(modifiedMs: number): number {
    const { firstUs, lastUs } = this.#events.span();
    if (firstUs >= EPOCH_FROM_US) return 0;
    if (this.#capturedMs !== null) {
      this.#into.note(
        'the times count from a start of their own: the first is taken for when the file says it was captured',
        0,
      );
      return this.#capturedMs - Math.floor(firstUs) / 1000;
    }
    this.#into.note(
      'the times count from a start of their own: the last is taken for when the file was last written',
      0,
    );
    return Math.floor(modifiedMs) - Math.ceil(lastUs) / 1000;
  }
}
