/** Requests that are damaged in every way, the same for the same seed. */
import { gzipSync } from 'node:zlib';
import { encodeLogs, encodeMetrics, encodeTraces } from '../../../electron/telemetry/export/otlpEncode.ts';
import type { OtlpSignal } from '../../../electron/traceFiles/otlpProtobuf.ts';
import type { WireForm } from '../../../electron/receive/refusal.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';
import { counterOf, numberedLogs } from '../telemetry/export/exportRecords.ts';
import { randomSpans } from '../traceFiles/randomSpans.ts';

export type Mangled = {
  readonly signal: OtlpSignal;
  readonly form: WireForm;
  readonly bytes: Buffer;
  readonly encoding: 'gzip' | null;
};

const CONTEXT = { resource: { 'service.name': 'fuzz' }, scope: { name: 'f', version: '1' } };

export function* mangledRequests(count: number, seed: number): Generator<Mangled> {
  const random = randomNumbers(seed);
  const below = (end: number) => Math.floor(random() * end);
  const sound = (signal: OtlpSignal, form: WireForm): Buffer =>
    Buffer.from(
      signal === 'traces'
        ? encodeTraces(CONTEXT, randomSpans(1 + below(12), below(1e6)), form)
        : signal === 'logs'
          ? encodeLogs(CONTEXT, numberedLogs(0, 1 + below(9)), form)
          : encodeMetrics({ ...CONTEXT, startedMs: 1.7e12 }, counterOf(1 + below(9)), 1.79e12, form),
    );
  const damage = (bytes: Buffer): Buffer => {
    switch (below(6)) {
      case 0:
        return bytes.subarray(0, below(bytes.length));
      case 1: {
        for (let left = 1 + below(8); left > 0; left -= 1) bytes[below(bytes.length)] = below(256);
        return bytes;
      }
      case 2: {
        const at = below(bytes.length);
        return Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from([255, 255, 255, 255, 15]),
          bytes.subarray(at),
        ]);
      }
      case 3: {
        const [from, to] = [below(bytes.length), below(bytes.length)];
        return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
      }
      case 4:
        return Buffer.from(Array.from({ length: below(400) }, () => below(256)));
      default:
        return bytes;
    }
  };
  for (let left = count; left > 0; left -= 1) {
    const signal = (['traces', 'logs', 'metrics'] as const)[below(3)]!;
    const form = random() < 0.6 ? 'protobuf' : 'json';
    let bytes = damage(sound(signal, form));
    const encoding = random() < 0.3 ? 'gzip' : null;
    if (encoding === 'gzip') {
      bytes = gzipSync(bytes);
      if (random() < 0.3) bytes = damage(bytes);
    }
    yield { signal, form, bytes, encoding };
  }
}

/** A message within a message within a message, and JSON alike. */
export function nested(depth: number, form: WireForm): Buffer {
  if (form === 'json') {
    const value = `${'{"arrayValue":{"values":['.repeat(depth)}{"intValue":1}${']}}'.repeat(depth)}`;
    return Buffer.from(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'ab'.repeat(16)}","spanId":"${'cd'.repeat(8)}","startTimeUnixNano":"1","attributes":[{"key":"k","value":${value}}]}]}]}]}`,
    );
  }
  const inner = (content: Buffer, tag: number): Buffer => {
    const length: number[] = [];
    let left = content.length;
    for (; left > 127; left >>>= 7) length.push((left & 127) | 128);
    return Buffer.concat([Buffer.from([tag, ...length, left]), content]);
  };
  let value: Buffer = Buffer.from([0x18, 1]);
  for (let at = 0; at < depth; at += 1) value = inner(inner(value, 0x0a), 0x2a);
  const pair = Buffer.concat([inner(Buffer.from('k'), 0x0a), inner(value, 0x12)]);
  const span = Buffer.concat([
    inner(Buffer.alloc(16, 0xab), 0x0a),
    inner(Buffer.alloc(8, 0xcd), 0x12),
    Buffer.from([0x39, 1, 0, 0, 0, 0, 0, 0, 0]),
    inner(pair, 0x4a),
  ]);
  return inner(inner(inner(span, 0x12), 0x12), 0x0a);
}
