import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Program } from '../../../electron/compose/compose.ts';
import { parseCommandLine } from '../../../electron/terminal/commandLine.ts';
import type { TraceCommand } from '../../../electron/terminal/traceArguments.ts';
import { listTraces, showTrace } from '../../../electron/terminal/storedTraces.ts';
import type { Terminal } from '../../../electron/terminal/terminal.ts';
import { diffTraces } from '../../../electron/terminal/diffTraces.ts';
import { receiveTraces, tailTraces } from '../../../electron/terminal/followTraces.ts';
import * as commands from '../../../electron/terminal/traceCommands.ts';
import type { JudgedGoal } from '../../../shared/analysis/judgeGoal.ts';
import { traceGoals } from '../../../electron/terminal/traceGoals.ts';
import { exportTraces, importTraces } from '../../../electron/terminal/traceFileCommands.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { NoiseRule } from '../../../shared/settings.ts';
import type { ExportReport, Found, FoundSpan, FoundTrace, ImportReport } from '../../../shared/traceQuery.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';
import { span } from '../telemetry/pipelineSpans.ts';
import { freePort } from '../../harness/freePort.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-commands-'));
const source = (path: string): string => join(PROJECT_ROOT, path);
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../traceFiles/fixtures/${name}`, import.meta.url));
let program: Program;

beforeAll(async () => {
  program = await compose({
    dataDir: join(folder, 'data'),
    files: {
      wordNet: source('build/wordnet.sqlite'),
      traceWorker: source('electron/traces/traceWorker.ts'),
      sqlWorker: source('electron/traces/sqlWorker.ts'),
      fileWorker: source('electron/traceFiles/fileWorker.ts'),
    },
    version: '1.2.3',
    env: {},
    encryption: null,
  });
});
afterAll(async () => {
  await program.close();
  rmSync(folder, { recursive: true, force: true });
});

type Said = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a command line over the program, as cli.ts does. */
async function run(
  args: readonly string[],
  interrupted = new AbortController().signal,
  input = '',
): Promise<Said> {
  const { command, json } = parseCommandLine(args);
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  streams.stdin.end(input);
  let out = '';
  let err = '';
  streams.stdout.on('data', (data: Buffer) => (out += data.toString()));
  streams.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const terminal = {
    json,
    interrupted,
    onProgress: () => () => undefined,
    ...streams,
  } as unknown as Terminal;
  const code = await perform(command as TraceCommand, terminal);
  return { code, out, err };
}

function perform(command: TraceCommand, terminal: Terminal): Promise<number> {
  switch (command.name) {
    case 'trace list':
      return listTraces(program, command.limit ?? 50, terminal);
    case 'trace show':
      return showTrace(program, command.traceId, terminal);
    case 'trace import':
      return importTraces(program, command, terminal);
    case 'trace export':
      return exportTraces(program, command, terminal);
    case 'trace query':
      return commands.queryTraces(program, command, terminal);
    case 'trace stats':
      return commands.traceStats(program, command, terminal);
    case 'trace goals':
      return traceGoals(program, terminal);
    case 'trace diff':
      return diffTraces(program, command, terminal);
    case 'trace receive':
      return receiveTraces(program, command, terminal);
    case 'trace tail':
      return tailTraces(program, command, terminal);
    case 'trace sql':
      return commands.traceSql(program, command, terminal);
    case 'trace pin':
      return commands.pinTrace(program, command, terminal);
  }
}
const json = async <T>(...args: string[]): Promise<T> => {
  const { code, out, err } = await run([...args, '--json']);
  expect([code, err]).toStrictEqual([0, '']);
  return JSON.parse(out) as T;
};
const DISPATCH = '00000000000000007f5c2b9e1a3d4e60';

describe('trace import', () => {
  it('stores what files hold, and knows them the next time', async () => {
    const files = ['jaeger-hotrod.json', 'zipkin.json', 'collector.jsonl', 'chrome-unclosed.trace'].map(
      fixture,
    );
    const first = await json<ImportReport[]>('trace', 'import', ...files);
    expect(first.map(({ format, spans, known }) => [format, spans, known])).toStrictEqual([
      ['jaeger', 3, 0],
      ['zipkin', 4, 0],
      ['otlp-jsonl', 4, 0],
      ['chrome', 8, 0],
    ]);
    const again = await json<ImportReport[]>('trace', 'import', ...files);
    expect(again.map(({ spans, known }) => known === spans)).toStrictEqual([true, true, true, true]);
    const { code, out } = await run(['trace', 'import', fixture('jaeger-hotrod.json')]);
    expect(code).toBe(0);
    expect(out).toContain('jaeger-hotrod.json (jaeger): 3 spans of 1 trace, 3 of them known');
    expect(out).toContain('not read: 1 × a span without an id, first at data[0].spans[3]');
  });

  it('fails for a file that holds nothing, and tells of it among others', async () => {
    await expect(run(['trace', 'import', fixture('../roundTrip.test.ts')])).rejects.toMatchObject({
      code: 'file_unknown',
    });
    const { code, out } = await run(['trace', 'import', fixture('../files.ts'), fixture('zipkin.json')]);
    expect(code).toBe(1);
    expect(out).toMatch(/^files\.ts: .*files\.ts holds no traces that are known here\.$/m);
  });

  it('takes - as standard input, which one kind of file is read from twice', async () => {
    const { signal } = new AbortController();
    const { code, out } = await run(
      ['trace', 'import', '-'],
      signal,
      readFileSync(fixture('zipkin.json'), 'utf8'),
    );
    expect(code).toBe(0);
    expect(out).toContain('standard input (zipkin): 4 spans of 1 trace, 4 of them known');
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('tracedeck-input-'))).toStrictEqual([]);
    await expect(run(['trace', 'import', '-'], AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('names from outside', () => {
  const nasty = { name: 'a\u001b[2Jb\u202ec', startMs: 1_790_000_000_000, endMs: 1_790_000_000_500 };
  const trace = (traceId: string): SpanRecord => ({
    ...syntheticTrace({ items: 1 })[0]!,
    ...nasty,
    traceId,
    parentSpanId: null,
    status: 'error',
    statusMessage: nasty.name,
    origin: { resource: { 'service.name': nasty.name }, scope: { name: '', version: null } },
  });

  it('are shown, and not obeyed', async () => {
    await program.traces.writeSpans(encodeSpans(['b'.repeat(32), 'b'.repeat(31) + '8'].map(trace)));
    for (const line of [
      ['list'],
      ['show', 'b'.repeat(32)],
      ['query', ''],
      ['query', '', '--signal', 'spans'],
      ['stats'],
      ['sql', 'SELECT name, service, status_message FROM spans'],
      ['diff', `name = "${nasty.name}"`, `name = "${nasty.name}"`],
      ['export', 'b'.repeat(32), '--to', '-', '--format', 'llm'],
    ]) {
      const { code, out, err } = await run(['trace', ...line]);
      expect(code, line.join(' ')).toBe(0);
      expect(`${out}${err}`.replaceAll('\n', ''), line.join(' ')).not.toMatch(/[\p{Cc}\u202e]/u);
      if (line[0] !== 'diff') expect(out, line.join(' ')).toContain('a\u{fffd}[2J');
    }
  });

  it('are whole in the JSON of a comparison', async () => {
    const question = `trace.id = "${'b'.repeat(32)}"`;
    const { nodes } = await json<{ nodes: { path: string[] }[] }>('trace', 'diff', question, DISPATCH);
    expect(nodes.flatMap(({ path }) => path)).toContain(nasty.name);
  });

  it('are found by the beginning of an id, which has to say which', async () => {
    await expect(run(['trace', 'show', 'bbbbb'])).rejects.toMatchObject({
      message: 'More than one trace begins with bbbbb.',
      hint: expect.stringContaining('b'.repeat(31)) as string,
    });
    await expect(run(['trace', 'show', 'abcdabcd'])).rejects.toThrow('No trace begins with abcdabcd.');
    expect((await run(['trace', 'show', 'b'.repeat(31) + '8'])).code).toBe(0);
  });
});

describe('trace query, stats and sql', () => {
  it('list what a question finds', async () => {
    const spans = await json<Found<FoundSpan>>('trace', 'query', 'name = "SQL SELECT"', '--signal', 'spans');
    expect(spans.items).toMatchObject([{ traceId: DISPATCH, service: 'mysql', status: 'error' }]);
    const traces = await json<Found<FoundTrace>>('trace', 'query', 'name = "SQL SELECT"');
    expect(traces.items).toMatchObject([{ traceId: DISPATCH, matched: 1, spanCount: 3 }]);
    const logs = await run(['trace', 'query', '', '--signal', 'logs']);
    expect(logs.out).toMatch(/2026-09-21 14:13:20\.300 {2}error {2}cart is empty/);
    const text = await run(['trace', 'query', 'service = backend', '--signal', 'spans']);
    expect(text.out).toMatch(/^started .*\n(?:.*\n)?.*backend {2}get \/api/);
    const nothing = await run(['trace', 'query', 'name = nowhere']);
    expect([nothing.out, nothing.err]).toEqual(['Nothing found.\n', '']);
    const slip = await run(['trace', 'query', 'duratoin > 1', '--signal', 'spans']);
    expect(slip.err).toBe('No recent span has duratoin. Did you mean duration?\n');
    expect((await run(['trace', 'query', 'duratoin > 1', '--json'])).err).toBe('');
  });

  it('sort traces before the limit, by what their model calls used as well', async () => {
    const call = (spanId: number, tokens: number) => ({
      traceId: String(spanId).padStart(32, 'f'),
      spanId: String(spanId).padStart(16, '0'),
      name: 'chat sorted',
      startTimeUnixNano: `${1_790_000_000_000 + spanId}000000`,
      endTimeUnixNano: `${1_790_000_000_500 + spanId}000000`,
      attributes: [
        { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
        { key: 'gen_ai.usage.input_tokens', value: { intValue: String(tokens) } },
        { key: 'tracedeck.cost', value: { doubleValue: 1 / tokens } },
      ],
    });
    const spans = [call(1, 50), call(2, 800), call(3, 100)];
    const path = join(folder, 'sorted.json');
    writeFileSync(path, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    await run(['trace', 'import', path]);
    const most = async (order: string) =>
      (
        await json<Found<FoundTrace>>(
          'trace',
          'query',
          'name = "chat sorted"',
          '--sort',
          order,
          '--limit',
          '1',
        )
      ).items[0]!;
    expect(await most('tokens')).toMatchObject({ startMs: 1_790_000_000_002, usage: { tokens: 800 } });
    expect(await most('cost')).toMatchObject({ usage: { tokens: 50, cost: 0.02 } });
    expect((await most('newest')).startMs).toBe(1_790_000_000_003);
    const { out } = await run(['trace', 'query', 'name = "chat sorted"', '--sort', 'tokens']);
    expect(out).toMatch(/^trace .* tokens +cost\n.* 800 +\$0\.0013\n.* 100 +\$0\.0100\n/);
    expect((await run(['trace', 'query', '', '--sort', 'spans', '--limit', '2'])).code).toBe(0);
  });

  it('point at the fault of a question', async () => {
    const stderr: string[] = [];
    const terminal = {
      json: false,
      stdout: { write: () => true },
      stderr: { write: (text: string) => stderr.push(text) },
    } as unknown as Terminal;
    for (const [query, mark] of [
      ['duration > > 1s', '           ^'],
      ['name = "🍎🍎" duration > > 1s', `${' '.repeat(25)}^`],
    ] as const) {
      const { command } = parseCommandLine(['trace', 'query', query]);
      await expect(perform(command as TraceCommand, terminal)).rejects.toMatchObject({
        code: 'query_invalid',
      });
      expect(stderr.splice(0).join('')).toBe(`${query}\n${mark}\n`);
    }
  });

  it('count operations, services and versions', async () => {
    const operations = await run(['trace', 'stats', 'service = frontend']);
    expect(operations.out).toMatch(/^service +operation +count .* p95 /);
    expect(operations.out).toMatch(/frontend +HTTP GET \/dispatch +1 /);
    const services = await json<Found<{ service: string; count: number }>>(
      'trace',
      'stats',
      '--by',
      'service',
    );
    expect(services.items.find(({ service }) => service === 'mysql')).toMatchObject({ count: 1 });
    expect((await run(['trace', 'stats', '--by', 'version'])).out).toMatch(/^service +version +operation/);
  });

  it('answer a statement', async () => {
    const { out } = await run(['trace', 'sql', 'SELECT 1 AS one, NULL AS none']);
    expect(out).toBe('one  none\n  1  NULL\n');
    await expect(run(['trace', 'sql', 'DELETE FROM trace'])).rejects.toMatchObject({ category: 'user' });
  });
});

describe('trace export', () => {
  it('writes a trace by the beginning of its id in the form of the extension', async () => {
    const to = join(folder, 'out.jaeger.json');
    const report = await json<ExportReport>('trace', 'export', DISPATCH.slice(0, 20), '--to', to);
    expect(report).toMatchObject({ path: to, format: 'jaeger', traces: 1, spans: 3 });
    expect(JSON.parse(readFileSync(to, 'utf8'))).toMatchObject({ data: [{ traceID: DISPATCH }] });
  });

  it('writes what a question finds to standard output', async () => {
    const { code, out, err } = await run([
      'trace',
      'export',
      '--query',
      'service = frontend',
      '--to',
      '-',
      '--format',
      'llm',
    ]);
    expect(code).toBe(0);
    expect(out).toContain(`# Trace ${DISPATCH}`);
    expect(out).toContain('# Trace 5982fe77008310cc80f1da5e10147519');
    expect(err).toMatch(/^note: Attributes that can hold prompts/);
    const csv = await run([
      'trace',
      'export',
      '--query',
      'service = bar',
      '--to',
      '-',
      '--format',
      'csv',
      '--columns',
      'error',
    ]);
    expect(csv.out.split('\r\n')[1]).toContain('out of beer');
  });

  it('comes back through another store as it was', async () => {
    const to = join(folder, 'all.jsonl');
    await run(['trace', 'export', '--query', '', '--to', to]).catch(() => undefined);
    const report = await json<ExportReport>('trace', 'export', DISPATCH, '--to', to);
    const [again] = await json<ImportReport[]>('trace', 'import', to);
    expect(again).toMatchObject({ spans: report.spans, known: report.spans, refused: [] });
  });

  it('fails for a trace that is not there', async () => {
    await expect(run(['trace', 'export', 'ffff', '--to', join(folder, 'none.json')])).rejects.toMatchObject({
      code: 'trace_unknown',
    });
  });
});

describe('trace diff', () => {
  it('compares two traces, and what two questions find', async () => {
    const slower = (spans: readonly SpanRecord[]): SpanRecord[] =>
      spans.map((span) => ({
        ...span,
        traceId: 'd'.repeat(32),
        endMs: span.name === 'deck save note' ? span.endMs! + 50 : span.endMs,
      }));
    const spans = syntheticTrace({ items: 60, traceId: 'c'.repeat(32) });
    await program.traces.writeSpans(encodeSpans(spans));
    await program.traces.writeSpans(encodeSpans(slower(spans)));
    const diff = await json<{ nodes: { path: string[]; verdict: string }[]; traces: object }>(
      'trace',
      'diff',
      'cccc',
      'dddd',
    );
    expect(diff.traces).toStrictEqual({ a: 1, b: 1 });
    expect(diff.nodes.find(({ path }) => path.at(-1) === 'deck save note')).toMatchObject({
      verdict: 'slower',
    });
    const text = await run(['trace', 'diff', 'service = frontend', 'service = backend']);
    expect(text.out).toContain('only in A');
    await expect(run(['trace', 'diff', 'cccc', 'service = nowhere'])).rejects.toMatchObject({
      code: 'trace_unknown',
    });
  });

  type Diff = {
    readonly by: string;
    readonly total: { readonly a: number; readonly b: number };
    readonly hidden: { readonly traces: number; readonly spans: number };
    readonly skewedTraces: number;
    readonly nodes: readonly {
      readonly path: readonly string[];
      readonly measured: { readonly a: number; readonly b: number };
    }[];
  };
  const caller: SpanRecord = {
    ...syntheticTrace({ items: 1 })[0]!,
    parentSpanId: null,
    attributes: {},
    events: [],
    links: [],
    status: 'ok',
    kind: 'client',
    origin: originOf('office'),
  };
  /** A call of 100 ms that another service answers in `tookMs`, beginning so long after it. */
  const call = (digit: string, name: string, afterMs: number, tookMs: number): readonly SpanRecord[] => {
    const traceId = digit.repeat(32);
    const startMs = 1_700_000_000_000;
    return [
      { ...caller, traceId, spanId: '1'.repeat(16), name, startMs, endMs: startMs + 100 },
      {
        ...caller,
        traceId,
        spanId: '2'.repeat(16),
        parentSpanId: '1'.repeat(16),
        name: 'answer',
        kind: 'server',
        startMs: startMs + afterMs,
        endMs: startMs + afterMs + tookMs,
        origin: originOf('archive'),
      },
    ];
  };
  function originOf(service: string): NonNullable<SpanRecord['origin']> {
    return { resource: { 'service.name': service }, scope: { name: '', version: null } };
  }

  it('compares by any measure, what changed most first', async () => {
    await program.traces.writeSpans(encodeSpans([...call('1', 'ask', 10, 20), ...call('2', 'ask', 10, 50)]));
    const [a, b] = ['1'.repeat(32), '2'.repeat(32)];
    const bySelf = await json<Diff>('trace', 'diff', a, b, '--by', 'self');
    expect(bySelf).toMatchObject({ by: 'self', total: { a: 100, b: 100 } });
    expect(bySelf.nodes).toMatchObject([
      { path: ['ask', 'answer'], measured: { a: 20, b: 50 } },
      { path: ['ask'], measured: { a: 100, b: 100 } },
    ]);
    const byCount = await json<Diff>('trace', 'diff', a, b, '--by', 'count');
    expect(byCount).toMatchObject({ by: 'count', total: { a: 2, b: 2 } });
    const { out } = await run(['trace', 'diff', a, b]);
    expect(out).toContain('Durations added up, a trace: 100 ms → 100 ms (unchanged)');
    expect(out).toContain(
      'ask › answer\n  +30.0 ms (+150 %): 20.0 ms → 50.0 ms a trace, 1 → 1 spans\n  20 ms → 50 ms a span',
    );
    expect(() => parseCommandLine(['trace', 'diff', a, b, '--by', 'noise'])).toThrow('--by');
  });

  it('brings clocks together that differ, and says of how many traces', async () => {
    await program.traces.writeSpans(encodeSpans([...call('3', 'ask', 10, 20), ...call('4', 'ask', -40, 20)]));
    const [a, b] = ['3'.repeat(32), '4'.repeat(32)];
    const selfOfCall = ({ nodes }: Diff) => nodes.find(({ path }) => path.length === 1)?.measured;
    const recorded = await json<Diff>('trace', 'diff', a, b, '--by', 'critical');
    expect(recorded.skewedTraces).toBe(1);
    expect((await run(['trace', 'diff', a, b])).err).toContain('clocks differ in 1 trace (--adjust-clocks');
    const together = await json<Diff>('trace', 'diff', a, b, '--by', 'critical', '--adjust-clocks');
    // Both answers lie within their calls then: no path differs.
    expect([together.skewedTraces, selfOfCall(together)]).toEqual([1, undefined]);
    expect(selfOfCall(recorded)).toBeDefined();
    expect((await run(['trace', 'diff', a, b, '--adjust-clocks'])).err).toContain('are brought together');
  });

  it('leaves out what noise rules hide, says so, and takes it along where that is asked for', async () => {
    await program.traces.writeSpans(
      encodeSpans([...call('5', 'ui click', 10, 20), ...call('6', 'noisy', 10, 20)]),
    );
    const { noise } = program.settings.current().traces;
    const rules = [
      { name: 'clicks', query: 'trace.name =~ "^ui "', hides: 'traces', enabled: true },
      { name: 'answers', query: 'name = "answer"', hides: 'spans', enabled: true },
      { name: 'broken', query: 'name = (', hides: 'spans', enabled: true },
      { name: 'off', query: 'name = "noisy"', hides: 'spans', enabled: false },
    ] as const;
    await saveNoise(rules);
    const args = ['trace', 'diff', 'name = "noisy"', 'name = "noisy" or name = "ui click"'];
    const paths = ({ nodes }: Diff) => nodes.map(({ path }) => path.join(' › '));
    const without = await json<Diff>(...args);
    expect(without.hidden).toEqual({ traces: 1, spans: 2 });
    expect(paths(without)).toEqual([]);
    const { err } = await run(args);
    expect(err).toContain('1 trace and 2 spans hidden by noise rules');
    expect(err).toContain('The noise rule “broken” hides nothing');
    const all = await json<Diff>(...args, '--noise');
    expect(all.hidden).toEqual({ traces: 0, spans: 0 });
    expect(paths(all)).toContain('ui click › answer');
    await expect(run(['trace', 'diff', 'name = "ui click"', 'name = "noisy"'])).rejects.toMatchObject({
      hint: expect.stringContaining('--noise'),
    });
    await saveNoise(noise);
  });
});

async function saveNoise(noise: readonly NoiseRule[]): Promise<void> {
  const settings = program.settings.current();
  await program.settings.save({ ...settings, traces: { ...settings.traces, noise: [...noise] } });
}

describe('trace pin', () => {
  it('keeps a trace, and lets it go again', async () => {
    const pinned = async () => (await program.traces.ask('traceStoreStatus')).pinnedTraces;
    expect((await run(['trace', 'pin', DISPATCH])).out).toContain('is kept');
    expect(await pinned()).toBe(1);
    await json('trace', 'unpin', DISPATCH);
    expect(await pinned()).toBe(0);
  });
});

describe('trace tail', () => {
  it('tells of new traces, again when they end, and stops when it is told to', async () => {
    const stop = new AbortController();
    const said = run(['trace', 'tail', '--json'], stop.signal);
    const startMs = Date.now();
    const span = (traceId: string, endMs: number | null): Uint8Array =>
      encodeSpans([{ ...syntheticTrace({ items: 1, traceId })[0]!, startMs, endMs }]);
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await pause(700);
    await program.traces.writeSpans(span('7'.repeat(32), null));
    await pause(900);
    await program.traces.writeSpans(span('7'.repeat(32), Date.now()));
    await program.traces.writeSpans(span('8'.repeat(32), Date.now()));
    await pause(900);
    stop.abort();
    const { code, out } = await said;
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FoundTrace);
    const of = (digit: string) => lines.filter(({ traceId }) => traceId === digit.repeat(32));
    expect(of('7').map(({ durationMs }) => durationMs === null)).toStrictEqual([true, false]);
    expect(of('8')).toHaveLength(1);
    expect(lines.some(({ traceId }) => traceId === DISPATCH)).toBe(false);
  });

  it('tells each trace of a burst once, and of one that is ahead of the clock no more than that', async () => {
    const stop = new AbortController();
    const said = run(['trace', 'tail', 'name = burst', '--json'], stop.signal);
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const burst = (from: number, count: number, startMs: number): Uint8Array =>
      encodeSpans(
        Array.from({ length: count }, (_, at) => {
          const spanId = (from + at).toString(16).padStart(16, '0');
          return span({
            traceId: `b0${spanId}`.padEnd(32, '0'),
            spanId,
            name: 'burst',
            startMs,
            endMs: startMs,
          });
        }),
      );
    await pause(700);
    await program.traces.writeSpans(burst(1, 1, Date.now() + 3_600_000));
    await pause(700);
    for (const from of [10_000, 20_000, 30_000]) {
      await program.traces.writeSpans(burst(from, 1500, Date.now()));
      await pause(900);
    }
    stop.abort();
    const { out, err } = await said;
    const told = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as FoundTrace).traceId);
    expect([told.length, new Set(told).size, err]).toEqual([4501, 4501, '']);
  });

  it('does not take for new what lies before the list that it began with', async () => {
    const began = Date.now() - 60_000;
    const ofNumber = (number: number, startMs: number) => {
      const spanId = number.toString(16).padStart(16, '0');
      return span({ traceId: `0f${spanId}`.padEnd(32, '0'), spanId, name: 'flood', startMs, endMs: startMs });
    };
    const flood = (from: number, count: number, startMs: number): Uint8Array =>
      encodeSpans(Array.from({ length: count }, (_, at) => ofNumber(from + at, startMs + at / 100)));
    await program.traces.writeSpans(flood(0, 600, began));
    const stop = new AbortController();
    const said = run(['trace', 'tail', 'name = flood', '--json'], stop.signal);
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await pause(700);
    await program.traces.writeSpans(flood(10_000, 700, began + 1000));
    await pause(900);
    stop.abort();
    const told = (await said).out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as FoundTrace).startMs);
    expect(told).toHaveLength(700);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(began + 1000);
  });
});

describe('trace receive', () => {
  it('ends at once where the port is taken', async () => {
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, err } = await run(['trace', 'receive', '--http', String(port)]);
    expect([code, err]).toEqual([1, expect.stringContaining(`Port ${port} is taken by another program`)]);
    server.close();
  });

  it('says where it listens, prints what arrives, late or not, and in the end how much it was', async () => {
    const newer = Array.from({ length: 600 }, (_, at) => {
      const number = (at + 1).toString(16);
      const ids = { traceId: number.padStart(32, '0'), spanId: number.padStart(16, '0') };
      return span({ ...ids, startMs: Date.now(), endMs: Date.now() + 1 });
    });
    const told = new Promise((resolve) => {
      const end = program.followTraces(() => resolve(end()));
    });
    await program.traces.writeSpans(encodeSpans(newer));
    await told;
    const port = await freePort();
    const stop = new AbortController();
    const said = run(['trace', 'receive', '--http', String(port), '--json'], stop.signal);
    const sent = (digits: string, name: string, startMs: number) => ({
      traceId: digits.repeat(4),
      spanId: digits.repeat(2),
      name,
      startTimeUnixNano: `${startMs}000000`,
      endTimeUnixNano: `${startMs + 5}000000`,
    });
    await expect.poll(() => postSpan(port, sent('5eaf00d9', 'from elsewhere', Date.now() + 1000))).toBe(200);
    // Of yesterday: there are more newer ones than are looked at.
    expect(await postSpan(port, sent('0ddba115', 'late', Date.now() - 86_400_000))).toBe(200);
    stop.abort();
    const { code, out, err } = await said;
    expect(code).toBe(0);
    expect(err).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${port}`);
    expect(err).toContain('2 spans');
    expect(err).not.toContain('grpc');
    const printed = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FoundTrace);
    expect(printed.toSorted((a, b) => b.startMs - a.startMs)).toMatchObject([
      { traceId: '5eaf00d9'.repeat(4), name: 'from elsewhere', matched: 1 },
      { traceId: '0ddba115'.repeat(4), name: 'late', matched: 1 },
    ]);
  });
});

/** The answer's status; `null` where nobody listens yet. */
function postSpan(port: number, span: object): Promise<number | null> {
  return fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  }).then(
    ({ status }) => status,
    () => null,
  );
}

describe('trace goals', () => {
  it('says which are met, and ends with 1 where one is missed', async () => {
    const spans = syntheticTrace({ items: 20, baseMs: Date.now() - 60_000, seed: 99 });
    await program.traces.writeSpans(encodeSpans(spans));
    const goal = { query: '', windowMinutes: 1440, enabled: true } as const;
    const settings = program.settings.current();
    const save = (bound: number) =>
      program.settings.save({
        ...settings,
        goals: [{ ...goal, name: 'quick enough', measure: 'p99', bound }],
      });
    await save(86_400_000);
    const met = await run(['trace', 'goals']);
    expect([met.code, met.err]).toStrictEqual([0, '']);
    expect(met.out).toMatch(
      /quick enough +met +p99 at most .* 0 of \d+ +100 % left +0× in 1 h, 0× in 6 h\n$/,
    );
    await save(0);
    const missed = await run(['trace', 'goals', '--json']);
    expect(missed.code).toBe(1);
    const [told] = JSON.parse(missed.out) as JudgedGoal[];
    expect(told).toMatchObject({
      state: 'missed',
      goal: { name: 'quick enough' },
      budget: { spent: told!.bad },
      burn: { level: 'fast', short: { minutes: 60, limit: 12 }, long: { minutes: 360, limit: 2 } },
    });
    expect(told!.bad).toBeGreaterThan(100);
    // The same figures as in the window: every span in its step.
    expect(told!.history.steps).toHaveLength(48);
    expect(told!.history.steps.reduce((sum, { count }) => sum + count, 0)).toBe(told!.count);
    await program.settings.save({ ...settings, goals: [] });
    expect(await run(['trace', 'goals'])).toStrictEqual({ code: 0, err: '', out: 'No goals are set.\n' });
    await program.settings.save(settings);
  });
});
