/** Bars of block characters, an eighth of a column exact where there is a character for it. */

/** Shares of the whole width, 0..1. */
export type Extent = { readonly from: number; readonly to: number; readonly isOpen: boolean };

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;
const SHADES = [' ', '░', '▒', '▓', '█'] as const;

/** One span. However short, it is seen; one that is open ends in an arrow. */
export function drawBar({ from, to, isOpen }: Extent, columns: number): string {
  const start = clamp(from) * columns;
  const end = clamp(to) * columns;
  let first = Math.min(columns - 1, Math.floor(start));
  let bar: string;
  if (Math.floor(end) <= first || end - start < 1) {
    // Within one column, or across the border of two: the left half or the right one.
    const eighths = Math.max(1, Math.min(8, Math.round((end - start) * 8)));
    const isRight = start - first >= 0.5;
    bar = isRight ? (eighths >= 3 ? '▐' : '▕') : EIGHTHS[eighths]!;
  } else {
    const startsRight = start - first >= 0.5;
    const last = Math.floor(end);
    const rest = Math.round((end - last) * 8);
    bar = `${startsRight ? '▐' : '█'}${'█'.repeat(last - first - 1)}${last < columns ? EIGHTHS[rest]! : ''}`;
  }
  if (isOpen) {
    const room = columns - first;
    if (room > 0) bar = `${bar.slice(0, room - 1)}▶`;
    else {
      first = columns - 1;
      bar = '▶';
    }
  }
  return (' '.repeat(first) + bar).padEnd(columns);
}

/** Many spans in one row: the darker a column, the more of it is covered by any of them. */
export function drawDensity(extents: readonly Extent[], columns: number): string {
  const covered = new Float64Array(columns);
  // Overlapping spans must not add up: the union of them is what is drawn.
  const sorted = extents.toSorted((a, b) => a.from - b.from);
  let reached = 0;
  const touched = new Uint8Array(columns);
  for (const { from, to } of sorted) {
    const start = clamp(from) * columns;
    const end = clamp(to) * columns;
    touched[Math.min(columns - 1, Math.floor(start))] = 1;
    for (let at = Math.max(start, reached); at < end;) {
      const column = Math.min(columns - 1, Math.floor(at));
      const next = Math.min(end, Math.floor(at) + 1);
      covered[column]! += next - at;
      at = next;
    }
    reached = Math.max(reached, end);
  }
  let line = '';
  for (let column = 0; column < columns; column += 1) {
    const shade = Math.round(covered[column]! * 4);
    line += SHADES[Math.min(4, touched[column] === 1 ? Math.max(1, shade) : shade)]!;
  }
  const isOpen = extents.some((extent) => extent.isOpen);
  return isOpen ? `${line.slice(0, -1)}▶` : line;
}

function clamp(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}
