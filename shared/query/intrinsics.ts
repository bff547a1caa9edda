/** The fields that are no attributes: what each is called and what it holds. */
import { LOG_LEVELS, SPAN_KINDS, SPAN_STATUSES } from '../span.ts';

export type IntrinsicType = 'text' | 'choice' | 'number' | 'duration' | 'time' | 'boolean' | 'level';

export type Intrinsic = {
  readonly name: string;
  readonly type: IntrinsicType;
  /** Of a choice or a level: all it can be. */
  readonly choices?: readonly string[];
  /** For the completion. */
  readonly about: string;
};

export const SPAN_FIELDS = [
  { name: 'name', type: 'text', about: 'operation of the span' },
  { name: 'service', type: 'text', about: 'service.name of the program' },
  { name: 'version', type: 'text', about: 'service.version of the program' },
  {
    name: 'kind',
    type: 'choice',
    choices: SPAN_KINDS,
    about: 'internal, server, client, producer, consumer',
  },
  { name: 'status', type: 'choice', choices: SPAN_STATUSES, about: 'unset, ok, error' },
  { name: 'status.message', type: 'text', about: 'what the status says' },
  { name: 'error', type: 'boolean', about: 'the span failed' },
  { name: 'open', type: 'boolean', about: 'the span has not ended' },
  { name: 'root', type: 'boolean', about: 'the span has no parent' },
  { name: 'duration', type: 'duration', about: 'from start to end' },
  { name: 'self', type: 'duration', about: 'time in which no child ran' },
  { name: 'start', type: 'time', about: 'when it began; -1h: an hour ago' },
  { name: 'depth', type: 'number', about: 'steps down from the root' },
  { name: 'run', type: 'text', about: 'id of the run the trace belongs to' },
  { name: 'scope.name', type: 'text', about: 'the instrumentation that made it' },
  { name: 'scope.version', type: 'text', about: 'version of the instrumentation' },
  { name: 'trace.id', type: 'text', about: '32 hex digits' },
  { name: 'span.id', type: 'text', about: '16 hex digits' },
  { name: 'parent.id', type: 'text', about: 'id of the parent' },
  { name: 'trace.name', type: 'text', about: 'name of the whole trace' },
  { name: 'trace.duration', type: 'duration', about: 'of the whole trace' },
  { name: 'trace.spans', type: 'number', about: 'spans in the trace' },
  { name: 'trace.errors', type: 'number', about: 'failed spans in the trace' },
  { name: 'event.name', type: 'text', about: 'name of an event on the span' },
  { name: 'link.trace.id', type: 'text', about: 'trace that the span links to' },
  { name: 'link.span.id', type: 'text', about: 'span that the span links to' },
] as const satisfies readonly Intrinsic[];

export const LOG_FIELDS = [
  { name: 'message', type: 'text', about: 'what the line says' },
  { name: 'level', type: 'level', choices: LOG_LEVELS, about: 'debug < info < warn < error' },
  { name: 'time', type: 'time', about: 'when it was written; -1h: an hour ago' },
  { name: 'service', type: 'text', about: 'service.name of the program' },
  { name: 'version', type: 'text', about: 'service.version of the program' },
  { name: 'event.name', type: 'text', about: 'kind of event' },
  { name: 'trace.id', type: 'text', about: '32 hex digits' },
  { name: 'span.id', type: 'text', about: '16 hex digits' },
  { name: 'scope.name', type: 'text', about: 'the instrumentation that made it' },
  { name: 'scope.version', type: 'text', about: 'version of the instrumentation' },
] as const satisfies readonly Intrinsic[];

export type SpanIntrinsic = (typeof SPAN_FIELDS)[number]['name'];
export type LogIntrinsic = (typeof LOG_FIELDS)[number]['name'];
