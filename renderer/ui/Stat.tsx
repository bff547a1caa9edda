import './stat.css';
import type { ReactNode } from 'react';

type Props = { label: string; value: ReactNode; note?: ReactNode; tone?: 'bad' | 'warn' | undefined };

/** One figure with its name. Goes into a `<dl className="stats">`. */
export function Stat({ label, value, note, tone }: Props) {
  return (
    <div className={tone === undefined ? 'stat' : `stat stat-${tone}`}>
      <dt>{label}</dt>
      <dd>
        <span className="stat-value num">{value}</span>
        {note !== undefined && <span className="small faint"> {note}</span>}
      </dd>
    </div>
  );
}
