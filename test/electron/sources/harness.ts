/** Opens documents as the program does, without a thread unless a test asks for one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { SourceItem } from '../../../shared/card.ts';
import { passageSchema, sourcePlaceSchema } from '../../../shared/source.ts';
import type { PassageBlock, SourcePlace } from '../../../shared/source.ts';
import { guessLanguage } from '../../../electron/exchange/guessLanguage.ts';
import { openDocument } from '../../../electron/sources/openDocument.ts';
import type { DocumentOptions, OpenedDocument } from '../../../electron/sources/openDocument.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracedeck-sources-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

export const cMapFolder = new URL('../../../node_modules/pdfjs-dist/cmaps/', import.meta.url).pathname;
export const workerFile = new URL('../../../electron/sources/sourceWorker.ts', import.meta.url);

export function fileOf(bytes: Uint8Array | string, extension: string): string {
  const path = join(folder, `file${(files += 1)}.${extension}`);
  writeFileSync(path, bytes);
  return path;
}

export function open(
  content: Uint8Array | string,
  format: DocumentOptions['format'],
  options: Partial<DocumentOptions> = {},
): Promise<OpenedDocument> {
  const source =
    typeof content === 'string'
      ? { kind: 'text' as const, text: content }
      : { kind: 'file' as const, path: fileOf(content, format) };
  return openDocument(source, {
    format,
    workerFile: null,
    cMapFolder,
    guessLanguage: (texts) => guessLanguage(texts, []),
    ...options,
  });
}

/** All passages; each one is parsed by its schema and unchanged by that. */
export async function itemsOf(document: OpenedDocument): Promise<readonly SourceItem[]> {
  const items: SourceItem[] = [];
  for await (const batch of document.items()) {
    for (const entry of batch) {
      if (!('passage' in entry)) throw new Error('a problem among the items');
      passageSchema.parse(entry.passage);
      sourcePlaceSchema.parse(entry.place);
      items.push(entry);
    }
  }
  return items;
}

export type Placed = { readonly place: SourcePlace; readonly block: PassageBlock };

export async function blocksOf(
  content: Uint8Array | string,
  format: DocumentOptions['format'],
): Promise<readonly Placed[]> {
  const document = await open(content, format);
  const items = await itemsOf(document);
  await document.close();
  return items.flatMap(({ place, passage }) =>
    (passage?.blocks ?? []).map((block) => ({ place: place ?? { headings: [] }, block })),
  );
}

/** The code of the error that opening ends in; `null` where it opens. */
export async function codeOf(
  content: Uint8Array | string,
  format: DocumentOptions['format'],
  options: Partial<DocumentOptions> = {},
): Promise<string | null> {
  try {
    await (await open(content, format, options)).close();
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
