const MAGIC: readonly (readonly [bytes: readonly number[], kind: string, hint: string])[] = [
  [[0x25, 0x50, 0x44, 0x46], 'a PDF document', 'Read it from a file: npm run -s cli -- generate FILE'],
  [[0x89, 0x50, 0x4e, 0x47], 'a PNG image', 'Choose the list itself: CSV, TSV or plain text.'],
  [[0xff, 0xd8, 0xff], 'a JPEG image', 'Choose the list itself: CSV, TSV or plain text.'],
  [[0x47, 0x49, 0x46, 0x38], 'a GIF image', 'Choose the list itself: CSV, TSV or plain text.'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], 'an SQLite database', 'Export the table as CSV first.'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Office document (.xls or .doc)', 'Open it and save it as CSV (UTF-8).'],
  [[0x1f, 0x8b], 'a gzip archive', 'Unpack it first.'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd archive', 'Unpack it first.'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'a 7z archive', 'Unpack it first.'],
  [[0x52, 0x61, 0x72, 0x21], 'a RAR archive', 'Unpack it first.'],
  [[0x7f, 0x45, 0x4c, 0x46], 'a program', 'Choose the list itself: CSV, TSV or plain text.'],
  [
    [0x7b, 0x5c, 0x72, 0x74, 0x66],
    'a rich text document (RTF)',
    'Open it and save it as plain text (UTF-8).',
  ],
];
/** Names inside a zip archive (local headers keep them readable) that say what the archive is. */
const ZIP_KINDS: readonly (readonly [name: string, kind: string, hint: string])[] = [
  [
    'collection.anki2',
    'an Anki package',
    'Its cards are made already. Import it: npm run -s cli -- import FILE',
  ],
  ['xl/', 'an Excel workbook', 'In Excel, save it as "CSV UTF-8".'],
  ['opendocument.spreadsheet', 'an OpenDocument spreadsheet', 'Save it as CSV with UTF-8 text.'],
  ['word/', 'a Word document', 'Save it as plain text (UTF-8), one entry a line.'],
  ['epub+zip', 'an EPUB book', 'Read it from a file: npm run -s cli -- generate FILE'],
];

/** What a file that is no text is, by its first bytes; `null` where they say nothing. */
export function fileKind(head: Uint8Array): { readonly kind: string; readonly hint: string } | null {
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) {
    const names = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
    const known = ZIP_KINDS.find(([name]) => names.includes(name));
    if (known) return { kind: known[1], hint: known[2] };
    // An Excel workbook starts with this part; what follows may lie beyond the first bytes.
    if (names.includes('[Content_Types].xml')) {
      return { kind: 'an Office document', hint: 'Save it as CSV (UTF-8) or plain text.' };
    }
    return { kind: 'a zip archive', hint: 'Unpack it first.' };
  }
  const known = MAGIC.find(([bytes]) => startsWith(head, bytes));
  return known ? { kind: known[1], hint: known[2] } : null;
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, at) => head[at] === byte);
}
