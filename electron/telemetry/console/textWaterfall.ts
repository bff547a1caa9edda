/** A trace as a picture for the terminal: a tree on the left, bars to one scale in the middle, durations right. */
import { ATTR } from '../../../shared/span.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { formatCount, formatDuration } from '../../../shared/units.ts';
import { lengthMs } from '../../../shared/nanoseconds.ts';
import { drawBar, drawDensity } from './textBars.ts';
import { fitText, printable, textWidth } from './textWidth.ts';

export type WaterfallOptions = {
  /** Terminal columns; every line is at most as wide. */
  readonly width: number;
  /** Rows of spans; the rest is counted in the last line. */
  readonly maxRows: number;
  readonly colour: boolean;
};

/** Siblings of one name from this number on become one row. */
const FOLD_FROM = 4;
/** Deeper spans are counted and not drawn. */
const MAX_DEPTH = 64;
const DURATION_COLUMNS = 10;

/** One row: a span, or all spans that share a path of names. */
type Row = { readonly spans: readonly SpanRecord[]; readonly branch: string; readonly isFolded: boolean };
type Scale = { readonly startMs: number; readonly endMs: number };

export function textWaterfall(spans: readonly SpanRecord[], options: WaterfallOptions): string {
  if (spans.length === 0) return 'No spans.\n';
  const width = Math.max(40, options.width);
  const barColumns = Math.max(
    8,
    width - Math.min(64, Math.max(22, Math.floor(width * 0.48))) - DURATION_COLUMNS - 2,
  );
  const labelColumns = width - barColumns - DURATION_COLUMNS - 2;
  const paint = options.colour ? ansi : plain;
  const scale = scaleOf(spans);
  const { rows, hidden } = layOut(spans, Math.max(1, options.maxRows));

  const lines = [
    ...heading(spans, scale, width, paint),
    `${' '.repeat(labelColumns + 1)}${paint('dim', axis(scale, barColumns))}`,
  ];
  for (const row of rows) {
    const tone = toneOf(row);
    const bar = row.isFolded
      ? drawDensity(
          row.spans.map((span) => extent(span, scale)),
          barColumns,
        )
      : drawBar(extent(row.spans[0]!, scale), barColumns);
    lines.push(
      `${label(row, labelColumns, paint)} ${paint(tone, bar)} ${paint(tone === 'error' ? 'error' : 'none', durationText(row))}`.trimEnd(),
    );
  }
  if (hidden > 0) lines.push(paint('dim', fitText(`… ${formatCount(hidden)} more spans`, width).trimEnd()));
  return `${lines.join('\n')}\n`;
}

function heading(spans: readonly SpanRecord[], scale: Scale, width: number, paint: Paint): string[] {
  const errors = spans.filter(({ status }) => status === 'error').length;
  const open = spans.filter(({ endMs }) => endMs === null).length;
  const facts = [
    `${formatCount(spans.length)} ${spans.length === 1 ? 'span' : 'spans'}`,
    formatDuration(lengthMs(scale.startMs, scale.endMs)),
    ...(errors > 0 ? [`${formatCount(errors)} failed`] : []),
    ...(open > 0 ? [`${formatCount(open)} open`] : []),
  ].join(' · ');
  const line = fitText(`trace ${spans[0]!.traceId} · ${facts}`, width).trimEnd();
  return [paint('strong', line)];
}

/** From the first start to the last end; spans that are open reach to the end of what is known. */
function scaleOf(spans: readonly SpanRecord[]): Scale {
  let startMs = Infinity;
  let endMs = -Infinity;
  for (const span of spans) {
    startMs = Math.min(startMs, span.startMs);
    endMs = Math.max(endMs, span.startMs, span.endMs ?? span.startMs);
  }
  return { startMs, endMs };
}

function extent(span: SpanRecord, { startMs, endMs }: Scale) {
  const whole = endMs - startMs || 1;
  const from = (span.startMs - startMs) / whole;
  const to = span.endMs === null ? 1 : (span.endMs - startMs) / whole;
  return { from, to: Math.max(from, to), isOpen: span.endMs === null };
}

function axis({ startMs, endMs }: Scale, columns: number): string {
  const whole = endMs - startMs;
  const marks = columns >= 40 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1];
  const line = Array.from({ length: columns }, () => ' ');
  // The end first: a mark that has no room beside it is left out.
  let room = columns;
  for (const mark of marks.toReversed()) {
    const text = mark === 0 ? '0' : formatDuration(whole * mark);
    const at = Math.max(0, Math.round(mark * columns - (mark === 1 ? text.length : text.length / 2)));
    if (at + text.length > room || (mark > 0 && at < 2)) continue;
    for (const [i, char] of [...text].entries()) line[at + i] = char;
    room = at - 1;
  }
  return line.join('').trimEnd();
}

/** Rows in the order of the tree. Cycles and missing parents are no reason to leave a span out. */
function layOut(spans: readonly SpanRecord[], maxRows: number): { rows: Row[]; hidden: number } {
  const byTime = spans.toSorted((a, b) => a.startMs - b.startMs);
  const known = new Set(byTime.map(({ spanId }) => spanId));
  const children = new Map<string, SpanRecord[]>();
  const roots: SpanRecord[] = [];
  for (const span of byTime) {
    const { parentSpanId: parent } = span;
    if (parent === null || !known.has(parent) || parent === span.spanId) roots.push(span);
    else {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [span]);
      else siblings.push(span);
    }
  }
  const rows: Row[] = [];
  const seen = new Set<SpanRecord>();
  let drawn = 0;

  /** Groups of one level, folded where names repeat; in a folded parent everything is folded. */
  function groupsOf(level: readonly SpanRecord[], isInFold: boolean): SpanRecord[][] {
    const byName = new Map<string, SpanRecord[]>();
    for (const span of level) {
      const group = byName.get(span.name);
      if (group === undefined) byName.set(span.name, [span]);
      else group.push(span);
    }
    const groups: SpanRecord[][] = [];
    for (const span of level) {
      const group = byName.get(span.name)!;
      if (!isInFold && group.length < FOLD_FROM) groups.push([span]);
      else if (group[0] === span) groups.push(group);
    }
    return groups;
  }

  function visit(level: readonly SpanRecord[], isInFold: boolean, indent: string, depth: number): void {
    const fresh = level.filter((span) => !seen.has(span));
    const groups = groupsOf(fresh, isInFold);
    for (const [index, group] of groups.entries()) {
      if (rows.length >= maxRows) return;
      const isLast = index === groups.length - 1;
      const isFolded = isInFold || group.length > 1;
      for (const span of group) seen.add(span);
      drawn += group.length;
      rows.push({ spans: group, branch: depth === 0 ? '' : `${indent}${isLast ? '└─' : '├─'}`, isFolded });
      if (depth < MAX_DEPTH) {
        const below = group.flatMap(({ spanId }) => children.get(spanId) ?? []);
        visit(below, isFolded, depth === 0 ? '' : `${indent}${isLast ? '  ' : '│ '}`, depth + 1);
      }
    }
  }

  visit(withCircles(roots, byTime, children), false, '', 0);
  return { rows, hidden: byTime.length - drawn };
}

/** The roots, and for spans that no root leads to (parents in a circle) the earliest of each circle. */
function withCircles(
  roots: readonly SpanRecord[],
  byTime: readonly SpanRecord[],
  children: ReadonlyMap<string, readonly SpanRecord[]>,
): SpanRecord[] {
  const reached = new Set<SpanRecord>();
  const reach = (root: SpanRecord) => {
    const waiting = [root];
    for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
      if (reached.has(span)) continue;
      reached.add(span);
      for (const child of children.get(span.spanId) ?? []) waiting.push(child);
    }
  };
  const all = [...roots];
  for (const root of roots) reach(root);
  for (const span of byTime) {
    if (reached.has(span)) continue;
    all.push(span);
    reach(span);
  }
  return all;
}

function label(row: Row, columns: number, paint: Paint): string {
  const name = printable(row.spans[0]!.name);
  const branch = fitText(row.branch, Math.min(textWidth(row.branch), Math.floor(columns / 2)));
  const title = row.isFolded && row.spans.length > 1 ? `${name} ×${formatCount(row.spans.length)}` : name;
  const space = columns - textWidth(branch);
  const shown = fitText(title, Math.min(space, textWidth(title)));
  const left = space - textWidth(shown);
  // A detail that would be cut to a few letters says nothing.
  const detail = printable(row.isFolded ? foldedDetail(row.spans) : singleDetail(row.spans[0]!));
  const rest =
    detail === '' || left < Math.min(textWidth(detail) + 2, 10)
      ? ' '.repeat(left)
      : fitText(`  ${detail}`, left);
  return `${paint('dim', branch)}${paint(toneOf(row) === 'error' ? 'error' : 'none', shown)}${paint('dim', rest)}`;
}

function singleDetail({ attributes, status, statusMessage }: SpanRecord): string {
  const part = (key: string, text: (value: string) => string) =>
    attributes[key] === undefined ? [] : [text(String(attributes[key]))];
  return [
    ...(status === 'error'
      ? [`✗ ${String(attributes[ATTR.errorType] ?? (statusMessage || 'error'))}`]
      : part(ATTR.errorType, (type) => type)),
    ...part(ATTR.itemRow, (row) => `row ${row}`),
    ...part(ATTR.cacheOutcome, (outcome) => outcome),
    ...part(ATTR.cacheTier, (tier) => tier),
    ...part(ATTR.httpStatus, (code) => code),
    ...part(ATTR.cardCount, (count) => `${count} ${count === '1' ? 'card' : 'cards'}`),
  ].join(' ');
}

function foldedDetail(spans: readonly SpanRecord[]): string {
  const errors = spans.filter(({ status }) => status === 'error').length;
  const open = spans.filter(({ endMs }) => endMs === null).length;
  const durations = durationsOf(spans);
  const lookups = spans.filter(({ attributes }) => attributes[ATTR.cacheOutcome] !== undefined);
  const hits = lookups.filter(({ attributes }) => attributes[ATTR.cacheOutcome] === 'hit').length;
  return [
    ...(errors > 0 ? [`✗${formatCount(errors)}`] : []),
    ...(open > 0 ? [`${formatCount(open)} open`] : []),
    ...(durations.length > 1
      ? [`p50 ${formatDuration(quantile(durations, 0.5))} max ${formatDuration(durations.at(-1)!)}`]
      : []),
    ...(lookups.length > 0 ? [`${formatCount(hits)} ${hits === 1 ? 'hit' : 'hits'}`] : []),
  ].join(' ');
}

/** Durations of ended spans, shortest first. */
function durationsOf(spans: readonly SpanRecord[]): number[] {
  return spans
    .flatMap(({ startMs, endMs }) => (endMs === null ? [] : [Math.max(0, lengthMs(startMs, endMs))]))
    .sort((a, b) => a - b);
}

/** The nearest rank of sorted values. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** A span's duration, or the sum of a folded row's. */
function durationText({ spans }: Row): string {
  const durations = durationsOf(spans);
  const text = durations.length === 0 ? 'open' : formatDuration(durations.reduce((sum, ms) => sum + ms, 0));
  return (durations.length > 1 ? `Σ ${text}` : text).padStart(DURATION_COLUMNS);
}

type Tone = 'none' | 'dim' | 'strong' | 'error' | 'open' | 'cache' | 'database' | 'remote' | 'stage' | 'work';
type Paint = (tone: Tone, text: string) => string;

function toneOf({ spans }: Row): Tone {
  if (spans.some(({ status }) => status === 'error')) return 'error';
  if (spans.some(({ endMs }) => endMs === null)) return 'open';
  const { name, attributes } = spans[0]!;
  if (name.startsWith('cache')) return 'cache';
  if (attributes[ATTR.dbSystem] !== undefined) return 'database';
  if (attributes[ATTR.httpMethod] !== undefined || attributes[ATTR.genAiOperation] !== undefined)
    return 'remote';
  return name.startsWith('stage') ? 'stage' : 'work';
}

const CODES: Readonly<Record<Tone, string>> = {
  none: '',
  dim: '2',
  strong: '1',
  error: '31',
  open: '33',
  cache: '36',
  database: '35',
  remote: '34',
  stage: '32',
  work: '37',
};
const ansi: Paint = (tone, text) =>
  CODES[tone] === '' || text === '' ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`;
const plain: Paint = (_tone, text) => text;
