import { memo } from 'react';
import type { CSSProperties } from 'react';
import { barLabelPlace, LABEL_GAP_PX } from './barLabel.ts';
import type { BarLabelPlace } from './barLabel.ts';

export type RowView = {
  /** Place among all rows, from 0. */
  readonly index: number;
  readonly level: number;
  readonly name: string;
  readonly detail: string;
  readonly duration: string;
  readonly colour: string;
  /** `null` for a row that has nothing below it. */
  readonly expanded: boolean | null;
  readonly isGroup: boolean;
  readonly isError: boolean;
  readonly errorText: string;
  readonly isOpen: boolean;
  readonly fault: string;
  readonly isMatch: boolean;
  readonly isDim: boolean;
  readonly isActive: boolean;
  /** Shares of the time axis in percent; a bar may lie outside of 0..100. */
  readonly left: number;
  readonly width: number;
};

type Props = RowView & {
  readonly id: string;
  readonly top: number;
  /** Width of the time column. */
  readonly trackPx: number;
};

const MAX_INDENT = 24;

/** One row. Positioned by itself, so that a pool of them is enough for any number of rows. */
export const WaterfallRow = memo(function WaterfallRow(row: Props) {
  const from = Math.max(-1, Math.min(101, row.left));
  const to = Math.max(from, Math.min(101, row.left + row.width));
  const place = barLabelPlace({ from, to, trackPx: row.trackPx, text: row.duration });
  const classes = ['wf-row'];
  if (row.isActive) classes.push('is-active');
  if (row.isError) classes.push('is-error');
  if (row.isDim) classes.push('is-dim');
  if (row.isMatch) classes.push('is-match');
  if (row.isGroup) classes.push('is-group');
  const whole = row.detail === '' ? row.name : `${row.name}\n${row.detail}`;
  const style = { '--wf-colour': row.colour } as CSSProperties;
  return (
    <div
      id={row.id}
      role="row"
      className={classes.join(' ')}
      aria-rowindex={row.index + 2}
      aria-level={row.level}
      aria-expanded={row.expanded ?? undefined}
      aria-selected={row.isActive}
      data-index={row.index}
      style={{ transform: `translateY(${row.top}px)` }}
    >
      <div
        role="gridcell"
        className="wf-name"
        style={{ paddingLeft: `calc(6px + ${Math.min(row.level - 1, MAX_INDENT)} * var(--wf-indent))` }}
      >
        <span
          className="wf-twisty"
          data-state={row.expanded === null ? 'none' : row.expanded ? 'open' : 'closed'}
        />
        <span className="wf-swatch" style={style} />
        <span className="wf-label" title={whole}>
          {row.name}
        </span>
        {row.detail !== '' && (
          <span className="wf-detail" title={whole}>
            {row.detail}
          </span>
        )}
        {row.isError && (
          <span className="wf-badge" data-tone="danger">
            {row.errorText}
          </span>
        )}
        {row.fault !== '' && (
          <span className="wf-badge" data-tone="warning" title={row.fault}>
            ⚠<span className="tv-hidden"> {row.fault}</span>
          </span>
        )}
      </div>
      <div role="gridcell" className="wf-duration">
        {row.isOpen && <span className="wf-open">open</span>}
        {row.duration}
      </div>
      <div role="gridcell" className="wf-track" aria-label={`${row.duration}`}>
        {to >= 0 && from <= 100 && (
          <div
            className={`wf-bar${row.isOpen ? ' is-open' : ''}`}
            style={{ ...style, left: `${from}%`, width: `${to - from}%` }}
          />
        )}
        {place !== 'none' && (
          <span className="wf-time" data-place={place} aria-hidden="true" style={labelStyle(place, from, to)}>
            {row.duration}
          </span>
        )}
      </div>
    </div>
  );
});

function labelStyle(place: BarLabelPlace, from: number, to: number): CSSProperties {
  if (place === 'right') return { left: `calc(${Math.max(0, to)}% + ${LABEL_GAP_PX}px)` };
  const end = place === 'left' ? from : Math.min(100, to);
  return { right: `calc(${100 - end}% + ${LABEL_GAP_PX}px)` };
}
