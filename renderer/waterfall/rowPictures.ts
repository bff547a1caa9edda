/** What stands on the bars of a row, as backgrounds. */
import { formatCount } from '../../shared/units.ts';
import { BarParts, partsGradient } from './barPieces.ts';
import type { BarFrame, BarPart } from './barPieces.ts';
import type { TimeWindow } from '../flame/viewport.ts';
import type { RowSource } from './waterfallRowView.ts';

/** The bar as far as it is in view; `null` where it is not. */
export function frameOf({ window, trackPx }: RowSource, startMs: number, endMs: number): BarFrame | null {
  const msPerPx = (window.toMs - window.fromMs) / Math.max(1, trackPx);
  const room = (window.toMs - window.fromMs) / 100;
  const fromMs = Math.max(startMs, window.fromMs - room);
  const toMs = Math.min(endMs, window.toMs + room);
  return toMs - fromMs > msPerPx ? { fromMs, toMs, msPerPx } : null;
}

/** Its own time. */
export function selfGradient(parts: readonly BarPart[]): string {
  // All of it the children's: a picture of nothing, so that the bar is pale throughout.
  return partsGradient(parts, 'var(--wf-fill)') || 'none';
}

/** What of it the trace's length hangs on. */
export function criticalGradient({ critical }: RowSource, frame: BarFrame, nodes: ArrayLike<number>): string {
  if (critical === null) return '';
  const parts = new BarParts(frame);
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i]!;
    if (node + 1 >= critical.from.length) continue;
    for (let at = critical.from[node]!; at < critical.from[node + 1]!; at += 1) {
      const piece = critical.pieces[at]!;
      if (critical.toMs[piece]! < frame.fromMs) continue;
      if (critical.fromMs[piece]! > frame.toMs) break;
      parts.add(critical.fromMs[piece]!, critical.toMs[piece]!);
    }
  }
  return partsGradient(parts.parts, 'var(--wf-critical)');
}

/** Events and records of a span as marks on its line. */
export function ticksOf(source: RowSource, node: number, window: TimeWindow) {
  const { tree, logs, trackPx } = source;
  const events = tree.table.eventsOf(tree.row(node));
  const records = logs?.byNode.get(node) ?? [];
  if (events.length === 0 && records.length === 0) return {};
  const length = window.toMs - window.fromMs;
  const px = 100 / Math.max(1, trackPx);
  const shift = source.shiftMs?.[node] ?? 0;
  const gradient = (times: readonly number[], colour: string) => {
    const places: [number, number][] = [];
    let until = -Infinity;
    for (const ms of times.toSorted((a, b) => a - b)) {
      const left = ((ms - tree.originMs + shift - window.fromMs) / length) * 100 - px;
      if (left < until || left < -1 || left > 100) continue;
      until = left + 2 * px;
      places.push([Math.max(0, left), until]);
      if (places.length === 200) break;
    }
    return partsGradient(places, colour);
  };
  const alarms = events.filter(({ name }) => name === 'exception');
  const others = events.length === alarms.length ? [] : events.filter(({ name }) => name !== 'exception');
  const texts = events.slice(0, 5).map(({ name }) => name);
  if (events.length > 5) texts.push(`${formatCount(events.length - 5)} more events`);
  if (records.length > 0) texts.push(`${formatCount(records.length)} log records`);
  return {
    eventTicks: gradient(
      others.map(({ timeMs }) => timeMs),
      'var(--tv-text)',
    ),
    alarmTicks: gradient(
      alarms.map(({ timeMs }) => timeMs),
      'var(--tv-danger)',
    ),
    logTicks: gradient(
      records.map((at) => logs!.records[at]!.timeMs),
      'var(--tv-accent)',
    ),
    marks: texts.join(', '),
  };
}
