import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Card } from '../../shared/card.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { reason } from './byteSource.ts';
import { CARD_FORMS } from './cardForms.ts';
import type { CardForm } from './cardForms.ts';

export { cardToJson } from './cardForms.ts';
export type { CardJson } from './cardForms.ts';

const WRITE_CHARS = 64 * 1024;

/**
 * The form that a file's extension asks for.
 * @throws TracedeckError `unknown_export_format`; call it early to refuse a path before any work is done
 */
export function exportForm(path: string): CardForm {
  const extension = extname(path).slice(1).toLowerCase();
  const form = Object.hasOwn(CARD_FORMS, extension) ? CARD_FORMS[extension] : undefined;
  if (form) return form;
  const known = Object.keys(CARD_FORMS)
    .map((name) => `.${name}`)
    .join(', ');
  throw new TracedeckError(
    'user',
    'unknown_export_format',
    `${basename(path)} does not say which form to export: its name must end in one of ${known}.`,
    { hint: `For example ${basename(path, extname(path)) || 'cards'}.csv` },
  );
}

/**
 * Writes cards to a file as they come and returns how many. The file appears whole or not at all: it is
 * written beside its place, flushed to the disk and then renamed over what was there.
 * @throws TracedeckError `unknown_export_format`, or `export_failed` with the system's reason. What the cards'
 * own source throws passes through. In every case an older file of that name is as it was.
 */
export async function writeCards(path: string, cards: Iterable<Card> | AsyncIterable<Card>): Promise<number> {
  const form = exportForm(path);
  // A link stays a link: what it points to is replaced.
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await disk(path, () => open(temporary, 'wx', 0o666));
  let isOpen = true;
  try {
    let count = 0;
    let previous: Card | null = null;
    let text = form.start;
    for await (const card of cards) {
      text += (previous ? form.between : '') + form.card(card, previous);
      previous = card;
      count += 1;
      if (text.length < WRITE_CHARS) continue;
      const part = text;
      text = '';
      await disk(path, () => file.appendFile(part));
    }
    await disk(path, async () => {
      await file.appendFile(text + form.end);
      await file.sync();
    });
    isOpen = false;
    await disk(path, async () => {
      await file.close();
      await rename(temporary, target);
    });
    return count;
  } catch (thrown) {
    if (isOpen) await file.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw thrown;
  }
}

async function disk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw new TracedeckError('user', 'export_failed', `Cannot write ${path}: ${reason(thrown)}.`, {
      hint: 'Check the folder, its permissions and the free space. A file that was there before is unchanged.',
      cause: thrown,
    });
  }
}
