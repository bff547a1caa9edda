export type HeatRow = {
  /** Of the bucket. */
  readonly index: number;
  readonly from: number | null;
  readonly to: number | null;
};
type Picture = {
  readonly rows: readonly HeatRow[];
  readonly columns: readonly (readonly number[] | null)[];
  readonly frame: {
    readonly widthPx: number;
    readonly leftPx: number;
    readonly rightPx: number;
    readonly rowPx: number;
  };
  readonly format: (value: number) => string;
};
/** Less than this is hardly seen on the page. */
const LEAST_ALPHA = 0.14;
const LABEL_PX = 33;

/** The buckets between the least and the greatest that hold anything, and one on either side; from below. */
export function heatRows(
  boundaries: readonly number[],
  columns: readonly (readonly number[] | null)[],
): readonly HeatRow[] {
  let least = Infinity;
  let most = -1;
  for (const counts of columns) {
    if (counts === null) continue;
    const first = counts.findIndex((count) => count > 0);
    if (first < 0) continue;
    least = Math.min(least, first);
    most = Math.max(
      most,
      counts.findLastIndex((count) => count > 0),
    );
  }
  if (most < 0) return [];
  const rows: HeatRow[] = [];
  for (let index = Math.max(0, least - 1); index <= Math.min(boundaries.length, most + 1); index += 1) {
    rows.push({ index, from: boundaries[index - 1] ?? null, to: boundaries[index] ?? null });
  }
  return rows;
}

export function drawHeatMap(canvas: HTMLCanvasElement, { rows, columns, frame, format }: Picture): void {
  const { widthPx, leftPx, rightPx, rowPx } = frame;
  const heightPx = rows.length * rowPx;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(widthPx * scale);
  canvas.height = Math.round((heightPx + 2) * scale);
  const context = canvas.getContext('2d');
  if (context === null) return;
  const style = getComputedStyle(canvas);
  const css = (name: string) => style.getPropertyValue(name).trim();
  context.scale(scale, scale);
  context.font = `11px ${style.fontFamily}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillStyle = css('--text-3');
  const every = Math.ceil(LABEL_PX / rowPx);
  for (let row = 0; row < rows.length; row += every) {
    const end = rows[row]!.to;
    if (end !== null) context.fillText(format(end), leftPx - 8, heightPx - (row + 1) * rowPx + rowPx / 2);
  }
  const most = Math.max(1, ...columns.flatMap((counts) => (counts === null ? [] : [Math.max(...counts)])));
  const innerPx = widthPx - leftPx - rightPx;
  context.fillStyle = css('--chart-1');
  for (const [step, counts] of columns.entries()) {
    if (counts === null) continue;
    const x = leftPx + (step / columns.length) * innerPx;
    const width = innerPx / columns.length;
    for (const [row, { index }] of rows.entries()) {
      const count = counts[index] ?? 0;
      if (count === 0) continue;
      // By the root: a few beside many are still seen.
      context.globalAlpha = LEAST_ALPHA + (1 - LEAST_ALPHA) * Math.sqrt(count / most);
      context.fillRect(x, heightPx - (row + 1) * rowPx, Math.max(1, width - (width > 4 ? 1 : 0)), rowPx - 1);
    }
  }
  context.globalAlpha = 1;
  context.fillStyle = css('--line');
  context.fillRect(leftPx, heightPx, innerPx, 1);
}
