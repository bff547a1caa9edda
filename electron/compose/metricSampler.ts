/**
 * Puts the program's own metrics into the trace store while it works: every ten seconds, and once more at its end,
 * what has changed since the last time. A program that does nothing writes nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistogramValue, MetricPoint, MetricSnapshot } from '../../shared/metric.ts';
import type { Attributes } from '../../shared/span.ts';
import type { StoredPoint } from '../../shared/traceQuery.ts';
import type { Telemetry } from '../telemetry/api.ts';

const SAMPLE_MS = 10_000;
const RETRY_MS = 50;

export interface MetricSink {
  writeMetrics(points: readonly StoredPoint[]): Promise<unknown>;
}

export type MetricSampler = {
  /** Resolves when the store has what had changed by now, or has refused it. */
  sample(): Promise<void>;
  /** Since the program started. */
  counts(): { readonly written: number; readonly failed: number };
};

/** Starts sampling; ends with the telemetry's shutdown, after one last sample. */
export function startMetricSampler(
  telemetry: Pick<Telemetry, 'metrics' | 'onShutdown'>,
  sink: MetricSink,
  everyMs = SAMPLE_MS,
): MetricSampler {
  const changes = createMetricChanges(Date.now());
  let written = 0;
  let failed = 0;
  let sampling: Promise<boolean> | null = null;

  /** Whether the store took them. */
  async function take(): Promise<boolean> {
    const points = changes.since(await telemetry.metrics.collect(), Date.now());
    if (points.length === 0) return true;
    try {
      await sink.writeMetrics(points);
      written += points.length;
      return true;
    } catch {
      // They are totals: the next sample tells them again.
      failed += points.length;
      changes.forgetWritten();
      return false;
    }
  }
  /** One at a time; who asks while one is under way gets one that begins after it. */
  async function sample(): Promise<boolean> {
    while (sampling !== null) await sampling;
    sampling = take().finally(() => {
      sampling = null;
    });
    return sampling;
  }

  const timer = setInterval(() => {
    // A store that is behind is not given more.
    if (sampling === null) void sample();
  }, everyMs);
  timer.unref();
  telemetry.onShutdown(async (timeoutMs) => {
    clearInterval(timer);
    // The last spans are on their way to the store as well, and it takes so much at a time.
    const untilMs = performance.now() + timeoutMs - RETRY_MS;
    while (!(await sample()) && performance.now() < untilMs) await sleep(RETRY_MS);
  });
  return { sample: async () => void (await sample()), counts: () => ({ written, failed }) };
}

type Value = number | HistogramValue;
type Known = {
  readonly startMs: number;
  value: Value;
  /** Whether the store has this value at the time of the sample before. */
  isWritten: boolean;
  writtenMs: number;
};

export type MetricChanges = {
  /** Points to be written of what was collected at `nowMs`. */
  since(snapshots: readonly MetricSnapshot[], nowMs: number): StoredPoint[];
  /** What was told last did not arrive. */
  forgetWritten(): void;
};

/** @param startMs - when the program began to count, in epoch milliseconds */
export function createMetricChanges(startMs: number): MetricChanges {
  const known = new Map<string, Known>();
  let beforeMs = startMs;
  let lastTold: Known[] = [];

  return {
    since(snapshots, nowMs) {
      const points: StoredPoint[] = [];
      lastTold = [];
      for (const snapshot of snapshots) {
        const { name, unit, description, kind, scope } = snapshot;
        const ofScope = scope?.name ?? '';
        for (const {
          attributes: given,
          value,
          exemplars = [],
        } of snapshot.points as readonly MetricPoint<Value>[]) {
          const key = `${name}\n${ofScope}\n${JSON.stringify(given)}`;
          let series = known.get(key);
          if (series === undefined) {
            // It was not there at the sample before, so that is where it began to count.
            series = { startMs: beforeMs, value: NaN, isWritten: false, writtenMs: -Infinity };
            known.set(key, series);
          } else if (series.isWritten && isSame(series.value, value)) continue;
          // Instruments of the same name in two libraries are not one.
          const attributes: Attributes =
            scope === undefined ? given : { ...given, 'otel.scope.name': ofScope };
          const described = { name, unit, description, kind, attributes, startMs: series.startMs };
          // It stood still until the sample before, and the store does not know that yet.
          if (series.isWritten && series.writtenMs < beforeMs) {
            points.push({ ...described, timeMs: beforeMs, value: series.value, exemplars: [] });
          }
          const recent = exemplars.filter(({ timeMs }) => timeMs > beforeMs || !series.isWritten);
          points.push({ ...described, timeMs: nowMs, value, exemplars: recent });
          series.value = value;
          series.isWritten = true;
          series.writtenMs = nowMs;
          lastTold.push(series);
        }
      }
      beforeMs = nowMs;
      return points;
    },
    forgetWritten() {
      for (const series of lastTold) series.isWritten = false;
    },
  };
}

function isSame(before: Value, now: Value): boolean {
  if (typeof before === 'number' || typeof now === 'number') return before === now;
  return before.count === now.count && before.sum === now.sum;
}
