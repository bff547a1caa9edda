import { useMemo } from 'react';
import type { NoiseRule } from '../../../shared/settings.ts';
import { useStore } from '../../store/index.ts';
import { selectSpanRules, selectTraceRules } from '../../store/noiseCommands.ts';
import { selectNoiseShown } from '../../store/selectors.ts';

/** What the rules of a kind hide now, as queries; the same array until that changes. */
export function useHidden(hides: NoiseRule['hides'] = 'traces'): string[] {
  const rules = useStore(hides === 'traces' ? selectTraceRules : selectSpanRules);
  const isShown = useStore(selectNoiseShown);
  const text = JSON.stringify(isShown ? [] : rules.map(({ query }) => query));
  return useMemo(() => JSON.parse(text) as string[], [text]);
}
