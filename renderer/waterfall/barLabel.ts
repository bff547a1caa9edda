/** Where a waterfall bar carries its duration: never where it would be cut, since a cut number reads as another. */

export type BarLabelPlace = 'right' | 'left' | 'inside' | 'none';

export type BarLabelInput = {
  /** Ends of the bar in percent of the track; they may lie outside of 0..100. */
  readonly from: number;
  readonly to: number;
  readonly trackPx: number;
  readonly text: string;
};

/** Space between a bar and its label. */
export const LABEL_GAP_PX = 6;
/** Wider than a figure of the 11 px that labels are set in. */
const CHARACTER_PX = 7;

/** Right of the bar where there is room, else left of it, else on it; `none` where no place holds the whole text. */
export function barLabelPlace({ from, to, trackPx, text }: BarLabelInput): BarLabelPlace {
  const neededPx = text.length * CHARACTER_PX + 2 * LABEL_GAP_PX;
  const startPx = (Math.max(0, from) / 100) * trackPx;
  const endPx = (Math.min(100, to) / 100) * trackPx;
  if (endPx < 0 || startPx > trackPx) return 'none';
  if (trackPx - Math.max(0, endPx) >= neededPx) return 'right';
  if (startPx >= neededPx) return 'left';
  return endPx - startPx >= neededPx ? 'inside' : 'none';
}
