/** Search in one trace: name, span id, status message and attributes, without regard to case. */
import { detailMatcher } from '../derive/detailScan.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { NODE } from '../derive/nodeFlags.ts';

export type SearchResult = {
  readonly query: string;
  /** 1 for every node found. */
  readonly matches: Uint8Array;
  readonly count: number;
  /** Nodes looked at so far: all of them when `done`. */
  readonly searched: number;
  readonly done: boolean;
};

/** `error` alone finds what failed; anything else is looked for as text. */
export function startSearch(tree: TraceTree, query: string): SearchResult {
  return {
    query: query.trim().toLowerCase(),
    matches: new Uint8Array(tree.size),
    count: 0,
    searched: 0,
    done: false,
  };
}

/**
 * Goes on for about `budgetMs` and returns what is known by then: attributes of a million spans take longer
 * than a frame. Nodes that arrived since the start are searched too.
 */
export function continueSearch(tree: TraceTree, search: SearchResult, budgetMs: number): SearchResult {
  const { query } = search;
  const until = performance.now() + budgetMs;
  let { matches, count, searched } = search;
  if (matches.length < tree.size) {
    const longer = new Uint8Array(Math.max(tree.size, matches.length * 2));
    longer.set(matches);
    matches = longer;
  }
  const names: (boolean | undefined)[] = [];
  const isInDetails = detailMatcher(tree.table, query);
  for (; searched < tree.size; searched += 1) {
    if ((searched & 255) === 0 && performance.now() > until) break;
    const id = tree.nameId(searched);
    const hit =
      (names[id] ??= tree.table.nameOf(id).toLowerCase().includes(query)) ||
      (query === 'error' && (tree.flags(searched) & NODE.error) !== 0) ||
      isInDetails(tree.row(searched)) ||
      (query.length === 16 && tree.table.spanId(tree.row(searched)) === query);
    if (!hit) continue;
    // Another array where something was found: who draws it sees that by the array alone.
    if (count === search.count) matches = matches.slice();
    matches[searched] = 1;
    count += 1;
  }
  return { query, matches, count, searched, done: searched >= tree.size };
}

/** The next or previous node found, from one on and around the end; -1 where there is none. In order of start. */
export function nextMatch(tree: TraceTree, search: SearchResult, from: number, step: 1 | -1): number {
  let best = -1;
  let first = -1;
  const key = (node: number) => tree.startMs(node);
  const before = (a: number, b: number) => (key(a) - key(b) || a - b) * step < 0;
  for (let node = 0; node < tree.size; node += 1) {
    if (search.matches[node] !== 1) continue;
    if (first < 0 || before(node, first)) first = node;
    if (from >= 0 && before(from, node) && (best < 0 || before(node, best))) best = node;
  }
  return best >= 0 ? best : first;
}
