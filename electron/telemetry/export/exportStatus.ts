/** An exporter's status as a whole: what its thread says, what earlier threads did, and what never got there. */
import { SIGNALS } from '../../../shared/telemetrySettings.ts';
import type {
  ExporterSettings,
  ExporterState,
  ExporterStatus,
  Signal,
  SignalCounts,
} from '../../../shared/telemetrySettings.ts';
import { ExporterFigures } from './exporterFigures.ts';
import { exporterTarget } from './exporterTarget.ts';

export type PerSignal = Readonly<Record<Signal, number>>;
export const NO_SIGNALS: PerSignal = { traces: 0, metrics: 0, logs: 0 };

/** What is known of an exporter beside its own word. */
export type ExporterPast = {
  /** By threads that ended: all of it settled. */
  readonly settled: Readonly<Record<Signal, SignalCounts>>;
  /** What had been lost on the way to all exporters when this one began. */
  readonly lostBefore: PerSignal;
};

const NONE: SignalCounts = { taken: 0, sent: 0, rejected: 0, dropped: 0, queued: 0, spooled: 0 };

export function beginPast(lost: PerSignal): ExporterPast {
  return { settled: { traces: NONE, metrics: NONE, logs: NONE }, lostBefore: lost };
}

/** After a thread ended: what it had in memory is gone, and what is on disk is counted by the next one. */
export function afterThread(past: ExporterPast, status: ExporterStatus | undefined): ExporterPast {
  const settled = { ...past.settled };
  for (const signal of SIGNALS) {
    const last = status?.signals[signal];
    if (last === undefined) continue;
    settled[signal] = add(settled[signal], {
      ...last,
      taken: last.taken - last.spooled,
      dropped: last.dropped + last.queued,
      queued: 0,
      spooled: 0,
    });
  }
  return { ...past, settled };
}

/** `status` is the thread's own; `undefined` where it has not said anything yet. */
export function wholeStatus(
  settings: ExporterSettings,
  status: ExporterStatus | undefined,
  past: ExporterPast,
  lost: PerSignal,
): ExporterStatus {
  const own = status ?? emptyStatus(settings, settings.enabled ? 'idle' : 'off');
  const signals: Partial<Record<Signal, SignalCounts>> = {};
  for (const signal of SIGNALS) {
    const counts = own.signals[signal];
    const before = past.settled[signal];
    if (counts === undefined && before.taken === 0) continue;
    const lostSince = settings.signals.includes(signal) ? lost[signal] - past.lostBefore[signal] : 0;
    signals[signal] = add(add(counts ?? NONE, before), { ...NONE, taken: lostSince, dropped: lostSince });
  }
  return { ...own, signals };
}

export function emptyStatus(settings: ExporterSettings, state: ExporterState): ExporterStatus {
  return new ExporterFigures(settings, settings.signals).status(exporterTarget(settings), { state });
}

function add(a: SignalCounts, b: SignalCounts): SignalCounts {
  return {
    taken: a.taken + b.taken,
    sent: a.sent + b.sent,
    rejected: a.rejected + b.rejected,
    dropped: a.dropped + b.dropped,
    queued: a.queued + b.queued,
    spooled: a.spooled + b.spooled,
  };
}
