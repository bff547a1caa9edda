import { useId } from 'react';
import {
  formatMeasure,
  isTime,
  MEASURE_HINTS,
  MEASURE_LABELS,
  MEASURES,
} from '../../shared/analysis/measures.ts';
import type { Measure } from '../../shared/analysis/measures.ts';

type Props = {
  readonly measure: Measure;
  readonly onMeasure: (measure: Measure) => void;
  /** Beside each name; what there is nothing of cannot be chosen. */
  readonly totals: Readonly<Record<Measure, number>>;
};

/** Width by: one control for all pictures of call paths. */
export function MeasureSelect({ measure, onMeasure, totals }: Props) {
  const id = useId();
  return (
    <span className="flame-measure">
      <label htmlFor={id}>Width by</label>
      <select
        id={id}
        value={measure}
        title={MEASURE_HINTS[measure]}
        onChange={(event) => onMeasure(event.target.value as Measure)}
      >
        {MEASURES.map((each) => (
          <option key={each} value={each} disabled={!(totals[each] > 0) && each !== measure}>
            {`${MEASURE_LABELS[each]} · ${totals[each] > 0 ? (isTime(each) ? 'Σ ' : '') + formatMeasure(each, totals[each]) : 'none'}`}
          </option>
        ))}
      </select>
    </span>
  );
}
