/** Random trace and span ids. */
import { randomFillSync } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace-base';
import { wordHex } from '../../../shared/spanCodec.ts';

export type SpanIds = IdGenerator & {
  /** The next span's id becomes the second half of its trace's: of this one, or, with `null`, of a new one. */
  nextFromTrace(traceId: string | null): void;
};

export function createIdGenerator(): SpanIds {
  const pool = new Uint32Array(4096);
  let at = pool.length;
  const word = () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    return pool[at++]!;
  };
  // The lowest bit is always set: no id is all zeros.
  const half = () => wordHex(word()) + wordHex((word() | 1) >>> 0);
  let nextSpanId: string | null = null;
  let nextTraceId: string | null = null;
  return {
    nextFromTrace(traceId) {
      nextTraceId = traceId === null ? half() + half() : null;
      nextSpanId = (traceId ?? nextTraceId)!.slice(16);
    },
    // The tracer asks for a span's own id first and, where it begins a trace, for that one's right after.
    generateSpanId() {
      if (nextSpanId === null) return half();
      const id = nextSpanId;
      nextSpanId = null;
      return id;
    },
    generateTraceId() {
      if (nextTraceId === null) return half() + half();
      const id = nextTraceId;
      nextTraceId = null;
      return id;
    },
  };
}
