/** How series are told apart: five colours, each drawn through, dashed and dotted, so that hue is never all there is. */
export type SeriesStyle = {
  readonly colour: `--chart-${1 | 2 | 3 | 4 | 5}`;
  readonly dash: readonly number[];
};

const COLOURS = ['--chart-1', '--chart-2', '--chart-3', '--chart-4', '--chart-5'] as const;
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3]];

export function seriesStyle(place: number): SeriesStyle {
  const dash = DASHES[Math.floor(place / COLOURS.length) % DASHES.length]!;
  return { colour: COLOURS[place % COLOURS.length]!, dash };
}
