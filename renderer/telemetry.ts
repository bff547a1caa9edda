/**
 * What the user sets off, as the first spans of a trace. Every click and key press is a *possible* action: its
 * handlers run in a zone of their own, and only a call to the main process from in there makes spans of it. Polls
 * and pushes lie outside of any action, and cost nothing.
 *
 * The only module of the window that knows OpenTelemetry. The first one to be loaded: zone.js has to stand in for
 * promises and timers before anybody keeps the real ones.
 */
import { ZoneContextManager } from '@opentelemetry/context-zone';
import { createContextKey, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, HrTime, Span } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { baggageOf, formatBaggage, withEntries } from '../shared/baggage.ts';
import type { BaggageEntries, BaggageHome } from '../shared/baggage.ts';
import type { CallCarrier } from '../shared/ipc.ts';
import { ATTR, SPAN_KINDS, SPAN_STATUSES } from '../shared/span.ts';
import type { Attributes, SpanRecord } from '../shared/span.ts';
import { encodeSpans } from '../shared/spanCodec.ts';
import { describeAction } from './actionLabel.ts';

/** What begins an action. A drop and a form's submit are a click and a key press by other means. */
const ACTION_EVENTS: ReadonlySet<string> = new Set(['click', 'keydown', 'submit', 'drop']);
/** Later calls with none under way (a poll that the action began) are no part of it. */
const ACTION_MS = 1000;
/** An action is over when nothing was asked for so long after the last answer. */
const QUIET_MS = 300;
const FLUSH_MS = 200;
const MAX_QUEUED = 1000;
/** Of one message; the main process takes no more. */
const MAX_SENT = 500;
/** The window's clock is compared with the wall clock once an action. */
const MAX_DRIFT_MS = 50;

const ACTION = createContextKey('tracedeck action');
const BAGGAGE = createContextKey('tracedeck baggage');
const NO_BAGGAGE: BaggageEntries = new Map();

type Action = {
  /** Read off at once: the page may be another one by the first call, and must not be kept for it. */
  readonly name: string;
  readonly attributes: Attributes;
  readonly startedMs: number;
  /** `null` before its first call. */
  span: Span | null;
  inFlight: number;
  /** Of the last call that came back. */
  endedMs: number;
  ended: boolean;
};

export type WindowTracing = {
  /** Makes an action of every event that listeners of `target` get; of those that are added from now on. */
  watchActions(target: EventTarget): void;
  /**
   * Makes a call of the bridge. Inside an action it has a span, and `make` gets what carries it to the main process.
   * @param codeOf - the error code of what a call was rejected with
   */
  call<T>(
    name: string,
    make: (carrier: CallCarrier | undefined) => Promise<T>,
    codeOf: (thrown: unknown) => string,
  ): Promise<T>;
  /**
   * What travels with the calls of the action that is under way, and on with all that they set off. Set from the
   * action's own handlers; outside any action there is nothing to hold it.
   */
  readonly baggage: ReturnType<typeof baggageOf> & {
    /** For the calls that `fn` makes, now and later. */
    with<T>(entries: Readonly<Record<string, string>>, fn: () => T): T;
  };
  /** Hands over what has ended so far. */
  flush(): void;
  /** The page is left: what is open ends here, and is handed over with the rest. */
  leave(): void;
  /** Spans for which there was no room, or that could not be handed over. */
  readonly dropped: number;
};

/** Takes packed spans over, and how many were lost since the call before. */
export type SendSpans = (bytes: Uint8Array, dropped: number) => Promise<unknown>;

/** @param send - what it throws or rejects with is let go, and what it was given counts as lost */
export function createWindowTracing(send: SendSpans): WindowTracing {
  const contexts = new ZoneContextManager().enable();
  const queue: SpanRecord[] = [];
  let dropped = 0;
  /** Of these, those that nobody was told of. */
  let untold = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let offsetMs = Date.now() - performance.now();
  const begun = new WeakMap<Event, Context>();
  /** Spans of calls and of actions that have not ended. */
  const open = new Set<Span>();

  const provider = new BasicTracerProvider({
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: keep,
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  const tracer = provider.getTracer('tracedeck window');

  function keep(span: ReadableSpan): void {
    if (queue.length >= MAX_QUEUED) {
      lose(1);
      return;
    }
    queue.push(toRecord(span));
    timer ??= setTimeout(flush, FLUSH_MS);
  }

  function lose(spans: number): void {
    dropped += spans;
    untold += spans;
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    while (queue.length > 0) {
      const spans = queue.splice(0, MAX_SENT);
      const lost = untold;
      untold = 0;
      const failed = () => {
        untold += lost;
        lose(spans.length);
      };
      try {
        void send(encodeSpans(spans), lost).catch(failed);
      } catch {
        // The bridge is gone, and the window with it.
        failed();
      }
    }
  }

  const epochMs = (windowMs: number) => offsetMs + windowMs;

  function contextOf(event: Event): Context {
    let context = begun.get(event);
    if (context === undefined) {
      // What a handler sets off by itself (`element.click()`) belongs to the action it runs in.
      const around = contexts.active();
      if (!event.isTrusted && actionOf(around) !== undefined) context = around;
      else {
        const startedMs = event.timeStamp;
        const action: Action = {
          ...describeAction(event),
          startedMs,
          span: null,
          inFlight: 0,
          endedMs: 0,
          ended: false,
        };
        const home: BaggageHome = { baggage: NO_BAGGAGE };
        context = ROOT_CONTEXT.setValue(ACTION, action).setValue(BAGGAGE, home);
      }
      begun.set(event, context);
    }
    return context;
  }

  function end(span: Span, endedMs: number): void {
    if (open.delete(span)) span.end(epochMs(endedMs));
  }

  /** The span around an action's calls, begun when the user acted. @param baggage - as of its first call */
  function spanOf(action: Action, baggage: Attributes): Span {
    if (action.span === null) {
      const drift = Date.now() - performance.now() - offsetMs;
      if (Math.abs(drift) > MAX_DRIFT_MS) offsetMs += drift;
      const attributes = { ...action.attributes, ...baggage } as Record<string, string>;
      const startTime = epochMs(action.startedMs);
      action.span = tracer.startSpan(action.name, { startTime, attributes }, ROOT_CONTEXT);
      open.add(action.span);
    }
    return action.span;
  }

  /** One that has made calls is ended by `endWhenDone`, and by nothing else. */
  const isOpen = (action: Action) =>
    !action.ended && (action.span !== null || performance.now() - action.startedMs <= ACTION_MS);

  function endWhenDone(action: Action): void {
    if (action.ended || action.inFlight > 0) return;
    const endMs = Math.min(action.startedMs + ACTION_MS, action.endedMs + QUIET_MS);
    const leftMs = endMs - performance.now();
    if (leftMs > 0) {
      setTimeout(endWhenDone, leftMs, action);
      return;
    }
    action.ended = true;
    if (action.span !== null) end(action.span, action.endedMs);
  }

  return {
    watchActions(target) {
      const add = target.addEventListener;
      const remove = target.removeEventListener;
      const wrapped = new WeakMap<object, EventListener>();
      const wrap = (listener: EventListenerOrEventListenerObject): EventListener => {
        let own = wrapped.get(listener);
        if (own === undefined) {
          own = function (this: unknown, event) {
            const run = typeof listener === 'function' ? listener : listener.handleEvent;
            contexts.with(contextOf(event), run, typeof listener === 'function' ? this : listener, event);
          };
          wrapped.set(listener, own);
        }
        return own;
      };
      target.addEventListener = (type, listener, options) =>
        add.call(target, type, listener && (ACTION_EVENTS.has(type) ? wrap(listener) : listener), options);
      target.removeEventListener = (type, listener, options) =>
        remove.call(
          target,
          type,
          listener && (ACTION_EVENTS.has(type) ? (wrapped.get(listener) ?? listener) : listener),
          options,
        );
    },

    call(name, make, codeOf) {
      const action = actionOf(contexts.active());
      if (action === undefined || !isOpen(action)) return make(undefined);
      const header = formatBaggage(homeOf(contexts.active())?.baggage ?? NO_BAGGAGE);
      const carried: Readonly<Record<string, string>> = header === '' ? {} : { [ATTR.baggage]: header };
      const actionSpan = spanOf(action, carried);
      const around = trace.setSpan(ROOT_CONTEXT, actionSpan);
      const span = tracer.startSpan(
        `ipc ${name}`,
        {
          kind: SpanKind.CLIENT,
          startTime: epochMs(performance.now()),
          attributes: { [ATTR.rpcMethod]: name, ...carried },
        },
        around,
      );
      const { traceId, spanId } = span.spanContext();
      action.inFlight += 1;
      open.add(span);
      const done = () => {
        action.endedMs = performance.now();
        action.inFlight -= 1;
        end(span, action.endedMs);
        // Not at once: whoever waited for this call may make the next one.
        if (action.inFlight === 0) setTimeout(endWhenDone, 0, action);
      };
      const failed = (thrown: unknown): never => {
        const code = codeOf(thrown);
        span.setAttribute(ATTR.errorType, code);
        span.setStatus({ code: SpanStatusCode.ERROR, message: code });
        done();
        throw thrown;
      };
      let answer;
      try {
        answer = make({
          traceparent: `00-${traceId}-${spanId}-01`,
          ...carried,
          action: { spanId: actionSpan.spanContext().spanId, name: action.name },
        });
      } catch (thrown) {
        // What cannot be sent over the bridge is refused at once.
        return failed(thrown);
      }
      return answer.then((value) => {
        done();
        return value;
      }, failed);
    },
    baggage: {
      ...baggageOf(() => homeOf(contexts.active())),
      with(entries, fn) {
        const active = contexts.active();
        const home: BaggageHome = { baggage: withEntries(homeOf(active)?.baggage, entries) };
        return contexts.with(active.setValue(BAGGAGE, home), fn);
      },
    },
    flush,
    leave() {
      // Children first, as everywhere.
      for (const span of [...open].toReversed()) {
        span.setAttribute(ATTR.uiLeft, true);
        end(span, performance.now());
      }
      flush();
    },
    get dropped() {
      return dropped;
    },
  };
}

/** The window's own. */
export const tracing = createWindowTracing(async (bytes, dropped) =>
  window.api?.recordSpans({ bytes, dropped }),
);

function actionOf(context: Context): Action | undefined {
  return context.getValue(ACTION) as Action | undefined;
}
function homeOf(context: Context): BaggageHome | undefined {
  return context.getValue(BAGGAGE) as BaggageHome | undefined;
}

function toRecord(span: ReadableSpan): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    kind: SPAN_KINDS[span.kind] ?? 'internal',
    startMs: toMs(span.startTime),
    endMs: toMs(span.endTime),
    status: SPAN_STATUSES[span.status.code] ?? 'unset',
    statusMessage: span.status.message ?? null,
    attributes: span.attributes as Attributes,
    events: [],
    links: [],
  };
}

function toMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}
