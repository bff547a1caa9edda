import { useCallback, useState } from 'react';
import { MEASURES } from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';

type Totals = Readonly<Record<Measure, number>>;
type Given = {
  /** Not given: the graph keeps it. */
  readonly measure?: Measure;
  readonly onMeasure?: (measure: Measure) => void;
};

/** What boxes are as wide as: of the view around the graph, else the graph's own; something there is any of. */
export function useMeasure(
  { measure, onMeasure }: Given,
  totals: Totals,
): readonly [Measure, (measure: Measure) => void] {
  const [own, setOwn] = useState<Measure>('wall');
  const change = useCallback(
    (next: Measure) => {
      setOwn(next);
      onMeasure?.(next);
    },
    [onMeasure],
  );
  return [usable(measure ?? own, totals), change];
}

/** The measure asked for, or the first there is something of. */
function usable(wanted: Measure, totals: Totals): Measure {
  return totals[wanted] > 0 ? wanted : (MEASURES.find((each) => totals[each] > 0) ?? wanted);
}
