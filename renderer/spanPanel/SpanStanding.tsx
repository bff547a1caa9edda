import type { DurationBuckets, PercentileBadge } from '../../shared/traceQuery.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { useAsked } from '../bridge.ts';

type Props = {
  readonly service: string;
  readonly name: string;
  /** `null` while the span is open: there is nothing to compare yet. */
  readonly durationMs: number | null;
};

/** Fewer spans say little of what is usual. */
const FEW = 10;

/** Where the span's duration stands among all of its operation that the store has. */
export function SpanStanding({ service, name, durationMs }: Props) {
  const key = durationMs === null || durationMs < 0 ? null : `${service}\n${name}\n${durationMs}`;
  const { value } = useAsked(key, (api) => api.percentile({ service, name, durationMs: durationMs! }));
  if (value === null || value.count === 0 || durationMs === null) return null;
  return (
    <div className="span-panel-standing">
      <p>
        <b data-tone={toneOf(value)}>{standingText(value)}</b>{' '}
        <span>
          of {formatCount(value.count)} {value.count === 1 ? 'span' : 'spans'} of this operation
        </span>
      </p>
      <Distribution badge={value} durationMs={durationMs} />
      <p className="span-panel-quantiles">
        <span>p50 {formatDuration(value.p50Ms)}</span>
        <span>p95 {formatDuration(value.p95Ms)}</span>
        <span>p99 {formatDuration(value.p99Ms)}</span>
      </p>
    </div>
  );
}

/** `slower than 93 %`, without more digits than the count carries. */
export function standingText({ below, count }: Pick<PercentileBadge, 'below' | 'count'>): string {
  if (count === 1) return 'the only one';
  const percent = below * 100;
  const digits = count >= 1000 && percent > 99 && percent < 100 ? 1 : 0;
  // 99.97 % of a million is not all of them.
  const cut = digits === 0 ? Math.min(percent, percent < 100 ? 99 : 100) : Math.min(percent, 99.9);
  return `slower than ${cut.toFixed(digits)} %`;
}

function toneOf({ below, count }: PercentileBadge): 'danger' | 'warning' | 'plain' {
  if (count < FEW) return 'plain';
  return below >= 0.99 ? 'danger' : below >= 0.95 ? 'warning' : 'plain';
}

const WIDTH = 240;
const HEIGHT = 34;

/** Bars on a logarithmic axis of time, and a mark where the span stands. */
function Distribution({
  badge,
  durationMs,
}: {
  readonly badge: PercentileBadge;
  readonly durationMs: number;
}) {
  const { bars, fromMs, toMs } = barsOf(badge.buckets, durationMs, 40);
  if (bars.length === 0) return null;
  const most = Math.max(...bars);
  const scale = Math.log(toMs / fromMs) || 1;
  const x = (ms: number) => Math.min(1, Math.max(0, Math.log(Math.max(ms, fromMs) / fromMs) / scale)) * WIDTH;
  const width = WIDTH / bars.length;
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Durations of this operation from ${formatDuration(fromMs)} to ${formatDuration(toMs)}; this span took ${formatDuration(durationMs)}`}
    >
      {bars.map((count, at) =>
        count === 0 ? null : (
          <rect
            key={at}
            x={at * width}
            width={Math.max(0.5, width - 0.8)}
            // A few are to be seen beside many.
            y={HEIGHT - 2 - (HEIGHT - 8) * Math.sqrt(count / most)}
            height={(HEIGHT - 8) * Math.sqrt(count / most) + 1}
          />
        ),
      )}
      <path d={`M${x(durationMs)} 0V${HEIGHT}`} />
    </svg>
  );
}

/** Counts in `most` bars of equal width on a logarithmic axis, which the mark is within. */
export function barsOf(
  { baseMs, growth, first, counts }: DurationBuckets,
  durationMs: number,
  most: number,
): { readonly bars: readonly number[]; readonly fromMs: number; readonly toMs: number } {
  if (counts.length === 0) return { bars: [], fromMs: 0, toMs: 0 };
  const least = baseMs * growth ** Math.max(0, first - 1);
  const mark = Math.max(durationMs, baseMs);
  const fromMs = Math.min(least, mark) / growth;
  const toMs = Math.max(baseMs * growth ** (first + counts.length), mark * growth);
  const scale = most / Math.log(toMs / fromMs);
  const bars = new Array<number>(most).fill(0);
  for (const [i, count] of counts.entries()) {
    const ms = baseMs * growth ** Math.max(0, first + i - 0.5);
    const at = Math.min(most - 1, Math.max(0, Math.floor(Math.log(ms / fromMs) * scale)));
    bars[at]! += count;
  }
  return { bars, fromMs, toMs };
}
