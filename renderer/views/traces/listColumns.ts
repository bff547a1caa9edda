/** The columns of the list of traces. Those with an order can be sorted by. */
import type { TraceOrder } from '../../../shared/traceQuery.ts';

export type ListColumn = {
  readonly id: string;
  readonly label: string;
  readonly title?: string;
  readonly order?: TraceOrder;
  readonly isRight?: boolean;
  /** No words to see, only to hear. */
  readonly isHidden?: boolean;
};

export const LIST_COLUMNS: readonly ListColumn[] = [
  { id: 'check', label: 'Marked', isHidden: true },
  { id: 'start', label: 'Start', order: 'newest', title: 'Newest first' },
  { id: 'name', label: 'Name' },
  { id: 'service', label: 'Service' },
  { id: 'duration', label: 'Duration', order: 'longest', title: 'Longest first' },
  { id: 'spans', label: 'Spans', order: 'spans', isRight: true, title: 'Most spans first' },
  { id: 'errors', label: 'Errors', order: 'errors', isRight: true, title: 'Most errors first' },
  {
    id: 'tokens',
    label: 'Tokens',
    order: 'tokens',
    isRight: true,
    title: 'Tokens of its model calls; most first',
  },
  {
    id: 'cost',
    label: 'Cost',
    order: 'cost',
    isRight: true,
    title: 'What its model calls cost, where that is known; most expensive first',
  },
  { id: 'matched', label: 'Matched', isRight: true, title: 'Spans that the query found' },
  { id: 'pin', label: 'Pinned', isHidden: true },
];
