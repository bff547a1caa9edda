/** What is written on a span about something that was thrown. */
import { ATTR } from '../../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import type { TraceIds } from './spanHandle.ts';
import { toErrorFacts } from './spanRecord.ts';
import type { ErrorFacts } from './spanRecord.ts';

export type ErrorTarget = TraceIds & {
  set(key: string, value: AttributeValue): void;
  addEvent(name: string, attributes: Attributes): void;
  setFailed(message: string): void;
};
/** An error was described for the first time. */
export type OnException = (facts: ErrorFacts, attributes: Attributes, ids: TraceIds) => void;

/** Errors whose exception event is written: the spans around the first one only name it. */
const described = new WeakSet<object>();

/** Cancellations and what the input decides leave the status as it is. May throw what `thrown` does when it is read. */
export function recordErrorOn(span: ErrorTarget, thrown: unknown, onException: OnException): void {
  const facts = toErrorFacts(thrown);
  span.set(ATTR.errorType, facts.type);
  if (facts.category !== null) span.set(ATTR.errorCategory, facts.category);
  if (facts.expected) return;
  span.setFailed(facts.message ?? facts.type);
  if (typeof thrown === 'object' && thrown !== null) {
    if (described.has(thrown)) return;
    described.add(thrown);
  }
  const attributes: Record<string, AttributeValue> = { [ATTR.exceptionType]: facts.type };
  if (facts.message !== null) attributes[ATTR.exceptionMessage] = facts.message;
  if (facts.stack !== null) attributes[ATTR.exceptionStacktrace] = facts.stack;
  span.addEvent('exception', attributes);
  onException(facts, attributes, span);
}
