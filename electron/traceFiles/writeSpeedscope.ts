/**
 * speedscope's file format (https://www.speedscope.app/file-format-schema.json). Of each trace one profile of all
 * its spans, weighed by self time, and one in the order of time for every lane of spans that lie within one another.
 */
import { lengthMs } from '../../shared/nanoseconds.ts';
import { selfTimes } from '../../shared/analysis/selfTimes.ts';
import { layLanes } from './lanes.ts';
import { serviceOf, type PackedTrace } from './packedTrace.ts';
import type { TraceWriter } from './traceWriter.ts';

/** Profiles in the order of time, for each trace: those of the most spans. */
const MAX_LANES = 32;
/** Of a deeper stack the innermost frames. */
const MAX_STACK = 500;
const PIECE = 2000;

export function createSpeedscopeWriter(): TraceWriter {
  const frames = new Map<string, number>();
  let profiles = 0;
  let hiddenLanes = 0;

  const frameOf = (name: string, service: string): number => {
    const key = JSON.stringify({ name: name === '' ? '(no name)' : name, file: service });
    let frame = frames.get(key);
    if (frame === undefined) frames.set(key, (frame = frames.size));
    return frame;
  };
  const profileHead = (type: string, name: string, from: number, to: number): string =>
    `${profiles++ === 0 ? '' : ','}\n{"type":"${type}","name":${JSON.stringify(name)},"unit":"milliseconds","startValue":${from},"endValue":${to}`;

  function* sampled(trace: PackedTrace, title: string, frame: Uint32Array): Generator<string> {
    const { columns } = trace;
    const self = selfTimes(columns);
    const { order } = layLanes(columns, new Uint8Array(columns.count));
    let total = 0;
    for (let row = 0; row < columns.count; row += 1) total += self[row]!;
    yield `${profileHead('sampled', `${title}: all spans, by self time`, 0, total)},"samples":[`;
    const stack: number[] = [];
    let texts: string[] = [];
    for (const [index, row] of order.entries()) {
      stack.length = 0;
      for (let at = row; at >= 0 && stack.length < MAX_STACK; at = columns.parent[at]!)
        stack.push(frame[at]!);
      texts.push(`[${stack.reverse().join(',')}]`);
      if (texts.length === PIECE || index === order.length - 1) {
        yield `${index < PIECE ? '' : ','}${texts.join(',')}`;
        texts = [];
      }
    }
    yield '],"weights":[';
    for (let from = 0; from < order.length; from += PIECE)
      yield `${from === 0 ? '' : ','}${Array.from(order.subarray(from, from + PIECE), (row) => self[row]!).join(',')}`;
    yield ']}';
  }

  function* evented(trace: PackedTrace, title: string, frame: Uint32Array): Generator<string> {
    const { startMs, endMs, count } = trace.columns;
    const { order, lane, groupOf } = layLanes(trace.columns, new Uint8Array(count));
    const sizes = new Uint32Array(groupOf.length);
    for (let row = 0; row < count; row += 1) sizes[lane[row]!]! += 1;
    const shown = Array.from(sizes.keys())
      .sort((a, b) => sizes[b]! - sizes[a]!)
      .slice(0, MAX_LANES)
      .sort((a, b) => a - b);
    hiddenLanes += groupOf.length - shown.length;
    for (const [place, wanted] of shown.entries()) {
      yield `${profileHead('evented', `${title}: lane ${place + 1} of ${groupOf.length}`, 0, lengthMs(trace.firstMs, trace.lastMs))},"events":[`;
      const open: number[] = [];
      let texts: string[] = [];
      let isFirst = true;
      const put = (type: 'O' | 'C', row: number, at: number): void => {
        texts.push(`${isFirst ? '' : ','}{"type":"${type}","frame":${frame[row]!},"at":${at}}`);
        isFirst = false;
      };
      for (const row of order) {
        if (lane[row] !== wanted) continue;
        while (
          open.length > 0 &&
          endMs[open.at(-1)!]! <= startMs[row]! &&
          !isWithin(trace, row, open.at(-1)!)
        ) {
          const ended = open.pop()!;
          put('C', ended, endMs[ended]!);
        }
        put('O', row, startMs[row]!);
        open.push(row);
        if (texts.length >= PIECE) {
          yield texts.join('');
          texts = [];
        }
      }
      while (open.length > 0) {
        const ended = open.pop()!;
        put('C', ended, endMs[ended]!);
      }
      yield `${texts.join('')}]}`;
    }
  }

  return {
    *begin() {
      yield '{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"tracedeck","profiles":[';
    },
    *trace(trace) {
      const { of, list } = trace.origins();
      const services = list.map(serviceOf);
      const names = trace.names();
      const frame = new Uint32Array(trace.count);
      let root = 0;
      for (let row = 0; row < trace.count; row += 1) {
        frame[row] = frameOf(names.list[names.of[row]!]!, services[of[row]!]!);
        if (trace.columns.parent[row]! < 0 && trace.startMs[row]! <= trace.startMs[root]!) root = row;
      }
      const title = `${names.list[names.of[root]!] ?? ''} ${trace.traceId.slice(0, 8)}`;
      yield* sampled(trace, title, frame);
      yield* evented(trace, title, frame);
    },
    *end() {
      yield '\n],"shared":{"frames":[';
      let isFirst = true;
      for (const frame of frames.keys()) {
        yield `${isFirst ? '' : ','}\n${frame}`;
        isFirst = false;
      }
      yield '\n]}}\n';
    },
    notes: () => [
      'Names, services and times alone are in it: no attributes, events, links or status.',
      ...(hiddenLanes === 0
        ? []
        : [`${hiddenLanes} lanes of few spans are left out of the profiles by time.`]),
    ],
  };
}

/** Whether a span lies in its parent though that ends where it begins: both are without length. */
function isWithin({ columns: { parent, endMs } }: PackedTrace, row: number, above: number): boolean {
  return parent[row] === above && endMs[row]! <= endMs[above]!;
}
