import './chartFrame.css';
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { Button } from '../ui/Button.tsx';

type Rows = readonly (readonly (string | number)[])[];
type Props = {
  readonly title: string;
  /** The chart in one sentence, for those who do not see it. */
  readonly summary: string;
  /** With `dash`, lines as they are drawn. */
  readonly legend?: readonly {
    readonly name: string;
    readonly colour: string;
    readonly dash?: readonly number[];
  }[];
  readonly chart: ReactNode;
  /** What the axes count, where the title does not say it. */
  readonly axes?: string;
  readonly columns: readonly string[];
  /** A function where making them costs something: they are seen only when asked for. */
  readonly rows: Rows | (() => Rows);
};

/** A chart and the figures behind it, one button apart. */
export function ChartFrame({ title, summary, legend, chart, axes, columns, rows }: Props) {
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
              {(typeof rows === 'function' ? rows() : rows).map((row, at) => (
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
              {legend.map(({ name, colour, dash }) => (
                <li key={name}>
                  {dash === undefined ? (
                    <span style={{ background: colour }} />
                  ) : (
                    <svg width="20" height="8">
                      <path d="M0 4H20" stroke={colour} strokeWidth="2" strokeDasharray={dash.join(' ')} />
                    </svg>
                  )}
                  {name}
                </li>
              ))}
            </ul>
          )}
          <div role="img" aria-label={summary}>
            {chart}
          </div>
          {axes !== undefined && (
            <p className="chart-axes" aria-hidden="true">
              {axes}
            </p>
          )}
        </>
      )}
    </section>
  );
}
