/** Slices of trace events while they come together. */
import type { AttributeValue, SpanEvent } from '../../shared/span.ts';
import type { Plain } from './attributeValues.ts';

/** Argument under which our own export keeps what the format has no place for. */
export const SPAN_ARGUMENT = '(span)';
/** Attribute that an event's category is. */
export const CATEGORY = 'trace.category';

/** A stretch of a thread, or of an asynchronous id, as it comes together. */
export type Slice = {
  readonly spanId: string;
  readonly parent: Slice | null;
  readonly name: string;
  readonly thread: Thread;
  readonly startUs: number;
  endUs: number | null;
  /** Arguments, in the order they came. */
  readonly args: Plain[];
  readonly attributes: Record<string, AttributeValue>;
  readonly events: SpanEvent[];
  readonly links: Slice[];
};
export type Thread = {
  readonly pid: string;
  readonly tid: string;
  readonly stack: Slice[];
  /** Flows that end in the next slice. */
  readonly pending: string[];
};
/** Where an event stands, for those who look for it. */
export function placeOf(event: Plain): string {
  return `ts ${String(event['ts'])} on thread ${String(event['tid'])}`;
}
