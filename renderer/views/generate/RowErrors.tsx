import { useState } from 'react';
import type { LeftRow, RowError } from '../../../shared/run.ts';
import { formatCount } from '../../../shared/units.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';

const PAGE = 200;

type Props = {
  readonly title: string;
  readonly errors: readonly (RowError | LeftRow)[];
  /** How many there are, where `errors` is only their beginning. */
  readonly total?: number;
  /** Asks for more of them than `errors` holds. */
  readonly onMore?: () => void;
  /** Without a frame and heading of its own. */
  readonly bare?: boolean;
  readonly id?: string;
};

/** Rows that became no cards, each with its reason, a page at a time. */
export function RowErrors({ title, errors, total = errors.length, onMore, bare, id }: Props) {
  const [wantedPage, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(total / PAGE));
  const page = Math.min(wantedPage, pages - 1);
  const shown = errors.slice(page * PAGE, (page + 1) * PAGE);
  const hasTerms = errors.some((error) => termOf(error) !== null);
  const turn = (to: number) => {
    setPage(to);
    if (errors.length < Math.min(total, (to + 1) * PAGE)) onMore?.();
  };
  return (
    <section
      id={id}
      tabIndex={id === undefined ? undefined : -1}
      className={bare ? undefined : 'panel'}
      aria-label={title}
      data-testid="row-errors"
    >
      {!bare && (
        <div className="panel-head">
          <h2>{title}</h2>
          <Badge tone="warn">{formatCount(total)}</Badge>
        </div>
      )}
      <table className="table">
        <thead>
          <tr>
            <th scope="col" className="right">
              Row
            </th>
            {hasTerms && <th scope="col">Term</th>}
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((error, index) => (
            <tr key={`${error.row} ${index}`}>
              <td className="right">{error.row}</td>
              {hasTerms && <td className="row-error-term">{termOf(error)}</td>}
              <td>
                {error.message} <code className="small faint">{error.code}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {pages > 1 && (
        <div className="row row-errors-more">
          <Button tone="quiet" disabled={page === 0} onClick={() => turn(page - 1)}>
            Previous
          </Button>
          <span className="small muted num" role="status">
            {shown.length === 0
              ? 'Reading the reasons…'
              : `${formatCount(page * PAGE + 1)}–${formatCount(page * PAGE + shown.length)} of ${formatCount(total)}`}
          </span>
          <Button tone="quiet" disabled={page + 1 >= pages} onClick={() => turn(page + 1)}>
            Next
          </Button>
        </div>
      )}
    </section>
  );
}

const termOf = (error: RowError | LeftRow) => ('term' in error ? error.term : null);
