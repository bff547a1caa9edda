import { describe, expect, it } from 'vitest';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { callTree } from '../../../../electron/traces/analyses/callTree.ts';
import { searchTraces } from '../../../../electron/traces/query/search.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { settingsSchema } from '../../../../shared/settings.ts';
import { callTreeSchema, traceSearchSchema } from '../../../../shared/traceQuery.ts';

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
let ids = 0;
const span = (trace: number, name: string, rest: Partial<SpanRecord> = {}): SpanRecord => ({
  traceId: hex(trace, 32),
  spanId: hex((ids += 1), 16),
  parentSpanId: null,
  name,
  kind: 'internal',
  startMs: trace * 1000,
  endMs: trace * 1000 + trace,
  status: 'unset',
  statusMessage: null,
  attributes: {},
  events: [],
  links: [],
  ...rest,
});
/** Of 40 traces every second is a click; trace 8 failed, and trace 12 began a run. */
const spans = Array.from({ length: 40 }, (_, at) => {
  const trace = at + 1;
  if (trace % 2 === 1) return [span(trace, 'GET /items'), span(trace, trace === 7 ? 'health' : 'db')];
  const click = span(trace, 'ui button', { status: trace === 8 ? 'error' : 'unset' });
  const attributes = { 'tracedeck.run.id': 'r1' };
  return trace === 12 ? [click, span(trace, 'run', { parentSpanId: click.spanId, attributes })] : [click];
}).flat();
const reader = memoryReader(spans, { perBlock: 8 });
const [clicks] = settingsSchema.parse({}).traces.noise;
const search = (patch: object) => searchTraces(reader, traceSearchSchema.parse({ limit: 100, ...patch }));
const traces = (found: ReturnType<typeof search>) => found.items.map(({ traceId }) => Number(`0x${traceId}`));

describe('traces that are noise', () => {
  it('are left out by the rule that there is at first: clicks, but neither failures nor what began a run', () => {
    const found = search({ hide: [clicks!.query] });
    expect(traces(found).filter((trace) => trace % 2 === 0)).toEqual([12, 8]);
    expect(found.hidden).toEqual({ traces: 18, faults: [] });
    expect(found.leftOut.more).toBe(false);
  });

  it('are left out before the limit, in every order, and counted as far as the list goes', () => {
    for (const order of ['newest', 'longest', 'spans', 'errors']) {
      const all = search({ order });
      const noisy = new Set(traces(search({ query: clicks!.query })));
      const expected = traces(all).filter((trace) => !noisy.has(trace));
      const found = search({ order, hide: [clicks!.query], limit: 5 });
      expect(traces(found)).toEqual(expected.slice(0, 5));
      expect(found.leftOut.more).toBe(true);
      expect(found.hidden!.traces).toBeLessThanOrEqual(18);
    }
    expect(search({ hide: [clicks!.query], limit: 3 }).hidden!.traces).toBe(4);
  });

  it('say that there are no more where all that is left is noise', () => {
    const odd = search({ hide: [clicks!.query], limit: 22 });
    expect(odd.items).toHaveLength(22);
    expect(odd.leftOut.more).toBe(false);
  });

  it('are known by their spans as well, and are left out of what a query finds', () => {
    expect(traces(search({ hide: ['{ name = health } and { name = "GET /items" }'] }))).not.toContain(7);
    const found = search({ query: 'name = "GET /items"', hide: ['name = health', clicks!.query] });
    expect(found.items).toHaveLength(19);
    expect(found.hidden!.traces).toBe(1);
    expect(found.items[0]!.matched).toBe(1);
  });

  it('stay where a rule cannot be read, which is told', () => {
    const found = search({ hide: ['name =', 'name = health', ''] });
    expect(found.items).toHaveLength(39);
    expect(found.hidden!.faults.map(({ at }) => at)).toEqual([0, 2]);
  });

  it('do not count in merged call paths, unless they are named', () => {
    const whole = callTree(reader, callTreeSchema.parse({}));
    const quiet = callTree(reader, callTreeSchema.parse({ hide: [clicks!.query] }));
    expect([whole.tree.traces, quiet.tree.traces]).toEqual([40, 22]);
    expect(quiet.hidden!.traces).toBe(18);
    expect(whole.hidden).toBeUndefined();
    const named = callTree(reader, callTreeSchema.parse({ hide: [clicks!.query], traceIds: [hex(2, 32)] }));
    expect(named.tree.traces).toBe(1);
  });

  it('end the search with its time, and say what was not looked at', () => {
    const found = searchTraces(reader, traceSearchSchema.parse({ hide: ['name = health'] }), { budgetMs: 0 });
    expect(found.items).toEqual([]);
    expect(found.leftOut).toMatchObject({ more: true, unscanned: spans.length });
  });
});

describe('spans that are noise', () => {
  const names = ({ tree }: ReturnType<typeof callTree>) =>
    Array.from({ length: tree.nodes }, (_, node) => {
      const above = tree.parent[node]!;
      const own = tree.strings[tree.name[node]!]!;
      return above < 0 ? own : `${tree.strings[tree.name[above]!]!}/${own}`;
    }).toSorted();
  const nested = memoryReader(
    [1, 2, 3].flatMap((trace) => {
      const run = span(trace, 'run');
      const call = span(trace, 'call', { parentSpanId: run.spanId, status: trace === 3 ? 'error' : 'unset' });
      return [run, call, span(trace, 'query', { parentSpanId: call.spanId })];
    }),
    { perBlock: 2 },
  );
  const merged = (patch: object) => callTree(nested, callTreeSchema.parse(patch));

  it('are left out of call paths, and what is below them stands below the nearest that is there', () => {
    const found = merged({ hideSpans: ['name = call and not error'] });
    expect(names(found)).toEqual(['call/query', 'run', 'run/call', 'run/query']);
    expect(found.hiddenSpans).toEqual({ spans: 2, faults: [] });
    expect(found.tree.traces).toBe(3);
    expect(merged({}).hiddenSpans).toBeUndefined();
  });

  it('are left out of named traces as well, each counted once however many rules find it', () => {
    const found = merged({
      traceIds: [hex(1, 32)],
      hideSpans: ['name = call', 'name = query', 'name =~ "^c"'],
    });
    expect(names(found)).toEqual(['run']);
    expect(found.hiddenSpans!.spans).toBe(2);
  });

  it('stay where a rule cannot be read or is about whole traces, which is told', () => {
    const found = merged({ hideSpans: ['name =', 'trace.spans > 1', 'name = query'] });
    expect(names(found)).toEqual(['run', 'run/call']);
    expect(found.hiddenSpans!.faults.map(({ at }) => at)).toEqual([0, 1]);
  });
});
