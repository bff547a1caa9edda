/** Starts and ends spans, and keeps track of which one is active. */
import { ROOT_CONTEXT, SpanKind as OtelKind } from '@opentelemetry/api';
import type { Link, Tracer } from '@opentelemetry/api';
import type { SpanKind } from '../../../shared/span.ts';
import type { RemoteParent, SpanOptions, TraceIds } from '../api.ts';
import { toEntries } from '../context/baggage.ts';
import { ownSpan } from '../context/ownSpan.ts';
import { NO_BAGGAGE, Scope } from '../context/scope.ts';
import type { BaggageEntries, Scopes, ScopeSpan } from '../context/scope.ts';
import { cleanTracestate, isSpanId, isTraceId } from '../context/traceContext.ts';
import type { Clock } from './clock.ts';
import type { SpanIds } from './idGenerator.ts';
import { LiveSpan } from './liveSpan.ts';
import type { SpanHandle } from './liveSpan.ts';
import { toHrTime } from './spanRecord.ts';
import { isThenable, toPromise } from './thenable.ts';
import { NO_SPAN, UnrecordedSpan } from './unrecordedSpan.ts';

const OTEL_KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  internal: OtelKind.INTERNAL,
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
};
/** What spans are started with in here: `startedMs` is a reading of `performance.now()` that is past. */
export type StartOptions = SpanOptions & { readonly startedMs?: number };
const NO_OPTIONS: StartOptions = {};
const MAX_TIED = 1000;

type SpanStarterOptions = {
  readonly scopes: Scopes;
  readonly tracer: Tracer;
  readonly ids: SpanIds;
  readonly clock: Clock;
  readonly onFault: () => void;
};

export type SpanStarter = {
  withSpan<T>(
    name: string,
    optionsOrFn: SpanOptions | ((span: SpanHandle) => T),
    maybeFn?: (span: SpanHandle) => T,
  ): T;
  startSpan(name: string, options?: StartOptions): SpanHandle;
  activate<T>(span: SpanHandle, fn: () => T): T;
  withParent<T>(parent: RemoteParent | null, fn: () => T): T;
  /** Spans that were not recorded because the one above them was not; the sampler never saw them. */
  skipped(): number;
};

export function createSpanStarter(options: SpanStarterOptions): SpanStarter {
  const { scopes, tracer, ids, clock, onFault } = options;
  let skipped = 0;

  /** The scope of a new span; `null` where that failed. */
  function begin(name: string, given: StartOptions): Scope | null {
    try {
      const active = scopes.current();
      const above = given.parent === undefined ? active : under(given.parent, active);
      return new Scope(start(name, given, above), above === null ? NO_BAGGAGE : above.home.baggage);
    } catch {
      onFault();
      return null;
    }
  }

  function start(name: string, given: StartOptions, above: Scope | null): ScopeSpan {
    const parent = above === null ? null : above.span;
    if (parent !== null && !parent.sampled) {
      skipped += 1;
      return new UnrecordedSpan(parent.traceId, parent.spanId, false, parent.traceState, false);
    }
    if (parent === null) clock.anchor();
    if (given.idFromTrace === true) tieId(parent);
    const otelSpan = tracer.startSpan(
      typeof name === 'string' ? name : String(name),
      {
        kind: given.kind === undefined ? OtelKind.INTERNAL : OTEL_KINDS[given.kind],
        startTime: toHrTime(clock.epochMs(given.startedMs ?? performance.now())),
        links: given.links === undefined ? undefined : toLinks(given.links),
      },
      above === null ? ROOT_CONTEXT : above,
    );
    const own = ownSpan(otelSpan);
    if (own === null) {
      const { traceId, spanId } = otelSpan.spanContext();
      return new UnrecordedSpan(traceId, spanId, false, parent === null ? '' : parent.traceState, false);
    }
    if (given.attributes !== undefined) own.setAll(given.attributes);
    return own;
  }

  /** Traces that have their tied span: a second one would have the same id. */
  const tied = new Set<string>();

  function tieId(parent: ScopeSpan | null): void {
    if (parent === null) {
      ids.nextFromTrace(null);
      return;
    }
    const { traceId, spanId } = parent;
    // Nor may it have the id of the one above it.
    if (spanId === traceId.slice(16) || tied.has(traceId)) return;
    tied.add(traceId);
    for (const oldest of tied) {
      if (tied.size <= MAX_TIED) break;
      tied.delete(oldest);
    }
    ids.nextFromTrace(traceId);
  }

  /** What is not given stays as it is: without baggage of its own, a parent leaves the active one in place. */
  function under(parent: RemoteParent | null, active: Scope | null): Scope {
    const baggage: BaggageEntries = active?.home.baggage ?? NO_BAGGAGE;
    if (parent === null || !isTraceId(parent.traceId) || !isSpanId(parent.spanId)) {
      return new Scope(null, baggage);
    }
    const { traceId, spanId, sampled, traceState } = parent;
    const state = typeof traceState === 'string' ? cleanTracestate(traceState) : '';
    return new Scope(
      new UnrecordedSpan(traceId, spanId, sampled !== false, state, true),
      parent.baggage === undefined ? baggage : toEntries(parent.baggage),
    );
  }

  const scopeOf = (span: ScopeSpan): Scope =>
    (span.ownScope ??= new Scope(span, scopes.current()?.home.baggage ?? NO_BAGGAGE));

  return {
    withSpan(name, optionsOrFn, maybeFn) {
      const isShort = typeof optionsOrFn === 'function';
      const fn = isShort ? optionsOrFn : maybeFn!;
      const scope = begin(name, isShort ? NO_OPTIONS : (optionsOrFn ?? NO_OPTIONS));
      if (scope === null) return fn(NO_SPAN);
      const span = scope.span!;
      let result;
      try {
        result = scopes.run(scope, fn, span as SpanHandle);
      } catch (thrown) {
        span.recordError(thrown);
        span.end();
        throw thrown;
      }
      if (isThenable(result, onFault)) {
        return endWith(span, result) as unknown as typeof result;
      }
      span.end();
      return result;
    },
    startSpan(name, given) {
      const scope = begin(name, given ?? NO_OPTIONS);
      if (scope === null) return NO_SPAN;
      scope.span!.ownScope = scope;
      return scope.span!;
    },
    activate(span, fn) {
      let scope: Scope | null = null;
      try {
        if (span instanceof LiveSpan || span instanceof UnrecordedSpan) scope = scopeOf(span);
      } catch {
        onFault();
      }
      return scope === null ? fn() : scopes.run(scope, fn, undefined);
    },
    withParent(parent, fn) {
      let scope: Scope;
      try {
        scope = under(parent, scopes.current());
      } catch {
        onFault();
        return fn();
      }
      return scopes.run(scope, fn, undefined);
    },
    skipped: () => skipped,
  };
}

function toLinks(links: readonly TraceIds[]): Link[] {
  return links
    .filter((link) => isTraceId(link.traceId) && isSpanId(link.spanId))
    .map(({ traceId, spanId }) => ({ context: { traceId, spanId, traceFlags: 1 } }));
}

/** A promise of its own, so that whoever forgets to handle a rejection hears of it as before. */
function endWith(span: SpanHandle, result: PromiseLike<unknown>): Promise<unknown> {
  return toPromise(result).then(
    (value: unknown) => {
      span.end();
      return value;
    },
    (thrown: unknown) => {
      span.recordError(thrown);
      span.end();
      throw thrown;
    },
  );
}
