/** Log records and metrics as lines for a terminal. */
import { histogramPercentile } from '../../../shared/metric.ts';
import type { HistogramValue, MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes, LogLevel, LogRecord } from '../../../shared/span.ts';
import { formatBytes, formatCount, formatDuration } from '../../../shared/units.ts';
import { fitText, printable, textWidth } from '../console/textWidth.ts';

const MAX_VALUE_LENGTH = 120;
const MAX_TABLE_ROWS = 60;
const DIM = '2';
const STRONG = '1';
const LEVEL_CODES: Readonly<Record<LogLevel, string>> = { debug: DIM, info: '32', warn: '33', error: '31' };

/** Time of day, level, message, attributes, the first eight digits of the trace id. One line. */
export function logLine({ timeMs, level, message, attributes, traceId }: LogRecord, colour: boolean): string {
  const paint = painter(colour);
  const facts = attributesText(attributes, ' ');
  return [
    paint(DIM, timeOfDay(timeMs)),
    paint(LEVEL_CODES[level], level.padEnd(5)),
    printable(message),
    ...(facts === '' ? [] : [paint(DIM, facts)]),
    ...(traceId === null ? [] : [paint(DIM, `#${traceId.slice(0, 8)}`)]),
  ].join(' ');
}

/** A row a series: name and attributes left, its total or its distribution right. */
export function metricTable(
  snapshots: readonly MetricSnapshot[],
  timeMs: number,
  { width, colour }: { readonly width: number; readonly colour: boolean },
): string {
  const paint = painter(colour);
  const rows = snapshots.flatMap(rowsOf);
  const shown = rows.slice(0, MAX_TABLE_ROWS);
  const valueColumns = Math.max(0, ...shown.map(({ value }) => textWidth(value)));
  const nameColumns = Math.max(
    20,
    Math.min(width - valueColumns - 2, Math.max(0, ...shown.map(({ name }) => textWidth(name)))),
  );
  const lines = [paint(STRONG, `metrics · ${timeOfDay(timeMs)}`)];
  for (const { name, value } of shown) lines.push(`${fitText(name, nameColumns)}  ${value}`);
  if (rows.length > shown.length)
    lines.push(paint(DIM, `… ${formatCount(rows.length - shown.length)} more series`));
  return `${lines.join('\n')}\n`;
}

type Row = { readonly name: string; readonly value: string };

function rowsOf(snapshot: MetricSnapshot): Row[] {
  const { name, unit } = snapshot;
  const label = (attributes: Attributes): string => {
    const facts = attributesText(attributes, ', ');
    return facts === '' ? printable(name) : `${printable(name)}{${facts}}`;
  };
  if (snapshot.kind === 'histogram') {
    return snapshot.points.map(({ attributes, value }) => ({
      name: label(attributes),
      value: distributionText(value, unit),
    }));
  }
  return snapshot.points.map(({ attributes, value }) => ({
    name: label(attributes),
    value: valueText(value, unit),
  }));
}

function distributionText(value: HistogramValue, unit: string): string {
  if (value.count === 0) return 'n 0';
  const part = (label: string, number: number | null): string =>
    number === null ? '' : ` · ${label} ${valueText(number, unit)}`;
  return [
    `n ${formatCount(value.count)}`,
    part('mean', value.sum / value.count),
    part('p50', histogramPercentile(value, 0.5)),
    part('p95', histogramPercentile(value, 0.95)),
    part('max', value.max),
  ].join('');
}

function valueText(value: number, unit: string): string {
  if (unit === 's') return formatDuration(value * 1000);
  if (unit === 'By') return formatBytes(value);
  if (!Number.isFinite(value)) return String(value);
  const number = Number.isSafeInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
  // `{token}` annotates what is counted; the name says that already.
  return unit === '' || unit.startsWith('{') ? number : `${number} ${unit}`;
}

function attributesText(attributes: Attributes, separator: string): string {
  return Object.entries(attributes)
    .map(([key, value]) => {
      const text = String(value);
      const cut = text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 1)}…` : text;
      return printable(`${key}=${cut}`);
    })
    .join(separator);
}

/** In the zone of whoever reads it. */
function timeOfDay(epochMs: number): string {
  const date = new Date(epochMs);
  const two = (number: number): string => String(number).padStart(2, '0');
  const fraction = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction}`;
}

function painter(colour: boolean): (code: string, text: string) => string {
  return colour ? (code, text) => `\u001b[${code}m${text}\u001b[0m` : (_code, text) => text;
}
