/** What of a trace the waterfall shows: matches, failures, one operation, and all that they are below of. */
import type { TraceTree } from '../derive/traceTree.ts';
import { NODE } from '../derive/nodeFlags.ts';
import type { SearchResult } from '../flame/search.ts';

export type TraceFilter = {
  readonly matches: boolean;
  readonly errors: boolean;
  /** Its name. */
  readonly operation: string | null;
};
export const NO_FILTER: TraceFilter = { matches: false, errors: false, operation: null };

/** 1 for every node that is looked for; `null` where nothing is filtered. */
export function wantedNodes(
  tree: TraceTree,
  { matches, errors, operation }: TraceFilter,
  search: SearchResult | null,
): Uint8Array | null {
  const found = matches && search !== null ? search.matches : null;
  if (found === null && !errors && operation === null) return null;
  const wanted = new Uint8Array(tree.size);
  const names: (boolean | undefined)[] = [];
  for (let node = 0; node < tree.size; node += 1) {
    if (found !== null && found[node] !== 1) continue;
    if (errors && (tree.flags(node) & NODE.error) === 0) continue;
    if (operation !== null) {
      const id = tree.nameId(node);
      if (!(names[id] ??= tree.table.nameOf(id) === operation)) continue;
    }
    wanted[node] = 1;
  }
  return wanted;
}

/** 1 for every node that failed. */
export function nodesWithErrors(tree: TraceTree): Uint8Array {
  const found = new Uint8Array(tree.size);
  for (let node = 0; node < tree.size; node += 1) if ((tree.flags(node) & NODE.error) !== 0) found[node] = 1;
  return found;
}
