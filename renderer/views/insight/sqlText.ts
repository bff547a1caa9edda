/** Results as text for other programs. */
import type { SqlResult } from '../../../shared/traceQuery.ts';

type Cell = string | number | null;
const csvCell = (cell: Cell): string => {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** RFC 4180; NULL is empty. */
export const toCsv = ({ columns, rows }: SqlResult): string =>
  [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');

/** One object a row; of columns of the same name the later ones get a number. */
export function toJson({ columns, rows }: SqlResult): string {
  const seen = new Map<string, number>();
  const names = columns.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} ${times}`;
  });
  const objects = rows.map((row) =>
    JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at] ?? null]))),
  );
  return objects.length === 0 ? '[]' : `[\n  ${objects.join(',\n  ')}\n]`;
}

/** Widths in characters, from the first rows: they stay as they are while others scroll by. */
export function columnWidths({ columns, rows }: SqlResult, most = 48): readonly number[] {
  return columns.map((name, at) =>
    rows
      .slice(0, 200)
      .reduce(
        (width, row) => Math.max(width, Math.min(most, cellText(row[at] ?? null).length)),
        Math.min(most, name.length + 1),
      ),
  );
}

/** Fractions with eight digits; copies have them all. */
export const cellText = (cell: Cell): string =>
  cell === null
    ? 'NULL'
    : typeof cell === 'number' && !Number.isInteger(cell)
      ? String(Number(cell.toPrecision(8)))
      : String(cell);
