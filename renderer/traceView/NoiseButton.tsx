import { countOf, formatCount } from '../../shared/units.ts';
import type { SpanNoise } from '../waterfall/useSpanNoise.ts';

/** How many spans the rules hide, and the switch that brings them back; nothing where there are none. */
export function NoiseButton({ noise }: { readonly noise: SpanNoise }) {
  const { count, isShown, onShow } = noise;
  if (count === 0) return null;
  return (
    <button
      data-action="Show noise"
      type="button"
      aria-pressed={isShown}
      title={`${countOf(count, 'span')} that noise rules hide. Times are those of the whole trace.`}
      onClick={() => onShow(!isShown)}
    >
      {isShown ? 'Noise shown' : `${formatCount(count)} hidden`}
    </button>
  );
}
