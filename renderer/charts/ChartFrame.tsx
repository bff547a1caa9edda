import './chartFrame.css';
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { Button } from '../ui/Button.tsx';

type Props = {
  readonly title: string;
  /** The chart in one sentence, for those who do not see it. */
  readonly summary: string;
  readonly legend?: readonly { readonly name: string; readonly colour: string }[];
  readonly chart: ReactNode;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
};

/** A chart and the figures behind it, one button apart. */
export function ChartFrame({ title, summary, legend, chart, columns, rows }: Props) {
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  return (
    <section className="chart" aria-labelledby={id}>
      <header>
        <h3 id={id} className="grow">
          {title}
        </h3>
        <Button
          tone="quiet"
          icon={asTable ? 'chart' : 'table'}
          aria-label={`${title}: ${asTable ? 'show as chart' : 'show as table'}`}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'Chart' : 'Table'}
        </Button>
      </header>
      {asTable ? (
        <div className="chart-table" tabIndex={0} role="region" aria-labelledby={id}>
          <table className="table">
            <thead>
              <tr>
                {columns.map((column, index) => (
                  <th key={column} scope="col" className={index === 0 ? undefined : 'right'}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at}>
                  {row.map((cell, index) => (
                    <td key={index} className={index === 0 ? undefined : 'right'}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <>
          {legend !== undefined && (
            <ul className="legend" aria-hidden="true">
              {legend.map(({ name, colour }) => (
                <li key={name}>
                  <span style={{ background: colour }} />
                  {name}
                </li>
              ))}
            </ul>
          )}
          <div role="img" aria-label={summary}>
            {chart}
          </div>
        </>
      )}
    </section>
  );
}
