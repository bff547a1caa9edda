/** Spans of the SDK as plain data, and how an error becomes attributes. */
import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { Attributes, SpanEvent, SpanLink, SpanRecord } from '../../../shared/span.ts';
import { isAbort, TracedeckError } from '../../errors/tracedeckError.ts';

const NO_EVENTS: readonly SpanEvent[] = [];
const NO_LINKS: readonly SpanLink[] = [];

export function toSpanRecord(span: ReadableSpan, open: boolean): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? null,
    name: span.name,
    kind: SPAN_KINDS[span.kind] ?? 'internal',
    startMs: toMs(span.startTime),
    endMs: open ? null : toMs(span.endTime),
    status: SPAN_STATUSES[span.status.code] ?? 'unset',
    statusMessage: span.status.message ?? null,
    attributes: span.attributes as Attributes,
    events:
      span.events.length === 0
        ? NO_EVENTS
        : span.events.map(({ name, time, attributes }) => ({
            name,
            timeMs: toMs(time),
            attributes: (attributes ?? {}) as Attributes,
          })),
    links:
      span.links.length === 0
        ? NO_LINKS
        : span.links.map(({ context, attributes }) => ({
            traceId: context.traceId,
            spanId: context.spanId,
            attributes: (attributes ?? {}) as Attributes,
          })),
  };
}

function toMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

export type ErrorFacts = {
  /** A stable code or a class name. */
  readonly type: string;
  /** `null` for errors that are none of ours. */
  readonly category: string | null;
  /** `null` where the message could carry what somebody's list or a model's answer said. */
  readonly message: string | null;
  readonly stack: string | null;
  /** An outcome that was asked for or that the input decides: stated on the span, but no failure of it. */
  readonly expected: boolean;
};

/**
 * What may be recorded of anything thrown. Messages are kept of our own errors (they promise to hold no card
 * text) and of the system's and SQLite's; a parser's message quotes its input, so it is left out.
 */
export function toErrorFacts(thrown: unknown): ErrorFacts {
  if (isAbort(thrown)) {
    return { type: 'cancelled', category: null, message: null, stack: null, expected: true };
  }
  if (!(thrown instanceof Error)) {
    return { type: typeof thrown, category: null, message: null, stack: null, expected: false };
  }
  const ours = thrown instanceof TracedeckError ? thrown : null;
  const systemCode = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
  const isQuiet =
    ours === null
      ? systemCode === null || !/^(E[A-Z]+|SQLITE_\w+|UND_ERR_\w+)$/.test(systemCode)
      : ours.code === 'internal';
  return {
    type: ours?.code ?? systemCode ?? thrown.name,
    category: ours?.category ?? null,
    message: isQuiet ? null : thrown.message,
    stack: framesOf(thrown.stack),
    expected: ours?.category === 'user',
  };
}

/** The frames alone: a stack begins with the message, which may run over several lines. */
function framesOf(stack: string | undefined): string | null {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? null : frames.slice(0, 12).join('\n');
}
