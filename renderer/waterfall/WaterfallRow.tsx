import { memo } from 'react';
import type { CSSProperties } from 'react';
import { barLabelPlace, LABEL_GAP_PX } from './barLabel.ts';
import type { BarLabelPlace } from './barLabel.ts';

export type RowView = {
  readonly kind: 'span' | 'group' | 'event' | 'log';
  /** Place among all rows, from 0. */
  readonly index: number;
  readonly level: number;
  readonly name: string;
  /** Where a trace has several. */
  readonly service: string;
  readonly detail: string;
  readonly duration: string;
  /** '' where the column is not shown. */
  readonly self: string;
  readonly start: string;
  readonly colour: string;
  /** `null` for a row that has nothing below it. */
  readonly expanded: boolean | null;
  readonly isError: boolean;
  readonly errorText: string;
  readonly isOpen: boolean;
  readonly fault: string;
  /** Why a group looks like N+1. */
  readonly hint: string;
  readonly links: number;
  readonly isMatch: boolean;
  readonly isDim: boolean;
  readonly isActive: boolean;
  /** Shares of the time axis in percent; a bar may lie outside of 0..100. */
  readonly left: number;
  readonly width: number;
  /** Pictures over the bar: its own time, and what of it the trace's length hangs on. */
  readonly selfParts: string;
  readonly criticalParts: string;
  /** Pictures over the whole line. */
  readonly eventTicks: string;
  readonly alarmTicks: string;
  readonly logTicks: string;
  /** The same in words. */
  readonly marks: string;
};

type Props = RowView & {
  readonly id: string;
  readonly top: number;
  /** Width of the time column. */
  readonly trackPx: number;
  readonly hasStart: boolean;
  readonly hasDuration: boolean;
  readonly hasSelf: boolean;
};

const MAX_INDENT = 24;

/** One row. Positioned by itself, so that a pool of them is enough for any number of rows. */
export const WaterfallRow = memo(function WaterfallRow(row: Props) {
  const isPoint = row.kind === 'event' || row.kind === 'log';
  const from = Math.max(-1, Math.min(101, row.left));
  const to = Math.max(from, Math.min(101, row.left + row.width));
  const place = barLabelPlace({ from, to, trackPx: row.trackPx, text: row.duration });
  const classes = ['wf-row', `is-${row.kind}`];
  if (row.isActive) classes.push('is-active');
  if (row.isError) classes.push('is-error');
  if (row.isDim) classes.push('is-dim');
  if (row.isMatch) classes.push('is-match');
  const whole = [row.name, row.service, row.detail].filter((text) => text !== '').join('\n');
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
      style={{ transform: `translateY(${row.top}px)`, '--wf-colour': row.colour } as CSSProperties}
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
        <span className="wf-swatch" />
        {isPoint && <span className="tv-hidden">{row.kind === 'log' ? 'Log record ' : 'Event '}</span>}
        {row.service !== '' && (
          <span className="wf-service" title={row.service}>
            {row.service}
          </span>
        )}
        <span className="wf-label" title={whole} dir="auto">
          {row.name}
        </span>
        {row.detail !== '' && (
          <span className="wf-detail" title={whole} dir="auto">
            {row.detail}
          </span>
        )}
        <Badges {...row} />
      </div>
      {row.hasStart && (
        <div role="gridcell" className="wf-figure">
          {row.start}
        </div>
      )}
      {row.hasDuration && (
        <div role="gridcell" className="wf-duration">
          {row.isOpen && <span className="wf-open">open</span>}
          {row.duration}
        </div>
      )}
      {row.hasSelf && (
        <div role="gridcell" className="wf-figure">
          {row.self}
        </div>
      )}
      <div role="gridcell" className="wf-track" aria-label={row.duration} title={row.marks || undefined}>
        {to >= 0 && from <= 100 && <Bar row={row} from={from} to={to} />}
        {(row.eventTicks !== '' || row.alarmTicks !== '' || row.logTicks !== '') && (
          <div className="wf-ticks" style={{ backgroundImage: imagesOf(row) }} />
        )}
        {row.marks !== '' && <span className="tv-hidden">{row.marks}</span>}
        {place !== 'none' && !isPoint && (
          <span className="wf-time" data-place={place} aria-hidden="true" style={labelStyle(place, from, to)}>
            {row.duration}
          </span>
        )}
      </div>
    </div>
  );
});

function Bar({ row, from, to }: { readonly row: Props; readonly from: number; readonly to: number }) {
  const at = { left: `${from}%`, width: `${to - from}%` };
  if (row.kind === 'event' || row.kind === 'log') return <div className="wf-point" style={at} />;
  return (
    <>
      <div
        className={`wf-bar${row.isOpen ? ' is-open' : ''}${row.selfParts === '' ? '' : ' has-self'}`}
        style={row.selfParts === '' ? at : { ...at, backgroundImage: row.selfParts }}
      />
      {row.criticalParts !== '' && (
        <div className="wf-critical" style={{ ...at, backgroundImage: row.criticalParts }} />
      )}
    </>
  );
}

function Badges(row: RowView) {
  return (
    <>
      {row.links > 0 && (
        <span className="wf-badge" data-tone="link" title={`${row.links} links to other spans`}>
          ⇄<span className="tv-hidden"> {row.links} links</span>
        </span>
      )}
      {row.hint !== '' && (
        <span className="wf-badge" data-tone="hint" title={row.hint}>
          N+1
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
    </>
  );
}

function imagesOf(row: RowView): string {
  return [row.alarmTicks, row.logTicks, row.eventTicks].filter((image) => image !== '').join(', ');
}

function labelStyle(place: BarLabelPlace, from: number, to: number): CSSProperties {
  if (place === 'right') return { left: `calc(${Math.max(0, to)}% + ${LABEL_GAP_PX}px)` };
  const end = place === 'left' ? from : Math.min(100, to);
  return { right: `calc(${100 - end}% + ${LABEL_GAP_PX}px)` };
}
