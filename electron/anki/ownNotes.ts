/**
 * A note of ours is one or several notes in Anki, its pieces: the term with a card of each type; each cloze text; each
 * further card of a type. Which card is in which piece follows from all cards that the note ever had and their order, so
 * that accepting, rejecting or deleting one moves no other.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CARD_TYPES } from '../../shared/card.ts';
import type { CardType } from '../../shared/card.ts';
import { gapNumbers } from '../../shared/cloze.ts';
import { htmlToText, textToHtml } from './fieldHtml.ts';
import { BASIC_FIELDS, CLOZE_FIELDS, TERM_FIELDS, TERM_TYPES } from './notetypes.ts';
import type { OwnKind, TermType } from './notetypes.ts';

export type OwnCard = {
  readonly id: number;
  readonly ordinal: number;
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly quote: string | null;
  /** Only accepted cards go out; the others keep their place. */
  readonly accepted: boolean;
};
export type OwnNote = {
  readonly uuid: string;
  readonly term: string;
  readonly key: string;
  /** What stands below the answer: file and place. */
  readonly source: string;
  /** JSON of the deck's `notes.source`, less what is long. */
  readonly origin: OwnData['origin'];
  readonly cards: readonly OwnCard[];
};
export type OwnPiece = {
  /** 0 for the term, else the ordinal of its first card and one. */
  readonly piece: number;
  readonly kind: OwnKind;
  /** HTML, in the notetype's order. */
  readonly fields: readonly string[];
  /** Its accepted cards by Anki's ordinal. */
  readonly cards: readonly { readonly card: OwnCard; readonly ordinal: number }[];
};

const ordinals = z.record(z.string().max(20), z.int().min(0).max(100_000));
const texts = z.record(z.string().max(20), z.string().max(50_000));
const dataSchema = z.object({
  /** Ordinals of the cards: by type, of a cloze text by gap. */
  ordinals: ordinals.optional(),
  key: z.string().max(10_000).optional(),
  origin: z
    .object({ name: z.string().max(1000), row: z.int().min(0) })
    .loose()
    .optional(),
  /** Where cards of one piece differ in them; they count while the field is as it was. */
  quotes: texts.optional(),
  quotesOf: z.string().max(64).optional(),
  backs: texts.optional(),
  backsOf: z.string().max(64).optional(),
});
export type OwnData = z.infer<typeof dataSchema>;

const IS_TERM_TYPE = new Set<string>(TERM_TYPES);
const IS_CARD_TYPE = new Set<string>(CARD_TYPES);

/** The pieces with at least one accepted card. */
export function splitNote(note: OwnNote): OwnPiece[] {
  const byType = new Map<TermType, OwnCard>();
  const clozes: OwnCard[][] = [];
  const further: OwnCard[] = [];
  for (const card of [...note.cards].sort((a, b) => a.ordinal - b.ordinal)) {
    if (card.type === 'cloze' && card.cloze !== null && gapNumbers(card.front).includes(card.cloze)) {
      const text = clozes.find(
        (group) => group[0]!.front === card.front && group.every(({ cloze }) => cloze !== card.cloze),
      );
      if (text === undefined) clozes.push([card]);
      else text.push(card);
    } else if (IS_TERM_TYPE.has(card.type) && !byType.has(card.type as TermType)) {
      byType.set(card.type as TermType, card);
    } else further.push(card);
  }
  const pieces = [
    termPiece(note, byType),
    ...clozes.map((group) => clozePiece(note, group)),
    ...further.map((card) => basicPiece(note, card)),
  ];
  return pieces.filter(({ cards }) => cards.length > 0);
}

function termPiece(note: OwnNote, byType: ReadonlyMap<TermType, OwnCard>): OwnPiece {
  const present = TERM_TYPES.flatMap((type, index) => {
    const card = byType.get(type);
    return card?.accepted === true ? [{ card, ordinal: index }] : [];
  });
  const sides = TERM_TYPES.flatMap((type) => {
    const card = byType.get(type);
    return card?.accepted === true ? [textToHtml(card.front), textToHtml(card.back)] : ['', ''];
  });
  const keyed = present.map(({ card }) => [card.type, card] as const);
  const { quote, data } = shared(note, keyed);
  const fields = [textToHtml(note.term), ...sides, quote, textToHtml(note.source), idOf(note, 0), data];
  return { piece: 0, kind: 'term', fields, cards: present };
}

function clozePiece(note: OwnNote, group: readonly OwnCard[]): OwnPiece {
  const piece = group[0]!.ordinal + 1;
  const present = group.filter(({ accepted }) => accepted);
  const keyed = present.map((card) => [String(card.cloze), card] as const);
  const { quote, back, data } = shared(note, keyed);
  const fields = [
    textToHtml(group[0]!.front),
    back,
    textToHtml(note.term),
    quote,
    textToHtml(note.source),
    idOf(note, piece),
    data,
  ];
  const cards = present.map((card) => ({ card, ordinal: card.cloze! - 1 }));
  return { piece, kind: 'cloze', fields, cards };
}

function basicPiece(note: OwnNote, card: OwnCard): OwnPiece {
  const piece = card.ordinal + 1;
  const { quote, data } = shared(note, [[card.type, card]]);
  const fields = [
    textToHtml(card.front),
    textToHtml(card.back),
    card.type,
    textToHtml(note.term),
    quote,
    textToHtml(note.source),
    idOf(note, piece),
    data,
  ];
  return { piece, kind: 'basic', fields, cards: card.accepted ? [{ card, ordinal: 0 }] : [] };
}

/** What the cards of a piece have together in one field each, and what is only for us. */
function shared(
  { key, origin }: OwnNote,
  cards: readonly (readonly [string, OwnCard])[],
): { quote: string; back: string; data: string } {
  const quotes = cards.flatMap(([name, { quote }]) => (quote === null ? [] : [[name, quote] as const]));
  const backs = cards.map(([name, { back }]) => [name, back] as const);
  const quote = together(quotes);
  const back = together(backs);
  const differ = (of: readonly (readonly [string, string])[]) => new Set(of.map(([, text]) => text)).size > 1;
  const data: OwnData = {
    ordinals: Object.fromEntries(cards.map(([name, card]) => [name, card.ordinal])),
    key,
    ...(origin === undefined ? {} : { origin }),
    ...(differ(quotes) || (quotes.length > 0 && quotes.length < cards.length)
      ? { quotes: Object.fromEntries(quotes), quotesOf: hashOf(quote) }
      : {}),
    ...(differ(backs) ? { backs: Object.fromEntries(backs), backsOf: hashOf(back) } : {}),
  };
  return { quote: textToHtml(quote), back: textToHtml(back), data: textToHtml(JSON.stringify(data)) };
}

function together(texts: readonly (readonly [string, string])[]): string {
  return [...new Set(texts.map(([, text]) => text))].join('\n');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text.normalize('NFC')).digest('hex').slice(0, 16);
}

/** What the `Id` field holds. */
export function idOf({ uuid }: Pick<OwnNote, 'uuid'>, piece: number): string {
  return `${uuid}:${piece}`;
}

export function readId(html: string): { readonly uuid: string; readonly piece: number } | null {
  const match = /^([0-9a-z-]{8,64}):(\d{1,7})$/i.exec(html.trim());
  return match === null ? null : { uuid: match[1]!, piece: Number(match[2]) };
}

/** Where the `Id` field stands. */
export function idField(kind: OwnKind): number {
  return (kind === 'term' ? TERM_FIELDS : kind === 'cloze' ? CLOZE_FIELDS : BASIC_FIELDS).indexOf(
    'Id' as never,
  );
}

export type ReadPieceCard = {
  /** Anki's. */
  readonly ordinal: number;
  /** Ours, where the package says it. */
  readonly wanted: number | null;
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly quote: string | null;
};
export type ReadPiece = {
  readonly term: string;
  readonly data: OwnData;
  readonly cards: readonly ReadPieceCard[];
};

/** A piece as it comes back, whatever was done to it in Anki. @param present Anki's ordinals of its cards */
export function readPiece(
  kind: OwnKind,
  piece: number,
  fields: readonly string[],
  present: readonly number[],
): ReadPiece {
  const names: readonly string[] =
    kind === 'term' ? TERM_FIELDS : kind === 'cloze' ? CLOZE_FIELDS : BASIC_FIELDS;
  const field = (name: string): string => htmlToText(fields[names.indexOf(name)] ?? '');
  const data = readData(field('Data'));
  const quote = field('Quote');
  const quoteOf = (name: string): string | null => {
    if (data.quotes !== undefined && data.quotesOf === hashOf(quote)) return own(data.quotes, name);
    return quote === '' ? null : quote;
  };
  const back = kind === 'term' ? '' : field('Back');
  const backOf = (name: string): string =>
    (data.backs !== undefined && data.backsOf === hashOf(back) ? own(data.backs, name) : null) ?? back;
  const wanted = (name: string) => own(data.ordinals ?? {}, name);
  const cards = present.flatMap((ordinal): ReadPieceCard[] => {
    if (kind === 'term') {
      const type = TERM_TYPES[ordinal];
      if (type === undefined) return [];
      const front = htmlToText(fields[1 + 2 * ordinal] ?? '');
      const answer = htmlToText(fields[2 + 2 * ordinal] ?? '');
      return [
        { ordinal, wanted: wanted(type), type, front, back: answer, cloze: null, quote: quoteOf(type) },
      ];
    }
    if (kind === 'cloze') {
      const name = String(ordinal + 1);
      const sides = { front: field('Text'), back: backOf(name), cloze: ordinal + 1, quote: quoteOf(name) };
      return [{ ordinal, wanted: wanted(name), type: 'cloze', ...sides }];
    }
    const named = field('Type').trim();
    const type = IS_CARD_TYPE.has(named) ? (named as CardType) : 'basic';
    const sides = { front: field('Front'), back, cloze: null, quote: quoteOf(type) };
    return [{ ordinal, wanted: wanted(type) ?? (piece > 0 ? piece - 1 : null), type, ...sides }];
  });
  return { term: field('Term'), data, cards };
}

function readData(text: string): OwnData {
  if (text === '' || text.length > 500_000) return {};
  try {
    const parsed = dataSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(record, name) ? record[name]! : null;
}
