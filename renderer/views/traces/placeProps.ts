import type { TracePlace } from '../../traceView/traceState.ts';
import type { TraceViewProps } from '../../traceView/TraceView.tsx';

/** A place within a trace, as the view of one trace takes it. */
export function placeProps(
  place: Partial<TracePlace> | undefined,
  onPlace: ((place: TracePlace) => void) | undefined,
): Pick<TraceViewProps, 'initialView' | 'initialSpanId' | 'initialFind' | 'initialWindow' | 'onPlace'> {
  const { show, spanId, find, window } = place ?? {};
  return {
    ...(show === undefined ? {} : { initialView: show }),
    ...(spanId === undefined ? {} : { initialSpanId: spanId }),
    ...(find === undefined ? {} : { initialFind: find }),
    ...(window === undefined ? {} : { initialWindow: window }),
    ...(onPlace === undefined ? {} : { onPlace }),
  };
}
