import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../shared/analysis/columnsOf.ts';
import { criticalPath } from '../../../shared/analysis/criticalPath.ts';
import type { TraceColumns } from '../../../shared/analysis/traceColumns.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomColumns } from './randomTraces.ts';

type Piece = readonly [span: number, fromMs: number, toMs: number];

function pieces(columns: TraceColumns): Piece[] {
  const { span, fromMs, toMs } = criticalPath(columns).segments;
  return [...span].map((of, i) => [of, fromMs[i]!, toMs[i]!] as const);
}

function namedPieces(text: string): string[] {
  const records = spanTree(text);
  const columns = columnsOf(records);
  const origin = Math.min(...records.map(({ startMs }) => startMs)) - 1_000_000;
  return pieces(columns).map(([span, from, to]) => `${records[span]!.name} ${from + origin}-${to + origin}`);
}

/** The definition, written down without any thought of speed. */
function oracle({ count, parent, startMs, endMs }: TraceColumns): Piece[] {
  const spans = [...Array(count).keys()];
  const childrenOf = (span: number) => spans.filter((child) => parent[child] === span);
  const lastOf = (span: number): number =>
    Math.max(endMs[span]!, ...childrenOf(span).map((child) => lastOf(child)));
  const found: Piece[] = [];
  function walk(span: number, until: number, floor: number): void {
    const end = Math.min(endMs[span]!, until);
    let at = until;
    while (at > floor) {
      const isTail = at > end;
      const candidates = childrenOf(span)
        .map((child) => ({
          child,
          raw: isTail ? lastOf(child) : endMs[child]!,
          to: isTail ? lastOf(child) : Math.min(endMs[child]!, end),
          from: Math.max(startMs[child]!, floor),
        }))
        .filter(({ to, from }) => to <= at + 0.002 && from < Math.min(to, at) && (!isTail || to > end))
        .sort((a, b) => b.raw - a.raw || startMs[a.child]! - startMs[b.child]! || b.child - a.child);
      const [next] = candidates;
      if (next === undefined) {
        if (!isTail) {
          found.push([span, floor, at]);
          return;
        }
        at = Math.max(end, floor);
        continue;
      }
      const to = Math.min(next.to, at);
      if (to < Math.min(at, endMs[span]!)) found.push([span, to, Math.min(at, endMs[span]!)]);
      walk(next.child, to, next.from);
      at = next.from;
    }
  }
  for (const span of spans) {
    const before = found.length;
    if (parent[span]! < 0) walk(span, lastOf(span), startMs[span]!);
    found.push(...found.splice(before).reverse());
  }
  return found;
}

describe('criticalPath', () => {
  it('goes from the end over the children that finished last', () => {
    expect(
      namedPieces(`
        root 0-25
          a 5-15
          b 5-20
            c 9-14
          d 22-24`),
    ).toEqual(['root 0-5', 'b 5-9', 'c 9-14', 'b 14-20', 'root 20-22', 'd 22-24', 'root 24-25']);
  });

  it('follows what outlasts the root to its end, and names nobody for the time between', () => {
    const text = `
      click 0-5
        call 1-4
        run 3-40
          item 6-39
        late 50-60`;
    expect(namedPieces(text)).toEqual(['click 0-3', 'run 3-6', 'item 6-39', 'run 39-40', 'late 50-60']);
    expect(criticalPath(columnsOf(spanTree(text))).idleMs).toBe(10);
  });

  it('cuts a child that outlasts its parent where that ended, if the root went on', () => {
    expect(
      namedPieces(`
        root 0-100
          call 10-30
            detached 20-80
          next 60-100`),
    ).toEqual(['root 0-10', 'call 10-20', 'detached 20-30', 'root 30-60', 'next 60-100']);
  });

  it('cuts a child that starts before its parent', () => {
    expect(
      namedPieces(`
        root 0-10
          skewed -5-6
            inner -3-2`),
    ).toEqual(['inner 0-2', 'skewed 2-6', 'root 6-10']);
  });

  it('takes siblings that overlap by a rounding error for one after the other', () => {
    expect(
      namedPieces(`
        root 0-20
          a 0-10.001
          b 10-20`),
    ).toEqual(['a 0-10', 'b 10-20']);
  });

  it('takes the longer one of two that ended together', () => {
    expect(
      namedPieces(`
        root 0-10
          a 1-10
          b 9-10`),
    ).toEqual(['root 0-1', 'a 1-10']);
  });

  it('has a path for each root', () => {
    expect(
      namedPieces(`
        one 0-10
          a 2-10
        two 5-7`),
    ).toEqual(['one 0-2', 'a 2-10', 'two 5-7']);
  });

  it('agrees with the definition on traces of every odd kind', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const columns = randomColumns(seed, { spans: 5 + (seed % 40) });
      expect(pieces(columns), `seed ${seed}`).toEqual(oracle(columns));
    }
  });

  it('adds up to the extent of a trace with one root, and never has two spans at once', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const columns = randomColumns(seed, { oneRoot: true, spans: 2 + (seed % 50) });
      const root = columns.parent.indexOf(-1);
      const { ms, idleMs, segments } = criticalPath(columns);
      const extent = Math.max(...columns.endMs) - columns.startMs[root]!;
      expect(ms.reduce((sum, each) => sum + each, 0) + idleMs, `seed ${seed}`).toBeCloseTo(extent, 9);
      for (let i = 0; i < segments.span.length; i += 1) {
        expect(segments.toMs[i]).toBeGreaterThan(segments.fromMs[i]!);
        if (i > 0) expect(segments.fromMs[i]).toBeGreaterThanOrEqual(segments.toMs[i - 1]!);
        expect(segments.fromMs[i]).toBeGreaterThanOrEqual(columns.startMs[segments.span[i]!]!);
        expect(segments.toMs[i]).toBeLessThanOrEqual(columns.endMs[segments.span[i]!]!);
      }
    }
  });

  it('walks a chain of a hundred thousand spans', () => {
    const count = 100_000;
    const columns = {
      count,
      parent: Int32Array.from({ length: count }, (_, span) => span - 1),
      startMs: Float64Array.from({ length: count }, (_, span) => span),
      endMs: Float64Array.from({ length: count }, (_, span) => 3 * count - span),
    };
    const { segments } = criticalPath(columns);
    expect(segments.span.length).toBe(2 * count - 1);
  });
});
