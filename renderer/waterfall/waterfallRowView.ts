/** What one waterfall row shows, as plain values: so that a row whose values did not change is not rendered. */
import { formatCount, formatDuration } from '../../shared/units.ts';
import { ATTR } from '../../shared/span.ts';
import type { Attributes } from '../../shared/span.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import { NODE } from '../derive/nodeFlags.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { selfParts } from './barPieces.ts';
import type { CriticalView } from './criticalView.ts';
import { nodeFaults } from '../flame/flameModel.ts';
import type { TraceLogs } from './inPlaceRows.ts';
import { criticalGradient, frameOf, selfGradient, ticksOf } from './rowPictures.ts';
import type { SearchResult } from '../flame/search.ts';
import { explainNPlusOne } from './siblingFigures.ts';
import type { SiblingFigures } from './siblingFigures.ts';
import type { TimeWindow } from '../flame/viewport.ts';
import type { RowView } from './WaterfallRow.tsx';
import { kidsOf, ownMs } from './waterfallIndex.ts';
import type { TraceIndex } from './waterfallIndex.ts';
import type { WaterfallColumns } from './waterfallOptions.ts';
import { ROW } from './waterfallRows.ts';
import type { InPlace, SiblingGroup, WaterfallRows } from './waterfallRows.ts';

export type RowSource = {
  readonly tree: TraceTree;
  readonly index: TraceIndex;
  readonly rows: WaterfallRows;
  readonly window: TimeWindow;
  /** Width of the time column. */
  readonly trackPx: number;
  readonly nowMs: number;
  readonly startMs: number;
  readonly search: SearchResult | null;
  readonly colourOf: (name: string) => string;
  readonly critical: CriticalView | null;
  readonly logs: TraceLogs | null;
  readonly hasSelf: boolean;
  readonly columns: WaterfallColumns;
  readonly figuresOf: (group: SiblingGroup) => SiblingFigures;
  readonly shiftMs: Float64Array | null;
};
type View = Omit<RowView, 'expanded' | 'isActive'>;

/** Attributes that tell alike spans apart, best first. */
const TELLING = [
  ATTR.itemKey,
  ATTR.genAiRequestModel,
  ATTR.cacheOutcome,
  ATTR.dbQuerySummary,
  ATTR.dbOperation,
  ATTR.httpStatus,
  ATTR.itemRow,
] as const;

const PLAIN = {
  service: '',
  self: '',
  start: '',
  isError: false,
  errorText: '',
  isOpen: false,
  fault: '',
  hint: '',
  links: 0,
  isMatch: false,
  selfParts: '',
  criticalParts: '',
  eventTicks: '',
  alarmTicks: '',
  logTicks: '',
  marks: '',
} as const;

/** Everything but the fold and the focus, which the grid knows. */
export function rowView(source: RowSource, at: number): View {
  const { rows } = source;
  const item = rows.item[at]!;
  switch (rows.kind[at]) {
    case ROW.group:
      return groupView(source, at, rows.groups[-1 - item]!);
    case ROW.inPlace:
      return inPlaceView(source, at, rows.entries[-1 - item]!);
    default:
      return spanView(source, at, item);
  }
}

function spanView(source: RowSource, at: number, node: number): View {
  const { tree, index, rows, window, nowMs, search, colourOf, columns } = source;
  const flags = tree.flags(node);
  const row = tree.row(node);
  const { table } = tree;
  const isOpen = (flags & NODE.open) !== 0;
  const startMs = node < index.count ? index.startMs[node]! : tree.startMs(node);
  // The index is as old as the rows; what is open has grown since.
  const endMs = isOpen ? Math.max(startMs, nowMs) : node < index.count ? index.endMs[node]! : startMs;
  const isMatch = search !== null && search.matches[node] === 1;
  const isNegative = (flags & NODE.negative) !== 0;
  const name = tree.name(node);
  const frame = frameOf(source, startMs, endMs);
  const kids = kidsOf(index, node);
  const links = table.linksOf(row).length;
  return {
    ...PLAIN,
    kind: 'span',
    index: at,
    level: rows.level[at]!,
    name,
    service: index.services > 1 ? table.serviceOf(row) : '',
    detail: telling(table.attributes(row), name),
    duration: formatDuration(isNegative ? lengthMs(table.startMs(row), table.endMs(row)) : endMs - startMs),
    self: columns.self ? formatDuration(ownMs(index, node, endMs, nowMs)) : '',
    start: columns.start ? formatDuration(startMs - source.startMs) : '',
    colour: colourOf(name),
    isError: (flags & NODE.error) !== 0,
    errorText: 'error',
    isOpen,
    fault: faultsOf(source, node).join('. '),
    links,
    isMatch,
    isDim: search !== null && !isMatch,
    selfParts:
      !source.hasSelf || frame === null || kids.length === 0
        ? ''
        : selfGradient(selfParts(frame, kids, index, nowMs)),
    criticalParts: frame === null ? '' : criticalGradient(source, frame, [node]),
    ...ticksOf(source, node, window),
    ...place(window, startMs, endMs),
  };
}

function groupView(source: RowSource, at: number, group: SiblingGroup): View {
  const { index, rows, tree, window, nowMs, search, colourOf, columns } = source;
  const figures = source.figuresOf(group);
  let hits = 0;
  if (search !== null) for (const node of group.nodes) hits += search.matches[node] ?? 0;
  const endMs = figures.open > 0 ? Math.max(figures.endMs, nowMs) : figures.endMs;
  const frame = frameOf(source, figures.startMs, endMs);
  const first = group.nodes[0]!;
  return {
    ...PLAIN,
    kind: 'group',
    index: at,
    level: rows.level[at]!,
    name: `${group.name} ×${formatCount(figures.count)}`,
    service: index.services > 1 ? tree.table.serviceOf(tree.row(first)) : '',
    detail: `Σ ${formatDuration(figures.totalMs)} · p50 ${formatDuration(figures.p50Ms)} · p95 ${formatDuration(figures.p95Ms)}`,
    duration: formatDuration(endMs - figures.startMs),
    start: columns.start ? formatDuration(figures.startMs - source.startMs) : '',
    colour: colourOf(group.name),
    isError: figures.errors > 0,
    errorText: `${formatCount(figures.errors)} failed`,
    isOpen: figures.open > 0,
    hint: figures.nPlusOne === null ? '' : explainNPlusOne(figures.nPlusOne),
    isMatch: hits > 0,
    isDim: search !== null && hits === 0,
    criticalParts: frame === null ? '' : criticalGradient(source, frame, group.nodes),
    ...place(window, figures.startMs, endMs),
  };
}

function inPlaceView(source: RowSource, at: number, entry: InPlace): View {
  const { tree, rows, window, logs, columns } = source;
  const spanStartMs = entry.node < 0 ? source.startMs : (source.index.startMs[entry.node] ?? 0);
  const base = {
    ...PLAIN,
    index: at,
    level: rows.level[at]!,
    duration: `+${formatDuration(entry.ms - spanStartMs)}`,
    start: columns.start ? formatDuration(entry.ms - source.startMs) : '',
    isDim: false,
    ...place(window, entry.ms, entry.ms),
  };
  if (entry.kind === 'log') {
    const record = logs?.records[entry.at];
    const tone = record?.level === 'error' ? 'danger' : record?.level === 'warn' ? 'warning' : 'muted';
    const name = record?.message ?? '';
    return {
      ...base,
      kind: 'log',
      name: name.slice(0, 300),
      detail: record?.level ?? '',
      colour: `var(--tv-${tone})`,
    };
  }
  const event = tree.table.eventsOf(tree.row(entry.node))[entry.at];
  const attributes = event?.attributes ?? {};
  return {
    ...base,
    kind: 'event',
    name: event?.name ?? '',
    detail: eventText(attributes),
    colour: event?.name === 'exception' ? 'var(--tv-danger)' : 'var(--tv-text)',
  };
}

function faultsOf({ tree, shiftMs }: RowSource, node: number): readonly string[] {
  const faults = nodeFaults(tree, node);
  const by = shiftMs?.[node] ?? 0;
  return by === 0
    ? faults
    : [...faults, `Moved by ${by > 0 ? '+' : ''}${formatDuration(by)}: its clock differs from its caller's`];
}

function place(window: TimeWindow, startMs: number, endMs: number) {
  const length = window.toMs - window.fromMs;
  return {
    left: ((startMs - window.fromMs) / length) * 100,
    width: ((endMs - startMs) / length) * 100,
  };
}

/** What a span says besides its name; nothing that the name says already. */
export function telling(attributes: Attributes, name: string): string {
  for (const key of TELLING) {
    const value = attributes[key];
    // A statement's name is its summary, or begins with its operation.
    if (value !== undefined && !` ${name} `.includes(` ${String(value)} `))
      return String(value).slice(0, 120);
  }
  return '';
}

/** What an event says, in a line. */
function eventText(attributes: Attributes): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (key === ATTR.exceptionStacktrace) continue;
    parts.push(`${key.startsWith('exception.') ? '' : `${key}=`}${String(value)}`);
    if (parts.length === 4) break;
  }
  return parts.join(' · ').slice(0, 200);
}
