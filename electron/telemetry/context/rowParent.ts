/** What rows stand under: the active span, or, where its scope has chosen baggage, that span with it. */
import type { Attributes } from '../../../shared/span.ts';
import type { CurrentParent, LeafParent } from '../operations/leafParent.ts';
import type { ChosenBaggage } from './baggage.ts';
import type { Scope, Scopes, ScopeSpan } from './scope.ts';

type WithBaggage = LeafParent & { readonly attributes: Attributes };
type Made = { readonly span: ScopeSpan; readonly parent: WithBaggage };

/** The latest parent of a scope, made when its first row is written: rows know nothing of baggage. */
export function createCurrentParent(scopes: Scopes, chosen: ChosenBaggage): CurrentParent {
  const parents = new WeakMap<Scope, Made>();

  function withBaggage(scope: Scope): LeafParent | null {
    const { span } = scope;
    if (span === null || !span.sampled || scope.home.baggage.size === 0) return span;
    const attributes = chosen.of(scope.home.baggage);
    if (attributes === null) return span;
    const made = parents.get(scope);
    // Its baggage may have been replaced since, and its span by the next step.
    if (made !== undefined && made.parent.attributes === attributes && made.span === span) return made.parent;
    const { traceId, spanId } = span;
    const parent = { traceId, spanId, sampled: true, leafNo: 0, leafGeneration: 0, attributes };
    parents.set(scope, { span, parent });
    return parent;
  }

  return () => {
    const scope = scopes.current();
    if (scope === null) return null;
    return chosen.isEmpty ? scope.span : withBaggage(scope);
  };
}
