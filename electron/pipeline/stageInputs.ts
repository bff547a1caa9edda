/** What a row asks of the stages, and the text by which the cache knows it. */
import { CARD_TYPES } from '../../shared/card.ts';
import type { CardType, SourceItem } from '../../shared/card.ts';
import type { RunSettings } from '../../shared/run.ts';
import type { AnalyseInput, QueuedItem } from './ports.ts';

export function analyseInputOf(
  { termLanguage, meaningLanguage }: Pick<RunSettings, 'termLanguage' | 'meaningLanguage'>,
  { term, kind, fields, passage }: SourceItem,
): AnalyseInput {
  const item = { term, kind, fields, ...(passage === undefined ? {} : { passage }) };
  return { item, termLanguage, meaningLanguage };
}

/** Whether the deck has the row's note and nothing is to be added to it. */
export function isRecalled({ known }: RunSettings, { noteId }: Pick<QueuedItem, 'noteId'>): boolean {
  return noteId !== null && known !== 'fill';
}

/** The same facts give the same text, whatever the order in which a list named its columns. */
export function canonicalInput({ item, termLanguage, meaningLanguage }: AnalyseInput): string {
  const fields = Object.entries(item.fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const passage = item.passage === undefined ? [] : [item.passage.blocks];
  return JSON.stringify([termLanguage, meaningLanguage, item.kind, item.term, fields, ...passage]);
}

/** Cards are made of the row, of its analysis and of the types asked for: another analysis, other cards. */
export function writeInput(
  about: string,
  analysisJson: string,
  cardTypes: readonly CardType[] | null,
): string {
  const input = `${about}\n${analysisJson}`;
  if (cardTypes === null || cardTypes.length === 0) return input;
  return `${input}\n${CARD_TYPES.filter((type) => cardTypes.includes(type)).join()}`;
}
