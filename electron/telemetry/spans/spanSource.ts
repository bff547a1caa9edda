/** What was recorded lately, full spans and rows side by side, for windows, the trace store and exporters. */
import { SpanCodecError } from '../../../shared/spanFormat.ts';
import { ATTR } from '../../../shared/span.ts';
import type { Attributes, SpanRecord } from '../../../shared/span.ts';
import type { Origin, SpanSource } from '../api.ts';
import type { HeadSampler } from '../sampling/headSampler.ts';
import { KEEP_ALL } from '../sampling/tailDecisions.ts';
import type { TailDecisions } from '../sampling/tailDecisions.ts';
import type { LeafRing } from './leafRing.ts';
import { SourceReader } from './sourceReader.ts';
import type { SpanRing } from './spanRing.ts';

export type SpanSourceParts = {
  readonly ring: SpanRing;
  readonly leaves: LeafRing;
  /** What readers pass over; windows (`since`) see everything. Not given: nothing. */
  readonly tail?: TailDecisions;
  readonly headDropped?: () => number;
  /** `false`: nothing is adopted. */
  readonly enabled?: boolean;
  /** Whether a span that is to be adopted is recorded at all. Not given: every one is. */
  readonly admits?: HeadSampler['admits'];
  /** What of a baggage header adopted spans carry as attributes. Not given: nothing. */
  readonly baggageAttributes?: (header: string) => Attributes | null;
  /** Spans that were adopted. */
  readonly onAdopted?: (spans: readonly SpanRecord[]) => void;
  /** A span that was to be adopted is none. */
  readonly onFault?: (thrown: unknown) => void;
};

const NO_ROWS = new Uint8Array();

export function createSpanSource(parts: SpanSourceParts): SpanSource {
  const { ring, leaves, tail = KEEP_ALL, headDropped = () => 0, onFault = () => undefined } = parts;
  const { enabled = true, admits = () => true, baggageAttributes = () => null, onAdopted } = parts;
  let unwanted = 0;
  let neverCame = 0;

  function withBaggage(span: SpanRecord): SpanRecord {
    const { [ATTR.baggage]: header, ...attributes } = span.attributes;
    if (header === undefined) return span;
    const chosen = typeof header === 'string' ? baggageAttributes(header) : null;
    // As everywhere: what the span itself says goes before it.
    return { ...span, attributes: { ...chosen, ...attributes } };
  }

  function adoptOne(span: SpanRecord): boolean {
    try {
      if (span.endMs === null) throw new SpanCodecError('A span that is still open was handed over.');
      ring.completed(withBaggage(span));
      return true;
    } catch (thrown) {
      onFault(thrown);
      return false;
    }
  }

  function adoptAll(given: readonly SpanRecord[], { undecided = false, lost = 0 }: Origin): void {
    neverCame += lost;
    const spans = given.filter(isSpan);
    // Parents first: they decide for those beneath them. A child began no earlier, and often ended earlier.
    const byStart = spans.toSorted((a, b) => a.startMs - b.startMs);
    const refused = new Set(byStart.filter((span) => !admits(span, undecided)));
    const wanted = spans.filter((span) => !refused.has(span));
    unwanted += spans.length - wanted.length;
    const adopted = wanted.filter(adoptOne);
    if (adopted.length > 0) onAdopted?.(adopted);
  }

  /** They come from other processes, which may send anything. */
  function isSpan(given: unknown): boolean {
    if (typeof given === 'object' && given !== null) return true;
    onFault(new SpanCodecError('What was handed over is no span.'));
    return false;
  }

  return {
    since(cursor, maxSpans = Infinity) {
      const max = Math.max(1, maxSpans);
      const { seq, bytes, count } = ring.since(cursor.spans, max);
      // A place beyond the end is of another process: such a reader starts over.
      const place = cursor.leaves >= 0 && cursor.leaves <= leaves.rows ? cursor.leaves : 0;
      const from = Math.max(place, leaves.oldest);
      const to = Math.min(leaves.rows, from + max - count);
      return {
        cursor: { spans: seq, leaves: to },
        evicted: ring.counts().evicted + leaves.oldest,
        bytes,
        leaves: from === to ? NO_ROWS : leaves.pack(from, to),
      };
    },
    get cursor() {
      return { spans: ring.seq, leaves: leaves.rows };
    },
    reader: (fromNow = false) => new SourceReader(ring, leaves, tail, fromNow),
    onChange(listener) {
      const ends = [ring.onChange(listener), leaves.onChange(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    counts() {
      const { started, ended, evicted, held, open, readmitted } = ring.counts();
      const { rows, oldest } = leaves;
      return {
        started: started + rows,
        ended: ended + rows,
        evicted: evicted + oldest,
        held: held + rows - oldest,
        open,
        readmitted,
        headDropped: headDropped() + unwanted,
      };
    },
    get neverCame() {
      return neverCame;
    },
    adopt(spans, origin) {
      if (!enabled) return;
      try {
        adoptAll(spans, origin ?? {});
      } catch (thrown) {
        onFault(thrown);
      }
    },
    memory() {
      const { columnBytes, textBytes } = ring.memory();
      return { columnBytes, textBytes, rowBytes: leaves.bytes };
    },
  };
}
