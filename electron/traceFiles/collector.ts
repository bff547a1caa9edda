/** Takes what a reader finds, in batches that are written while it goes on, and counts what could not be read. */
import type { LogRecord, Origin, SpanRecord } from '../../shared/span.ts';
import type { ImportReport, StoredPoint } from '../../shared/traceQuery.ts';
import { derivedSpanId, hashText } from './ids.ts';
import { SpanIdTable } from './spanIdTable.ts';

export type Batch = {
  readonly spans: readonly SpanRecord[];
  readonly logs: readonly LogRecord[];
  readonly points: readonly StoredPoint[];
};

const BATCH_SPANS = 5000;
/** Events, links and attributes weigh as well: one span can hold ten thousand of them. */
const BATCH_WEIGHT = 100_000;
const MAX_TRACE_IDS = 100;
const MAX_REASONS = 50;

/** What readers hand their finds to. */
export interface RecordSink {
  /** `undefined` for this program itself. */
  origin(origin: Origin): Origin | undefined;
  span(span: SpanRecord): void;
  log(record: LogRecord): void;
  /** @param isDelta what was added since the point before, and no total */
  point(point: StoredPoint, isDelta?: boolean): void;
  /** What cannot be read. @param at where in the file, for people */
  refuse(reason: string, at: string, count?: number): void;
  /** So many things were read otherwise than they are written; 0 for what is not counted. */
  note(what: string, count?: number): void;
}

export class Collector implements RecordSink {
  readonly #write: (batch: Batch) => Promise<void>;
  readonly #own: Origin | null;
  readonly #ids = new SpanIdTable();
  readonly #traces = new Set<string>();
  readonly #refused = new Map<string, { count: number; at: string }>();
  readonly #notes = new Map<string, number>();
  #spans: SpanRecord[] = [];
  #logs: LogRecord[] = [];
  #points: StoredPoint[] = [];
  #weight = 0;
  #counts = { spans: 0, logs: 0, metricPoints: 0 };

  /** @param own the origin that records of this program itself were written with: they lose it again */
  constructor(write: (batch: Batch) => Promise<void>, own: Origin | null = null) {
    this.#write = write;
    this.#own = own;
  }

  origin(origin: Origin): Origin | undefined {
    return this.#own !== null && isSameOrigin(origin, this.#own) ? undefined : origin;
  }

  /** Two different spans of one id are both kept, the later one under an id of its own. */
  span(span: SpanRecord): void {
    let kept = span;
    const { traceId, name, kind, startMs, origin } = span;
    const service = String(origin?.resource['service.name'] ?? '');
    const face = hashText(`${startMs} ${kind} ${service} ${name}`);
    for (let turn = 0; !this.#ids.take(traceId, kept.spanId, face); turn += 1) {
      if (turn === 0) this.note('spans had the id of another span of their trace and got one of their own');
      kept = { ...span, spanId: derivedSpanId(span.spanId, `${service} ${name} ${turn}`) };
    }
    this.#traces.add(traceId);
    this.#counts.spans += 1;
    this.#weight += 1 + span.events.length + span.links.length;
    this.#spans.push(kept);
  }

  log(record: LogRecord): void {
    this.#counts.logs += 1;
    this.#logs.push(record);
  }

  point(point: StoredPoint): void {
    this.#counts.metricPoints += 1;
    this.#points.push(point);
  }

  refuse(reason: string, at: string, count = 1): void {
    const known = this.#refused.get(reason);
    if (known !== undefined) known.count += count;
    else if (this.#refused.size < MAX_REASONS) this.#refused.set(reason, { count, at });
    else this.refuse('other reasons', at, count);
  }

  note(what: string, count = 1): void {
    this.#notes.set(what, (this.#notes.get(what) ?? 0) + count);
  }

  /** To be awaited between the parts of a file: writes when there is enough to write. */
  async drain(): Promise<void> {
    const size = this.#spans.length + this.#logs.length + this.#points.length;
    if (size >= BATCH_SPANS || this.#weight >= BATCH_WEIGHT) await this.#flush();
  }

  get isEmpty(): boolean {
    return this.#counts.spans + this.#counts.logs + this.#counts.metricPoints === 0;
  }

  get isFull(): boolean {
    return this.#spans.length >= BATCH_SPANS || this.#weight >= BATCH_WEIGHT;
  }

  async finish(): Promise<Omit<ImportReport, 'file' | 'format' | 'known'>> {
    await this.#flush();
    return {
      ...this.#counts,
      traces: this.#traces.size,
      refused: [...this.#refused].map(([reason, { count, at }]) => ({ reason, count, at })),
      notes: [...this.#notes].map(([what, count]) => (count === 0 ? what : `${count} ${what}`)),
      traceIds: [...this.#traces].slice(0, MAX_TRACE_IDS),
    };
  }

  async #flush(): Promise<void> {
    if (this.#spans.length + this.#logs.length + this.#points.length === 0) return;
    const batch = { spans: this.#spans, logs: this.#logs, points: this.#points };
    this.#spans = [];
    this.#logs = [];
    this.#points = [];
    this.#weight = 0;
    await this.#write(batch);
  }
}

function isSameOrigin(a: Origin, b: Origin): boolean {
  const keys = Object.keys(a.resource);
  return (
    a.scope.name === b.scope.name &&
    a.scope.version === b.scope.version &&
    keys.length === Object.keys(b.resource).length &&
    keys.every((key) => JSON.stringify(a.resource[key]) === JSON.stringify(b.resource[key]))
  );
}
