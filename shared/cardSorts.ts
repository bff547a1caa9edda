/** Apart from the schemas of the deck, which bring their library along. */
export const CARD_SORTS = ['newest', 'oldest', 'term', 'due', 'changed', 'difficulty', 'lapses'] as const;
export type CardSort = (typeof CARD_SORTS)[number];
