import { useEffect, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { CallTreeSearch, FoundCallTree } from '../../../shared/traceQuery.ts';
import { toCallError } from '../../api.ts';
import type { CompareSide } from '../../store/route.ts';
import { useHidden } from './useHidden.ts';
import { loadCallTree, searchOf } from '../../store/traceCommands.ts';

const MAX_TRACES = 10_000;

export type TreeLoad =
  | { readonly state: 'none' }
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly found: FoundCallTree }
  | { readonly state: 'failed'; readonly error: CallError };

/**
 * The merged call tree of named traces, or of what a search finds, without what noise rules hide (named traces are
 * there all the same). `attempt` asks again.
 */
export function useCallTree(of: CompareSide | undefined, attempt: number, adjustClocks: boolean): TreeLoad {
  const hide = useHidden('traces');
  const hideSpans = useHidden('spans');
  // The question as text: an equal one that is another object is no new question.
  const question = of === undefined ? null : JSON.stringify(questionOf(of, hide, hideSpans, adjustClocks));
  const [load, setLoad] = useState<{ readonly of: string | null; readonly load: TreeLoad }>({
    of: null,
    load: { state: 'none' },
  });
  useEffect(() => {
    if (question === null) return;
    let wanted = true;
    const asked = `${question} ${attempt}`;
    loadCallTree(JSON.parse(question) as CallTreeSearch).then(
      (found) => wanted && setLoad({ of: asked, load: { state: 'loaded', found } }),
      (thrown: unknown) =>
        wanted && setLoad({ of: asked, load: { state: 'failed', error: toCallError(thrown) } }),
    );
    return () => {
      wanted = false;
    };
  }, [question, attempt]);
  if (question === null) return { state: 'none' };
  return load.of === `${question} ${attempt}` ? load.load : { state: 'loading' };
}

function questionOf(
  { traceIds = [], search = {} }: CompareSide,
  hide: string[],
  hideSpans: string[],
  adjustClocks: boolean,
): CallTreeSearch {
  return {
    ...searchOf(search),
    traceIds: [...traceIds],
    maxTraces: MAX_TRACES,
    hide,
    hideSpans,
    adjustClocks,
  };
}
