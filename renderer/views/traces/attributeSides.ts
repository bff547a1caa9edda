/** The spans of one side of a comparison, one by one: what its attributes are read from. */
import { decodeSpans } from '../../../shared/spanCodec.ts';
import { spanCountOf } from '../../../shared/spanFormat.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { Hidden, HiddenSpans } from '../../../shared/traceQuery.ts';
import { getApi } from '../../api.ts';
import { SpanTable } from '../../derive/spanTable.ts';
import { TraceTree } from '../../derive/traceTree.ts';
import type { CompareSide } from '../../store/route.ts';
import { searchOf } from '../../store/traceCommands.ts';
import { continueNoise, NOTHING_HIDDEN } from '../../waterfall/spanNoise.ts';
import type { SpanTest } from '../../waterfall/spanNoise.ts';

/** Attributes are compared span by span: of so many traces a side, the newest, and of so many spans. */
export const MAX_TRACES = 10;
const MAX_SPANS = 40_000;

export type AttributeSpans = {
  readonly spans: readonly SpanRecord[];
  /** Those of them that rules leave out. */
  readonly noise: ReadonlySet<SpanRecord>;
  readonly traces: number;
  /** How many there are; one more than were read stands for more. */
  readonly of: number;
  readonly hidden: Hidden | undefined;
  readonly hiddenSpans: HiddenSpans | null;
};

/** What the rules hide, as queries: `hide` traces (named ones are there all the same), `hideSpans` spans of them. */
export type Rules = { readonly hide: readonly string[]; readonly hideSpans: readonly string[] };

export async function loadSide(
  { traceIds, search }: CompareSide,
  { hide, hideSpans }: Rules,
): Promise<AttributeSpans> {
  const api = getApi();
  const { tests, faults } = await testsOf(hideSpans);
  let ids = traceIds ?? [];
  let of = ids.length;
  let hidden: Hidden | undefined;
  if (ids.length === 0) {
    const found = await api.searchTraces({
      ...searchOf(search ?? {}),
      order: 'newest',
      limit: MAX_TRACES,
      ...(hide.length > 0 && { hide: [...hide] }),
    });
    ids = found.items.map(({ traceId }) => traceId);
    of = ids.length + (found.leftOut.more ? 1 : 0);
    ({ hidden } = found);
  }
  const spans: SpanRecord[] = [];
  const noise = new Set<SpanRecord>();
  let traces = 0;
  for (const traceId of ids.slice(0, MAX_TRACES)) {
    const bytes = await api.trace({ traceId });
    // One trace is always read; what follows only where there is room.
    if (traces > 0 && spans.length + spanCountOf(bytes) > MAX_SPANS) break;
    for (const span of tests.length === 0 ? decodeSpans(bytes) : marked(bytes, traceId, tests, noise))
      spans.push(span);
    traces += 1;
  }
  return {
    spans,
    noise,
    traces,
    of,
    hidden,
    hiddenSpans: hideSpans.length === 0 ? null : { spans: noise.size, faults },
  };
}

/** The spans of a trace; those that a test finds are put into `noise` as well. */
function* marked(
  bytes: Uint8Array,
  traceId: string,
  tests: readonly SpanTest[],
  noise: Set<SpanRecord>,
): Generator<SpanRecord> {
  const table = new SpanTable();
  table.upsertPacked(bytes);
  if (table.trace(traceId) === null) return;
  const tree = new TraceTree(table, traceId);
  tree.update();
  const { hidden } = continueNoise(tree, tests, NOTHING_HIDDEN, Infinity);
  for (let node = 0; node < tree.size; node += 1) {
    const span = table.record(tree.row(node));
    if (hidden[node] === 1) noise.add(span);
    yield span;
  }
}

/** The language is loaded where there is a rule. */
async function testsOf(
  queries: readonly string[],
): Promise<{ readonly tests: readonly SpanTest[]; readonly faults: HiddenSpans['faults'] }> {
  if (queries.length === 0) return { tests: [], faults: [] };
  const { readRule, spanNoise } = await import('../../../shared/query/index.ts');
  const tests: SpanTest[] = [];
  const faults: HiddenSpans['faults'][number][] = [];
  for (const [at, query] of queries.entries()) {
    const rule = readRule(query, 'spans');
    const test = rule.ok ? spanNoise(rule.ast, Date.now()) : null;
    if (test !== null) tests.push(test);
    if (!rule.ok) faults.push({ at, message: rule.error.message });
  }
  return { tests, faults };
}
