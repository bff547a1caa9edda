import { basename, extname } from 'node:path';
import type { Card } from '../../shared/card.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { CARD_FORMS } from './cardForms.ts';
import type { CardForm } from './cardForms.ts';
import { writeWhole } from './wholeFile.ts';

export { cardToJson } from './jsonForm.ts';
export type { CardJson } from './jsonForm.ts';

const WRITE_CHARS = 64 * 1024;

/**
 * The form that a file's extension asks for.
 * @throws TracedeckError `unknown_export_format`; call it early to refuse a path before any work is done
 */
export function exportForm(path: string): CardForm {
  const extension = extname(path).slice(1).toLowerCase();
  const form = Object.hasOwn(CARD_FORMS, extension) ? CARD_FORMS[extension] : undefined;
  if (form) return form;
  throw unknownFormat(path, Object.keys(CARD_FORMS));
}

/** The error for a path whose extension names none of `known`. */
function unknownFormat(path: string, known: readonly string[]): TracedeckError {
  const names = known.map((name) => `.${name}`).join(', ');
  return new TracedeckError(
    'user',
    'unknown_export_format',
    `${basename(path)} does not say which form to export: its name must end in one of ${names}.`,
    { hint: `For example ${basename(path, extname(path)) || 'cards'}.csv` },
  );
}

/**
 * Writes cards to a file as they come, in the plain forms that scripts read, and returns how many. The file appears
 * whole or not at all.
 * @throws TracedeckError `unknown_export_format`, or `export_failed` with the system's reason. What the cards'
 * own source throws passes through. In every case an older file of that name is as it was.
 */
export async function writeCards(path: string, cards: Iterable<Card> | AsyncIterable<Card>): Promise<number> {
  const form = exportForm(path);
  let count = 0;
  await writeWhole(path, async (append) => {
    let previous: Card | null = null;
    let text = form.start;
    for await (const card of cards) {
      text += (previous ? form.between : '') + form.card(card, previous);
      previous = card;
      count += 1;
      if (text.length < WRITE_CHARS) continue;
      const part = text;
      text = '';
      await append(part);
    }
    await append(text + form.end);
  });
  return count;
}
