/**
 * Spans as rows (RFC 4180, UTF-8). Cells that a spreadsheet would take for a formula begin with an apostrophe.
 */
import type { AttributeValue, SpanRecord } from '../../shared/span.ts';
import type { FoundSpan } from '../../shared/traceQuery.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import { serviceOf } from './packedTrace.ts';
import type { TraceWriter } from './traceWriter.ts';

const COLUMNS = [
  'trace_id',
  'span_id',
  'parent_span_id',
  'service',
  'name',
  'kind',
  'status',
  'start_time',
  'start_ms',
  'duration_ms',
] as const;

/** @param attributes keys that get a column of their own; all attributes stand as JSON in the last column */
export function csvHead(attributes: readonly string[]): string {
  return `${[...COLUMNS, ...attributes, 'attributes'].map(cell).join(',')}\r\n`;
}

export function csvRow(span: FoundSpan, attributes: readonly string[]): string {
  const { startMs, durationMs } = span;
  const cells = [
    span.traceId,
    span.spanId,
    span.parentSpanId ?? '',
    span.service,
    span.name,
    span.kind,
    span.status,
    isoTime(startMs),
    startMs,
    durationMs ?? '',
    ...attributes.map((key) => (Object.hasOwn(span.attributes, key) ? span.attributes[key]! : '')),
    JSON.stringify(span.attributes),
  ];
  return `${cells.map(cell).join(',')}\r\n`;
}

export function createCsvWriter(attributes: readonly string[]): TraceWriter {
  return {
    *begin() {
      yield csvHead(attributes);
    },
    *trace(trace) {
      for (const span of trace.records()) yield csvRow(toFoundSpan(span), attributes);
    },
    *end() {},
    notes: () => ['Events, links and status messages are left out.'],
  };
}

function toFoundSpan({ startMs, endMs, origin, ...span }: SpanRecord): FoundSpan {
  return {
    ...span,
    startMs,
    service: serviceOf(origin!),
    durationMs: endMs === null ? null : lengthMs(startMs, endMs),
  };
}

function cell(value: AttributeValue): string {
  if (typeof value === 'number') return String(value);
  const text =
    typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : JSON.stringify(value);
  // Also behind spaces and in the wide forms of these characters.
  const safe = /^[\s\u200b\ufeff]*[=+\-@＝＋－＠|%]|^[\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With microseconds, which `Date` does not have. */
export function isoTime(epochMs: number): string {
  const date = new Date(epochMs);
  if (Number.isNaN(date.getTime())) return '';
  const micros = Math.floor((epochMs - Math.floor(epochMs)) * 1000);
  return `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
