/** What can be asked of the active span, and done to it, without having it at hand. */
import type { Telemetry } from '../api.ts';
import type { TraceIds } from './spanHandle.ts';
import type { Scopes, ScopeSpan } from '../context/scope.ts';
import type { CurrentParent } from '../operations/leafParent.ts';

type Actions = Pick<Telemetry, 'setAttributes' | 'setAttribute' | 'addEvent' | 'recordException' | 'link'>;
export type ActiveSpan = {
  readonly parent: CurrentParent;
  readonly currentIds: () => TraceIds | null;
  /** Of a span that will be found again: not of one that was sampled out. */
  readonly sampledIds: () => TraceIds | null;
  /** Nothing outside any span. */
  readonly actions: Actions;
};

export function createActiveSpan(scopes: Scopes): ActiveSpan {
  const current = (): ScopeSpan | null => {
    const scope = scopes.current();
    return scope === null ? null : scope.span;
  };
  return {
    parent: current,
    currentIds() {
      const span = current();
      return span === null ? null : { traceId: span.traceId, spanId: span.spanId };
    },
    sampledIds() {
      const span = current();
      return span !== null && span.sampled ? span : null;
    },
    actions: {
      setAttributes: (attributes) => current()?.setAll(attributes),
      setAttribute: (key, value) => current()?.set(key, value),
      addEvent: (name, attributes) => current()?.addEvent(name, attributes),
      recordException: (thrown) => current()?.recordError(thrown),
      link: (to, attributes) => current()?.link(to, attributes),
    },
  };
}
