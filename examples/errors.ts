/**
 * Errors and recovery: what a span says of an error, a retry that succeeds, a fallback, a row that is given up.
 * Every log record and every error leads to the exact path of the failing request.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { initTelemetry, printTraces } from '../electron/telemetry/index.ts';

const telemetry = initTelemetry({ version: '1.0.0', serviceName: 'example-errors' });
const failures = telemetry.metrics.counter('app.failures', {
  unit: '{failure}',
  description: 'Failures by kind.',
});

class NotReady extends Error {
  readonly code = 'ENOTREADY';
}

let calls = 0;
async function flaky(): Promise<string> {
  await sleep(2);
  calls += 1;
  if (calls < 3) throw new NotReady('The server is not ready yet.');
  return 'answer';
}

/** Tries again with growing pauses. The attempts are spans, the waits are events on the span around them. */
async function withRetries<T>(work: () => Promise<T>, attempts: number): Promise<T> {
  return telemetry.withSpan('call with retries', async (span) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await telemetry.withSpan('attempt', { attributes: { 'retry.attempt': attempt } }, work);
      } catch (thrown) {
        failures.add(1, { 'error.type': thrown instanceof NotReady ? thrown.code : 'unknown' });
        if (attempt === attempts) throw thrown;
        const waitMs = 5 * 2 ** attempt;
        span.addEvent('retry', { 'retry.delay_ms': waitMs });
        await sleep(waitMs);
      }
    }
  });
}

await telemetry.withSpan('recovers', async () => {
  telemetry.logger.info(`Got the ${await withRetries(flaky, 5)} in the end.`);
});

await telemetry.withSpan('falls back', async (span) => {
  try {
    calls = -100;
    await withRetries(flaky, 2);
  } catch (thrown) {
    // Stated on this span too: it goes on, and counts as failed although whoever asked has an answer.
    telemetry.recordException(thrown);
    span.set('app.degraded', true);
    telemetry.logger.warn('The server did not answer; yesterday’s answer is used.');
  }
});

await telemetry
  .withSpan('gives up', async () => {
    await telemetry.withSpan('parse', () => JSON.parse('{"broken": '));
  })
  .catch((thrown: unknown) => {
    telemetry.logger.error('A row was set aside.', {
      'error.type': thrown instanceof Error ? thrown.name : 'unknown',
    });
  });

printTraces(telemetry);
for (const { level, message, traceId } of telemetry.logger.recent(null, 20)) {
  console.log(`${level.padEnd(5)} ${message}${traceId === null ? '' : `  (trace ${traceId.slice(0, 8)})`}`);
}
for (const { name, kind, points } of await telemetry.metrics.collect()) {
  if (kind === 'counter') for (const { attributes, value } of points) console.log(name, attributes, value);
}
await telemetry.shutdown(2000);
