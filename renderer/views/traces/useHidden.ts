import { useMemo } from 'react';
import { useStore } from '../../store/index.ts';
import { selectTraceRules } from '../../store/noiseCommands.ts';
import { selectNoiseShown } from '../../store/selectors.ts';

/** What the rules hide now, as queries; the same array until that changes. */
export function useHidden(): string[] {
  const rules = useStore(selectTraceRules);
  const isShown = useStore(selectNoiseShown);
  const text = JSON.stringify(isShown ? [] : rules.map(({ query }) => query));
  return useMemo(() => JSON.parse(text) as string[], [text]);
}
