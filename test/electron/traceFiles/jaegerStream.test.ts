import { describe, expect, it } from 'vitest';
import { JsonSplitter } from '../../../electron/traceFiles/jsonSplitter.ts';
import { byId, exported, readFile } from './files.ts';
import { randomSpans } from './randomSpans.ts';

const PROCESSES = { p1: { serviceName: 'shop', tags: [] }, p2: { serviceName: 'bank', tags: [] } };
const aTrace = (traceID: string, processID = 'p1') => ({
  traceID,
  spans: [
    { traceID, spanID: '1', operationName: 'cart', processID, startTime: 1_790_000_000_000_000, duration: 5 },
    { traceID, spanID: '2', operationName: 'pay', processID, startTime: 1_790_000_000_000_001, duration: 2 },
  ],
  processes: PROCESSES,
});
const servicesOf = ({ spans }: Awaited<ReturnType<typeof readFile>>) =>
  spans.map(({ traceId, origin }) => `${traceId.slice(-1)} ${String(origin?.resource['service.name'])}`);

describe('traces of Jaeger, read span by span', () => {
  it('have their services, though these stand behind the spans', async () => {
    const read = await readFile('stream.json', { data: [aTrace('a'), aTrace('b', 'p2')] });
    expect(read.report).toMatchObject({ format: 'jaeger', traces: 2, spans: 4, refused: [] });
    expect(servicesOf(read)).toStrictEqual(['a shop', 'a shop', 'b bank', 'b bank']);
  });

  it('may stand in a list, alone, or one document after the other', async () => {
    const list = await readFile('list.json', [aTrace('a'), aTrace('b', 'p2')]);
    expect(servicesOf(list)).toStrictEqual(['a shop', 'a shop', 'b bank', 'b bank']);
    const alone = await readFile('alone.json', aTrace('c', 'p2'));
    expect(servicesOf(alone)).toStrictEqual(['c bank', 'c bank']);
    const all = [{ data: [aTrace('a')] }, { data: [aTrace('b', 'p2')] }, aTrace('c')];
    const documents = await readFile(
      'documents.json',
      all.map((each) => JSON.stringify(each, null, 1)).join('\n'),
    );
    expect(servicesOf(documents)).toStrictEqual(['a shop', 'a shop', 'b bank', 'b bank', 'c shop', 'c shop']);
  });

  it('lose a broken span and what is no trace, and nothing else', async () => {
    const text = JSON.stringify({ data: [aTrace('a'), { x: 1 }, aTrace('b')] });
    const read = await readFile('broken.json', text.replace('"duration":5', '"duration":05'));
    expect(read.report).toMatchObject({ traces: 2, spans: 3 });
    expect(read.report.refused.map(({ reason, at }) => `${reason} ${at.slice(0, 16)}`)).toStrictEqual([
      'broken JSON data[0].spans[0]',
      'no trace data[1]',
    ]);
  });

  it('come back from our own export in many pieces', async () => {
    const spans = randomSpans(3000, 11).map((span) => ({ ...span, links: [] }));
    const { text } = await exported('jaeger', spans);
    const { report, spans: read } = await readFile('own.jaeger.json', text);
    expect(report).toMatchObject({ format: 'jaeger', spans: 3000, refused: [] });
    expect(Object.keys(byId(read))).toStrictEqual(Object.keys(byId(spans)));
  });
});

describe('cutting JSON into parts', () => {
  const text =
    '{"data":[{"a":[1,{"b":"]}"}],"spans":[{"x":[]},2 ,"s"],"c":{}},7,[8]],"spans":3}\n[{"y":1}] "end"';
  const cut = (pieces: readonly string[]) => {
    const splitter = new JsonSplitter((path) => ['data', 'data[]', 'data[].spans'].includes(path));
    const found = pieces.flatMap((piece) => splitter.push(Buffer.from(piece)));
    const { last, cut: broken } = splitter.end();
    expect(broken).toBeNull();
    return [...found, ...last].map(({ at, key, within, document, bytes }) =>
      [document, within, key, at.replace(/^byte .*/, 'byte'), bytes.toString()].join(' '),
    );
  };

  it('says of each what it is and where it stands', () => {
    expect(cut([text])).toStrictEqual([
      '0 data[0] a data[0].a [1,{"b":"]}"}]',
      '0 data[0] spans data[0].spans[0] {"x":[]}',
      '0 data[0] spans data[0].spans[1] 2',
      '0 data[0] spans data[0].spans[2] "s"',
      '0 data[0] c data[0].c {}',
      '0  data data[1] 7',
      '0  data data[2] [8]',
      '0  spans spans 3',
      '1   [0] {"y":1}',
      '2   byte "end"',
    ]);
  });

  it('says the same wherever the pieces end', () => {
    const whole = cut([text]);
    for (let at = 1; at < text.length; at += 1) {
      expect(cut([text.slice(0, at), text.slice(at)])).toStrictEqual(whole);
    }
    expect(cut([...text])).toStrictEqual(whole);
  });
});
