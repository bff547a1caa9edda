import type { FileNote } from './incomingNotes.ts';

/**
 * Rows of a table that were one note of ours become it again, its cards in their order. Where the deck knows some of its
 * rows they stay as they are: each is then about the very cards that it was made of.
 */
export function wholeNotes(
  notes: readonly FileNote[],
  isKnownRow: (note: FileNote) => boolean,
): readonly FileNote[] {
  const rowsOf = new Map<string, FileNote[]>();
  for (const note of notes) {
    if (note.rowOf === null) continue;
    const rows = rowsOf.get(note.rowOf.noteId);
    if (rows === undefined) rowsOf.set(note.rowOf.noteId, [note]);
    else rows.push(note);
  }
  for (const [noteId, rows] of rowsOf) if (rows.some(isKnownRow)) rowsOf.delete(noteId);
  return notes.flatMap((note) => {
    const rows = note.rowOf === null ? undefined : rowsOf.get(note.rowOf.noteId);
    if (rows === undefined) return [note];
    return rows[0] === note ? [joined(rows)] : [];
  });
}

function joined(rows: readonly FileNote[]): FileNote {
  const ordered = [...rows].sort((a, b) => a.rowOf!.at - b.rowOf!.at);
  const first = ordered[0]!;
  const { noteId, term } = first.rowOf!;
  return {
    ...first,
    noteId,
    guid: null,
    term: term || first.term,
    tags: [...new Set(ordered.flatMap(({ tags }) => tags))],
    cards: ordered.flatMap(({ cards }) => cards),
    rowOf: null,
    lostFormatting: ordered.some(({ lostFormatting }) => lostFormatting),
  };
}
