import type { OperationStats } from '../../../shared/traceQuery.ts';

/** Below this a p95 is one or two spans: nothing is said of its change. */
export const FEW_SPANS = 20;

export type VersionRow = {
  readonly name: string;
  readonly kind: OperationStats['kind'];
  readonly a: OperationStats | null;
  readonly b: OperationStats | null;
  /** One side has too few spans to tell, or none. */
  readonly isThin: boolean;
  /** Of the second against the first, as a share: 0.1 is a tenth more. `null` where it cannot be told. */
  readonly p50Change: number | null;
  readonly p95Change: number | null;
  /** In points of share. */
  readonly errorChange: number | null;
};
export type Version = { readonly id: string; readonly label: string; readonly spans: number };

const idOf = ({ service, version }: OperationStats) => JSON.stringify([service, version]);

/** The services' versions, in their order; spans without one are no version. */
export function versionsOf(rows: readonly OperationStats[]): readonly Version[] {
  const found = new Map<string, Version>();
  for (const row of rows) {
    if (row.version === null) continue;
    const spans = (found.get(idOf(row))?.spans ?? 0) + row.count;
    found.set(idOf(row), { id: idOf(row), label: `${row.service} ${row.version}`, spans });
  }
  return [...found.values()].toSorted((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true }));
}

const errorShare = ({ errors, count, open }: OperationStats) => errors / Math.max(1, count + open);

/** Operations of two versions side by side, those that change the total time most first. */
export function compareVersions(
  rows: readonly OperationStats[],
  a: string,
  b: string,
): readonly VersionRow[] {
  const pairs = new Map<string, { a: OperationStats | null; b: OperationStats | null }>();
  for (const row of rows) {
    const key = JSON.stringify([row.name, row.kind]);
    const pair = pairs.get(key) ?? { a: null, b: null };
    if (idOf(row) === a) pair.a = row;
    if (idOf(row) === b) pair.b = row;
    if (pair.a !== null || pair.b !== null) pairs.set(key, pair);
  }
  const weight = (row: VersionRow) => (row.a?.totalMs ?? 0) + (row.b?.totalMs ?? 0);
  return [...pairs.values()]
    .map((pair): VersionRow => {
      const { name, kind } = (pair.a ?? pair.b)!;
      const both = pair.a !== null && pair.b !== null;
      const isThin = !both || Math.min(pair.a!.count, pair.b!.count) < FEW_SPANS;
      const change = (of: (side: OperationStats) => number) =>
        isThin || of(pair.a!) <= 0 ? null : of(pair.b!) / of(pair.a!) - 1;
      return {
        name: name ?? '',
        kind,
        ...pair,
        isThin,
        p50Change: change(({ p50Ms }) => p50Ms),
        p95Change: change(({ p95Ms }) => p95Ms),
        errorChange: isThin ? null : errorShare(pair.b!) - errorShare(pair.a!),
      };
    })
    .toSorted((x, y) => weight(y) - weight(x));
}
