/** The one logger. Every record knows the trace and span in which it was written. */
import { LOG_LEVELS } from '../../../shared/span.ts';
import type { Attributes, AttributeValue, LogLevel, LogRecord } from '../../../shared/span.ts';
import type { LogFile } from './logFile.ts';
import { REDACTED } from '../redact.ts';
import type { Redactor } from '../redact.ts';

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

export type LoggerOptions = {
  readonly level: LogLevel;
  readonly capacity: number;
  readonly redactor: Redactor;
  readonly file: LogFile | null;
  readonly ids: () => { readonly traceId: string; readonly spanId: string } | null;
  /** A listener threw. */
  readonly onFault: () => void;
};

const MAX_MESSAGE_LENGTH = 8192;

export function createLogger({ level, capacity, redactor, file, ids, onFault }: LoggerOptions): Logger {
  const lowest = LOG_LEVELS.indexOf(level);
  const listeners = new Set<(record: LogRecord) => void>();
  let records: LogRecord[] = [];

  function log(at: LogLevel, message: string, attributes: Attributes = {}): void {
    if (LOG_LEVELS.indexOf(at) < lowest) return;
    const span = ids();
    const record: LogRecord = {
      timeMs: Date.now(),
      level: at,
      message: redactor.text(message).slice(0, MAX_MESSAGE_LENGTH),
      attributes: clean(attributes),
      traceId: span?.traceId ?? null,
      spanId: span?.spanId ?? null,
    };
    records.push(record);
    // Cut back rarely: shifting at every record would move the whole array each time.
    if (records.length >= capacity * 2) records = records.slice(-capacity);
    file?.write(toLine(record));
    for (const listener of listeners) {
      try {
        listener(record);
      } catch {
        onFault();
      }
    }
  }

  function clean(attributes: Attributes): Attributes {
    const result: Record<string, AttributeValue> = {};
    for (const [key, value] of Object.entries(attributes)) {
      if (redactor.isSecretKey(key)) result[key] = REDACTED;
      else if (typeof value === 'string') result[key] = redactor.text(value).slice(0, MAX_MESSAGE_LENGTH);
      else if (Array.isArray(value)) {
        result[key] = value.map((part) =>
          typeof part === 'string' ? redactor.text(part) : part,
        ) as AttributeValue;
      } else if (value !== undefined && value !== null) result[key] = value;
    }
    return result;
  }

  const method =
    (at: LogLevel): LogMethod =>
    (message, attributes) =>
      log(at, message, attributes);
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
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
function toLine({ timeMs, level, message, attributes, traceId, spanId }: LogRecord): string {
  return JSON.stringify({
    time: new Date(timeMs).toISOString(),
    level,
    message,
    ...(traceId === null ? {} : { traceId, spanId }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  });
}
