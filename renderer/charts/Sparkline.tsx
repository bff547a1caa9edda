import './sparkline.css';
import { memo } from 'react';

type Props = {
  readonly counts: readonly number[];
  /** Marked along the bottom, 0 to 1. */
  readonly marks?: readonly number[];
  readonly widthPx?: number;
  readonly heightPx?: number;
};

const NO_MARKS: readonly number[] = [];

/** Small bars without axes. Decoration beside figures: whoever uses it says what it shows. */
export const Sparkline = memo(
  function Sparkline({ counts, marks = NO_MARKS, widthPx = 96, heightPx = 20 }: Props) {
    const most = Math.max(1, ...counts);
    const stepPx = widthPx / counts.length;
    const tallPx = heightPx - 3;
    const path = counts
      .map((count, index) => {
        if (count === 0) return '';
        // What is there is seen, however little beside the most.
        const height = Math.max(1.5, (tallPx * count) / most);
        return `M${(index * stepPx).toFixed(1)} ${tallPx}v${(-height).toFixed(1)}h${Math.max(1, stepPx - 0.6).toFixed(1)}v${height.toFixed(1)}z`;
      })
      .join('');
    return (
      <svg className="sparkline" width={widthPx} height={heightPx} aria-hidden="true" focusable="false">
        <path className="sparkline-bars" d={path} />
        <path className="sparkline-base" d={`M0 ${tallPx + 0.5}H${widthPx}`} />
        {marks.map((mark, index) => (
          <path
            key={index}
            className="sparkline-mark"
            d={`M${(mark * widthPx).toFixed(1)} ${tallPx - 1}v4`}
          />
        ))}
      </svg>
    );
  },
  (a, b) => a.counts.join() === b.counts.join() && a.marks?.join() === b.marks?.join(),
);
