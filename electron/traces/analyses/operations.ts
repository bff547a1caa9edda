/** Count, errors, rate and percentiles by operation, by version of a service, or by service. */
import { DurationHistogram } from '../../../shared/analysis/durationBuckets.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import type { SpanKind } from '../../../shared/span.ts';
import type { Found, OperationsSearch, OperationStats } from '../../../shared/traceQuery.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { matchSpans } from '../query/match.ts';
import { budgetOf, timeOf } from './askOptions.ts';
import type { AskOptions } from './askOptions.ts';
import { blockSelfTimes } from './blockSelfTimes.ts';
import { GroupIndex } from './groupIndex.ts';
import { Links } from './links.ts';
import type { Link } from './links.ts';
import { OriginGroups } from './originGroups.ts';

const ERROR = SPAN_STATUSES.indexOf('error');
/** What all began within less than a second tells nothing of how often it begins. */
const MIN_RATE_US = 1e6;

type Group = Counted & {
  readonly service: string;
  readonly version: string | null;
  /** Number of its text; `null` where operations are not told apart. */
  readonly name: number | null;
  readonly kinds: number[];
};
type Counted = {
  readonly durations: DurationHistogram;
  errors: number;
  open: number;
  selfMs: number;
  /** Starts of the earliest and the latest of these spans. */
  firstUs: number;
  lastUs: number;
};
/** Spans of a block with the same name, origin and kind. */
type Part = Counted & { readonly name: number; readonly origin: number; readonly kind: number };

/** Of a part's buckets in memory, about. */
const PART_BYTES = 3000;
/** Blocks with ids in their names are counted anew each time. */
const MAX_KEPT_PARTS = 200;

/** Those with the most time first. */
export function operations(
  reader: SpanReader,
  search: OperationsSearch,
  options: AskOptions = {},
): Found<OperationStats> {
  const beganMs = performance.now();
  const { by, limit, ...rest } = search;
  const { fromUs, toUs } = timeOf(rest);
  const budget = budgetOf(options);
  const links = Links.find(reader, fromUs, toUs, budget.firstUntilMs);
  const originGroups = new OriginGroups(reader, by === 'version');
  const index = new GroupIndex();
  const groups: Group[] = [];
  const matches = matchSpans(reader, rest, budget.rest());
  for (const { block, rows } of matches) {
    for (const part of partsOf(block, rows, links)) {
      const { name, origin, kind } = part;
      const originGroup = originGroups.of(origin);
      const no = by === 'service' ? index.of(0, originGroup) : index.of(name, originGroup * 8 + kind);
      let group = groups[no];
      if (group === undefined) {
        group = {
          ...originGroups.at(originGroup),
          ...emptyCount(),
          name: by === 'service' ? null : name,
          kinds: SPAN_KINDS.map(() => 0),
        };
        groups.push(group);
      }
      group.kinds[kind]! += part.durations.count + part.open;
      group.errors += part.errors;
      group.open += part.open;
      group.selfMs += part.selfMs;
      group.firstUs = Math.min(group.firstUs, part.firstUs);
      group.lastUs = Math.max(group.lastUs, part.lastUs);
      group.durations.merge(part.durations);
    }
  }
  const items = groups
    .map((group) => toStats(group, reader))
    .sort((a, b) => b.totalMs - a.totalMs || compare(a, b));
  return {
    items: items.slice(0, limit),
    leftOut: { ...matches.leftOut, more: matches.leftOut.more || items.length > limit },
    tookMs: performance.now() - beganMs,
  };
}

const emptyCount = (): Counted => ({
  durations: new DurationHistogram(),
  errors: 0,
  open: 0,
  selfMs: 0,
  firstUs: Infinity,
  lastUs: -Infinity,
});

/** What is counted of all rows of a block is kept: as long as they live, and the same spans are below them elsewhere. */
function partsOf(block: SpanBlock, rows: Uint32Array, links: Links): readonly Part[] {
  const { dead } = block;
  const living = dead === null ? block.count : dead.reduce((sum, each) => sum + 1 - each, 0);
  if (rows.length !== living) return countParts(block, rows, links);
  const below = links.childrenIn(block);
  // A block's rows never change, so whoever is below is told by block and row.
  const key = `operations ${below.length} ${hashOf(below)}`;
  const kept = block.memo.get<{ readonly parts: readonly Part[]; readonly key: string }>('operations');
  if (kept?.key === key) return kept.parts;
  const parts = countParts(block, rows, links);
  if (parts.length <= MAX_KEPT_PARTS) {
    block.memo.set('operations', { parts, key }, parts.length * PART_BYTES);
  }
  return parts;
}

function hashOf(links: readonly Link[]): string {
  let first = 0x811c9dc5;
  let second = 0x9e3779b1;
  for (const { child, parent } of links) {
    for (const value of [child.block.id, child.row, parent.row]) {
      first = Math.imul(first ^ value, 0x01000193);
      second = Math.imul(second ^ (second >>> 15) ^ value, 0x85ebca6b);
    }
  }
  return `${first >>> 0} ${second >>> 0}`;
}

function countParts(block: SpanBlock, rows: Uint32Array, links: Links): readonly Part[] {
  const { name, origin, flags, durationUs, startUs } = block;
  const selfUs = blockSelfTimes(block, links);
  const index = new GroupIndex();
  const parts: Part[] = [];
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i]!;
    const flag = flags[row]!;
    const kind = flag & 7;
    const no = index.of(name[row]!, origin[row]! * 8 + kind);
    let part = parts[no];
    if (part === undefined) {
      parts.push((part = { ...emptyCount(), name: name[row]!, origin: origin[row]!, kind }));
    }
    const us = durationUs[row]!;
    const start = startUs[row]!;
    if (start < part.firstUs) part.firstUs = start;
    if (start > part.lastUs) part.lastUs = start;
    if (flag >> 3 === ERROR) part.errors += 1;
    if (us !== us) {
      part.open += 1;
      continue;
    }
    part.durations.add(us > 0 ? us / 1000 : 0);
    part.selfMs += selfUs[row]! / 1000;
  }
  return parts;
}

function toStats(group: Group, reader: SpanReader): OperationStats {
  const { durations } = group;
  const isEmpty = durations.count === 0;
  const beganOverUs = Math.max(0, group.lastUs - group.firstUs);
  return {
    service: group.service,
    version: group.version,
    name: group.name === null ? null : reader.strings.text(group.name),
    kind: mostOf(group.kinds),
    count: durations.count,
    errors: group.errors,
    open: group.open,
    totalMs: durations.totalMs,
    selfMs: group.selfMs,
    p50Ms: isEmpty ? 0 : durations.percentile(0.5),
    p95Ms: isEmpty ? 0 : durations.percentile(0.95),
    p99Ms: isEmpty ? 0 : durations.percentile(0.99),
    maxMs: isEmpty ? 0 : durations.maxMs,
    rate: rateOf(durations.count + group.open, beganOverUs),
    beganOverMs: beganOverUs / 1000,
    buckets: durations.buckets(),
  };
}

/** Between `n` starts lie `n - 1` intervals: one start has none. */
function rateOf(spans: number, beganOverUs: number): number | null {
  return spans < 2 || beganOverUs < MIN_RATE_US ? null : (spans - 1) / (beganOverUs / 1e6);
}

function mostOf(kinds: readonly number[]): SpanKind {
  return SPAN_KINDS[kinds.indexOf(Math.max(...kinds))]!;
}

function compare(a: OperationStats, b: OperationStats): number {
  const left = `${a.name} ${a.service} ${a.version} ${a.kind}`;
  const right = `${b.name} ${b.service} ${b.version} ${b.kind}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
