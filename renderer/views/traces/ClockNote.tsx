import { useState } from 'react';
import { countOf } from '../../../shared/units.ts';
import { keepOptions, readOptions } from '../../waterfall/waterfallOptions.ts';

type Clocks = { readonly isAdjusted: boolean; readonly onAdjust: (isAdjusted: boolean) => void };

/** Whether clocks that differ are brought together: one choice for a trace, for traces side by side and for merged ones. */
export function useAdjustClocks(): Clocks {
  const [isAdjusted, setAdjusted] = useState(() => readOptions().adjustClocks);
  return {
    isAdjusted,
    onAdjust(adjustClocks) {
      keepOptions({ ...readOptions(), adjustClocks });
      setAdjusted(adjustClocks);
    },
  };
}

/** In how many of the merged traces clocks differ, and what is done about it. */
export function ClockNote({ traces, isAdjusted, onAdjust }: Clocks & { readonly traces: number }) {
  if (traces === 0) return null;
  return (
    <span className="noise-note muted" data-testid="clock-note">
      <span className="num">
        clocks differ in {countOf(traces, 'trace')}
        {isAdjusted ? ' and are brought together' : ''}
      </span>
      <button
        type="button"
        className="link"
        data-action="Clocks"
        title="Where spans begin before what called them, moves them into their callers"
        onClick={() => onAdjust(!isAdjusted)}
      >
        {isAdjusted ? 'Show as recorded' : 'Bring together'}
      </button>
    </span>
  );
}
