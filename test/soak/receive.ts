/**
 * `npm run soak -- receive [--requests N] [--seed N]`: damaged requests without end at a receiver and its store, over
 * HTTP. Ends with 1 where it crashes, answers otherwise than with 200 or 400, or its memory grows.
 */
import { parseArgs } from 'node:util';
import { formatBytes } from '../../shared/units.ts';
import { mangledRequests } from '../electron/receive/mangled.ts';
import { RECEIVER_WORKER, startReceiving } from '../electron/receive/receiving.ts';

const AT_ONCE = 8;
const ROUNDS = 10;
/** What the last half of the rounds may add to the first. */
const MAX_GROWTH_BYTES = 96_000_000;

export async function soakReceiver(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { requests: { type: 'string' }, seed: { type: 'string' } },
  });
  const perRound = Math.ceil(Number(values.requests ?? 50_000) / ROUNDS);
  const seed = Number(values.seed ?? Date.now() % 1e6);
  console.log(`${perRound * ROUNDS} damaged requests, seed ${seed}`);
  const { receiver, httpUrl, close } = await startReceiving({ workerFile: RECEIVER_WORKER });
  const statuses = new Map<number, number>();
  const rss: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const requests = mangledRequests(perRound, seed + round);
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const { signal, form, bytes, encoding } of requests) {
            const answer = await fetch(`${httpUrl()}/v1/${signal}`, {
              method: 'POST',
              headers: {
                'content-type': form === 'json' ? 'application/json' : 'application/x-protobuf',
                ...(encoding === null ? {} : { 'content-encoding': encoding }),
              },
              body: new Uint8Array(bytes),
            });
            await answer.arrayBuffer();
            statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          }
        }),
      );
      (globalThis as { gc?: () => void }).gc?.();
      rss.push(process.memoryUsage().rss);
      const { requests: seen, refusedRequests, spans, rejected } = receiver.status();
      console.log(
        `${seen} requests, ${refusedRequests} refused; ${spans} spans, ${rejected} records refused; RSS ${formatBytes(rss.at(-1)!)}`,
      );
    }
  } finally {
    await close();
  }
  const half = ROUNDS / 2;
  const growth = Math.max(...rss.slice(half)) - Math.max(...rss.slice(0, half));
  const others = [...statuses.keys()].filter((status) => status !== 200 && status !== 400);
  if (others.length > 0) console.error(`Answered with ${others.join(', ')}.`);
  if (growth > MAX_GROWTH_BYTES) console.error(`RSS grew by ${formatBytes(growth)}.`);
  return others.length === 0 && growth <= MAX_GROWTH_BYTES;
}
