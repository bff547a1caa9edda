/**
 * One page that needs nothing: no network, no scripts, no other file. A table of spans by time with a bar for each,
 * and everything a span holds behind its name. Follows the reader's light or dark mode and prints.
 */
import { createHash } from 'node:crypto';
import type { Attributes, LogRecord, SpanRecord } from '../../shared/span.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import { logTable } from './htmlLogs.ts';
import { escape, textOf } from './htmlText.ts';
import { serviceOf, type PackedTrace } from './packedTrace.ts';
import { readingOrder } from './traceTree.ts';
import type { TraceWriter } from './traceWriter.ts';
import { isoTime } from './writeCsv.ts';

/** Of a trace, and of the whole page: a browser lays out so many rows in about a second. */
const MAX_ROWS = 10_000;
/** The same of log records. */
const MAX_LOG_ROWS = 5000;
const MAX_TEXT = 4000;
const MAX_EVENTS = 100;
/** Deeper rows are indented no further. */
const MAX_INDENT = 24;

/** Lines after the first of a name that is too long for one begin where the name does, behind its triangle. */
const INDENTS = Array.from(
  { length: MAX_INDENT + 1 },
  (_, depth) => `.d${depth}{padding-inline-start:${depth + 1}em;text-indent:-${depth + 1}em}`,
).join('');

const STYLE = `
:root{color-scheme:light dark;--line:light-dark(#d5d9e0,#3a404b);--soft:light-dark(#5b6472,#a3acba);--bar:light-dark(#2f6fde,#6ea0ff);--bad:light-dark(#c4302b,#ff8078);--track:light-dark(#eef1f5,#1d222a)}
body{font:14px/1.45 system-ui,sans-serif;margin:0 auto;padding:1.5rem;max-width:90rem;background:light-dark(#fff,#14171c);color:light-dark(#1b1f26,#e7eaef)}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin:2rem 0 .3rem;overflow-wrap:anywhere}
p{color:var(--soft);margin:.2rem 0 .8rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
caption{text-align:start;color:var(--soft);padding:.3rem 0}
th,td{text-align:start;vertical-align:top;padding:.15rem .4rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{position:sticky;top:0;background:light-dark(#fff,#14171c);z-index:1}
.t{width:34%}.s{width:12%}.n{width:8.5rem}.n,td.n{text-align:end;font-variant-numeric:tabular-nums}
summary{cursor:pointer}summary:focus-visible{outline:2px solid var(--bar)}
.bad,.bad summary{color:var(--bad)}
svg{display:block;width:100%;height:1rem;background:var(--track)}rect{fill:var(--bar)}.bad rect{fill:var(--bad)}
dl{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.1rem .8rem;margin:.3rem 0 .6rem;font-size:.9em}
dt{color:var(--soft)}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
${INDENTS}
@media (forced-colors:active){rect{fill:CanvasText}}
@media print{thead th{position:static}}
`;
/** The one style is named by its hash: nothing else on the page may style, load or run. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export function createHtmlWriter(): TraceWriter {
  let rows = 0;
  let hidden = 0;
  let logRows = 0;
  let hiddenLogs = 0;
  let cut = 0;

  const clip = (text: string): string => {
    if (text.length <= MAX_TEXT) return text;
    cut += 1;
    return `${text.slice(0, MAX_TEXT)}… (${formatCount(text.length)} characters)`;
  };

  function* traceParts(trace: PackedTrace, logs: readonly LogRecord[]): Generator<string> {
    const { columns } = trace;
    const { order, depth } = readingOrder(columns);
    const shown = rowsToShow(trace, order, Math.max(0, MAX_ROWS - rows));
    const records: (SpanRecord | undefined)[] = [];
    let errors = 0;
    let row = 0;
    for (const span of trace.records()) {
      if (span.status === 'error') errors += 1;
      if (shown === null || shown[row] === 1) records[row] = span;
      row += 1;
    }
    const spanMs = lengthMs(trace.firstMs, trace.lastMs);
    const root = records[order[0]!];
    const count = shown === null ? trace.count : records.filter((record) => record !== undefined).length;
    rows += count;
    hidden += trace.count - count;
    const facts = [
      `${formatCount(trace.count)} spans`,
      `${formatCount(errors)} errors`,
      formatDuration(spanMs),
      `from ${isoTime(trace.firstMs)}`,
    ];
    yield `<section><h2><bdi>${escape(root?.name ?? 'Trace')}</bdi> <code>${trace.traceId}</code></h2><p>${facts.join(' · ')}</p>`;
    if (count < trace.count)
      yield `<p>${formatCount(trace.count - count)} spans are left out: the page shows failed spans, the longest, and what they are in.</p>`;
    yield '<table><caption>Spans by time. A name opens what the span holds.</caption><thead><tr><th scope="col" class="t">Span</th><th scope="col" class="s">Service</th><th scope="col" class="n">Start</th><th scope="col" class="n">Duration</th><th scope="col">Time</th></tr></thead><tbody>\n';
    for (const at of order) {
      const span = records[at];
      if (span === undefined) continue;
      const left = spanMs === 0 ? 0 : (columns.startMs[at]! / spanMs) * 100;
      const width = spanMs === 0 ? 100 : ((columns.endMs[at]! - columns.startMs[at]!) / spanMs) * 100;
      const took = span.endMs === null ? 'open' : formatDuration(lengthMs(span.startMs, span.endMs));
      // The tree is part of the text: what is copied out of the page keeps it.
      const level = Math.min(depth[at]!, MAX_INDENT);
      const indent = '\u2003'.repeat(level);
      const isBad = span.status === 'error';
      yield `<tr${isBad ? ' class="bad"' : ''}><th scope="row"><details><summary class="d${level}">${indent}<bdi>${escape(clip(span.name)) || '(no name)'}</bdi>${isBad ? ' ✗ failed' : ''}</summary>${details(span, trace.firstMs)}</details></th><td>${escape(serviceOf(span.origin!))}</td><td class="n">${formatDuration(lengthMs(trace.firstMs, span.startMs))}</td><td class="n">${took}</td><td><svg aria-hidden="true"><rect x="${left.toFixed(3)}%" width="${Math.max(width, 0.15).toFixed(3)}%" height="100%"/></svg></td></tr>\n`;
    }
    yield '</tbody></table>\n';
    if (logs.length > 0) {
      const room = Math.max(0, MAX_LOG_ROWS - logRows);
      logRows += Math.min(room, logs.length);
      hiddenLogs += Math.max(0, logs.length - room);
      yield* logTable(logs, room, trace.firstMs, { clip, pair });
    }
    yield '</section>\n';
  }

  function details(span: SpanRecord, firstMs: number): string {
    const { origin, dropped } = span;
    const rest = span.events.length - MAX_EVENTS;
    const lost = dropped === undefined ? 0 : dropped.attributes + dropped.events + dropped.links;
    return `<dl>${[
      pair('span id', span.spanId),
      span.parentSpanId === null ? '' : pair('parent', span.parentSpanId),
      pair('kind', span.kind),
      span.status === 'unset' ? '' : pair('status', [span.status, span.statusMessage ?? ''].join(' ').trim()),
      pairs(span.attributes),
      ...span.events
        .slice(0, MAX_EVENTS)
        .map(({ name, timeMs, attributes }) =>
          pair(
            `event +${formatDuration(timeMs - firstMs)}`,
            [name, ...Object.entries(attributes).map(([key, value]) => `${key}: ${textOf(value)}`)].join(
              '\n',
            ),
          ),
        ),
      rest > 0 ? pair('events', `${formatCount(rest)} more`) : '',
      ...span.links.map(({ traceId, spanId }) => pair('link to', `${traceId} ${spanId}`)),
      lost === 0 ? '' : pair('lost by its recorder', `${lost} attributes, events or links`),
      pair('scope', [origin!.scope.name, origin!.scope.version ?? ''].join(' ').trim()),
      ...Object.entries(origin!.resource).map(([key, value]) => pair(`resource ${key}`, textOf(value))),
    ].join('')}</dl>`;
  }
  const pairs = (attributes: Attributes): string =>
    Object.entries(attributes)
      .map(([key, value]) => pair(key, textOf(value)))
      .join('');
  const pair = (key: string, value: string): string =>
    value === '' ? '' : `<dt>${escape(clip(key))}</dt><dd><bdi>${escape(clip(value))}</bdi></dd>`;

  return {
    *begin() {
      yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width"><title>Traces</title><style>${STYLE}</style></head><body><main><h1>Traces</h1>\n`;
    },
    trace: traceParts,
    logsWithin: true,
    *end() {
      yield '</main></body></html>\n';
    },
    notes: () => [
      'The page holds the values of attributes as they were recorded.',
      ...(hidden === 0
        ? []
        : [`${formatCount(hidden)} spans are left out: a page has ${formatCount(MAX_ROWS)} rows.`]),
      ...(hiddenLogs === 0
        ? []
        : [
            `${formatCount(hiddenLogs)} log records are left out: a page has ${formatCount(MAX_LOG_ROWS)} of them.`,
          ]),
      ...(cut === 0 ? [] : [`${formatCount(cut)} texts are cut at ${formatCount(MAX_TEXT)} characters.`]),
    ],
  };
}

/** 1 for the rows of a page that has no room for all: failed and long spans, and their ancestors; `null` for all. */
function rowsToShow(trace: PackedTrace, order: Int32Array, room: number): Uint8Array | null {
  if (trace.count <= room) return null;
  const { startMs, endMs, parent } = trace.columns;
  const weight = new Float64Array(trace.count);
  let row = 0;
  for (const { status } of trace.records()) {
    weight[row] = endMs[row]! - startMs[row]! + (status === 'error' ? 1e15 : 0);
    row += 1;
  }
  const shown = new Uint8Array(trace.count);
  let left = room;
  let misses = 0;
  const path: number[] = [];
  for (const wanted of order.slice().sort((a, b) => weight[b]! - weight[a]!)) {
    path.length = 0;
    for (let at = wanted; at >= 0 && shown[at] === 0 && path.length <= left; at = parent[at]!) path.push(at);
    if (path.length > left) {
      misses += 1;
      if (misses > 100) break;
      continue;
    }
    for (const at of path) shown[at] = 1;
    left -= path.length;
    if (left === 0) break;
  }
  return shown;
}
