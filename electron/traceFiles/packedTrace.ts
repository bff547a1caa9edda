/** A stored trace as the writers see it: columns at once, records one by one, so that a million spans need no million objects. */
import { cutCycles } from '../../shared/analysis/columnsOf.ts';
import type { TraceColumns } from '../../shared/analysis/traceColumns.ts';
import { wordHex } from '../../shared/hexWords.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import { openSpans } from '../../shared/packedSpans.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { Origin, SpanRecord } from '../../shared/span.ts';

export class PackedTrace {
  readonly #bytes: Uint8Array;
  readonly #own: Origin;
  readonly count: number;
  readonly traceId: string;
  /** The latest moment that any span knows, in epoch ms: where spans end that have not. */
  readonly lastMs: number;
  readonly firstMs: number;
  /** Epoch ms, as they are: NaN while open. */
  readonly endMs: Float64Array;
  readonly startMs: Float64Array;
  #columns: TraceColumns | null = null;

  /**
   * @param bytes packed by `encodeSpans`, of one trace
   * @param own the origin of spans that were recorded by this program itself
   */
  constructor(bytes: Uint8Array, own: Origin) {
    this.#bytes = bytes;
    this.#own = own;
    const { count, traceIds, startMs, endMs } = openSpans(bytes);
    this.count = count;
    this.traceId = traceIds[0] ?? '';
    this.startMs = startMs;
    this.endMs = endMs;
    let first = Infinity;
    let last = -Infinity;
    for (let row = 0; row < count; row += 1) {
      first = Math.min(first, startMs[row]!);
      last = Math.max(last, startMs[row]!, Number.isNaN(endMs[row]!) ? -Infinity : endMs[row]!);
    }
    this.firstMs = first;
    this.lastMs = last;
  }

  /** Times in ms after `firstMs`; no cycles, no end before its start. */
  get columns(): TraceColumns {
    return (this.#columns ??= this.#toColumns());
  }

  /** Every span, in the order of the columns. To be asked for anew for every turn. */
  *records(): Generator<SpanRecord> {
    const packed = openSpans(this.#bytes);
    const {
      count,
      startMs,
      endMs,
      spanId,
      parentId,
      trace,
      name,
      flags,
      strings,
      traceIds,
      origins,
      origin,
      more,
      rests,
    } = packed;
    for (let row = 0; row < count; row += 1) {
      const { attributes, extras } = packed.nextRecord();
      const { traceState, dropped } = more.get(row) ?? { traceState: null, dropped: null };
      const from = origin?.[row] ?? 0;
      const startRestNs = rests?.startNs[row] ?? 0;
      const endRestNs = rests?.endNs[row] ?? 0;
      yield {
        traceId: traceIds[trace[row]!]!,
        spanId: wordHex(spanId[row * 2]!) + wordHex(spanId[row * 2 + 1]!),
        parentSpanId:
          (parentId[row * 2]! | parentId[row * 2 + 1]!) === 0
            ? null
            : wordHex(parentId[row * 2]!) + wordHex(parentId[row * 2 + 1]!),
        name: strings[name[row]!]!,
        kind: SPAN_KINDS[flags[row]! & 7]!,
        startMs: startMs[row]!,
        endMs: Number.isNaN(endMs[row]!) ? null : endMs[row]!,
        ...(startRestNs === 0 ? {} : { startRestNs }),
        ...(endRestNs === 0 ? {} : { endRestNs }),
        status: SPAN_STATUSES[flags[row]! >> 3]!,
        statusMessage: extras.statusMessage,
        attributes,
        events: extras.events,
        links: extras.links,
        origin: from === 0 ? this.#own : origins[from - 1]!,
        ...(traceState === null ? {} : { traceState }),
        ...(dropped === null ? {} : { dropped }),
      };
    }
  }

  /** Of each span which origin it has; the origins in the order of appearance. */
  origins(): { readonly of: Uint32Array; readonly list: readonly Origin[] } {
    const { count, origins, origin } = openSpans(this.#bytes);
    if (origin === null) return { of: new Uint32Array(count), list: [this.#own] };
    const list: Origin[] = [];
    const places = new Map<number, number>();
    const of = new Uint32Array(count);
    for (let row = 0; row < count; row += 1) {
      const from = origin[row]!;
      let place = places.get(from);
      if (place === undefined)
        places.set(from, (place = list.push(from === 0 ? this.#own : origins[from - 1]!) - 1));
      of[row] = place;
    }
    return { of, list };
  }

  /** Names, each once, and of each span which it has. */
  names(): { readonly of: Uint32Array; readonly list: readonly string[] } {
    const { name, strings } = openSpans(this.#bytes);
    return { of: name, list: strings };
  }

  #toColumns(): TraceColumns {
    const { count, spanId, parentId, startMs, endMs } = openSpans(this.#bytes);
    const rows = rowsById(spanId, count);
    const parent = new Int32Array(count).fill(-1);
    const start = new Float64Array(count);
    const end = new Float64Array(count);
    for (let row = 0; row < count; row += 1) {
      start[row] = lengthMs(this.firstMs, startMs[row]!);
      const endAt = Number.isNaN(endMs[row]!) ? this.lastMs : endMs[row]!;
      end[row] = Math.max(start[row]!, lengthMs(this.firstMs, endAt));
      const high = parentId[row * 2]!;
      const low = parentId[row * 2 + 1]!;
      if ((high | low) !== 0) parent[row] = rows(high, low);
    }
    cutCycles(parent);
    return { count, parent, startMs: start, endMs: end };
  }
}

/** Finds the row of a span id; -1 where there is none. Of equal ids the first row. */
function rowsById(ids: Uint32Array, count: number): (high: number, low: number) => number {
  let size = 16;
  while (size < count * 2) size *= 2;
  const slots = new Int32Array(size).fill(-1);
  const slotOf = (high: number, low: number): number => {
    let hash = Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & (size - 1); ; slot = (slot + 1) & (size - 1)) {
      const row = slots[slot]!;
      if (row < 0 || (ids[row * 2] === high && ids[row * 2 + 1] === low)) return slot;
    }
  };
  for (let row = 0; row < count; row += 1) {
    const slot = slotOf(ids[row * 2]!, ids[row * 2 + 1]!);
    if (slots[slot]! < 0) slots[slot] = row;
  }
  return (high, low) => slots[slotOf(high, low)]!;
}

/** The service that a span is of, wherever one is shown. */
export function serviceOf({ resource }: Origin): string {
  const service = resource['service.name'];
  return typeof service === 'string' && service !== '' ? service : 'unknown_service';
}
