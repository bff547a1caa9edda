import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { exportTraces, NO_RECORDS } from '../../../electron/traceFiles/exportTraces.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import type { LogRecord } from '../../../shared/span.ts';
import type { ExportFormat } from '../../../shared/traceQuery.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';
import { aSpan, OWN } from './files.ts';

const SPAN = aSpan();
const log = (part: Partial<LogRecord> = {}): LogRecord => ({
  timeMs: SPAN.startMs + 5,
  level: 'info',
  message: 'cart read',
  attributes: {},
  traceId: SPAN.traceId,
  spanId: SPAN.spanId,
  ...part,
});

async function written(
  format: ExportFormat,
  logs: readonly LogRecord[],
  { withLogs = true, spans = [SPAN] } = {},
) {
  let text = '';
  const report = await exportTraces(
    Readable.from([encodeSpans(spans)]),
    { format, own: OWN, withLogs },
    { write: (piece) => void (text += piece) },
    { ...NO_RECORDS, logs: async () => logs },
  );
  return { text, report };
}

describe('log records on a page of HTML', () => {
  it('stand below the spans by time, whatever they hold, and nothing of them becomes markup', async () => {
    const logs = [
      log({ message: '<script>1</script>', attributes: { '<k>': '<v>' } }),
      log({ level: 'error', message: 'failed', timeMs: SPAN.startMs - 2, spanId: null }),
    ];
    const { text, report } = await written('html', logs);
    expect(report).toMatchObject({ logs: 2, notes: [expect.stringContaining('as they were recorded')] });
    expect(text).toContain('<caption>Log records: 2.</caption>');
    expect(text).not.toMatch(/<script|<k>|<v>/);
    expect(text).toMatch(/<tr><td class="n">\+5\.00 ms<\/td><td class="n">info<\/td>.*&#60;script&#62;/);
    expect(text).toMatch(/<tr class="bad"><td class="n">−2\.00 ms<\/td><td class="n">error<\/td>/);
  });

  it('are cut at a number, errors and warnings kept, and the rest counted', async () => {
    const logs = Array.from({ length: 6000 }, (_, i) =>
      log({ timeMs: SPAN.startMs + i, level: i < 100 ? 'warn' : 'debug', message: `n ${i}` }),
    );
    const { text, report } = await written('html', logs);
    expect(text.match(/<td class="n">warn<\/td>/g)).toHaveLength(100);
    expect(text.match(/<td class="n">debug<\/td>/g)).toHaveLength(4900);
    expect(text).toContain('1,000 more are left out');
    expect(report.notes.join(' ')).toContain('1,000 log records are left out');
    expect(text.indexOf('>n 5999<')).toBeGreaterThan(text.indexOf('>n 5998<'));
  });

  it('are not there unless they are wanted', async () => {
    const { text, report } = await written('html', [log()], { withLogs: false });
    expect(text).not.toContain('Log records');
    expect(report.logs).toBeUndefined();
  });
});

describe('log records in text for a language model', () => {
  it('are told errors first, those that say the same as one', async () => {
    const logs = [
      ...Array.from({ length: 12 }, (_, i) => log({ message: `retry ${i}`, level: 'warn' })),
      log(),
      log({ level: 'error', message: 'gave up', timeMs: SPAN.startMs + 12 }),
    ];
    const { text, report } = await written('llm', logs);
    expect(report.logs).toBe(14);
    const told = /## Log records: 14, errors first\n((?:- .*\n)+)/.exec(text)![1]!.trimEnd().split('\n');
    expect(told).toEqual([
      `- error at +12.0 ms, span ${SPAN.spanId}: gave up`,
      `- 12 × warn at +5.00 ms, span ${SPAN.spanId}: retry 0`,
      `- info at +5.00 ms, span ${SPAN.spanId}: cart read`,
    ]);
  });

  it('hold no secret, no data and no attribute, and nothing that a terminal obeys', async () => {
    const secret = 'sk-abcdefghijklmnopqrstuvwxyz123456';
    const { text } = await written('llm', [
      log({ message: `key is ${secret}\u001b[2J` }),
      log({ message: '{"prompt":"THE-CONTENT"}', attributes: { 'gen_ai.prompt': 'THE-CONTENT' } }),
      log({ message: '[1]', eventName: 'gen_ai.choice' }),
    ]);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('THE-CONTENT');
    expect(text).not.toContain('\u001b');
    expect(text).toContain('info at +5.00 ms');
    expect(text).toContain(': (data, left out)');
    expect(text).toContain(': gen_ai.choice');
  });

  it('have a part of the room, say how many had none, and leave the tree its own', async () => {
    const spans = syntheticTrace({ items: 200 });
    const word = (i: number) =>
      'abcdefghijklmnop'.replace(/./g, (c) => ((i * 7 + c.charCodeAt(0)) % 5 ? c : '-'));
    const logs = Array.from({ length: 5000 }, (_, i) =>
      log({ traceId: spans[0]!.traceId, message: `${String.fromCodePoint(0x4e00 + i)} ${word(i)}` }),
    );
    const { text, report } = await written('llm', logs, { spans });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(24_000);
    const [section] = /## Log records[^]*?(?=\n## )/.exec(text)!;
    const kept = section.match(/^- /gm)!.length;
    expect(kept).toBeGreaterThan(20);
    expect(section).toContain(`… ${(5000 - kept).toLocaleString('en')} more records left out`);
    expect(text).toContain('## Tree');
    expect(report.notes.join(' ')).toContain('Cut at 24,000 bytes');
  });
});
