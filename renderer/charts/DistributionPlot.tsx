import './distributionPlot.css';
import type { DurationBuckets } from '../../shared/traceQuery.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { binsOf, extentOf, placeOf } from './distributionBins.ts';

export type DistributionSide = {
  readonly name: string;
  readonly buckets: DurationBuckets;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
};
type Props = { readonly label: string; readonly sides: readonly DistributionSide[] };

const WIDTH = 640;
const TALL = 84;
const BINS = 80;

/** Durations by how often they were, on one logarithmic axis; of two sides the second hangs below the axis. */
export function DistributionPlot({ label, sides }: Props) {
  const extent = extentOf(sides.map(({ buckets }) => buckets));
  if (extent === null) return null;
  const binned = sides.map(({ buckets }) => binsOf(buckets, extent, BINS).counts);
  // Shares, so that sides of different size can be laid beside each other.
  const shares = binned.map((counts) => {
    const sum = counts.reduce((total, count) => total + count, 0);
    return counts.map((count) => count / Math.max(1, sum));
  });
  const most = Math.max(...shares.flat(), 1e-9);
  const stepPx = WIDTH / BINS;
  const height = sides.length * TALL + 18;
  const ticks = ticksOf(extent);
  return (
    <svg
      className="distribution"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={`${label}: ${sides
        .map(
          ({ name, p50Ms, p95Ms, p99Ms }) =>
            `${name}: p50 ${formatDuration(p50Ms)}, p95 ${formatDuration(p95Ms)}, p99 ${formatDuration(p99Ms)}`,
        )
        .join('; ')}`}
    >
      {ticks.map((ms) => {
        const x = placeOf(ms, extent) * WIDTH;
        return (
          <g key={ms}>
            <path className="distribution-grid" d={`M${x} 0V${sides.length * TALL}`} />
            <text x={x} y={height - 4} textAnchor={x < 24 ? 'start' : x > WIDTH - 24 ? 'end' : 'middle'}>
              {formatDuration(ms).replace(/\.0+(?= )/, '')}
            </text>
          </g>
        );
      })}
      {sides.map((side, at) => {
        const down = at === 1;
        const baseY = TALL;
        const direction = down ? 1 : -1;
        const path = shares[at]!.map((share, index) =>
          share === 0
            ? ''
            : `M${index * stepPx} ${baseY}v${direction * Math.max(1.5, ((TALL - 16) * share) / most)}h${stepPx - 1}V${baseY}z`,
        ).join('');
        return (
          <g key={side.name}>
            <path className={`distribution-bars distribution-${at}`} d={path}>
              <title>{`${side.name}: ${formatCount(binned[at]!.reduce((sum, count) => sum + count, 0))} spans`}</title>
            </path>
            {(
              [
                ['p50', side.p50Ms],
                ['p95', side.p95Ms],
                ['p99', side.p99Ms],
              ] as const
            ).map(([name, ms], index) => {
              const x = placeOf(ms, extent) * WIDTH;
              const y = down ? baseY + TALL - 3 - (index % 2) * 11 : 9 + (index % 2) * 11;
              return (
                <g key={name} className="distribution-mark">
                  <path d={`M${x} ${baseY}V${down ? baseY + TALL - 4 : 4}`} />
                  <text
                    x={x > WIDTH - 40 ? x - 3 : x + 3}
                    y={y}
                    textAnchor={x > WIDTH - 40 ? 'end' : 'start'}
                  >
                    {name}
                  </text>
                </g>
              );
            })}
          </g>
        );
      })}
      {sides.length > 1 &&
        sides.map(({ name }, at) => (
          <text
            key={name}
            className={`distribution-name distribution-name-${at}`}
            x="0"
            y={at === 0 ? 10 : TALL * 2 - 3}
          >
            {name}
          </text>
        ))}
      <path className="distribution-base" d={`M0 ${TALL}H${WIDTH}`} />
    </svg>
  );
}

/** Powers of ten; where there are fewer than two of them, the ends and the middle. */
function ticksOf({ fromMs, toMs }: { fromMs: number; toMs: number }): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(fromMs)); 10 ** power <= toMs; power += 1) ticks.push(10 ** power);
  return ticks.length >= 2 ? ticks : [fromMs, Math.sqrt(fromMs * toMs), toMs];
}
