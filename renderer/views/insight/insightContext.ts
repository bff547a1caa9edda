import { createContext, useContext } from 'react';
import type { AskedSearch } from '../../store/searchSlice.ts';

export type Insight = {
  readonly search: AskedSearch;
  /** Grows when the user asks for fresh figures. */
  readonly refreshes: number;
  /** Figures change right now, and nobody holds them. */
  readonly isLive: boolean;
};
export const InsightContext = createContext<Insight>({
  search: { query: '', fromMs: null, toMs: null },
  refreshes: 0,
  isLive: false,
});
export const useInsight = () => useContext(InsightContext);
