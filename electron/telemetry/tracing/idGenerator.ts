/**
 * Random trace and span ids. The first half of a trace id is the id of its root span: whoever kept only the
 * trace id of an earlier run can still link to the run's span.
 */
import { webcrypto } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace-base';
import { wordHex } from '../../../shared/spanCodec.ts';

export function createIdGenerator(): IdGenerator {
  const pool = new Uint32Array(4096);
  let at = pool.length;
  const word = () => {
    if (at === pool.length) {
      webcrypto.getRandomValues(pool);
      at = 0;
    }
    return pool[at++]!;
  };
  let lastSpanId = '';
  return {
    generateSpanId() {
      // The lowest bit is always set: no id is all zeros.
      lastSpanId = wordHex(word()) + wordHex((word() | 1) >>> 0);
      return lastSpanId;
    },
    // The tracer asks for a root span's own id first and for its trace's right after.
    generateTraceId() {
      const root = lastSpanId === '' ? this.generateSpanId() : lastSpanId;
      return root + wordHex(word()) + wordHex(word());
    },
  };
}

/** The root span of a trace that this program made. */
export function rootSpanId(traceId: string): string {
  return traceId.slice(0, 16);
}
