/** Found traces as a list: their order, what is live among them, and their groups. */
import type { TraceSummary } from '../../shared/span.ts';
import type { FoundTrace, TraceOrder } from '../../shared/traceQuery.ts';

/** Live traces have no `usage`: what their model calls used only the store adds up. */
type Ordered = TraceSummary & Pick<FoundTrace, 'usage'>;

const KEYS: { readonly [O in TraceOrder]: (trace: Ordered) => number } = {
  newest: ({ startMs }) => startMs,
  longest: ({ durationMs }) => durationMs ?? -1,
  errors: ({ errorCount }) => errorCount,
  spans: ({ spanCount }) => spanCount,
  tokens: ({ usage }) => usage?.tokens ?? 0,
  cost: ({ usage }) => usage?.cost ?? 0,
};

/** The most first, the newer of equals first: as the store orders them. */
export function byOrder(order: TraceOrder): (a: Ordered, b: Ordered) => number {
  const key = KEYS[order];
  return (a, b) => key(b) - key(a) || b.startMs - a.startMs;
}

/**
 * With what this window sees live, which is newer than what was read. A live trace that was not found joins where
 * no query is asked (whether it matches one, only the store knows), if it begins within the time and is no noise.
 */
export function withLive(
  found: readonly FoundTrace[],
  live: readonly TraceSummary[],
  search: { readonly query: string; readonly fromMs: number | null; readonly toMs: number | null },
  order: TraceOrder,
  isNoise: (trace: TraceSummary) => boolean | null = () => false,
): readonly FoundTrace[] {
  if (live.length === 0) return found;
  const isPlain = search.query === '';
  const waiting = new Map(live.map((trace) => [trace.traceId, trace]));
  let changed = false;
  const all = found.map((trace): FoundTrace => {
    const now = waiting.get(trace.traceId);
    if (now === undefined) return trace;
    waiting.delete(trace.traceId);
    // A store that has more spans than this window saw (it was opened late) knows better.
    if (now.spanCount < trace.spanCount) return trace;
    changed = true;
    const { pinned, version, matched, usage } = trace;
    return {
      ...now,
      pinned,
      version: now.version ?? version,
      matched: isPlain ? now.spanCount : matched,
      ...(usage === undefined ? {} : { usage }),
    };
  });
  if (isPlain) {
    for (const trace of waiting.values()) {
      if (trace.startMs < (search.fromMs ?? -Infinity) || trace.startMs >= (search.toMs ?? Infinity))
        continue;
      if (isNoise(trace) !== false) continue;
      all.push({ ...trace, matched: trace.spanCount });
      changed = true;
    }
  }
  return changed ? all.sort(byOrder(order)) : found;
}

export type GroupKind = 'run' | 'version' | 'operation';
export type TraceGroupRow = {
  readonly type: 'group';
  readonly key: string;
  readonly label: string;
  readonly traces: number;
  /** Those of them with a failed span. */
  readonly failed: number;
  /** Of those that ended; `null` where none has. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly isOpen: boolean;
};
export type ListRow = TraceGroupRow | { readonly type: 'trace'; readonly trace: FoundTrace };

/** The list's rows; groups stand in the order of their first trace. */
export function listRows(
  traces: readonly FoundTrace[],
  group: GroupKind | 'none',
  closed: ReadonlySet<string>,
  labelOfRun: (runId: string) => string,
): readonly ListRow[] {
  if (group === 'none') return traces.map((trace) => ({ type: 'trace', trace }));
  const groups = new Map<string, FoundTrace[]>();
  for (const trace of traces) {
    const key = groupKey(trace, group);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [trace]);
    else known.push(trace);
  }
  return [...groups].flatMap(([key, members]): ListRow[] => {
    const durations = members
      .flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]))
      .sort((a, b) => a - b);
    const isOpen = !closed.has(key);
    const head: TraceGroupRow = {
      type: 'group',
      key,
      label: key === '' ? NONE[group] : group === 'run' ? labelOfRun(key) : key,
      traces: members.length,
      failed: members.filter(({ errorCount }) => errorCount > 0).length,
      p50Ms: rank(durations, 0.5),
      p95Ms: rank(durations, 0.95),
      isOpen,
    };
    return isOpen ? [head, ...members.map((trace): ListRow => ({ type: 'trace', trace }))] : [head];
  });
}

const NONE: Readonly<Record<GroupKind, string>> = {
  run: 'No run',
  version: 'No version',
  operation: 'No name',
};

function groupKey(trace: FoundTrace, group: GroupKind): string {
  if (group === 'run') return trace.runId ?? '';
  if (group === 'operation') return trace.name;
  return trace.version === null ? '' : `${trace.service} ${trace.version}`;
}

/** The nearest rank: a value that is there. */
function rank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
