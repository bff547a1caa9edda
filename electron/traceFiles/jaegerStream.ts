/**
 * Jaeger's traces span by span, however large they are. What a span's process is stands behind the spans, so a file is
 * gone through twice: first for the processes of each trace, then for the spans.
 */
import type { RecordSink } from './collector.ts';
import { openJaegerTrace } from './jaegerReader.ts';

/** Members of a trace that its spans need; they are small. */
const FACTS = new Set(['processes', 'traceID']);

type Trace = { readonly facts: Record<string, unknown>; hasSpans: boolean };
/** Where a trace stands: the object in a list, or the document itself. */
export type TracePlace = { readonly document: number; readonly within: string | null };

export class JaegerStream {
  readonly #into: RecordSink;
  readonly #traces = new Map<string, Trace>();
  #hasTraces = false;
  #open: { readonly place: string; readonly read: (span: unknown, at: string) => void } | null = null;

  constructor(into: RecordSink) {
    this.#into = into;
  }

  /** Whether there is a trace with spans to read in a second turn. */
  get hasTraces(): boolean {
    return this.#hasTraces;
  }

  /** Whether a member of this name has to be parsed in the first turn. */
  wants(key: string): boolean {
    return FACTS.has(key);
  }

  /** A part of a trace. */
  look(at: TracePlace, key: string, value: unknown): void {
    const place = keyOf(at);
    let trace = this.#traces.get(place);
    if (trace === undefined) this.#traces.set(place, (trace = { facts: {}, hasSpans: false }));
    if (FACTS.has(key)) trace.facts[key] = value;
    else if (key === 'spans') trace.hasSpans = true;
    this.#hasTraces ||= isTrace(trace);
  }

  /** Tells what stood where traces stand and is none. */
  refuseOthers(): void {
    for (const [place, { hasSpans, facts }] of this.#traces) {
      const within = place.slice(place.indexOf(' ') + 1);
      if (within !== '' && !hasSpans && Object.keys(facts).length === 0)
        this.#into.refuse('no trace', within);
    }
  }

  /** A span, in the second turn. */
  read(of: TracePlace, span: unknown, at: string): void {
    const place = keyOf(of);
    if (this.#open?.place !== place) {
      const trace = this.#traces.get(place);
      if (trace === undefined || !isTrace(trace)) return;
      this.#open = { place, read: openJaegerTrace(trace.facts, this.#into) };
    }
    this.#open.read(span, at);
  }
}

const keyOf = ({ document, within }: TracePlace): string => `${document} ${within ?? ''}`;
const isTrace = ({ facts, hasSpans }: Trace): boolean => hasSpans && Object.keys(facts).length > 0;
