import type { LedgerRow } from '../../../shared/traceQuery.ts';

/** Kinds that add up to the total. Reasoning is a part of output, and drawn inside it. */
export const LEDGER_PARTS = [
  { id: 'uncachedInput', label: 'Uncached input', colour: '--chart-1' },
  { id: 'cacheRead', label: 'Cache read', colour: '--chart-5' },
  { id: 'cacheWrite', label: 'Cache write', colour: '--chart-3' },
  { id: 'output', label: 'Output', colour: '--chart-2' },
] as const;
export type LedgerPart = (typeof LEDGER_PARTS)[number]['id'];

const sumOf = (rows: readonly LedgerRow[], value: (row: LedgerRow) => number) =>
  rows.reduce((sum, row) => sum + value(row), 0);
/** `null` where none is known. */
const sumKnown = (rows: readonly LedgerRow[], value: (row: LedgerRow) => number | null) =>
  rows.reduce<number | null>((sum, row) => (value(row) === null ? sum : (sum ?? 0) + value(row)!), null);

export function ledgerTotal(rows: readonly LedgerRow[]): LedgerRow {
  return {
    key: 'All',
    calls: sumOf(rows, ({ calls }) => calls),
    uncachedInput: sumOf(rows, (row) => row.uncachedInput),
    cacheRead: sumOf(rows, ({ cacheRead }) => cacheRead),
    cacheWrite: sumOf(rows, ({ cacheWrite }) => cacheWrite),
    output: sumOf(rows, ({ output }) => output),
    reasoning: sumOf(rows, ({ reasoning }) => reasoning),
    total: sumOf(rows, ({ total }) => total),
    untold: sumOf(rows, ({ untold }) => untold),
    cost: sumKnown(rows, ({ cost }) => cost),
    savedTokens: sumOf(rows, ({ savedTokens }) => savedTokens),
    savedCost: sumKnown(rows, ({ savedCost }) => savedCost),
  };
}

/** By how much the total is more than its parts: 0 where the ledger adds up. */
export const ledgerGap = (row: LedgerRow): number =>
  row.total - LEDGER_PARTS.reduce((sum, { id }) => sum + row[id], 0);
