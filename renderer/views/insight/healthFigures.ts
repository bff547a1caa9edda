/** How recording, storing, sending and receiving go: sums that must add up, and what to do where they do not. */
import type {
  ComponentCounts,
  ExporterStatus,
  SignalCounts,
  TelemetryStatus,
} from '../../../shared/telemetrySettings.ts';
import type { ReceiverStatus, TraceStoreStatus } from '../../../shared/traceQuery.ts';
import { countOf, formatBytes, formatCount } from '../../../shared/units.ts';
import { formatWhen } from '../../derive/clock.ts';

export type Finding = {
  readonly id: string;
  readonly tone: 'good' | 'info' | 'warn' | 'bad';
  readonly title: string;
  /** What to do about it; nothing where nothing need be done. */
  readonly advice?: string;
};

/** By how much operations are more than what became of them: 0 where the counts add up. */
export const componentGap = ({ operations, spans, rows, leftOut }: ComponentCounts): number =>
  operations - spans - rows - leftOut;
export const signalGap = ({ taken, sent, rejected, dropped, queued, spooled }: SignalCounts): number =>
  taken - sent - rejected - dropped - queued - spooled;

const count = formatCount;

export function recordingFindings({
  spans,
  store,
  faults,
  faultKinds,
  above,
}: TelemetryStatus): readonly Finding[] {
  const found: Finding[] = [];
  const add = (isSo: boolean, finding: Finding) => isSo && found.push(finding);
  add(above.isOff, {
    id: 'off',
    tone: 'warn',
    title: 'Telemetry is off',
    advice: 'The variable OTEL_SDK_DISABLED switches it off. Start without it to see traces.',
  });
  add(spans.headDropped > 0, {
    id: 'head',
    tone: 'info',
    title: `${countOf(spans.headDropped, 'span')} never recorded: sampled out at their start`,
    advice: 'By the ratio or the rates under Settings, Telemetry, Sampling.',
  });
  add(spans.tailDropped > 0, {
    id: 'tail',
    tone: 'info',
    title: `${countOf(spans.tailDropped, 'span')} of ${countOf(spans.tailDroppedTraces, 'trace')} not kept: sampled out at their end`,
    advice: 'By the tail rules under Settings, Telemetry, Sampling. Errors and slow traces are kept by them.',
  });
  add(spans.evicted > 0, {
    id: 'evicted',
    tone: 'info',
    title: `${countOf(spans.evicted, 'span')} left the live memory for newer ones`,
    advice:
      'Nothing is lost by that alone: the trace store has them. Only a window that opens now does not see them live.',
  });
  add(spans.windowDropped > 0, {
    id: 'window',
    tone: 'warn',
    title: `${countOf(spans.windowDropped, 'span')} of windows lost`,
    advice: 'A window could not hand them over: it was busy, or was closed meanwhile.',
  });
  add(store.lost > 0, {
    id: 'lost',
    tone: 'bad',
    title: `${countOf(store.lost, 'span')} overwritten before the store took them`,
    advice:
      'More came than the disk could take. Record a busy component as “sampled” under Settings, Telemetry.',
  });
  add(store.failed > 0, {
    id: 'failed',
    tone: 'bad',
    title: `${countOf(store.failed, 'span')} could not be written`,
    advice: 'The log says why. Mostly the disk is full or the data folder cannot be written.',
  });
  add(store.lostLogs > 0, {
    id: 'logs',
    tone: 'warn',
    title: `${countOf(store.lostLogs, 'log record')} did not reach the store`,
    advice: 'They are in the log file of the data folder.',
  });
  add(faults > 0, {
    id: 'faults',
    tone: 'warn',
    title: `${countOf(faults, 'fault')} inside telemetry swallowed`,
    advice: `The program was not touched by them. Please report: ${faultKinds
      .map((kind) => `${kind.what} (${count(kind.count)})`)
      .join(', ')}`,
  });
  return found;
}

/** What is said where nothing was lost here; `null` where something was. Parents may be missing that never came. */
export function wellText(findings: readonly Finding[]): string | null {
  if (findings.some(({ tone }) => tone === 'bad' || tone === 'warn')) return null;
  return findings.some(({ id }) => id === 'orphan') ? 'Nothing that arrived was lost.' : 'Nothing was lost.';
}

export function storeFindings(store: TraceStoreStatus): readonly Finding[] {
  const found: Finding[] = [];
  const add = (isSo: boolean, finding: Finding) => isSo && found.push(finding);
  const isFull = store.bytes > store.maxBytes * 0.9;
  const isPinned = store.pinnedTraces > store.traces * 0.9;
  add(isFull && isPinned, {
    id: 'pinned',
    tone: 'warn',
    title: 'The store is nearly full of pinned traces: new ones go as soon as others come',
    advice: 'Unpin some, or raise the limit under Settings, Traces.',
  });
  add(isFull && !isPinned, {
    id: 'full',
    tone: 'info',
    title: 'The store is nearly full: the oldest traces go as new ones come',
    advice: 'Pin what is to stay, or raise the limit under Settings, Traces.',
  });
  add((store.damagedSpans ?? 0) > 0, {
    id: 'damaged',
    tone: 'bad',
    title: `${countOf(store.damagedSpans ?? 0, 'span')} in damaged parts of the file`,
    advice:
      'Everything else can be read. The disk may be failing: look after it, and keep a copy of the data folder.',
  });
  add(store.refusedSpans > 0, {
    id: 'refused',
    tone: 'warn',
    title: `${countOf(store.refusedSpans, 'span')} refused: no room beside the spans of their own trace`,
    advice:
      'One trace alone is larger than the store may be, or all others are pinned. Raise the limit or unpin some.',
  });
  add(store.orphanSpans > 0, {
    id: 'orphan',
    tone: 'info',
    title: `${countOf(store.orphanSpans, 'span')} without the parent that is named`,
    advice:
      'Their parents were sampled out, were open when their program was killed, belong to a program that sends nothing here, or are still on their way.',
  });
  add(store.skewedSpans > 0, {
    id: 'skewed',
    tone: 'info',
    title: `${countOf(store.skewedSpans, 'span')} of another service before the call they answer, or after its end`,
    advice: 'Clocks of two machines disagree: set them by NTP. The waterfall can shift such spans.',
  });
  add(store.lateSpans > 0, {
    id: 'late',
    tone: 'info',
    title: `${countOf(store.lateSpans, 'span')} came more than a minute after the end of the trace`,
    advice: 'Their sender holds them back: look at its batch delay and its queue.',
  });
  add(store.duplicateSpans > 0, {
    id: 'duplicate',
    tone: 'info',
    title: `${countOf(store.duplicateSpans, 'span')} came again and changed nothing`,
    advice: 'Senders repeat what they got no answer for. Nothing is counted twice.',
  });
  add(store.prunedTraces > 0, {
    id: 'pruned',
    tone: 'info',
    title: `${countOf(store.prunedTraces, 'trace')} with ${countOf(store.prunedSpans, 'span')} pruned${
      store.prunedBeforeMs === null ? '' : `, those before ${formatWhen(store.prunedBeforeMs)}`
    }`,
    advice: 'By the limits of size and age under Settings, Traces. Pinned traces stay.',
  });
  add(store.setAside.length > 0, {
    id: 'aside',
    tone: 'warn',
    title: `${store.setAside.length === 1 ? 'A damaged file was' : `${store.setAside.length} damaged files were`} set aside`,
    advice: `A new store was begun. Delete what is no longer wanted: ${store.setAside.join(', ')}`,
  });
  return found;
}

export function exporterFindings(exporters: readonly ExporterStatus[]): readonly Finding[] {
  return exporters.flatMap(({ id, state, signals, spoolBytes, lastError }): Finding[] => {
    const dropped = Object.values(signals).reduce((sum, counts) => sum + counts.dropped, 0);
    const rejected = Object.values(signals).reduce((sum, counts) => sum + counts.rejected, 0);
    return [
      ...(state === 'failed'
        ? [
            {
              id: `${id} failed`,
              tone: 'bad' as const,
              title: `${id} cannot send: ${lastError?.message ?? 'the endpoint refused it'}`,
              advice: 'Check its endpoint and headers under Settings, Telemetry.',
            },
          ]
        : []),
      ...(state === 'waiting'
        ? [
            {
              id: `${id} waiting`,
              tone: 'warn' as const,
              title: `${id}: the endpoint is away; ${formatBytes(spoolBytes)} wait on disk`,
              advice: 'It is tried again by itself. What waits is sent once the endpoint answers.',
            },
          ]
        : []),
      ...(dropped > 0
        ? [
            {
              id: `${id} dropped`,
              tone: 'bad' as const,
              title: `${id} gave up ${count(dropped)} records for room`,
              advice: 'Its queue and its place on disk were full. Raise them, or send less.',
            },
          ]
        : []),
      ...(rejected > 0
        ? [
            {
              id: `${id} rejected`,
              tone: 'warn' as const,
              title: `${id}: the endpoint refused ${count(rejected)} records`,
              advice: 'For good, or in part of a request: the log here and the endpoint’s own say why.',
            },
          ]
        : []),
    ];
  });
}

export function receiverFindings({
  http,
  grpc,
  rejected,
  refusedRequests,
  hasToken,
}: ReceiverStatus): readonly Finding[] {
  const found: Finding[] = [];
  for (const [name, { state, fault }] of [['HTTP', http] as const, ['gRPC', grpc] as const]) {
    if (state !== 'failed') continue;
    found.push({
      id: name,
      tone: 'bad',
      title: `The receiver cannot listen for ${name}: ${fault ?? 'the port cannot be opened'}`,
      advice: 'Another program has the port. Stop it, or choose another port under Settings, Receiver.',
    });
  }
  if (rejected > 0) {
    found.push({
      id: 'rejected',
      tone: 'warn',
      title: `${count(rejected)} received records could not be read or stored`,
      advice: 'Their sender was told by a partial success; the log has the reason.',
    });
  }
  if (refusedRequests > 0) {
    found.push({
      id: 'requests',
      tone: 'warn',
      title: `${count(refusedRequests)} requests were refused`,
      advice: hasToken
        ? 'Too large, damaged, or without the token: senders need the header “authorization: Bearer …”.'
        : 'Too large or damaged: see the limits under Settings, Receiver.',
    });
  }
  return found;
}
