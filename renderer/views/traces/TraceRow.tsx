import { memo } from 'react';
import { hasNeverEnded } from '../../../shared/neverEnded.ts';
import type { RunProgress } from '../../../shared/run.ts';
import type { FoundTrace } from '../../../shared/traceQuery.ts';
import { countOf, formatCount, formatDuration } from '../../../shared/units.ts';
import { formatClock, formatMoment, formatWhen } from '../../derive/clock.ts';
import type { TraceGroupRow } from '../../derive/foundTraces.ts';
import { isActive as isActiveRun } from '../../derive/runProgress.ts';
import { billedTokens, formatDollars, formatShort } from '../../derive/tokens.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Icon } from '../../ui/Icon.tsx';
import type { KnownTokens } from './useTraceTokens.ts';

type Place = {
  readonly id: string;
  readonly index: number;
  readonly topPx: number;
  readonly isActive: boolean;
};
type Props = Place & {
  readonly trace: FoundTrace;
  /** Below the head of a group. */
  readonly isGrouped: boolean;
  readonly isChecked: boolean;
  /** The run it is the trace of. */
  readonly run: RunProgress | undefined;
  /** Not given: not known yet. */
  readonly tokens: KnownTokens | undefined;
  readonly hasMatches: boolean;
  /** Length of the bar, 0 to 1. */
  readonly share: number;
  /** Its run goes on, or a span of it has not ended. */
  readonly isGoing: boolean;
  readonly onOpen: (traceId: string) => void;
  readonly onCheck: (traceId: string, checked: boolean) => void;
};

/** One trace of the list. */
export const TraceRow = memo(function TraceRow(props: Props) {
  const { id, index, topPx, isActive, trace, isGrouped, isChecked, run, tokens, share, isGoing } = props;
  const { hasMatches, onOpen, onCheck } = props;
  const { traceId, name, startMs, durationMs, spanCount, errorCount, service, version, matched, pinned } =
    trace;
  const failed = errorCount > 0;
  const cost = typeof tokens === 'object' ? (tokens?.cost ?? null) : null;
  const { silentSinceMs = Infinity } = trace;
  const isLeftOpen = hasNeverEnded(trace) && (run === undefined || !isActiveRun(run.state));
  return (
    // The keys are those of the list, which keeps the focus.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      {...(isGrouped ? { 'aria-level': 2 } : {})}
      aria-selected={isChecked}
      className={`trace-row${isActive ? ' is-active' : ''}${isChecked ? ' is-checked' : ''}`}
      data-trace={traceId}
      data-action="Open trace"
      style={{ transform: `translateY(${topPx}px)` }}
      onClick={() => onOpen(traceId)}
    >
      <span role="gridcell" className="cell-check">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isChecked}
          aria-label={`Mark ${name}`}
          onClick={(event) => event.stopPropagation()}
          onChange={(event) => onCheck(traceId, event.target.checked)}
        />
      </span>
      <span role="gridcell" className="cell-start num" title={formatMoment(startMs)}>
        {startText(startMs)}
      </span>
      <span
        role="gridcell"
        className="cell-name"
        title={run === undefined ? name : `${name}: ${run.sourceName}`}
      >
        <span className="trace-name">{name}</span>
        {run !== undefined && <span className="trace-run muted">{run.sourceName}</span>}
        <code className="trace-id faint">{traceId.slice(0, 8)}</code>
      </span>
      <span
        role="gridcell"
        className="cell-service truncate muted"
        title={version === null ? service : `${service} ${version}`}
      >
        {service} {version !== null && <span className="faint">{version}</span>}
      </span>
      <span role="gridcell" className="cell-duration num">
        <span className="duration-track" aria-hidden="true">
          <span
            className={failed ? 'duration-bar has-failed' : 'duration-bar'}
            style={{ width: `${Math.max(share * 100, 1)}%` }}
          />
        </span>
        {isLeftOpen ? (
          <span title={`Nothing has come for it since ${formatWhen(silentSinceMs)}`}>
            <Badge tone="warn">never ended</Badge>
          </span>
        ) : isGoing || durationMs === null ? (
          <Badge tone="accent">open</Badge>
        ) : (
          <span>{formatDuration(durationMs)}</span>
        )}
      </span>
      <span role="gridcell" className="cell-spans right">
        {formatCount(spanCount)}
      </span>
      <span role="gridcell" className={failed ? 'cell-errors right has-errors' : 'cell-errors right faint'}>
        {failed ? `✕ ${formatCount(errorCount)}` : '0'}
      </span>
      <TokensCell run={run} tokens={tokens} />
      <span role="gridcell" className="cell-cost right faint">
        {cost === null ? '–' : formatDollars(cost)}
      </span>
      {hasMatches && (
        <span
          role="gridcell"
          className={matched === spanCount ? 'cell-matched right faint' : 'cell-matched right'}
        >
          {formatCount(matched)}
        </span>
      )}
      <span role="gridcell" className="cell-pin">
        {pinned && (
          <>
            <Icon name="pin" size={14} />
            <span className="visually-hidden">pinned</span>
          </>
        )}
      </span>
    </div>
  );
});

/** Of a run what it counted itself, as long as it knows; of every other trace what its spans say. */
function TokensCell({ run, tokens }: Pick<Props, 'run' | 'tokens'>) {
  const ofRun = run === undefined ? 0 : billedTokens(run.stages);
  const told = typeof tokens === 'object' && tokens !== null ? tokens : null;
  const count = ofRun > 0 ? ofRun : (told?.tokens ?? 0);
  const cost = told?.cost ?? null;
  if (count === 0) {
    const why =
      tokens === 'unscanned'
        ? 'Too many spans to add up here: open it, width by tokens'
        : told !== null && told.calls > 0
          ? `${countOf(told.calls, 'model call')} that said nothing of tokens`
          : undefined;
    return (
      <span role="gridcell" className="cell-tokens right faint" title={why}>
        {why === undefined ? '–' : '?'}
      </span>
    );
  }
  return (
    <span
      role="gridcell"
      className="cell-tokens right"
      title={[
        `${formatCount(count)} tokens`,
        ...(told === null || told.calls === 0 ? [] : [countOf(told.calls, 'model call')]),
        ...(cost === null ? [] : [formatDollars(cost)]),
      ].join(', ')}
    >
      {formatShort(count)}
    </span>
  );
}

/** The clock today, the day before. */
function startText(startMs: number): string {
  const when = formatWhen(startMs);
  return /^\d\d:\d\d$/.test(when) ? formatClock(startMs) : when;
}

type GroupProps = Place & { readonly group: TraceGroupRow; readonly onToggle: (key: string) => void };

/** The head of a group: what its traces have together. */
export function GroupRow({ id, index, topPx, isActive, group, onToggle }: GroupProps) {
  const { key, label, traces, failed, p50Ms, p95Ms, isOpen } = group;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-level={1}
      aria-expanded={isOpen}
      className={`trace-row group-row${isActive ? ' is-active' : ''}`}
      style={{ transform: `translateY(${topPx}px)` }}
      onClick={() => onToggle(key)}
    >
      <span role="gridcell" className="group-cell">
        <span className="group-arrow" aria-hidden="true">
          {isOpen ? '▾' : '▸'}
        </span>
        <strong className="truncate">{label}</strong>
        <span className="muted num">
          {formatCount(traces)} {traces === 1 ? 'trace' : 'traces'}
        </span>
        <span className={failed > 0 ? 'has-errors num' : 'faint num'}>
          {failed > 0 ? `✕ ${formatCount(failed)} with errors` : 'no errors'}
        </span>
        {p50Ms !== null && p95Ms !== null && (
          <span className="muted num">
            p50 {formatDuration(p50Ms)} · p95 {formatDuration(p95Ms)}
          </span>
        )}
      </span>
    </div>
  );
}
