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
import type { AttributeValue, Origin, SpanEvent, SpanKind, SpanLink, SpanRecord } from '../../shared/span.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import { isPlain, listOf, setOwn, textOf, toAttributeValue, type Plain } from './attributeValues.ts';
import type { Collector } from './collector.ts';
import { HeldEvents, MAX_HELD_BYTES } from './heldEvents.ts';
import { hashText, spanIdOf, traceIdOf } from './ids.ts';

/** Argument under which our own export keeps what the format has no place for. */
export const SPAN_ARGUMENT = '(span)';
/** Times below this (1973) count from when a machine or a program started. */
const EPOCH_FROM_US = 1e14;

export function isChromeEvent(value: unknown): value is Plain {
  return isPlain(value) && typeof value['ph'] === 'string';
}

type Slice = {
  readonly spanId: string;
  readonly parent: Slice | null;
  readonly name: string;
  readonly thread: Thread;
  readonly startUs: number;
  endUs: number | null;
  /** Arguments, in the order they came. */
  readonly args: Plain[];
  readonly attributes: Record<string, AttributeValue>;
  readonly events: SpanEvent[];
  readonly links: Slice[];
};
type Thread = {
  readonly pid: string;
  readonly tid: string;
  readonly stack: Slice[];
  /** Flows that end in the next slice. */
  readonly pending: string[];
};
type Process = {
  name: string;
  labels: string;
  resource: Plain | null;
  readonly threads: Map<string, string>;
};

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
    const sweep = new Sweep(into, shiftMs, (slice) =>
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

  /** What is added to times, in ms: 0 where they are since 1970. */
  #shift(modifiedMs: number): number {
    const { firstUs, lastUs } = this.#events.span();
    if (firstUs >= EPOCH_FROM_US) return 0;
    if (this.#capturedMs !== null) {
      this.#into.note(
        'the times count from a start of their own: the first is taken for when the file says it was captured',
        0,
      );
      return this.#capturedMs - firstUs / 1000;
    }
    this.#into.note(
      'the times count from a start of their own: the last is taken for when the file was last written',
      0,
    );
    return Math.floor(modifiedMs) - lastUs / 1000;
  }
}

/** Goes through the events by time, with a stack for each thread and each asynchronous id. */
class Sweep {
  /** Events of other phases, by phase. */
  readonly unread = new Map<string, number>();
  readonly #into: Collector;
  readonly #shiftMs: number;
  readonly #put: (slice: Slice) => void;
  #begun = 0;
  readonly #threads = new Map<string, Thread>();
  readonly #async = new Map<string, Thread>();
  /** The latest slice of a flow. */
  readonly #flows = new Map<string, Slice>();

  /** @param put takes each slice when nothing can come into it any more */
  constructor(into: Collector, shiftMs: number, put: (slice: Slice) => void) {
    this.#into = into;
    this.#shiftMs = shiftMs;
    this.#put = put;
  }

  /** After the last event: what is still open. */
  end(): void {
    for (const threads of [this.#threads, this.#async])
      for (const { stack } of threads.values()) for (const slice of stack.splice(0)) this.#leave(slice);
  }

  #leave(slice: Slice): void {
    this.#put(slice);
    // A flow remembers its latest slice, and through its links all before it.
    slice.links.length = 0;
  }

  take(event: Plain): void {
    const phase = event['ph'] as string;
    const us = Number(event['ts']);
    switch (phase) {
      case 'B':
        this.#begin(this.#thread(event, us), event, us, null);
        break;
      case 'E':
        this.#finish(this.#thread(event, us), event, us);
        break;
      case 'X': {
        const dur = event['dur'] === undefined ? NaN : Number(event['dur']);
        const slice = this.#begin(this.#thread(event, us), event, us, Number.isNaN(dur) ? null : us + dur);
        this.#bind(event, slice);
        break;
      }
      case 'b':
      case 'S':
        this.#begin(this.#asyncOf(event), event, us, null);
        break;
      case 'e':
      case 'F':
        this.#finish(this.#asyncOf(event), event, us);
        break;
      case 'n':
      case 'T':
      case 'p':
        this.#moment(this.#asyncOf(event), event, us);
        break;
      case 'i':
      case 'I':
      case 'R':
        this.#moment(this.#thread(event, us, true), event, us);
        break;
      case 's':
      case 't':
      case 'f':
        this.#flow(phase, event, us);
        break;
      case 'C':
        this.#counter(event, us);
        break;
      case 'c':
      case '(':
      case ')':
        break;
      default:
        this.unread.set(phase, (this.unread.get(phase) ?? 0) + 1);
    }
  }

  /** The event's thread, without the slices that have ended by then. */
  #thread(event: Plain, us: number, keepsEnding = false): Thread {
    const pid = String(event['pid'] ?? '');
    const tid = String(event['tid'] ?? '');
    const key = `${pid} ${tid}`;
    let thread = this.#threads.get(key);
    if (thread === undefined) this.#threads.set(key, (thread = { pid, tid, stack: [], pending: [] }));
    const { stack } = thread;
    for (let at = stack.length - 1; at >= 0; at -= 1) {
      const { endUs, startUs } = stack[at]!;
      // One without length holds nothing; a moment at the very end of one is still in it.
      if (endUs === null) continue;
      const isOver = keepsEnding ? endUs < us : endUs <= us || endUs <= startUs;
      if (isOver) this.#leave(stack.splice(at, 1)[0]!);
    }
    return thread;
  }

  #asyncOf(event: Plain): Thread {
    const pid = String(event['pid'] ?? '');
    const id2 = isPlain(event['id2']) ? event['id2'] : {};
    const local = id2['local'];
    const id = String(event['id'] ?? id2['global'] ?? local ?? '');
    const key = JSON.stringify([
      event['cat'] ?? '',
      event['scope'] ?? '',
      id,
      local === undefined ? '' : pid,
    ]);
    let found = this.#async.get(key);
    if (found === undefined)
      this.#async.set(key, (found = { pid, tid: String(event['tid'] ?? ''), stack: [], pending: [] }));
    return found;
  }

  #begin(thread: Thread, event: Plain, us: number, endUs: number | null): Slice {
    const name = textOf(event['name']);
    const parent = thread.stack.at(-1) ?? null;
    const attributes: Record<string, AttributeValue> = {};
    if (typeof event['cat'] === 'string' && event['cat'] !== '') attributes['trace.category'] = event['cat'];
    const serial = this.#begun;
    this.#begun += 1;
    const high = hashText(`${thread.pid} ${thread.tid} ${name}`, 0x811c9dc5 ^ serial);
    const slice: Slice = {
      spanId: high.toString(16).padStart(8, '0') + (serial + 1).toString(16).padStart(8, '0'),
      parent,
      name,
      thread,
      startUs: us,
      endUs,
      args: isPlain(event['args']) ? [event['args']] : [],
      attributes,
      events: [],
      links: [],
    };
    for (const flow of thread.pending.splice(0)) this.#step(flow, slice);
    thread.stack.push(slice);
    return slice;
  }

  #finish(thread: Thread, event: Plain, us: number): void {
    const { stack } = thread;
    const name = event['name'];
    // The innermost open slice; where names are given and differ, the innermost of that name.
    let at = stack.findLastIndex(
      (slice) => slice.endUs === null && (name === undefined || slice.name === name),
    );
    if (at < 0) at = stack.findLastIndex((slice) => slice.endUs === null);
    const slice = stack[at];
    if (slice === undefined) return this.#into.refuse('an end without a begin', placeOf(event));
    slice.endUs = us;
    if (isPlain(event['args'])) slice.args.push(event['args']);
    this.#leave(stack.splice(at, 1)[0]!);
  }

  #moment(thread: Thread, event: Plain, us: number): void {
    // Our own export draws events, and keeps them with their span.
    if (isPlain(event['args']) && isPlain(event['args'][SPAN_ARGUMENT])) return;
    const scope = event['s'];
    const host = scope === 'g' || scope === 'p' ? undefined : thread.stack.at(-1);
    const name = textOf(event['name']);
    if (host === undefined) {
      this.#into.note('moments outside of any slice became spans without length');
      this.#begin(thread, event, us, us);
      this.#leave(thread.stack.pop()!);
      return;
    }
    const attributes: Record<string, AttributeValue> = {};
    for (const [key, value] of Object.entries(isPlain(event['args']) ? event['args'] : {}))
      setOwn(attributes, key, toAttributeValue(value));
    host.events.push({ name, timeMs: us / 1000 + this.#shiftMs, attributes });
  }

  #flow(phase: string, event: Plain, us: number): void {
    const thread = this.#thread(event, us, true);
    const key = flowKey(event, event['id'] ?? (isPlain(event['id2']) ? event['id2']['global'] : undefined));
    const slice = thread.stack.at(-1);
    // The end of a flow belongs to the next slice, unless it says that it is in this one.
    if (phase === 'f' && event['bp'] !== 'e') thread.pending.push(key);
    else if (slice === undefined) this.#into.refuse('a flow outside of any slice', placeOf(event));
    else if (phase === 's') this.#flows.set(key, slice);
    else this.#step(key, slice);
  }

  /** The newer way: slices that name the flow they are in. */
  #bind(event: Plain, slice: Slice): void {
    if (event['bind_id'] === undefined) return;
    const key = flowKey({}, event['bind_id']);
    if (event['flow_in'] === true) this.#step(key, slice);
    if (event['flow_out'] === true) this.#flows.set(key, slice);
  }

  #step(key: string, slice: Slice): void {
    const before = this.#flows.get(key);
    if (before !== undefined && before !== slice && !slice.links.includes(before)) slice.links.push(before);
    this.#flows.set(key, slice);
  }

  #counter(event: Plain, us: number): void {
    const timeMs = us / 1000 + this.#shiftMs;
    const name = textOf(event['name']);
    for (const [series, value] of Object.entries(isPlain(event['args']) ? event['args'] : {})) {
      const number = Number(value);
      if (typeof value === 'object' || !Number.isFinite(number) || name === '') continue;
      this.#into.point({
        name,
        unit: '',
        description: '',
        kind: 'gauge',
        attributes: { series, 'process.pid': String(event['pid'] ?? '') },
        origin: {
          resource: { 'service.name': `process ${String(event['pid'] ?? '')}` },
          scope: { name: '', version: null },
        },
        startMs: timeMs,
        timeMs,
        value: number,
        exemplars: [],
      });
    }
  }
}

function flowKey({ cat, name }: Plain, id: unknown): string {
  return JSON.stringify([cat ?? '', name ?? '', id ?? '']);
}

function placeOf(event: Plain): string {
  return `ts ${String(event['ts'])} on thread ${String(event['tid'])}`;
}

function toSpan(
  slice: Slice,
  fileTrace: string,
  shiftMs: number,
  processes: ReadonlyMap<string, Process>,
  origins: Map<string, Origin | undefined>,
  into: Collector,
): SpanRecord {
  const { attributes, thread } = slice;
  const process = processes.get(thread.pid);
  const threadName = process?.threads.get(thread.tid);
  let own: Plain | null = null;
  for (const args of slice.args) {
    for (const [key, value] of Object.entries(args)) {
      if (key === SPAN_ARGUMENT && isPlain(value)) own = value;
      else setOwn(attributes, key, toAttributeValue(value));
    }
  }
  const startMs = slice.startUs / 1000 + shiftMs;
  const endMs = slice.endUs === null ? null : slice.endUs / 1000 + shiftMs;
  if (own !== null) {
    delete attributes['trace.category'];
    const origin = originOf(thread.pid, process, own['scope'], origins, into);
    const dropped = isPlain(own['dropped']) ? own['dropped'] : null;
    return {
      traceId: traceIdOf(own['trace_id']) ?? fileTrace,
      spanId: spanIdOf(own['span_id']) ?? slice.spanId,
      parentSpanId: spanIdOf(own['parent_span_id']),
      name: slice.name,
      kind: SPAN_KINDS.find((kind) => kind === own['kind']) ?? 'internal',
      startMs: typeof own['start_ms'] === 'number' ? own['start_ms'] : startMs,
      endMs: typeof own['end_ms'] === 'number' ? own['end_ms'] : endMs,
      status: SPAN_STATUSES.find((status) => status === own['status']) ?? 'unset',
      statusMessage: typeof own['status_message'] === 'string' ? own['status_message'] : null,
      attributes,
      events: ownEvents(own['events']),
      links: ownLinks(own['links']),
      ...(origin === undefined ? {} : { origin }),
      ...(typeof own['trace_state'] === 'string' ? { traceState: own['trace_state'] } : {}),
      ...(dropped === null
        ? {}
        : {
            dropped: {
              attributes: Number(dropped['attributes'] ?? 0),
              events: Number(dropped['events'] ?? 0),
              links: Number(dropped['links'] ?? 0),
            },
          }),
    };
  }
  if (thread.tid !== '') attributes['thread.id'] ??= thread.tid;
  if (threadName) attributes['thread.name'] ??= threadName;
  const origin = originOf(thread.pid, process, null, origins, into);
  return {
    traceId: fileTrace,
    spanId: slice.spanId,
    parentSpanId: slice.parent?.spanId ?? null,
    name: slice.name,
    kind: 'internal' satisfies SpanKind,
    startMs,
    endMs,
    status: 'unset',
    statusMessage: null,
    attributes,
    events: slice.events,
    links: slice.links.map(({ spanId }): SpanLink => ({ traceId: fileTrace, spanId, attributes: {} })),
    ...(origin === undefined ? {} : { origin }),
  };
}

function ownEvents(events: unknown): readonly SpanEvent[] {
  return listOf(events).flatMap((event) =>
    isPlain(event) && typeof event['time_ms'] === 'number'
      ? [
          {
            name: textOf(event['name']),
            timeMs: event['time_ms'],
            attributes: attributesOf(event['attributes']),
          },
        ]
      : [],
  );
}

function ownLinks(links: unknown): readonly SpanLink[] {
  return listOf(links).flatMap((link) => {
    const traceId = isPlain(link) ? traceIdOf(link['trace_id']) : null;
    const spanId = isPlain(link) ? spanIdOf(link['span_id']) : null;
    if (traceId === null || spanId === null) return [];
    return [{ traceId, spanId, attributes: attributesOf((link as Plain)['attributes']) }];
  });
}

function attributesOf(value: unknown): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [key, given] of Object.entries(isPlain(value) ? value : {}))
    setOwn(attributes, key, toAttributeValue(given));
  return attributes;
}

function originOf(
  pid: string,
  process: Process | undefined,
  scope: unknown,
  origins: Map<string, Origin | undefined>,
  into: Collector,
): Origin | undefined {
  const { name, version } = isPlain(scope) ? scope : {};
  const key = JSON.stringify([pid, name, version]);
  if (!origins.has(key)) {
    const resource = process?.resource
      ? attributesOf(process.resource)
      : {
          'service.name': process?.name || (pid === '' ? 'unknown_service' : `process ${pid}`),
          ...(pid === '' ? {} : { 'process.pid': pid }),
          ...(process?.labels ? { 'process.labels': process.labels } : {}),
        };
    origins.set(
      key,
      into.origin({ resource, scope: { name: textOf(name), version: textOf(version) || null } }),
    );
  }
  return origins.get(key);
}
