import { afterEach, describe, expect, it } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { ReceiverStore } from '../../../electron/receive/receiver.ts';
import type { StoredPoint } from '../../../shared/traceQuery.ts';
import { startReceiving, type Receiving } from './receiving.ts';

const open: Receiving[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const request = (value: number, temporality: number, kind: 'sum' | 'histogram' = 'sum') => ({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'A' } }] },
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'words',
              [kind]: {
                aggregationTemporality: temporality,
                isMonotonic: true,
                dataPoints: [
                  {
                    startTimeUnixNano: '1790000000000000000',
                    timeUnixNano: '1790000060000000000',
                    ...(kind === 'sum'
                      ? { asInt: String(value) }
                      : {
                          count: String(value),
                          sum: value,
                          bucketCounts: [String(value)],
                          explicitBounds: [],
                        }),
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
});

async function receiving(state: { busy: number; error: Error | null }, points: StoredPoint[]) {
  const started = await startReceiving({
    storeLike: (store): ReceiverStore => ({
      get pending() {
        return state.busy-- > 0 ? 8 : 0;
      },
      maxPending: 8,
      writeSpans: (bytes) => store.writeSpans(bytes),
      writeLogs: (records) => store.writeLogs(records),
      async writeMetrics(written) {
        if (state.error !== null) throw state.error;
        points.push(...written);
      },
    }),
  });
  open.push(started);
  return async (body: object): Promise<number> => {
    const answer = await fetch(`${started.httpUrl()}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  };
}

describe('what is sent as differences', () => {
  it('is added up, and what is sent as totals is not', async () => {
    const points: StoredPoint[] = [];
    const post = await receiving({ busy: 0, error: null }, points);
    for (const value of [5, 3, 7]) expect(await post(request(value, 1))).toBe(200);
    for (const value of [5, 8]) expect(await post(request(value, 2))).toBe(200);
    expect(points.map(({ value }) => value)).toEqual([5, 8, 15, 5, 8]);
    points.length = 0;
    for (const value of [2, 4]) expect(await post(request(value, 1, 'histogram'))).toBe(200);
    expect(points.map(({ value }) => value)).toMatchObject([
      { count: 2, sum: 2 },
      { count: 6, sum: 6 },
    ]);
  });

  it('counts once, however often the store is busy, and whatever it says then', async () => {
    const points: StoredPoint[] = [];
    const state = { busy: 3, error: null as Error | null };
    const post = await receiving(state, points);
    expect(await post(request(5, 1))).toBe(200);
    state.error = new TracedeckError('degraded', 'traces_died', 'The thread ended.');
    // Not to be sent again: the total of the next one has it.
    expect(await post(request(3, 1))).toBe(500);
    expect(await post(request(9, 2))).toBe(503);
    state.error = null;
    expect(await post(request(7, 1))).toBe(200);
    expect(points.map(({ value }) => value)).toEqual([5, 15]);
  });
});
