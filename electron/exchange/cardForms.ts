/** The plain forms that cards are written in as they come, by file extension. */
import type { Card } from '../../shared/card.ts';
import { table } from './csvForm.ts';
import { json } from './jsonForm.ts';
import { markdown } from './markdownForm.ts';

/** A form: what stands before, between and after the cards, and one card. */
export type CardForm = {
  readonly start: string;
  readonly between: string;
  readonly end: string;
  readonly card: (card: Card, previous: Card | null) => string;
};

/** By file extension, without the dot. All but Markdown read back unchanged. */
export const CARD_FORMS: Readonly<Record<string, CardForm>> = {
  csv: table(',', '\r\n'),
  tsv: table('\t', '\n'),
  json,
  md: markdown,
};
