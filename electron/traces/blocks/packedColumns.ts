/** Columns of a packed block (`shared/spanFormat.ts`), as they are written to the store. */
import type { Origin } from '../../../shared/span.ts';
import type { AttributeSink } from '../../../shared/detailReader.ts';
import type { PackedSpans } from '../../../shared/packedSpans.ts';
import type { AttributeColumn, SpanExtra } from '../blockTypes.ts';
import { ColumnBuilder } from './spanColumns.ts';
import type { SpanColumns } from './spanColumns.ts';

/** Gives numbers to what blocks refer to. */
export interface Numbering {
  trace(traceId: string): number;
  /** Of a span's name or an attribute's key. */
  text(text: string): number;
  /** `undefined`: of this program itself. */
  origin(origin: Origin | undefined): number;
}

/** In the order in which they were packed. @throws SpanCodecError for bytes that cannot be read */
export function columnsOf(packed: PackedSpans, numbers: Numbering): SpanColumns {
  const { count, strings, startMs, endMs, flags, spanId, parentId, rests } = packed;
  const traceNumbers = new Float64Array(packed.traceIds.length).fill(-1);
  const traceOf = (index: number): number => {
    if (traceNumbers[index] === -1) traceNumbers[index] = numbers.trace(packed.traceIds[index]!);
    return traceNumbers[index]!;
  };
  const originNumbers = packed.origins.map((origin) => numbers.origin(origin));
  const own = packed.origin === null || packed.origin.includes(0) ? numbers.origin(undefined) : 0;
  const textNumbers = new Int32Array(strings.length).fill(-1);
  const textOf = (index: number): number => {
    if (textNumbers[index] === -1) textNumbers[index] = numbers.text(strings[index]!);
    return textNumbers[index]!;
  };
  const trace = new Uint32Array(count);
  const startUs = new Float64Array(count);
  const durationUs = new Float64Array(count);
  const name = new Uint32Array(count);
  const origin = new Uint32Array(count);
  const extras = new Map<number, SpanExtra>();
  const builders = new Map<number, ColumnBuilder>();
  // Two strings of a block may be the same text: builders are shared by number.
  const builderOf: (ColumnBuilder | undefined)[] = [];
  const builder = (key: number): ColumnBuilder => {
    let found = builderOf[key];
    if (found === undefined) {
      const number = textOf(key);
      found = builders.get(number);
      if (found === undefined) builders.set(number, (found = new ColumnBuilder()));
      builderOf[key] = found;
    }
    return found;
  };
  let row = 0;
  const sink: AttributeSink = {
    text: (key, text) => builder(key).textFrom(row, text, strings[text]!),
    number: (key, value) => builder(key).number(row, value),
    boolean: (key, value) => builder(key).boolean(row, value),
    list: (key, values) => builder(key).list(row, values),
  };
  for (; row < count; row += 1) {
    trace[row] = traceOf(packed.trace[row]!);
    const start = microseconds(startMs[row]!);
    startUs[row] = start;
    durationUs[row] = bounded(microseconds(endMs[row]!) - start);
    name[row] = textOf(packed.name[row]!);
    const given = packed.origin === null ? 0 : packed.origin[row]!;
    origin[row] = given === 0 ? own : originNumbers[given - 1]!;
    const { statusMessage, events, links } = packed.next(sink);
    const more = packed.more.size === 0 ? undefined : packed.more.get(row);
    if (statusMessage !== null || events.length > 0 || links.length > 0 || more !== undefined) {
      extras.set(row, {
        statusMessage,
        events,
        links,
        traceState: more?.traceState ?? null,
        dropped: more?.dropped ?? null,
      });
    }
  }
  packed.end();
  const attributes = new Map<number, AttributeColumn>();
  for (const [key, column] of builders) attributes.set(key, column.finish());
  return {
    count,
    trace,
    startUs,
    durationUs,
    name,
    origin,
    flags,
    spanId,
    parentId,
    startRestNs: rests?.startNs ?? null,
    endRestNs: rests?.endNs ?? null,
    attributes,
    extras,
  };
}

/**
 * Times are whole numbers of microseconds that SQLite and JavaScript both hold exactly: from 1684 to 2255. What is told
 * of other centuries (a clock that is wrong, a unit that was mistaken) counts as the nearest of these.
 */
export const FAR_US = 9e15;
const bounded = (us: number): number => Math.max(-FAR_US, Math.min(FAR_US, us));
/** NaN for NaN. */
const microseconds = (ms: number): number => bounded(Math.round(ms * 1000));
