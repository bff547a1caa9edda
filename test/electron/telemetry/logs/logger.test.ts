import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startTelemetry } from '../startTelemetry.ts';

describe('logger', () => {
  it('gives every record the ids of its span, and tells its listeners', async () => {
    const telemetry = startTelemetry({ logLevel: 'debug' });
    const heard: string[] = [];
    const stop = telemetry.logger.onRecord(({ message }) => heard.push(message));
    telemetry.logger.onRecord(() => {
      throw new Error('a listener of no use');
    });
    const ids = await telemetry.withSpan('work', async (span) => {
      await sleep(1);
      telemetry.logger.info('inside', { row: 3 });
      return { traceId: span.traceId, spanId: span.spanId };
    });
    telemetry.logger.debug('outside');
    stop();
    telemetry.logger.warn('unheard');
    expect(heard).toStrictEqual(['inside', 'outside']);
    expect(telemetry.logger.recent(ids.traceId, 10)).toMatchObject([
      { ...ids, message: 'inside', level: 'info', attributes: { row: 3 } },
    ]);
    expect(telemetry.logger.recent(null, 2).map(({ message }) => message)).toStrictEqual([
      'outside',
      'unheard',
    ]);
    expect(telemetry.logger.recent(null, 1)[0]!.traceId).toBeNull();
  });

  it('keeps the last record where it may keep none', () => {
    const telemetry = startTelemetry({ logCapacity: 0 });
    for (let i = 0; i < 50; i += 1) telemetry.logger.info(`message ${i}`);
    expect(telemetry.logger.recent(null, 1000).map(({ message }) => message)).toStrictEqual(['message 49']);
  });

  it('keeps only the latest records and leaves lower levels out', () => {
    const telemetry = startTelemetry({ logCapacity: 10 });
    telemetry.logger.debug('too low');
    for (let i = 0; i < 57; i += 1) telemetry.logger.info(`message ${i}`);
    const records = telemetry.logger.recent(null, 1000);
    expect(records).toHaveLength(10);
    expect(records.at(-1)!.message).toBe('message 56');
  });

  it('writes one line of JSON a record, all of them by the time of the shutdown', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tracedeck-log-'));
    try {
      const file = join(dir, 'logs', 'tracedeck.log');
      const telemetry = startTelemetry({ logFile: file });
      telemetry.withSpan('work', () => telemetry.logger.info('first\nline', { a: 1 }));
      telemetry.logger.error('second');
      expect(await telemetry.shutdown(2000)).toBe(true);
      const lines = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(lines).toMatchObject([
        {
          level: 'info',
          message: 'first\nline',
          attributes: { a: 1 },
          traceId: expect.any(String) as string,
        },
        { level: 'error', message: 'second' },
      ]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
