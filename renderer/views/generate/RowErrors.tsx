import { useState } from 'react';
import type { RowError } from '../../../shared/run.ts';
import { formatCount } from '../../../shared/units.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';

const SHOWN_FIRST = 50;

type Props = {
  readonly title: string;
  readonly errors: readonly RowError[];
  /** Without a frame and heading of its own. */
  readonly bare?: boolean;
};

/** Rows that became no cards, each with its reason. */
export function RowErrors({ title, errors, bare }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? errors : errors.slice(0, SHOWN_FIRST);
  return (
    <section className={bare ? undefined : 'panel'} aria-label={title} data-testid="row-errors">
      {!bare && (
        <div className="panel-head">
          <h2>{title}</h2>
          <Badge tone="warn">{formatCount(errors.length)}</Badge>
        </div>
      )}
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="right">
              Row
            </th>
            <th scope="col">Reason</th>
            <th scope="col">Code</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((error, index) => (
            <tr key={`${error.row} ${index}`}>
              <td className="right">{error.row}</td>
              <td>{error.message}</td>
              <td>
                <code className="faint">{error.code}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < errors.length && (
        <div className="row-errors-more">
          <Button tone="quiet" onClick={() => setAll(true)}>
            Show all {formatCount(errors.length)}
          </Button>
        </div>
      )}
    </section>
  );
}
