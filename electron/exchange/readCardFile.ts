/** A file of cards → notes: our own JSON export, or a text file with Anki's header lines. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { gapNumbers, withoutGaps } from '../../shared/cloze.ts';
import { hasAnkiHeaders, isCardJson } from '../../shared/cardFiles.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { parseAnkiText } from './ankiTextFile.ts';
import type { AnkiTextFile, TextNote } from './ankiTextFile.ts';
import { openByteSource } from './byteSource.ts';
import { htmlToText, isFormatted, textToHtml } from './cardText.ts';
import type { CardFile, CardFileTools, FileNote, RowOfNote } from './incomingNotes.ts';
import { readJsonCards } from './jsonCardFile.ts';
import { createListDecoder } from './textDecoder.ts';

const HEAD_CHARS = 4000;
/** A deck of 100,000 cards is a third of it. */
const MAX_BYTES = 300_000_000;

/** Whether a file is one of cards, and not a list to make cards of. */
export async function isCardFile(path: string): Promise<boolean> {
  const source = await openByteSource({ kind: 'file', path });
  const decoder = createListDecoder();
  let head = '';
  let raw = '';
  try {
    for await (const chunk of source.chunks()) {
      if (raw === '') raw = Buffer.from(chunk.subarray(0, HEAD_CHARS)).toString('latin1');
      head += decoder.push(chunk);
      if (head.length >= HEAD_CHARS) break;
    }
    if (head.length < HEAD_CHARS) head += decoder.end();
  } catch {
    // Header lines are ASCII in every encoding but UTF-16: what is wrong with the rest is said when it is read.
    return hasAnkiHeaders(raw);
  } finally {
    await source.close();
  }
  return hasAnkiHeaders(head) || isCardJson(head);
}

/**
 * @throws TracedeckError `file_unreadable`, `empty_file`, `not_utf8`, `not_a_card_file`, `file_too_large`, and what is wrong with a table
 */
export async function readCardFile(
  path: string,
  deck: string | null,
  tools: CardFileTools,
): Promise<CardFile> {
  const text = await readText(path);
  if (hasAnkiHeaders(text)) return fromAnki(parseAnkiText(text), deck, tools);
  if (isCardJson(text.slice(0, HEAD_CHARS)) || text.trim() === '[]')
    return readJsonCards(path, text, deck, tools);
  if (text.trim() === '') {
    throw new TracedeckError('user', 'empty_file', `${basename(path)} is empty.`, {
      hint: 'Export it again, or choose another file.',
    });
  }
  throw new TracedeckError('user', 'not_a_card_file', `${basename(path)} is not a file of cards.`, {
    hint: 'Cards are read from Anki packages (.apkg, .colpkg), from our own JSON export, and from text files that begin with Anki\'s header lines, as "#separator:tab". A list of words is made into cards by a run.',
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

function fromAnki(file: AnkiTextFile, deck: string | null, tools: CardFileTools): CardFile {
  const rowsOf = ownRows(file, tools);
  const refused: string[] = [];
  let empty = 0;
  const notes = file.notes.flatMap((note): FileNote[] => {
    if (note.fields.every((field) => field.trim() === '')) {
      empty += 1;
      return [];
    }
    const rowOf = note.guid === null ? undefined : rowsOf.get(note.guid);
    return [noteOfRow(note, file.isHtml, deck, rowOf ?? null, tools)];
  });
  if (empty > 0) refused.push(`${empty} rows without text.`);
  if (file.ifMatches === 'keep both') {
    refused.push('"#if matches:keep both": notes that are here already are updated and not made twice.');
  }
  return { form: 'csv', notes, keepsCurrent: file.ifMatches === 'keep current', refused };
}

/** By its id, which note of ours a row is of. */
function ownRows({ noteLines }: AnkiTextFile, { rowGuid }: CardFileTools): ReadonlyMap<string, RowOfNote> {
  const found = new Map<string, RowOfNote>();
  for (const { noteId, term, rows } of noteLines) {
    for (const [at, { type, cardId }] of rows.entries()) {
      found.set(rowGuid(noteId, cardId), { noteId, term: term.normalize('NFC'), type, at });
    }
  }
  return found;
}

function noteOfRow(
  note: TextNote,
  isHtml: boolean,
  deck: string | null,
  rowOf: RowOfNote | null,
  { hasNotetype }: CardFileTools,
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
    rowOf,
  };
  // `Basic` is what a row of ours is to Anki; here it is a card of a kind of its own.
  if (note.notetype !== null && rowOf === null) {
    const count = [...fields.keys()].findLast((at) => fields[at] !== '') ?? 0;
    // Rows are as long as the longest notetype of the file.
    for (let length = fields.length; length > count; length -= 1) {
      if (!hasNotetype(note.notetype, length)) continue;
      const own = fields.slice(0, length).map((field) => (isHtml ? field : textToHtml(field)));
      return { ...common, notetype: { name: note.notetype, fields: own }, cards: [], lostFormatting: false };
    }
  }
  const back = others.filter((text) => text !== '').join('\n\n');
  const gaps = rowOf !== null && rowOf.type !== 'cloze' ? [] : gapNumbers(front);
  const side = {
    front,
    back,
    suspended: false,
    flag: 0,
    quote: null,
    place: null,
    schedule: null,
    provenance: null,
  };
  return {
    ...common,
    notetype: null,
    cards:
      gaps.length > 0
        ? gaps.map((cloze) => ({ ...side, type: 'cloze', cloze }))
        : [{ ...side, type: rowOf?.type ?? 'basic', cloze: null }],
    lostFormatting: isHtml && fields.some(isFormatted),
  };
}

/** A note's name: its text on one line, gaps open. */
function nameOf(text: string): string {
  return [...withoutGaps(text).replace(/\s+/gu, ' ').trim()].slice(0, 200).join('');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
