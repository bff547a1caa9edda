/**
 * What is active at one point of the program: a span and its baggage. An OpenTelemetry context that carries both
 * as fields, so that finding the active span takes one AsyncLocalStorage read and no search through a map.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  createContextKey,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  TraceFlags,
} from '@opentelemetry/api';
import type { Baggage as OtelBaggage, Context, Span } from '@opentelemetry/api';
import { withEntries } from '../../../shared/baggage.ts';
import type { BaggageEntries } from '../../../shared/baggage.ts';
import type { LeafParent } from '../operations/leafParent.ts';
import type { SpanHandle } from '../tracing/spanHandle.ts';
import { UnrecordedSpan } from '../tracing/unrecordedSpan.ts';
import { ownSpan } from './ownSpan.ts';

/** A span as far as a scope needs it: recorded here, unrecorded, or of another process. */
export type ScopeSpan = SpanHandle &
  LeafParent & {
    /** The same span for code of OpenTelemetry. */
    readonly otelSpan: Span;
    /** `tracestate` as it came in from outside; `''` for none. */
    readonly traceState: string;
    /** Of a span that is made active again and again: its baggage lasts as long as it. */
    ownScope: Scope | null;
  };

export const NO_BAGGAGE: BaggageEntries = new Map();
// The API takes these by their names: the keys it uses itself.
const SPAN_KEY = createContextKey('OpenTelemetry Context Key SPAN');
const BAGGAGE_KEY = createContextKey('OpenTelemetry Baggage Key');
const SUPPRESSED_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

export class Scope implements Context {
  span: ScopeSpan | null;
  /** The span around steps that follow one another in this scope, each the active span as long as it lasts. */
  readonly steps: ScopeSpan | null;
  /** Never changed in place: scopes that began earlier share it. Replaced by `baggage.set`. */
  baggage: BaggageEntries;
  /** The scope whose baggage this is: itself, unless OpenTelemetry's code derived it from another one. */
  readonly home: Scope;
  readonly #rest: Context;

  constructor(
    span: ScopeSpan | null,
    baggage: BaggageEntries,
    rest: Context = ROOT_CONTEXT,
    home: Scope | null = null,
    hasSteps = false,
  ) {
    this.span = span;
    this.steps = hasSteps ? span : null;
    this.baggage = baggage;
    this.home = home ?? this;
    this.#rest = rest;
  }

  /** OpenTelemetry's code wants no spans from here on. */
  get isSuppressed(): boolean {
    return this.#rest !== ROOT_CONTEXT && this.#rest.getValue(SUPPRESSED_KEY) === true;
  }
  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) return this.span?.otelSpan;
    if (key === BAGGAGE_KEY) return toOtelBaggage(this.home.baggage);
    return this.#rest === ROOT_CONTEXT ? undefined : this.#rest.getValue(key);
  }
  setValue(key: symbol, value: unknown): Scope {
    if (key === SPAN_KEY) return new Scope(toScopeSpan(value), this.home.baggage, this.#rest);
    if (key === BAGGAGE_KEY) return new Scope(this.span, fromOtelBaggage(value), this.#rest);
    return new Scope(this.span, NO_BAGGAGE, this.#rest.setValue(key, value), this.home);
  }
  deleteValue(key: symbol): Scope {
    if (key === SPAN_KEY) return new Scope(null, this.home.baggage, this.#rest);
    if (key === BAGGAGE_KEY) return new Scope(this.span, NO_BAGGAGE, this.#rest);
    return new Scope(this.span, NO_BAGGAGE, this.#rest.deleteValue(key), this.home);
  }
}

/** Ours where the span is one of ours; for any other a parent that is not recorded here. */
function toScopeSpan(otelSpan: unknown): ScopeSpan | null {
  const own = ownSpan(otelSpan);
  if (own !== null) return own;
  const context = (otelSpan as Span | undefined)?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return null;
  const { traceId, spanId, traceFlags, traceState, isRemote } = context;
  const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
  return new UnrecordedSpan(traceId, spanId, sampled, traceState?.serialize() ?? '', isRemote ?? false);
}

function toOtelBaggage(entries: BaggageEntries): OtelBaggage | undefined {
  if (entries.size === 0) return undefined;
  const all: Record<string, { value: string }> = {};
  for (const [key, value] of entries) all[key] = { value };
  return propagation.createBaggage(all);
}
/** What may stand in a header of it. */
export function fromOtelBaggage(baggage: unknown): BaggageEntries {
  const all = (baggage as OtelBaggage | undefined)?.getAllEntries() ?? [];
  return withEntries(undefined, Object.fromEntries(all.map(([key, { value }]) => [key, value])));
}

export type Scopes = {
  /** `null` outside any. */
  current(): Scope | null;
  run<T, A>(scope: Scope, fn: (argument: A) => T, argument: A): T;
};

/** Not registered globally: several instances live side by side in one process. */
export function createScopes(): Scopes {
  const active = new AsyncLocalStorage<Scope>();
  return {
    current: () => active.getStore() ?? null,
    run: (scope, fn, argument) => active.run(scope, fn, argument),
  };
}

/** Telemetry is off: nothing is ever active. */
export const NO_SCOPES: Scopes = { current: () => null, run: (_scope, fn, argument) => fn(argument) };
