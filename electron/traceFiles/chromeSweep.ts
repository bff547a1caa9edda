/** Trace events in order of time into slices. What is a span there follows from time: on each thread they are a stack. */
import type { AttributeValue } from '../../shared/span.ts';
import { isPlain, setOwn, textOf, toAttributeValue, type Plain } from './attributeValues.ts';
import { counterPoints } from './chromeCounters.ts';
import { ChromeFlows } from './chromeFlows.ts';
import { CATEGORY, placeOf, SPAN_ARGUMENT, type Slice, type Thread } from './chromeSlices.ts';
import type { Collector } from './collector.ts';
import { hashText } from './ids.ts';

/** Goes through the events by time, with a stack for each thread and each asynchronous id. */
export class ChromeSweep {
  /** Events of other phases, by phase. */
  readonly unread = new Map<string, number>();
  readonly #into: Collector;
  readonly #shiftMs: number;
  readonly #put: (slice: Slice) => void;
  #begun = 0;
  readonly #threads = new Map<string, Thread>();
  readonly #async = new Map<string, Thread>();
  readonly #flows: ChromeFlows;

  /** @param put takes each slice when nothing can come into it any more */
  constructor(into: Collector, shiftMs: number, put: (slice: Slice) => void) {
    this.#into = into;
    this.#shiftMs = shiftMs;
    this.#put = put;
    this.#flows = new ChromeFlows(into);
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
        this.#flows.bind(event, slice);
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
        this.#flows.take(phase, event, this.#thread(event, us, true));
        break;
      case 'C':
        for (const point of counterPoints(event, us / 1000 + this.#shiftMs)) this.#into.point(point);
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
    if (typeof event['cat'] === 'string' && event['cat'] !== '') attributes[CATEGORY] = event['cat'];
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
    this.#flows.begin(thread, slice);
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
}
