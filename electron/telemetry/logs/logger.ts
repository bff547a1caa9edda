/** The one logger. Every record knows the trace and span in which it was written. */
import { LOG_LEVELS } from '../../../shared/span.ts';
import type { Attributes, AttributeValue, LogLevel, LogRecord } from '../../../shared/span.ts';
import type { LogFile } from './logFile.ts';
import { REDACTED } from '../../../shared/redact.ts';
import type { Redactor } from '../../../shared/redact.ts';

export type Logger = {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** The last records, oldest first; of one trace where an id is given. */
  recent(traceId: string | null, limit: number): readonly LogRecord[];
  /** Called with every record; returns its end. */
  onRecord(listener: (record: LogRecord) => void): () => void;
  flush(): Promise<void>;
  /** Records that never reached the log file. */
  readonly dropped: number;
};
export type LogMethod = (message: string, attributes?: Attributes) => void;
type Ids = { readonly traceId: string; readonly spanId: string; readonly sampled?: boolean };
/** What the tracer writes with: a record of a span that need not be the active one. */
export type SpanLogger = Logger & {
  event(name: string, level: LogLevel, message: string, attributes: Attributes, ids: Ids): void;
  /** The redactor knows more than before: what is held goes through it again. */
  redactAgain(): void;
};

export type LoggerOptions = {
  readonly level: LogLevel;
  readonly capacity: number;
  readonly redactor: Redactor;
  readonly file: LogFile | null;
  readonly ids: () => Ids | null;
  /** A listener threw, or what was given to the logger did. */
  readonly onFault: (thrown?: unknown) => void;
};

const MAX_MESSAGE_LENGTH = 8192;
const MAX_ARRAY = 1024;

export function createLogger(options: LoggerOptions): SpanLogger {
  const { level, redactor, file, ids, onFault } = options;
  const capacity = Math.max(1, options.capacity);
  const lowest = LOG_LEVELS.indexOf(level);
  const listeners = new Set<(record: LogRecord) => void>();
  let records: LogRecord[] = [];

  function log(
    at: LogLevel,
    message: unknown,
    attributes: unknown,
    span: Ids | null,
    eventName?: string,
  ): void {
    if (LOG_LEVELS.indexOf(at) < lowest) return;
    try {
      keep({
        timeMs: Date.now(),
        level: at,
        message: redactor.text(String(message)).slice(0, MAX_MESSAGE_LENGTH),
        ...(eventName === undefined ? {} : { eventName }),
        attributes: clean(attributes ?? {}),
        traceId: span?.traceId ?? null,
        spanId: span?.spanId ?? null,
        ...(span?.sampled === false ? { sampled: false } : {}),
      });
    } catch (thrown) {
      onFault(thrown);
    }
  }

  function keep(record: LogRecord): void {
    records.push(record);
    // Cut back rarely: shifting at every record would move the whole array each time.
    if (records.length >= capacity * 2) records = records.slice(-capacity);
    file?.write(toLine(record));
    for (const listener of listeners) {
      try {
        listener(record);
      } catch (thrown) {
        onFault(thrown);
      }
    }
  }

  /** Strings, numbers, truth values and arrays of them; anything else is left out. */
  function clean(attributes: object): Attributes {
    const result: Record<string, AttributeValue> = {};
    for (const [key, value] of Object.entries(attributes) as [string, unknown][]) {
      if (redactor.isSecretKey(key)) result[key] = REDACTED;
      else if (Array.isArray(value)) {
        const parts = value.slice(0, MAX_ARRAY).map(cleanOne);
        result[key] = parts.filter((part) => part !== null) as AttributeValue;
      } else {
        const one = cleanOne(value);
        if (one !== null) result[key] = one;
      }
    }
    return result;
  }
  function cleanOne(value: unknown): string | number | boolean | null {
    if (typeof value === 'string') return redactor.text(value).slice(0, MAX_MESSAGE_LENGTH);
    return typeof value === 'number' || typeof value === 'boolean' ? value : null;
  }

  const method =
    (at: LogLevel): LogMethod =>
    (message, attributes) =>
      log(at, message, attributes, ids());
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    event: (name, at, message, attributes, span) => log(at, message, attributes, span, name),
    redactAgain() {
      records = records.map((record) => ({
        ...record,
        message: redactor.text(record.message),
        attributes: clean(record.attributes),
      }));
    },
    recent(traceId, limit) {
      const held = records.slice(-capacity);
      const wanted = traceId === null ? held : held.filter((record) => record.traceId === traceId);
      return limit <= 0 ? [] : wanted.slice(-limit);
    },
    onRecord(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    flush: () => file?.flush() ?? Promise.resolve(),
    get dropped() {
      return file?.dropped ?? 0;
    },
  };
}

/** One record as one line of JSON. */
function toLine({ timeMs, level, message, eventName, attributes, traceId, spanId }: LogRecord): string {
  return JSON.stringify({
    time: new Date(timeMs).toISOString(),
    level,
    message,
    ...(eventName === undefined ? {} : { event: eventName }),
    ...(traceId === null ? {} : { traceId, spanId }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  });
}
