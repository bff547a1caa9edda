import { performance } from 'node:perf_hooks';
import type { Card } from '../../shared/card.ts';
import type { DeckExportReport, DeckFormat, ExportChoice, SheetChoice } from '../../shared/deck.ts';
import type { JobContext } from '../deckJobs/job.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { ankiRows } from './ankiRows.ts';
import type { AnkiRow, RowTools } from './ankiRows.ts';
import { CARD_FORMS } from './cardForms.ts';
import type { CardForm } from './cardForms.ts';
import { ankiTable } from './csvForm.ts';
import { writeSheet } from './htmlForm.ts';
import type { SheetTools } from './htmlForm.ts';
import type { CardSchedule } from './incomingNotes.ts';
import { deckJson } from './jsonForm.ts';
import { noteLineOf } from './noteLines.ts';
import type { NoteLine } from './noteLines.ts';
import { writeWhole } from './wholeFile.ts';
import type { Append } from './wholeFile.ts';

const WRITE_CHARS = 256 * 1024;
/** Between two looks at whether to stop. */
const CARDS_A_STEP = 200;
const DEFAULT_SHEET: SheetChoice = { layout: 'list', paper: 'a4' };

/** Forms that are written here; a package is not. */
export type TextFormat = Exclude<DeckFormat, 'apkg' | 'colpkg'>;
export type DeckFileChoice = Pick<ExportChoice, 'deck' | 'anki' | 'sheet'> &
  Partial<Pick<ExportChoice, 'scheduling'>> & { readonly format: TextFormat };

export type DeckFileTools = RowTools &
  SheetTools & {
    /** Of a card that was studied: only .json takes it along. */
    readonly scheduleOf?: (cardId: number) => CardSchedule | null;
    /** A PDF of a page; `null` where no browser is to be had. */
    readonly printSheet: ((html: string, paper: SheetChoice['paper']) => Promise<Uint8Array>) | null;
  };

/**
 * Writes the accepted cards among `cards` in the form of `choice`. The file appears whole or not at all.
 * @param cards in the order they are to stand in; the deck's own names and files come through `tools`
 * @throws TracedeckError `export_failed`, `print_unavailable`, `cancelled`; what the cards' source throws passes through
 */
export async function writeDeckFile(
  path: string,
  cards: Iterable<Card> | AsyncIterable<Card>,
  choice: DeckFileChoice,
  tools: DeckFileTools,
  context: JobContext,
): Promise<DeckExportReport> {
  const startMs = performance.now();
  const { format } = choice;
  const notes = new Set<string>();
  const leftOut: string[] = [];
  let count = 0;
  let media = 0;
  if (format === 'pdf' && tools.printSheet === null) throw printUnavailable();

  async function* accepted(): AsyncGenerator<Card> {
    for await (const card of cards) {
      if (card.status !== 'accepted') continue;
      notes.add(card.noteId);
      count += 1;
      if (count % CARDS_A_STEP === 0) step(count);
      yield card;
    }
  }
  function step(done: number): void {
    context.throwIfCancelled();
    context.progress(done, null);
  }

  async function write(append: Append): Promise<void> {
    if (format === 'html' || format === 'pdf') {
      const all = await collect(accepted());
      const sheet = choice.sheet ?? DEFAULT_SHEET;
      const made = writeSheet(all, choice.deck ?? 'All decks', sheet, tools, (done) => {
        if (done % CARDS_A_STEP === 0) step(done);
      });
      media = made.media;
      leftOut.push(...made.leftOut);
      await append(format === 'html' ? made.html : await tools.printSheet!(made.html, sheet.paper));
    } else if ((format === 'csv' || format === 'tsv') && choice.anki !== false) {
      const byNote = new Map<string, Card[]>();
      for await (const card of accepted()) {
        const ofNote = byNote.get(card.noteId);
        if (ofNote === undefined) byNote.set(card.noteId, [card]);
        else ofNote.push(card);
      }
      const rows: AnkiRow[] = [];
      const noteLines: NoteLine[] = [];
      for (const ofNote of byNote.values()) {
        const ofRows = ankiRows(ofNote, tools);
        const noteLine = noteLineOf(ofNote, ofRows);
        rows.push(...ofRows);
        if (noteLine !== null) noteLines.push(noteLine);
      }
      await appendAll(append, ankiTable(rows, format === 'csv' ? 'Comma' : 'Tab', noteLines));
    } else {
      const form = format === 'json' ? jsonOf(choice, tools) : CARD_FORMS[format]!;
      await appendAll(append, piecesOf(form, accepted()));
    }
    context.throwIfCancelled();
  }

  const bytes = await writeWhole(path, write);
  context.progress(count, count);
  const tookMs = performance.now() - startMs;
  return { path, format, notes: notes.size, cards: count, media, bytes, tookMs, leftOut };
}

function jsonOf(
  { scheduling = false }: DeckFileChoice,
  { importedNote, scheduleOf }: DeckFileTools,
): CardForm {
  return deckJson(importedNote, scheduling ? (scheduleOf ?? null) : null);
}

async function* piecesOf(form: CardForm, cards: AsyncIterable<Card>): AsyncGenerator<string> {
  yield form.start;
  let previous: Card | null = null;
  for await (const card of cards) {
    yield (previous ? form.between : '') + form.card(card, previous);
    previous = card;
  }
  yield form.end;
}

async function appendAll(append: Append, pieces: Iterable<string> | AsyncIterable<string>): Promise<void> {
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length < WRITE_CHARS) continue;
    const part = text;
    text = '';
    await append(part);
  }
  await append(text);
}

async function collect(cards: AsyncIterable<Card>): Promise<Card[]> {
  const all: Card[] = [];
  for await (const card of cards) all.push(card);
  return all;
}

function printUnavailable(): TracedeckError {
  return new TracedeckError('permanent', 'print_unavailable', 'A PDF cannot be made here.', {
    hint: 'Export as .html, open it in a browser and print it from there.',
  });
}
