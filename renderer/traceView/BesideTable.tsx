import { useMemo } from 'react';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { formatClock } from '../derive/clock.ts';
import type { TraceTree } from '../derive/traceTree.ts';

/** Rows that are shown; a trace of a thousand operations is no table to read. */
const MAX_ROWS = 200;

type Figures = { spans: number; totalMs: number; errors: number };
type Row = { readonly service: string; readonly name: string; readonly of: readonly Figures[] };

/** The same traces as figures: a line an operation, its spans and their time in each trace. The longest first. */
export function BesideTable({ trees }: { readonly trees: readonly TraceTree[] }) {
  const rows = useMemo(() => operationsOf(trees), [trees]);
  const hasServices = new Set(rows.map(({ service }) => service)).size > 1;
  return (
    <div className="beside-table" tabIndex={0} role="region" aria-label="Operations of the traces">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Operation</th>
            {trees.map((tree, at) => (
              <th key={tree.traceId} scope="col" className="right" title={tree.traceId}>
                {at + 1}: {formatClock(tree.originMs)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_ROWS).map(({ service, name, of }) => (
            <tr key={`${service} ${name}`}>
              <th scope="row">
                <span dir="auto">{name}</span> {hasServices && <span className="faint">{service}</span>}
              </th>
              {of.map(({ spans, totalMs, errors }, at) => (
                <td key={trees[at]!.traceId} className="right">
                  {spans === 0 ? (
                    '–'
                  ) : (
                    <>
                      {formatDuration(totalMs)} <span className="faint">×{formatCount(spans)}</span>
                      {errors > 0 && <span className="has-errors"> {formatCount(errors)} failed</span>}
                    </>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MAX_ROWS && (
        <p className="faint">and {formatCount(rows.length - MAX_ROWS)} operations that took less</p>
      )}
    </div>
  );
}

function operationsOf(trees: readonly TraceTree[]): readonly Row[] {
  const rows = new Map<string, Row>();
  trees.forEach((tree, at) => {
    for (let node = 0; node < tree.size; node += 1) {
      const row = tree.row(node);
      const name = tree.name(node);
      const service = tree.table.serviceOf(row);
      const key = `${service}\n${name}`;
      let known = rows.get(key);
      if (known === undefined) {
        known = { service, name, of: trees.map(() => ({ spans: 0, totalMs: 0, errors: 0 })) };
        rows.set(key, known);
      }
      const figures = known.of[at]!;
      figures.spans += 1;
      figures.totalMs += Math.max(0, tree.endMs(node, tree.latestMs) - tree.startMs(node));
      if (tree.table.isError(row)) figures.errors += 1;
    }
  });
  const most = (row: Row) => Math.max(...row.of.map(({ totalMs }) => totalMs));
  return [...rows.values()].sort((a, b) => most(b) - most(a) || a.name.localeCompare(b.name));
}
