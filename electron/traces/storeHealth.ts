/** Spans without the parent they name, and spans that lie outside of it by more than clocks differ. */
import { NO_PARENT, PARENT_ELSEWHERE, type SpanBlock, type SpanReader } from './blockTypes.ts';

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

type Wanted = { readonly startUs: number; readonly endUs: number };

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
      const untilMs = beganMs + BUDGET_MS;
      const next: typeof known = new Map();
      let skewedSpans = 0;
      // Traces that have parents elsewhere, with what is to be found of them.
      const elsewhere = new Map<number, Map<string, Wanted[]>>();
      for (const [i, block] of blocks.entries()) {
        if (performance.now() > untilMs) break;
        const held = known.get(keys[i]!);
        const counted = held ?? { skewed: skewedOf(block), elsewhere: countElsewhere(block) };
        next.set(keys[i]!, counted);
        skewedSpans += counted.skewed;
        if (counted.elsewhere > 0) collect(block, elsewhere);
      }
      known = next;
      let orphanSpans = 0;
      for (const [trace, wanted] of elsewhere) {
        if (performance.now() < untilMs) skewedSpans += settle(reader.blocksOf(trace), trace, wanted);
        for (const spans of wanted.values()) orphanSpans += spans.length;
      }
      const atMs = performance.now();
      last = { key, health: { orphanSpans, skewedSpans }, atMs, tookMs: atMs - beganMs };
      return last.health;
    },
  };
}

const isOutside = (startUs: number, endUs: number, fromUs: number, toUs: number): boolean =>
  startUs < fromUs - SKEW_US || endUs > toUs + SKEW_US;
/** @param open - where a span that is still open ends */
const endOf = ({ startUs, durationUs }: SpanBlock, row: number, open: number): number =>
  Number.isNaN(durationUs[row]!) ? open : startUs[row]! + durationUs[row]!;

function skewedOf(block: SpanBlock): number {
  const { parent, startUs, dead } = block;
  let skewed = 0;
  for (let row = 0; row < block.count; row += 1) {
    const above = parent[row]!;
    if (above < 0 || dead?.[row] === 1) continue;
    const endUs = endOf(block, row, -Infinity);
    if (isOutside(startUs[row]!, endUs, startUs[above]!, endOf(block, above, Infinity))) skewed += 1;
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

function collect(block: SpanBlock, into: Map<number, Map<string, Wanted[]>>): void {
  const { parent, namedParents, trace, startUs, dead } = block;
  for (const [i, row] of namedParents.rows.entries()) {
    if (parent[row] !== PARENT_ELSEWHERE || dead?.[row] === 1) continue;
    let ids = into.get(trace[row]!);
    if (ids === undefined) into.set(trace[row]!, (ids = new Map()));
    const id = `${namedParents.ids[i * 2]} ${namedParents.ids[i * 2 + 1]}`;
    const span = { startUs: startUs[row]!, endUs: endOf(block, row, -Infinity) };
    const same = ids.get(id);
    if (same === undefined) ids.set(id, [span]);
    else same.push(span);
  }
}

/** Takes the parents that are found out of `wanted`; returns how many spans lie outside of theirs. */
function settle(blocks: readonly SpanBlock[], trace: number, wanted: Map<string, Wanted[]>): number {
  let skewed = 0;
  for (const block of blocks) {
    const { trace: traces, spanId, startUs, dead } = block;
    for (let row = traces.indexOf(trace); row !== NO_PARENT && row < block.count; row += 1) {
      if (traces[row] !== trace) break;
      if (dead?.[row] === 1) continue;
      const id = `${spanId[row * 2]} ${spanId[row * 2 + 1]}`;
      const below = wanted.get(id);
      if (below === undefined) continue;
      const toUs = endOf(block, row, Infinity);
      for (const span of below) if (isOutside(span.startUs, span.endUs, startUs[row]!, toUs)) skewed += 1;
      wanted.delete(id);
      if (wanted.size === 0) return skewed;
    }
  }
  return skewed;
}
