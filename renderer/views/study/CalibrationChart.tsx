import type { StudyStats } from '../../../shared/study.ts';
import { formatCount, formatPercent } from '../../../shared/units.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';

const SIZE_PX = 200;
const PAD_PX = 36;
/** Room for the last label. */
const END_PX = 18;

/** Whether the schedule's promises hold: points on the diagonal do, above it more is remembered than was said. */
export function CalibrationChart({ calibration }: Pick<StudyStats, 'calibration'>) {
  const bins = calibration.filter((bin) => bin.reviews > 0);
  if (bins.length === 0) {
    return (
      <EmptyState icon="chart" title="Prediction">
        Appears with the first reviews of cards past learning.
      </EmptyState>
    );
  }
  const most = Math.max(...bins.map((bin) => bin.reviews));
  const at = (share: number) => PAD_PX + share * (SIZE_PX - PAD_PX - END_PX);
  const down = (share: number) => SIZE_PX - at(share);
  return (
    <ChartFrame
      title="Predicted and remembered"
      axes="Share remembered, by the share that was predicted: on the line both agree"
      summary={bins
        .map((bin) => `predicted ${formatPercent(bin.predicted)}, remembered ${formatPercent(bin.actual)}`)
        .join('; ')}
      columns={['Predicted', 'Remembered', 'Reviews']}
      rows={bins.map((bin) => [
        formatPercent(bin.predicted),
        formatPercent(bin.actual),
        formatCount(bin.reviews),
      ])}
      chart={
        <svg viewBox={`0 0 ${SIZE_PX} ${SIZE_PX}`} className="calibration">
          {[0, 0.5, 1].map((share) => (
            <g key={share}>
              <path d={`M${at(0)} ${down(share)}H${at(1)}M${at(share)} ${down(0)}V${down(1)}`} />
              <text x={at(0) - 4} y={down(share) + 4} textAnchor="end">
                {Math.round(share * 100)} %
              </text>
              <text x={at(share)} y={SIZE_PX - 10} textAnchor="middle">
                {Math.round(share * 100)} %
              </text>
            </g>
          ))}
          <path className="calibration-ideal" d={`M${at(0)} ${down(0)}L${at(1)} ${down(1)}`} />
          {bins.map((bin) => (
            <circle
              key={bin.predicted}
              cx={at(bin.predicted)}
              cy={down(bin.actual)}
              r={2.5 + 5 * Math.sqrt(bin.reviews / most)}
            >
              <title>
                {`predicted ${formatPercent(bin.predicted)}, remembered ${formatPercent(bin.actual)}, ${formatCount(bin.reviews)} reviews`}
              </title>
            </circle>
          ))}
        </svg>
      }
    />
  );
}
