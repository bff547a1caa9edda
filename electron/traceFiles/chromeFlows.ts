/** Flows of trace events: links from a slice to the one before it in the flow. */
import { isPlain, type Plain } from './attributeValues.ts';
import { placeOf, type Slice, type Thread } from './chromeSlices.ts';
import type { Collector } from './collector.ts';

export class ChromeFlows {
  readonly #into: Collector;
  /** The latest slice of a flow. */
  readonly #latest = new Map<string, Slice>();

  constructor(into: Collector) {
    this.#into = into;
  }

  /** A slice begins: flows that end in the next one end in it. */
  begin(thread: Thread, slice: Slice): void {
    for (const flow of thread.pending.splice(0)) this.#step(flow, slice);
  }

  /** An event of a flow. @param phase `s`, `t` or `f` */
  take(phase: string, event: Plain, thread: Thread): void {
    const key = flowKey(event, event['id'] ?? (isPlain(event['id2']) ? event['id2']['global'] : undefined));
    const slice = thread.stack.at(-1);
    // The end of a flow belongs to the next slice, unless it says that it is in this one.
    if (phase === 'f' && event['bp'] !== 'e') thread.pending.push(key);
    else if (slice === undefined) this.#into.refuse('a flow outside of any slice', placeOf(event));
    else if (phase === 's') this.#latest.set(key, slice);
    else this.#step(key, slice);
  }

  /** The newer way: slices that name the flow they are in. */
  bind(event: Plain, slice: Slice): void {
    if (event['bind_id'] === undefined) return;
    const key = flowKey({}, event['bind_id']);
    if (event['flow_in'] === true) this.#step(key, slice);
    if (event['flow_out'] === true) this.#latest.set(key, slice);
  }

  #step(key: string, slice: Slice): void {
    const before = this.#latest.get(key);
    if (before !== undefined && before !== slice && !slice.links.includes(before)) slice.links.push(before);
    this.#latest.set(key, slice);
  }
}

function flowKey({ cat, name }: Plain, id: unknown): string {
  return JSON.stringify([cat ?? '', name ?? '', id ?? '']);
}
