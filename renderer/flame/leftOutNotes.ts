import type { LeftOut } from '../../shared/traceQuery.ts';
import { formatCount } from '../../shared/units.ts';

/** What a figure is not, in sentences. */
export function leftOutNotes({ more, unscanned, prunedBeforeMs }: LeftOut): readonly string[] {
  return [
    ...(more ? ['⚠ More traces match than were merged'] : []),
    ...(unscanned > 0 ? [`⚠ ${formatCount(unscanned)} spans were not looked at: the limit came first`] : []),
    ...(prunedBeforeMs === null
      ? []
      : [`Traces before ${new Date(prunedBeforeMs).toLocaleString()} are gone`]),
  ];
}
