/** A span in the SDK's form, the same object from start to end, without the SDK. */
import type { HrTime, Link, SpanContext } from '@opentelemetry/api';
import type { TimedEvent } from '@opentelemetry/sdk-trace-base';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../../shared/span.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import type { RecordedSpan, SpanRing } from '../../../../electron/telemetry/spans/spanRing.ts';

export class SdkSpan implements RecordedSpan {
  name!: string;
  kind!: number;
  startTime!: HrTime;
  endTime!: HrTime;
  status!: { code: number; message?: string };
  attributes!: RecordedSpan['attributes'];
  events!: TimedEvent[];
  links!: Link[];
  parentSpanContext?: SpanContext;
  readonly #context: SpanContext;
  #handle = -1;

  constructor(record: SpanRecord) {
    const { traceId, spanId, parentSpanId } = record;
    this.#context = { traceId, spanId, traceFlags: 1 };
    if (parentSpanId !== null) this.parentSpanContext = { traceId, spanId: parentSpanId, traceFlags: 1 };
    this.become(record);
  }

  /** Everything but ids. */
  become(record: SpanRecord): void {
    this.name = record.name;
    this.kind = SPAN_KINDS.indexOf(record.kind);
    this.startTime = hrTime(record.startMs);
    this.endTime = hrTime(record.endMs ?? 0);
    const code = SPAN_STATUSES.indexOf(record.status);
    this.status = record.statusMessage === null ? { code } : { code, message: record.statusMessage };
    this.attributes = record.attributes as RecordedSpan['attributes'];
    this.events = record.events.map(({ name, timeMs, attributes }) => ({
      name,
      time: hrTime(timeMs),
      attributes: attributes as RecordedSpan['attributes'],
    }));
    this.links = record.links.map(({ traceId, spanId, attributes }) => ({
      context: { traceId, spanId, traceFlags: 1 },
      attributes: attributes as RecordedSpan['attributes'],
    }));
  }

  spanContext(): SpanContext {
    return this.#context;
  }
  start(ring: SpanRing): this {
    this.#handle = ring.started(this);
    return this;
  }
  end(ring: SpanRing): void {
    ring.ended(this.#handle, this);
  }
}

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
