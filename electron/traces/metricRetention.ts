/**
 * How long metric points stay. As they are running totals, a point between two others can go without making any
 * count wrong: older ones are thinned to one a minute, later to one in ten. Then age and number decide.
 */
import type { Db } from '../sqlite/openDatabase.ts';

export type PointLimits = {
  /** `null`: age does not matter. */
  readonly beforeMs: number | null;
  readonly maxPoints: number;
  readonly nowMs: number;
};
export type MetricRetention = {
  /** Returns how many points went; those that were only thinned out included. */
  prune(limits: PointLimits): number;
  prunedBeforeMs(): number | null;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From that age on, one point in so long: the last. */
const THINNING = [
  { key: 'thinned to a minute', afterMs: DAY, everyMs: MINUTE },
  { key: 'thinned to ten minutes', afterMs: 7 * DAY, everyMs: 10 * MINUTE },
] as const;
const PRUNED = 'pruned before';
/** Pruning goes on to this share of the limit. */
const PRUNED_SHARE = 0.9;
const MAX_EXEMPLARS = 200_000;

export function createMetricRetention(db: Db): MetricRetention {
  const sql = {
    state: db.prepare<[string], { value: number }>('SELECT value FROM record_state WHERE key = ?'),
    setState: db.prepare<[string, number]>(
      'INSERT INTO record_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
    streamsOver: db.prepare<[number, number], { id: number; start_ms: number }>(
      `SELECT id, start_ms FROM metric_stream WHERE start_ms + last_ms >= ? AND start_ms < ?`,
    ),
    // A stream's first point stays: counts may begin at it. So does its last, by having none after it.
    thin: db.prepare<[{ stream: number; from: number; to: number; every: number; phase: number }]>(
      `DELETE FROM metric_point WHERE stream = $stream AND at_ms >= $from AND at_ms < $to
       AND EXISTS (SELECT 1 FROM metric_point AS earlier
         WHERE earlier.stream = $stream AND earlier.at_ms < metric_point.at_ms)
       AND EXISTS (SELECT 1 FROM metric_point AS later
         WHERE later.stream = $stream AND later.at_ms > metric_point.at_ms
         AND later.at_ms < metric_point.at_ms + $every
         AND CAST((later.at_ms + $phase) / $every AS INTEGER)
           = CAST((metric_point.at_ms + $phase) / $every AS INTEGER))`,
    ),
    // The last point before stays: it still holds then, or what comes after it is counted from it.
    pruneStream: db.prepare<[{ stream: number; at: number }]>(
      `DELETE FROM metric_point WHERE stream = $stream AND at_ms < (
         SELECT max(at_ms) FROM metric_point WHERE stream = $stream AND at_ms < $at)`,
    ),
    pruneEnded: db.prepare<[number]>(
      `DELETE FROM metric_point WHERE stream IN (SELECT id FROM metric_stream WHERE start_ms + last_ms + ${MINUTE} < ?)`,
    ),
    notFromZero: db.prepare<[number]>('UPDATE metric_stream SET from_zero = 0 WHERE id = ?'),
    emptyStreams: db.prepare(
      'DELETE FROM metric_stream WHERE NOT EXISTS (SELECT 1 FROM metric_point WHERE stream = metric_stream.id)',
    ),
    emptySeries: db.prepare(
      'DELETE FROM metric_series WHERE NOT EXISTS (SELECT 1 FROM metric_stream WHERE series = metric_series.id)',
    ),
    emptyInstruments: db.prepare(
      `DELETE FROM metric_instrument
       WHERE NOT EXISTS (SELECT 1 FROM metric_series WHERE instrument = metric_instrument.id)`,
    ),
    firstOfInstruments: db.prepare<[number]>(
      'UPDATE metric_instrument SET first_ms = max(first_ms, min(?, last_ms))',
    ),
    exemplarsBefore: db.prepare<[number]>('DELETE FROM metric_exemplar WHERE time_ms < ?'),
    exemplarsBeyond: db.prepare<[number]>(
      `DELETE FROM metric_exemplar WHERE time_ms < (
         SELECT time_ms FROM metric_exemplar ORDER BY time_ms DESC LIMIT 1 OFFSET ?)`,
    ),
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM metric_point'),
    byHour: db.prepare<[], { hour: number; points: number }>(
      `SELECT CAST((start_ms + at_ms) / ${HOUR} AS INTEGER) AS hour, count(*) AS points
       FROM metric_point JOIN metric_stream ON metric_stream.id = stream GROUP BY hour ORDER BY hour`,
    ),
  };

  function thin(nowMs: number): number {
    let gone = 0;
    for (const { key, afterMs, everyMs } of THINNING) {
      const toMs = Math.floor((nowMs - afterMs) / HOUR) * HOUR;
      const fromMs = sql.state.get(key)?.value ?? 0;
      if (toMs <= fromMs) continue;
      for (const { id, start_ms: startMs } of sql.streamsOver.all(fromMs, toMs)) {
        const phase = Math.round(startMs % everyMs);
        gone += sql.thin.run({
          stream: id,
          from: fromMs - startMs,
          to: toMs - startMs,
          every: everyMs,
          phase,
        }).changes;
      }
      sql.setState.run(key, toMs);
    }
    return gone;
  }

  function pruneBefore(ms: number): number {
    let gone = sql.pruneEnded.run(ms).changes;
    for (const { id, start_ms: startMs } of sql.streamsOver.all(ms - MINUTE, ms)) {
      const { changes } = sql.pruneStream.run({ stream: id, at: ms - startMs });
      // What was counted since the start is no longer told by the first point that is left.
      if (changes > 0) sql.notFromZero.run(id);
      gone += changes;
    }
    if (gone > 0) {
      const known = sql.state.get(PRUNED)?.value ?? -Infinity;
      sql.setState.run(PRUNED, Math.max(known, ms));
      sql.emptyStreams.run();
      sql.emptySeries.run();
      sql.emptyInstruments.run();
      sql.firstOfInstruments.run(ms);
    }
    sql.exemplarsBefore.run(ms);
    return gone;
  }

  return {
    prune({ beforeMs, maxPoints, nowMs }) {
      let gone = thin(nowMs);
      if (beforeMs !== null) gone += pruneBefore(beforeMs);
      let points = sql.count.get()!.count;
      if (points > maxPoints) {
        // Whole hours, oldest first, until enough are gone.
        for (const { hour, points: many } of sql.byHour.all()) {
          if (points <= maxPoints * PRUNED_SHARE) break;
          points -= many;
          gone += pruneBefore(Math.min((hour + 1) * HOUR, nowMs));
        }
      }
      sql.exemplarsBeyond.run(MAX_EXEMPLARS);
      return gone;
    },
    prunedBeforeMs: () => sql.state.get(PRUNED)?.value ?? null,
  };
}
