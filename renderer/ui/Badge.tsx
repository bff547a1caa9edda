import './badge.css';
import type { ReactNode } from 'react';
import type { RunState } from '../../shared/run.ts';
import { RUN_STATE_LABELS } from '../derive/runProgress.ts';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad' | 'info';

export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

const RUN_TONES: Readonly<Record<RunState, Tone>> = {
  running: 'accent',
  paused: 'info',
  cancelled: 'neutral',
  interrupted: 'warn',
  done: 'good',
};

export function RunBadge({ state }: { state: RunState }) {
  return (
    <span className={`badge badge-${RUN_TONES[state]} badge-run`} data-state={state}>
      {RUN_STATE_LABELS[state]}
    </span>
  );
}
