/** What was recorded lately, full spans and rows side by side, for windows, the trace store and exporters. */
import { SpanCodecError } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { SpanSource } from '../api.ts';
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
  /** Whether a trace that a window began is recorded at all. Not given: every one is. */
  readonly wants?: (traceId: string) => boolean;
  /** Spans that were adopted. */
  readonly onAdopted?: (spans: readonly SpanRecord[]) => void;
  /** A span that was to be adopted is none. */
  readonly onFault?: (thrown: unknown) => void;
};

const NO_ROWS = new Uint8Array();

export function createSpanSource(parts: SpanSourceParts): SpanSource {
  const { ring, leaves, tail = KEEP_ALL, headDropped = () => 0, onFault = () => undefined } = parts;
  const { enabled = true, wants = () => true, onAdopted } = parts;
  let unwanted = 0;

  function adoptOne(span: SpanRecord): boolean {
    try {
      if (span.endMs === null) throw new SpanCodecError('A span that is still open was handed over.');
      ring.completed(span);
      return true;
    } catch (thrown) {
      onFault(thrown);
      return false;
    }
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
    adopt(spans, { undecided = false } = {}) {
      if (!enabled) return;
      const wanted = undecided ? spans.filter(({ traceId }) => wants(traceId)) : spans;
      unwanted += spans.length - wanted.length;
      const adopted = wanted.filter(adoptOne);
      try {
        if (adopted.length > 0) onAdopted?.(adopted);
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
