/** Starts and ends spans, and keeps track of which one is active. */
import { SpanKind as OtelKind } from '@opentelemetry/api';
import type { BaggageEntries } from '../../../shared/baggage.ts';
import { hexWord, wordHex } from '../../../shared/hexWords.ts';
import type { SpanKind } from '../../../shared/span.ts';
import type { RemoteParent, SpanOptions } from '../api.ts';
import { toEntries } from '../context/baggage.ts';
import { NO_BAGGAGE, Scope } from '../context/scope.ts';
import type { Scopes, ScopeSpan } from '../context/scope.ts';
import { cleanTracestate, isSpanId, isTraceId } from '../context/traceContext.ts';
import type { HeadSampler } from '../sampling/headSampler.ts';
import type { Clock } from './clock.ts';
import type { SpanIds } from './idGenerator.ts';
import { LiveSpan } from './liveSpan.ts';
import type { LiveSpanTools } from './liveSpan.ts';
import type { SpanHandle } from './spanHandle.ts';
import type { SpanKeeper } from './spanKeeper.ts';
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
  readonly sampler: Pick<HeadSampler, 'records'>;
  readonly keeper: Pick<SpanKeeper, 'started'>;
  readonly ids: SpanIds;
  readonly clock: Clock;
  readonly spanTools: LiveSpanTools;
  readonly onFault: (thrown?: unknown) => void;
};

export type SpanStarter = {
  withSpan<T>(
    name: string,
    optionsOrFn: SpanOptions | ((span: SpanHandle) => T),
    maybeFn?: (span: SpanHandle) => T,
  ): T;
  startSpan(name: string, options?: StartOptions): SpanHandle;
  activate<T>(span: SpanHandle, fn: () => T): T;
  activateForSteps<T>(span: SpanHandle, fn: () => T): T;
  beginStep(span: SpanHandle): boolean;
  endStep(): void;
  withParent<T>(parent: RemoteParent | null, fn: () => T): T;
  /** Spans that were not recorded because the one above them was not; the sampler never saw them. */
  skipped(): number;
};

export function createSpanStarter(options: SpanStarterOptions): SpanStarter {
  const { scopes, sampler, keeper, ids, clock, spanTools, onFault } = options;
  let skipped = 0;

  /** The scope of a new span; `null` where that failed. */
  function begin(name: string, given: StartOptions): Scope | null {
    try {
      const active = scopes.current();
      const above = given.parent === undefined ? active : under(given.parent, active);
      return new Scope(start(name, given, above), above === null ? NO_BAGGAGE : above.home.baggage);
    } catch (thrown) {
      onFault(thrown);
      return null;
    }
  }

  function start(name: string, given: StartOptions, above: Scope | null): ScopeSpan {
    const parent = above === null ? null : above.span;
    if (parent !== null && !parent.sampled) {
      skipped += 1;
      return new UnrecordedSpan(parent.traceId, parent.spanId, false, parent.traceState, false);
    }
    if (above !== null && above.isSuppressed) {
      // With ids, so that nothing beneath it begins a trace, here or in another process.
      const { traceId, spanId, traceState } = parent ?? {
        traceId: ids.generateTraceId(),
        spanId: ids.generateSpanId(),
        traceState: '',
      };
      return new UnrecordedSpan(traceId, spanId, false, traceState, false);
    }
    if (parent === null) clock.anchor();
    // Whoever is not checked by a compiler names a span by anything.
    const spanName = typeof name === 'string' ? name : String(name);
    const kind = given.kind === undefined ? OtelKind.INTERNAL : OTEL_KINDS[given.kind];
    const traceId = parent === null ? ids.generateTraceId() : parent.traceId;
    let idHigh = ids.highWord();
    let idLow = ids.lowWord();
    if (given.idFromTrace === true && mayTie(parent)) {
      idHigh = hexWord(traceId, 16);
      idLow = hexWord(traceId, 24);
    }
    if (!sampler.records(traceId, spanName, parent !== null)) {
      const spanId = wordHex(idHigh >>> 0) + wordHex(idLow >>> 0);
      return new UnrecordedSpan(traceId, spanId, false, parent === null ? '' : parent.traceState, false);
    }
    const span = new LiveSpan(
      spanName,
      kind,
      clock.epochMs(given.startedMs ?? performance.now()),
      clock.offsetMs,
      traceId,
      idHigh,
      idLow,
      parent,
      spanTools,
    );
    if (given.links !== undefined) {
      for (const link of given.links) if (isTraceId(link.traceId) && isSpanId(link.spanId)) span.link(link);
    }
    keeper.started(span, above);
    if (given.attributes !== undefined) span.setAll(given.attributes);
    return span;
  }

  /** Traces that have their tied span: a second one would have the same id. */
  const tied = new Set<string>();

  /** Whether a span may have the second half of its trace's id as its own. */
  function mayTie(parent: ScopeSpan | null): boolean {
    if (parent === null) return true;
    const { traceId, spanId } = parent;
    // Nor may it have the id of the one above it.
    if (spanId === traceId.slice(16) || tied.has(traceId)) return false;
    tied.add(traceId);
    for (const oldest of tied) {
      if (tied.size <= MAX_TIED) break;
      tied.delete(oldest);
    }
    return true;
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
  const isOwn = (span: SpanHandle): span is LiveSpan | UnrecordedSpan =>
    span instanceof LiveSpan || span instanceof UnrecordedSpan;

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
        if (isOwn(span)) scope = scopeOf(span);
      } catch (thrown) {
        onFault(thrown);
      }
      return scope === null ? fn() : scopes.run(scope, fn, undefined);
    },
    activateForSteps(span, fn) {
      if (!isOwn(span)) return fn();
      const { baggage } = scopeOf(span);
      return scopes.run(new Scope(span, baggage, undefined, null, true), fn, undefined);
    },
    beginStep(span) {
      const scope = scopes.current();
      // Where another step is under way, they do not follow one another.
      if (scope === null || scope.steps === null || scope.span !== scope.steps || !isOwn(span)) return false;
      scope.span = span;
      return true;
    },
    endStep() {
      const scope = scopes.current();
      if (scope !== null && scope.steps !== null) scope.span = scope.steps;
    },
    withParent(parent, fn) {
      let scope: Scope;
      try {
        scope = under(parent, scopes.current());
      } catch (thrown) {
        onFault(thrown);
        return fn();
      }
      return scopes.run(scope, fn, undefined);
    },
    skipped: () => skipped,
  };
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
