/** A card as text, in each form that it can be exported in. All forms but Markdown read back unchanged. */
import type { Card } from '../../shared/card.ts';

/** What `cards list --json` and a JSON export say of a card. */
export type CardJson = Pick<Card, 'noteId' | 'deck' | 'front' | 'back' | 'type' | 'tags' | 'provenance'> &
  Pick<Card, 'cardId' | 'term' | 'createdMs'>;

export function cardToJson(card: Card): CardJson {
  const { noteId, deck, front, back, type, tags, provenance, cardId, term, createdMs } = card;
  return { noteId, deck, front, back, type, tags, provenance, cardId, term, createdMs };
}

/** A form: what stands before, between and after the cards, and one card. */
export type CardForm = {
  readonly start: string;
  readonly between: string;
  readonly end: string;
  readonly card: (card: Card, previous: Card | null) => string;
};

const COLUMNS: readonly (readonly [header: string, value: (card: Card) => string])[] = [
  ['noteId', (card) => card.noteId],
  ['deck', (card) => card.deck],
  ['term', (card) => card.term],
  ['type', (card) => card.type],
  ['front', (card) => card.front],
  ['back', (card) => card.back],
  ['tags', (card) => tagsToText(card.tags)],
  ['generator', (card) => card.provenance.generator],
  ['model', (card) => card.provenance.model],
  ['row', (card) => String(card.provenance.row)],
  ['source', (card) => card.provenance.sourceName],
];

/** Separated by spaces, as Anki reads them; white space inside a tag becomes `_`. */
function tagsToText(tags: readonly string[]): string {
  return tags.map((tag) => tag.trim().replace(/\s+/gu, '_')).join(' ');
}

/** RFC 4180 with another delimiter where wanted. Cells are never altered, formulas included. */
function table(delimiter: string, lineEnd: string): CardForm {
  const quotable = new RegExp(`["\\r\\n${delimiter}]|^\\s|\\s$`, 'u');
  const cell = (text: string): string => (quotable.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells: readonly string[]): string => cells.map(cell).join(delimiter) + lineEnd;
  return {
    start: line(COLUMNS.map(([header]) => header)),
    between: '',
    end: '',
    card: (card) => line(COLUMNS.map(([, value]) => value(card))),
  };
}

const json: CardForm = {
  start: '[',
  between: ',',
  end: '\n]\n',
  card: (card) => `\n  ${JSON.stringify(cardToJson(card))}`,
};

const markdown: CardForm = {
  start: '',
  between: '',
  end: '',
  card: (card, previous) => {
    const deck = previous?.deck === card.deck ? '' : `# ${markdownLine(card.deck)}\n\n`;
    const sameNote = deck === '' && previous?.noteId === card.noteId;
    const term = sameNote ? '' : `## ${markdownLine(card.term)}\n\n`;
    const tags = card.tags.length > 0 ? `\n\n*Tags: ${card.tags.map(markdownLine).join(', ')}*` : '';
    return `${deck}${term}### ${markdownLine(card.type)}\n\n${quoted(card.front)}\n\n${markdownText(card.back)}${tags}\n\n`;
  },
};

/** By file extension, without the dot. */
export const CARD_FORMS: Readonly<Record<string, CardForm>> = {
  csv: table(',', '\r\n'),
  tsv: table('\t', '\n'),
  json,
  md: markdown,
};

/** Text that CommonMark shows as it is; line breaks stay line breaks. */
export function markdownText(text: string): string {
  return (
    text
      .split(/\r\n?|\n/u)
      .map((line) =>
        line
          .trim()
          .replace(/[\\`*_[\]<>|~&$]/gu, '\\$&')
          .replace(/^([#+=-])/u, '\\$1')
          .replace(/^(\d+)([.)])/u, '$1\\$2'),
      )
      .join('\\\n')
      // A backslash before an empty line would be shown; a blank line starts a paragraph instead.
      .replace(/(?:\\\n){2,}/gu, '\n\n')
  );
}

function markdownLine(text: string): string {
  return markdownText(text.replace(/\s+/gu, ' ').trim());
}

function quoted(text: string): string {
  return markdownText(text)
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
