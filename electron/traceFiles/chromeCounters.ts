/** Counters of trace events: a gauge for each of their series. */
import type { StoredPoint } from '../../shared/traceQuery.ts';
import { isPlain, textOf, type Plain } from './attributeValues.ts';

/** What a counter stands at, by series; what is no number is none. */
export function* counterPoints(event: Plain, timeMs: number): Generator<StoredPoint, void> {
  const name = textOf(event['name']);
  const pid = String(event['pid'] ?? '');
  for (const [series, given] of Object.entries(isPlain(event['args']) ? event['args'] : {})) {
    const value = Number(given);
    if (typeof given === 'object' || !Number.isFinite(value) || name === '') continue;
    yield {
      name,
      unit: '',
      description: '',
      kind: 'gauge',
      attributes: { series, 'process.pid': pid },
      origin: {
        resource: { 'service.name': `process ${pid}` },
        scope: { name: '', version: null },
      },
      startMs: timeMs,
      timeMs,
      value,
      exemplars: [],
    };
  }
}
