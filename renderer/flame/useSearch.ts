import { useEffect, useState } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import { continueSearch, startSearch } from './search.ts';
import type { SearchResult } from './search.ts';

const SLICE_MS = 8;
const TYPING_MS = 120;

/** Searches a tree a few milliseconds a frame; `null` for an empty query. Goes on as the trace grows. */
export function useSearch(tree: TraceTree, revision: number, query: string): SearchResult | null {
  const [result, setResult] = useState<SearchResult | null>(null);
  const wanted = query.trim().toLowerCase();
  useEffect(() => {
    if (wanted === '') {
      setResult(null);
      return undefined;
    }
    let search = startSearch(tree, wanted);
    let timer = setTimeout(step, TYPING_MS);
    function step() {
      search = continueSearch(tree, search, SLICE_MS);
      setResult(search);
      if (!search.done) timer = setTimeout(step, 0);
    }
    return () => clearTimeout(timer);
  }, [tree, wanted, tree.rebuilds]);
  useEffect(() => {
    setResult((was) =>
      was === null || !was.done || was.searched >= tree.size ? was : continueSearch(tree, was, SLICE_MS),
    );
  }, [tree, revision]);
  return result;
}
