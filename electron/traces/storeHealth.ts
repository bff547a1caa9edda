/**
 * Spans without the parent they name, and spans that tell of a clock which is off: those of another machine that begin
 * before their parent, or are served only after the call was over. One that outlasts its parent is in order.
 */
import { SPAN_KINDS } from '../../shared/span.ts';
import { NO_PARENT, PARENT_ELSEWHERE, type SpanBlock, type SpanReader, type Strings } from './blockTypes.ts';

const SERVER = SPAN_KINDS.indexOf('server');
const CLIENT = SPAN_KINDS.indexOf('client');
/** Clocks of one machine, and steps of its clock, differ by less. */
const SKEW_US = 2000;
/** Looked at in one go; what is beyond is not counted. */
const BUDGET_MS = 400;
/** What took so long is counted again after so many times as long, or after ten seconds. */
const REST_SHARE = 50;
const MAX_AGE_MS = 10_000;
/** Quick enough to be counted every time. */
const QUICK_MS = 5;

export type Health = { readonly orphanSpans: number; readonly skewedSpans: number };

type Placed = {
  readonly startUs: number;
  readonly endUs: number;
  readonly kind: number;
  readonly origin: number;
};
/** Whether the times of a span show that its clock is not that of its parent. */
type SkewTest = (span: Placed, parent: Placed) => boolean;

/** Counted once for each state of a block. */
export function createHealth(): {
  /** As it is, or as it was not long ago where it takes long to count. */
  of(reader: SpanReader): Health;
} {
  let known = new Map<string, { readonly skewed: number; readonly elsewhere: number }>();
  let last: { key: string; health: Health; atMs: number; tookMs: number } | null = null;

  return {
    of(reader) {
      const beganMs = performance.now();
      const restMs = last === null || last.tookMs < QUICK_MS ? 0 : last.tookMs * REST_SHARE;
      if (last !== null && beganMs - last.atMs < Math.min(MAX_AGE_MS, restMs)) return last.health;
      const blocks = [...reader.blocks(-Infinity, Infinity)];
      const keyOf = (block: SpanBlock) =>
        `${block.id} ${block.dead === null ? 0 : block.dead.reduce((sum, dead) => sum + dead, 0)}`;
      const keys = blocks.map(keyOf);
      const key = keys.join();
      if (last?.key === key) return last.health;
      const isSkewed = skewTest(reader.strings);
      const untilMs = beganMs + BUDGET_MS;
      const next: typeof known = new Map();
      let skewedSpans = 0;
      // Traces that have parents elsewhere, with what is to be found of them.
      const elsewhere = new Map<number, Map<string, Placed[]>>();
      for (const [i, block] of blocks.entries()) {
        if (performance.now() > untilMs) break;
        const held = known.get(keys[i]!);
        const counted = held ?? { skewed: skewedOf(block, isSkewed), elsewhere: countElsewhere(block) };
        next.set(keys[i]!, counted);
        skewedSpans += counted.skewed;
        if (counted.elsewhere > 0) collect(block, elsewhere);
      }
      known = next;
      let orphanSpans = 0;
      for (const [trace, wanted] of elsewhere) {
        if (performance.now() < untilMs)
          skewedSpans += settle(reader.blocksOf(trace), trace, wanted, isSkewed);
        for (const spans of wanted.values()) orphanSpans += spans.length;
      }
      const atMs = performance.now();
      last = { key, health: { orphanSpans, skewedSpans }, atMs, tookMs: atMs - beganMs };
      return last.health;
    },
  };
}

/** @param open - where a span that is still open ends */
const placed = ({ startUs, durationUs, flags, origin }: SpanBlock, row: number, open: number): Placed => ({
  startUs: startUs[row]!,
  endUs: Number.isNaN(durationUs[row]!) ? open : startUs[row]! + durationUs[row]!,
  kind: flags[row]! & 7,
  origin: origin[row]!,
});

function skewTest(strings: Strings): SkewTest {
  const hostOf = (origin: number) => {
    const resource = strings.originRecord?.(origin)?.resource;
    return resource?.['host.id'] ?? resource?.['host.name'] ?? null;
  };
  const isOneClock = (a: number, b: number): boolean => {
    if (a === b) return true;
    const hosts = [hostOf(a), hostOf(b)] as const;
    if (hosts[0] !== null && hosts[1] !== null) return hosts[0] === hosts[1];
    return strings.origin(a).service === strings.origin(b).service;
  };
  return (span, parent) => {
    const isLate = span.kind === SERVER && parent.kind === CLIENT && span.startUs > parent.endUs + SKEW_US;
    return (isLate || span.startUs < parent.startUs - SKEW_US) && !isOneClock(span.origin, parent.origin);
  };
}

function skewedOf(block: SpanBlock, isSkewed: SkewTest): number {
  const { parent, startUs, durationUs, dead } = block;
  let skewed = 0;
  for (let row = 0; row < block.count; row += 1) {
    const above = parent[row]!;
    if (above < 0 || dead?.[row] === 1) continue;
    // Most begin within their parent, which is seen without a look at anything else of them.
    const afterUs = startUs[row]! - startUs[above]!;
    if (afterUs >= -SKEW_US && !(afterUs > durationUs[above]! + SKEW_US)) continue;
    if (isSkewed(placed(block, row, -Infinity), placed(block, above, Infinity))) skewed += 1;
  }
  return skewed;
}

function countElsewhere({ parent, dead }: SpanBlock): number {
  let count = 0;
  for (let row = 0; row < parent.length; row += 1) {
    if (parent[row] === PARENT_ELSEWHERE && dead?.[row] !== 1) count += 1;
  }
  return count;
}

function collect(block: SpanBlock, into: Map<number, Map<string, Placed[]>>): void {
  const { parent, namedParents, trace, dead } = block;
  for (const [i, row] of namedParents.rows.entries()) {
    if (parent[row] !== PARENT_ELSEWHERE || dead?.[row] === 1) continue;
    let ids = into.get(trace[row]!);
    if (ids === undefined) into.set(trace[row]!, (ids = new Map()));
    const id = `${namedParents.ids[i * 2]} ${namedParents.ids[i * 2 + 1]}`;
    const span = placed(block, row, -Infinity);
    const same = ids.get(id);
    if (same === undefined) ids.set(id, [span]);
    else same.push(span);
  }
}

/** Takes the parents that are found out of `wanted`; returns how many spans tell of another clock. */
function settle(
  blocks: readonly SpanBlock[],
  trace: number,
  wanted: Map<string, Placed[]>,
  isSkewed: SkewTest,
): number {
  let skewed = 0;
  for (const block of blocks) {
    const { trace: traces, spanId, dead } = block;
    for (let row = traces.indexOf(trace); row !== NO_PARENT && row < block.count; row += 1) {
      if (traces[row] !== trace) break;
      if (dead?.[row] === 1) continue;
      const id = `${spanId[row * 2]} ${spanId[row * 2 + 1]}`;
      const below = wanted.get(id);
      if (below === undefined) continue;
      const above = placed(block, row, Infinity);
      for (const span of below) if (isSkewed(span, above)) skewed += 1;
      wanted.delete(id);
      if (wanted.size === 0) return skewed;
    }
  }
  return skewed;
}
