import type { ExporterSettings, ExporterState, ExporterStatus } from '../../../shared/telemetrySettings.ts';
import { formatBytes, formatCount, formatDuration } from '../../../shared/units.ts';
import { formatClock } from '../../derive/clock.ts';
import { Badge } from '../../ui/Badge.tsx';
import type { Tone } from '../../ui/Badge.tsx';

const KIND_LABELS: Readonly<Record<ExporterSettings['kind'], string>> = {
  otlp: 'OTLP',
  prometheus: 'Prometheus',
  console: 'Console',
  file: 'File',
};
type ShownState = ExporterState | 'unsaved';
const STATES: Readonly<Record<ShownState, { readonly label: string; readonly tone: Tone }>> = {
  idle: { label: 'nothing sent yet', tone: 'neutral' },
  ok: { label: 'working', tone: 'good' },
  waiting: { label: 'endpoint away', tone: 'warn' },
  failed: { label: 'failed', tone: 'bad' },
  off: { label: 'off', tone: 'neutral' },
  unsaved: { label: 'not saved yet', tone: 'info' },
};

type TitleProps = {
  readonly kind: ExporterSettings['kind'];
  readonly id: string;
  /** `null` while it is not known. */
  readonly state: ShownState | null;
};

/** What it is, how it is called, and how it fares. */
export function ExporterTitle({ kind, id, state }: TitleProps) {
  const name = KIND_LABELS[kind];
  return (
    <>
      <strong>{name}</strong>
      {id !== name.toLowerCase() && <span className="muted">{id}</span>}
      <span role="status" className="row" data-testid="exporter-state">
        {state !== null && <Badge tone={STATES[state].tone}>{STATES[state].label}</Badge>}
      </span>
    </>
  );
}

/** Figures since the exporter started; what did not arrive is said as plainly as what did. */
export function ExporterFigures({ status }: { readonly status: ExporterStatus }) {
  const { kind, state, requests, retries, spoolBytes, latencyMs, lastError, target } = status;
  const sum = (key: 'sent' | 'queued' | 'spooled' | 'rejected' | 'dropped') =>
    Object.values(status.signals).reduce((total, counts) => total + counts[key], 0);
  const some = (count: number, what: string) => count > 0 && `${formatCount(count)} ${what}`;
  const parts = [
    kind === 'prometheus' ? times(requests, 'scrape') : `${formatCount(sum('sent'))} sent`,
    some(sum('queued'), 'waiting'),
    some(sum('spooled'), `on disk (${formatBytes(spoolBytes)})`),
    some(sum('rejected'), kind === 'prometheus' ? 'left out' : 'refused'),
    some(sum('dropped'), 'given up'),
    kind !== 'prometheus' && retries > 0 && times(retries, 'repetition'),
    latencyMs !== null && `the last took ${formatDuration(latencyMs)}`,
  ].filter(Boolean);
  return (
    <div className="exporter-figures small" data-testid="exporter-figures">
      <p>
        <code>{target}</code>
      </p>
      {state !== 'off' && <p className="muted num">{parts.join(' · ')}</p>}
      {lastError !== null && state !== 'off' && (
        <p className={state === 'ok' || state === 'idle' ? 'faint' : 'exporter-error'}>
          <span className="num">{formatClock(lastError.timeMs)}</span> {lastError.message}
        </p>
      )}
    </div>
  );
}

function times(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
