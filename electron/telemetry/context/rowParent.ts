/** What rows stand under: the active span, or, where its scope has chosen baggage, that span with it. */
import type { Attributes } from '../../../shared/span.ts';
import type { CurrentParent, LeafParent } from '../operations/leafParent.ts';
import type { ChosenBaggage } from './baggage.ts';
import type { Scope, Scopes } from './scope.ts';

type WithBaggage = LeafParent & { readonly attributes: Attributes };

/** One parent a scope, made when its first row is written: rows know nothing of baggage. */
export function createCurrentParent(scopes: Scopes, chosen: ChosenBaggage): CurrentParent {
  const parents = new WeakMap<Scope, WithBaggage>();

  function withBaggage(scope: Scope): LeafParent | null {
    const { span } = scope;
    if (span === null || !span.sampled || scope.home.baggage.size === 0) return span;
    const attributes = chosen.of(scope.home.baggage);
    if (attributes === null) return span;
    let parent = parents.get(scope);
    // Its baggage may have been replaced since.
    if (parent === undefined || parent.attributes !== attributes) {
      const { traceId, spanId } = span;
      parent = { traceId, spanId, sampled: true, leafNo: 0, leafGeneration: 0, attributes };
      parents.set(scope, parent);
    }
    return parent;
  }

  return () => {
    const scope = scopes.current();
    if (scope === null) return null;
    return chosen.isEmpty ? scope.span : withBaggage(scope);
  };
}
