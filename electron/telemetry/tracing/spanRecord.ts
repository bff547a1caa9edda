/** The SDK's times, events and links as plain data, and how an error becomes attributes. */
import { basename } from 'node:path';
import type { Exception, HrTime, TimeInput } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { restNsOf } from '../../../shared/nanoseconds.ts';
import { ATTR } from '../../../shared/span.ts';
import type { Attributes, SpanEvent, SpanLink } from '../../../shared/span.ts';
import { isAbort, TracedeckError } from '../../errors/tracedeckError.ts';

const NO_EVENTS: readonly SpanEvent[] = [];
const NO_LINKS: readonly SpanLink[] = [];

export function toMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6;
}

/** What `toMs` has no room for (`shared/nanoseconds.ts`). */
export function restNsOfHrTime(time: HrTime): number {
  const [seconds, nanoseconds] = time;
  const nanos = Math.round(nanoseconds);
  const wholeMs = Math.floor(nanos / 1e6);
  return restNsOf(toMs(time), seconds * 1000 + wholeMs, nanos - wholeMs * 1e6);
}

/** Given a time in this form the SDK reads no clock. */
export function toHrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.floor((epochMs - seconds * 1000) * 1e6)];
}

export function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || isHrTime(value);
}
function isHrTime(value: unknown): value is HrTime {
  return (
    Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'number'
  );
}

/**
 * Epoch milliseconds of a time in any of OpenTelemetry's forms: a number that `performance.now()` has passed is a
 * reading of it. What is no time is now.
 */
export function toEpochMs(time: TimeInput, offsetMs: number): number {
  if (typeof time === 'number') return time <= performance.now() ? time + offsetMs : time;
  if (time instanceof Date) return time.getTime();
  return isHrTime(time) ? toMs(time) : offsetMs + performance.now();
}

/** As OpenTelemetry's `recordException` has them; `null` for an exception that says nothing. */
export function exceptionAttributes(exception: Exception): Attributes | null {
  const attributes: Record<string, string> = {};
  if (typeof exception === 'string') attributes[ATTR.exceptionMessage] = exception;
  else if (exception) {
    const { code, name, message, stack } = exception;
    if (code) attributes[ATTR.exceptionType] = code.toString();
    else if (name) attributes[ATTR.exceptionType] = name;
    if (message) attributes[ATTR.exceptionMessage] = message;
    if (stack) attributes[ATTR.exceptionStacktrace] = stack;
  }
  const isTold = attributes[ATTR.exceptionType] || attributes[ATTR.exceptionMessage];
  return isTold ? attributes : null;
}

export function toSpanEvents(events: ReadableSpan['events']): readonly SpanEvent[] {
  if (events.length === 0) return NO_EVENTS;
  return events.map(({ name, time, attributes }) => {
    const timeRestNs = restNsOfHrTime(time);
    return {
      name,
      timeMs: toMs(time),
      ...(timeRestNs === 0 ? {} : { timeRestNs }),
      attributes: (attributes ?? {}) as Attributes,
    };
  });
}

export function toSpanLinks(links: ReadableSpan['links']): readonly SpanLink[] {
  if (links.length === 0) return NO_LINKS;
  return links.map(({ context, attributes }) => ({
    traceId: context.traceId,
    spanId: context.spanId,
    attributes: (attributes ?? {}) as Attributes,
  }));
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
 * text) and of the system's and SQLite's; a parser's message quotes its input, so it is left out. Never throws,
 * whatever getters or traps `thrown` has.
 */
export function toErrorFacts(thrown: unknown): ErrorFacts {
  try {
    return factsOf(thrown);
  } catch {
    return { type: typeof thrown, category: null, message: null, stack: null, expected: false };
  }
}

function factsOf(thrown: unknown): ErrorFacts {
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
    type: textOr(ours?.code ?? systemCode ?? thrown.name, 'Error'),
    category: ours?.category ?? null,
    message: isQuiet ? null : textOr(publicMessage(thrown), null),
    stack: framesOf(thrown.stack),
    expected: ours?.category === 'user',
  };
}

/**
 * The message without what somebody wrote: the folders above a file, and what SQLite could not read, which may come
 * from a search.
 */
function publicMessage(thrown: Error & { readonly path?: unknown; readonly dest?: unknown }): unknown {
  let { message } = thrown;
  if (typeof message !== 'string') return null;
  for (const path of [thrown.path, thrown.dest]) {
    if (typeof path === 'string' && path !== '') message = message.replaceAll(path, basename(path));
  }
  if (!('code' in thrown) || !String(thrown.code).startsWith('SQLITE_')) return message;
  return message.replace(/"[^"]*"?/g, '"…"').replace(/^(no such column: ).*/s, '$1…');
}

/** Properties of an error can be anything. */
function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** The frames alone: a stack begins with the message, which may run over several lines. */
function framesOf(stack: unknown): string | null {
  if (typeof stack !== 'string') return null;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? null : frames.slice(0, 12).join('\n');
}
