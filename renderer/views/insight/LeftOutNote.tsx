import type { LeftOut } from '../../../shared/traceQuery.ts';
import { leftOutText } from '../../derive/leftOutText.ts';
import { useInsight } from './insightContext.ts';

type Props = { readonly leftOut: LeftOut; readonly what: string; readonly extra?: readonly string[] };

const NOTHING: readonly string[] = [];

/** What the figures above do not hold. */
export function LeftOutNote({ leftOut, what, extra = NOTHING }: Props) {
  const { search } = useInsight();
  const notes = [...leftOutText(leftOut, { what, fromMs: search.fromMs }), ...extra];
  if (notes.length === 0) return null;
  return (
    <p className="left-out small" role="note">
      <strong>Not in these figures:</strong> {notes.join('; ')}.
    </p>
  );
}
