/** Records packed for a table. Unlike `encodeSpans` it takes any: what a block cannot say as it is, is named. */
import { openSpans } from '../../shared/packedSpans.ts';
import type { PackedSpans } from '../../shared/packedSpans.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { SpanCodecError } from '../../shared/spanFormat.ts';
import { SpanWriter } from '../../shared/spanWriter.ts';

export type PackedRecords = {
  /** Origins, trace states and what was dropped are not in it. */
  readonly packed: PackedSpans;
  readonly traceIds: readonly string[];
  /** Places of records with ids that are no sixteen hex digits, or with details that cannot be packed. */
  readonly odd: ReadonlySet<number>;
};

const NO_TRACE = '0'.repeat(32);
const writer = new SpanWriter();

/** @throws SpanCodecError for times that are no numbers */
export function packRecords(records: readonly SpanRecord[]): PackedRecords {
  const traces = new Map<string, number>();
  const odd = new Set<number>();
  for (const [place, record] of records.entries()) {
    let trace = traces.get(record.traceId);
    // Their ids are told apart here: any text is one.
    if (trace === undefined) traces.set(record.traceId, (trace = writer.trace(NO_TRACE)));
    if (!write(trace, record)) odd.add(place);
  }
  return { packed: openSpans(writer.finish()), traceIds: [...traces.keys()], odd };
}

/** `false` where the block does not say all of it. */
function write(trace: number, record: SpanRecord): boolean {
  const { parentSpanId } = record;
  let isWhole = parentSpanId === null || parseId(parentSpanId);
  const parentHigh = parentSpanId === null ? 0 : high;
  const parentLow = parentSpanId === null ? 0 : low;
  // In a block it means none.
  if (parentSpanId !== null && (parentHigh | parentLow) === 0) isWhole = false;
  if (!parseId(record.spanId)) isWhole = false;
  const [idHigh, idLow] = [high, low];
  const { startRestNs = 0, endRestNs = 0 } = record;
  const begin = (): void => {
    writer.beginSpan(
      trace,
      idHigh,
      idLow,
      parentHigh,
      parentLow,
      writer.intern(record.name),
      record.startMs,
      record.endMs,
      Math.max(0, SPAN_KINDS.indexOf(record.kind)),
      Math.max(0, SPAN_STATUSES.indexOf(record.status)),
    );
    if (startRestNs !== 0 || endRestNs !== 0) writer.rests(startRestNs, endRestNs);
  };
  begin();
  try {
    writer.attributes(record.attributes);
    writer.endSpan(record.statusMessage, record.events, record.links);
    return isWhole;
  } catch (error) {
    if (!(error instanceof SpanCodecError)) throw error;
    writer.dropSpan();
    begin();
    writer.attributeCount(0);
    writer.endSpan(null, null, null);
    return false;
  }
}

/** The two halves of the id parsed last. A pair of module variables, since a returned pair would be garbage. */
export let high = 0;
export let low = 0;
/** `false` where the id is not 16 hex digits: then the halves are a hash of it. */
export function parseId(id: string): boolean {
  let h = 0;
  let l = 0;
  let valid = id.length === 16;
  for (let i = 0; valid && i < 16; i += 1) {
    const code = id.charCodeAt(i);
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : -1;
    if (digit < 0) valid = false;
    else if (i < 8) h = (h << 4) | digit;
    else l = (l << 4) | digit;
  }
  if (!valid) {
    h = 0x811c9dc5;
    l = 0x1b873593;
    for (let i = 0; i < id.length; i += 1) {
      h = Math.imul(h ^ id.charCodeAt(i), 0x01000193);
      l = Math.imul(l ^ id.charCodeAt(i), 0x5bd1e995) ^ (l >>> 13);
    }
  }
  high = h >>> 0;
  low = l >>> 0;
  return valid;
}
