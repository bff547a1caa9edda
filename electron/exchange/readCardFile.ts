/** A file of cards → notes: our own JSON export, or a text file with Anki's header lines. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import { CARD_TYPES } from '../../shared/card.ts';
import { gapNumbers, withoutGaps } from '../../shared/cloze.ts';
import { sourcePlaceSchema } from '../../shared/source.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { hasAnkiHeaders, parseAnkiText } from './ankiTextFile.ts';
import type { AnkiTextFile, TextNote } from './ankiTextFile.ts';
import { openByteSource } from './byteSource.ts';
import { htmlToText, textToHtml } from './cardText.ts';
import type { IncomingCard, IncomingNote } from './incomingNotes.ts';
import { createListDecoder } from './textDecoder.ts';

const HEAD_CHARS = 4000;
/** A deck of 100,000 cards is a third of it. */
const MAX_BYTES = 300_000_000;

export type FileNote = IncomingNote & {
  /** `null` where the file does not say. */
  readonly modifiedMs: number | null;
  /** Formatting of the file's HTML that plain text cannot keep. */
  readonly lostFormatting: boolean;
};
export type CardFile = {
  readonly form: 'csv' | 'json';
  readonly notes: readonly FileNote[];
  readonly keepsCurrent: boolean;
  readonly refused: readonly string[];
};

/** Whether a file is one of cards, and not a list to make cards of. */
export async function isCardFile(path: string): Promise<boolean> {
  const source = await openByteSource({ kind: 'file', path });
  const decoder = createListDecoder();
  let head = '';
  try {
    for await (const chunk of source.chunks()) {
      head += decoder.push(chunk);
      if (head.length >= HEAD_CHARS) break;
    }
    if (head.length < HEAD_CHARS) head += decoder.end();
  } catch {
    return false;
  } finally {
    await source.close();
  }
  return hasAnkiHeaders(head) || isOurJson(head);
}

function isOurJson(head: string): boolean {
  return /^\ufeff?\s*\[\s*\{/u.test(head) && /"(?:front|noteId)"\s*:/u.test(head);
}

/**
 * @param hasNotetype whether the deck has a notetype of that name and number of fields; a note of any other becomes one
 *   of ours, in plain text
 * @throws TracedeckError `file_unreadable`, `not_utf8`, `not_a_card_file`, `file_too_large`, and what is wrong with a table
 */
export async function readCardFile(
  path: string,
  deck: string | null,
  hasNotetype: (name: string, fields: number) => boolean,
): Promise<CardFile> {
  const text = await readText(path);
  if (hasAnkiHeaders(text)) return fromAnki(parseAnkiText(text), deck, hasNotetype);
  if (isOurJson(text.slice(0, HEAD_CHARS)) || text.trim() === '[]')
    return fromJson(path, text, deck, hasNotetype);
  throw new TracedeckError('user', 'not_a_card_file', `${basename(path)} is not a file of cards.`, {
    hint: 'Cards are read from our own JSON export and from text files that begin with Anki\'s header lines, as "#separator:tab". A list of words is made into cards by a run.',
  });
}

async function readText(path: string): Promise<string> {
  const source = await openByteSource({ kind: 'file', path });
  const decoder = createListDecoder();
  const parts: string[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source.chunks()) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) {
        throw new TracedeckError('user', 'file_too_large', `${basename(path)} is larger than 300 MB.`, {
          hint: 'Split it, or use a package (.apkg).',
        });
      }
      parts.push(decoder.push(chunk));
    }
    parts.push(decoder.end());
  } finally {
    await source.close();
  }
  return parts.join('');
}

// Our own JSON. What a card does not say is as in a new one; what we do not know is passed over.

const cardSchema = z.object({
  noteId: z.string().min(1).max(64),
  deck: z.string().trim().min(1).max(200),
  term: z.string().max(20_000).default(''),
  type: z.enum(CARD_TYPES).catch('basic'),
  format: z.enum(['text', 'html']).default('text'),
  front: z.string().max(200_000),
  back: z.string().max(200_000),
  cloze: z.int().min(1).max(999).nullable().optional(),
  tags: z.array(z.string().max(1000)).max(1000).default([]),
  status: z.string().default('accepted'),
  suspended: z.boolean().default(false),
  flag: z.int().min(0).max(7).default(0),
  quote: z.string().max(20_000).nullable().default(null),
  place: sourcePlaceSchema.nullable().default(null).catch(null),
  createdMs: z.number().nullable().default(null),
  modifiedMs: z.number().nullable().default(null),
  guid: z.string().min(1).max(200).optional(),
  notetype: z.string().min(1).max(500).optional(),
  fields: z.array(z.string().max(1_000_000)).max(500).optional(),
});
type FileCard = z.infer<typeof cardSchema>;

function fromJson(
  path: string,
  text: string,
  deck: string | null,
  hasNotetype: (name: string, fields: number) => boolean,
): CardFile {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/u, ''));
  } catch (thrown) {
    throw new TracedeckError(
      'user',
      'not_a_card_file',
      `${basename(path)} is not whole: it ends within a card.`,
      {
        hint: 'Export it again.',
        cause: thrown,
      },
    );
  }
  const refused: string[] = [];
  let bad = 0;
  const byNote = new Map<string, FileCard[]>();
  for (const one of Array.isArray(json) ? (json as unknown[]) : []) {
    const parsed = cardSchema.safeParse(one);
    if (!parsed.success) {
      bad += 1;
      continue;
    }
    const ofNote = byNote.get(parsed.data.noteId);
    if (ofNote === undefined) byNote.set(parsed.data.noteId, [parsed.data]);
    else ofNote.push(parsed.data);
  }
  if (bad > 0) refused.push(`${bad} entries that are no cards.`);
  const notes = [...byNote.values()].map((cards): FileNote => {
    const first = cards[0]!;
    const { guid, notetype, fields } = cards.find((card) => card.notetype !== undefined) ?? first;
    const ofNotetype =
      notetype !== undefined && fields !== undefined && hasNotetype(notetype, fields.length)
        ? { name: notetype, fields: fields.map((field) => field.normalize('NFC')) }
        : null;
    const isHtml = first.format === 'html' && ofNotetype === null;
    const modified = cards.map(({ modifiedMs }) => modifiedMs ?? 0);
    return {
      noteId: first.noteId,
      guid: guid ?? null,
      deck: deck ?? first.deck.normalize('NFC'),
      term: (first.term || htmlToText(first.front)).slice(0, 4000),
      tags: [...new Set(cards.flatMap(({ tags }) => tags))],
      notetype: ofNotetype,
      cards: cards.flatMap((card) => cardsOf(card, isHtml)),
      createdMs: first.createdMs,
      modifiedMs: Math.max(...modified) || null,
      lostFormatting: isHtml && cards.some(({ front, back }) => isFormatted(front) || isFormatted(back)),
    };
  });
  return { form: 'json', notes, keepsCurrent: false, refused };
}

function cardsOf(card: FileCard, isHtml: boolean): readonly IncomingCard[] {
  const { type, suspended, flag, quote, place } = card;
  const [front, back] = isHtml ? [htmlToText(card.front), htmlToText(card.back)] : [card.front, card.back];
  const common = { type, front, back, suspended, flag, quote, place };
  if (type !== 'cloze') return [{ ...common, cloze: null }];
  // Files of an earlier version do not say which gap is asked for.
  const gaps = card.cloze === undefined || card.cloze === null ? gapNumbers(front) : [card.cloze];
  if (gaps.length === 0) return [{ ...common, type: isHtml ? 'basic' : type, cloze: isHtml ? null : 1 }];
  return gaps.map((cloze) => ({ ...common, cloze }));
}

// Anki's text files.

function fromAnki(
  file: AnkiTextFile,
  deck: string | null,
  hasNotetype: (name: string, fields: number) => boolean,
): CardFile {
  const refused: string[] = [];
  let empty = 0;
  const notes = file.notes.flatMap((note): FileNote[] => {
    if (note.fields.every((field) => field.trim() === '')) {
      empty += 1;
      return [];
    }
    return [noteOfRow(note, file, deck, hasNotetype)];
  });
  if (empty > 0) refused.push(`${empty} rows without text.`);
  if (file.ifMatches === 'keep both') {
    refused.push('"#if matches:keep both": notes that are here already are updated and not made twice.');
  }
  return { form: 'csv', notes, keepsCurrent: file.ifMatches === 'keep current', refused };
}

function noteOfRow(
  note: TextNote,
  { isHtml }: AnkiTextFile,
  deck: string | null,
  hasNotetype: (name: string, fields: number) => boolean,
): FileNote {
  const { tags, fields } = note;
  const texts = fields.map((field) => (isHtml ? htmlToText(field) : field));
  const [front = '', ...others] = texts;
  const common = {
    noteId: null,
    // As Anki goes by the first field where a file has no ids, so that the same file read again adds nothing.
    guid: note.guid ?? `text:${hash(`${note.notetype ?? ''}\u001f${fields[0] ?? ''}`)}`,
    deck: deck ?? note.deck ?? 'Imported',
    term: nameOf(texts.find((text) => text !== '') ?? ''),
    tags,
    createdMs: null,
    modifiedMs: null,
  };
  if (note.notetype !== null) {
    const count = [...fields.keys()].findLast((at) => fields[at] !== '') ?? 0;
    // Rows are as long as the longest notetype of the file.
    for (let length = fields.length; length > count; length -= 1) {
      if (!hasNotetype(note.notetype, length)) continue;
      const own = fields.slice(0, length).map((field) => (isHtml ? field : textToHtml(field)));
      return { ...common, notetype: { name: note.notetype, fields: own }, cards: [], lostFormatting: false };
    }
  }
  const back = others.filter((text) => text !== '').join('\n\n');
  const gaps = gapNumbers(front);
  const side = { front, back, suspended: false, flag: 0, quote: null, place: null };
  return {
    ...common,
    notetype: null,
    cards:
      gaps.length > 0
        ? gaps.map((cloze) => ({ ...side, type: 'cloze', cloze }))
        : [{ ...side, type: 'basic', cloze: null }],
    lostFormatting: isHtml && fields.some(isFormatted),
  };
}

/** A note's name: its text on one line, gaps open. */
function nameOf(text: string): string {
  return [...withoutGaps(text).replace(/\s+/gu, ' ').trim()].slice(0, 200).join('');
}

function isFormatted(html: string): boolean {
  return /<(?!\/?(?:br|div|p)\b)[a-z]|\[sound:/iu.test(html);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
