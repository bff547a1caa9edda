/** How cards were exported the last time: the next time begins there. */
import { z } from 'zod';
import { exportChoiceSchema, sheetSchema } from '../../../../shared/deck.ts';

const optionsSchema = z.object({
  format: exportChoiceSchema.shape.format.catch('apkg'),
  scheduling: z.boolean().catch(false),
  media: z.boolean().catch(true),
  /** Header lines that Anki reads, in tables. */
  anki: z.boolean().catch(true),
  layout: sheetSchema.shape.layout.catch('list'),
  paper: sheetSchema.shape.paper.catch('a4'),
});
export type ExportOptions = z.infer<typeof optionsSchema>;

const KEY = 'tracedeck.export';

/** Whatever is kept, each of it as far as it is what it should be. */
export function exportOptionsOf(kept: unknown): ExportOptions {
  return optionsSchema.parse(typeof kept === 'object' && kept !== null ? kept : {});
}

export function readExportOptions(): ExportOptions {
  try {
    return exportOptionsOf(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch {
    return exportOptionsOf({});
  }
}

export function keepExportOptions(options: ExportOptions): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(options));
  } catch {
    // Then the next dialog begins as at first.
  }
}
