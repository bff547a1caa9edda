/** One action on many cards, as one change set. Cards that it cannot be done to are left alone, and told. */
import type { BulkAction, ChangeSet } from '../../shared/deck.ts';
import { gapNumbers } from '../../shared/cloze.ts';
import { countOf } from '../../shared/units.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { Around, ChangeLog, Changes, Counts, Label } from './changeLog.ts';
import { cleanTags } from './deckParts.ts';
import type { EditableNote } from './editableNote.ts';
import type { NoteEditor } from './editNotes.ts';
import { cleanSide } from './noteFolding.ts';

const GONE = 'The card is gone.';
const SIDE_MAX = 20_000;
/** In one transaction: some 10 ms where all cards get the same part, some 20 where they are changed one by one. */
const ALIKE_A_PIECE = 500;
const ONES_A_PIECE = 100;

type PickedRow = { id: number; noteId: number; status: string };

export function createBulkEditor(
  db: Db,
  { log, notes }: { readonly log: ChangeLog; readonly notes: NoteEditor },
) {
  const picked = db.prepare<[string], PickedRow>(
    `SELECT cards.id, note_id AS noteId, status FROM json_each(?) AS wanted JOIN cards ON cards.id = wanted.value`,
  );
  const tagged = db.prepare<[number], { notetypeId: number | null; tags: string }>(
    `SELECT notetype_id AS notetypeId, (SELECT json_group_array(name) FROM note_tags JOIN tags ON tags.id = tag_id
       WHERE note_id = notes.id) AS tags
     FROM notes WHERE id = ?`,
  );

  /** The cards that are there, each once; the others are told. */
  function pick(changes: Changes, cardIds: readonly number[]): readonly PickedRow[] {
    const wanted = new Set(cardIds);
    const rows = picked.all(JSON.stringify([...wanted])).filter(({ id, status }) => {
      if (status === 'deleted') return false;
      wanted.delete(id);
      return true;
    });
    for (const cardId of wanted) changes.leave(cardId, GONE);
    return rows;
  }

  function run(changes: Changes, rows: readonly PickedRow[], action: BulkAction): void {
    const noteIds = () => new Set(rows.map(({ noteId }) => noteId));
    const ids = () => rows.map(({ id }) => id);
    switch (action.kind) {
      case 'addTags':
      case 'removeTags':
        return retag(changes, noteIds(), action);
      case 'move':
        // The deck is there even where no card moves.
        changes.deckId(action.deck);
        changes.cards(ids(), 'deck', action.deck);
        return notes.follow(changes, noteIds());
      case 'suspend':
        return changes.cards(ids(), 'suspended', action.suspended);
      case 'flag':
        return changes.cards(ids(), 'flag', action.flag);
      case 'status':
        return changes.cards(ids(), 'status', action.status);
      case 'delete':
        changes.cards(ids(), 'status', 'deleted');
        return notes.follow(changes, noteIds());
      case 'forget':
        for (const { id } of rows) changes.card(id, { memory: null });
        return;
      case 'replace':
        return replaceAll(changes, rows, action);
      default:
        action satisfies never;
    }
  }

  function retag(
    changes: Changes,
    noteIds: ReadonlySet<number>,
    { kind, tags }: Extract<BulkAction, { tags: unknown }>,
  ): void {
    const named = cleanTags(tags);
    const folded = new Set(named.map((tag) => tag.toLowerCase()));
    for (const noteId of noteIds) {
      const row = tagged.get(noteId);
      if (!row) continue;
      const had = JSON.parse(row.tags) as string[];
      // What is there keeps its case: of tags that differ in it, the first stays.
      const after =
        kind === 'addTags' ? [...had, ...named] : had.filter((tag) => !folded.has(tag.toLowerCase()));
      // Imported cards may show their tags.
      const note = row.notetypeId === null ? null : notes.byId(noteId);
      if (note) notes.editTags(changes, note, after);
      else changes.note(noteId, { tags: cleanTags(after) });
    }
  }

  function replaceAll(
    changes: Changes,
    rows: readonly PickedRow[],
    action: Extract<BulkAction, { kind: 'replace' }>,
  ): void {
    for (const [noteId, cardIds] of byNote(rows)) {
      const note = notes.byId(noteId);
      if (note) replaceIn(changes, note, cardIds, action);
    }
  }

  function replaceIn(
    changes: Changes,
    note: EditableNote,
    cardIds: ReadonlySet<number>,
    action: Extract<BulkAction, { kind: 'replace' }>,
  ): void {
    const leaveAll = (reason: string) => {
      for (const cardId of cardIds) changes.leave(cardId, reason);
    };
    if (note.fields) {
      const replace = replacer(action, true);
      const fields = note.fields.map(replace);
      if (fields.every((field, i) => field === note.fields?.[i])) return;
      if (gapsOf(fields) !== gapsOf(note.fields)) return leaveAll('A gap would be lost or made.');
      try {
        notes.editFields(changes, note, fields);
      } catch (thrown) {
        if ((thrown as { code?: string }).code !== 'no_cards') throw thrown;
        leaveAll('The question would be empty.');
      }
      return;
    }
    const replace = replacer(action, false);
    const edits = note.cards.flatMap(({ id, front: oldFront, back: oldBack, type }) => {
      if (!cardIds.has(id)) return [];
      const front = cleanSide(replace(oldFront));
      const back = cleanSide(replace(oldBack));
      if (front === oldFront && back === oldBack) return [];
      const refused =
        front === ''
          ? 'The question would be empty.'
          : back === '' && oldBack !== '' && type !== 'cloze'
            ? 'The answer would be empty.'
            : front.length > SIDE_MAX || back.length > SIDE_MAX
              ? 'The text would be too long.'
              : type === 'cloze' && gapsOf([front]) !== gapsOf([oldFront])
                ? 'A gap would be lost or made.'
                : null;
      if (refused === null) return [{ cardId: id, front, back }];
      changes.leave(id, refused);
      return [];
    });
    if (edits.length === 0) return;
    notes.editSides(changes, note, edits);
    notes.rename(changes, note.id);
  }

  /** So many cards at a time, and the cards of one note together: it follows the first of them. */
  function* byPieces(cardIds: readonly number[], aPiece: number): Generator<readonly number[]> {
    const noteOf = new Map(picked.all(JSON.stringify(cardIds)).map(({ id, noteId }) => [id, noteId]));
    const sorted = [...new Set(cardIds)].sort((a, b) => (noteOf.get(a) ?? 0) - (noteOf.get(b) ?? 0) || a - b);
    for (let at = 0; at < sorted.length;) {
      let end = Math.min(at + aPiece, sorted.length);
      while (end < sorted.length && noteOf.get(sorted[end]!) === noteOf.get(sorted[end - 1]!)) end += 1;
      yield sorted.slice(at, end);
      at = end;
    }
  }

  return {
    /**
     * The same as `bulkEdit` in pieces that each are a transaction; see `recordInPieces`.
     * @param between is called before each piece with how many cards are done
     */
    bulkEditInPieces(
      cardIds: readonly number[],
      action: BulkAction,
      between: (done: number) => void,
      around?: Around,
    ): ChangeSet {
      let done = 0;
      function* pieces(): Generator<(changes: Changes) => void> {
        for (const ids of byPieces(cardIds, cardsAPiece(action))) {
          yield (changes) => run(changes, pick(changes, ids), action);
          done += ids.length;
        }
      }
      return log.recordInPieces(labelOf(action), pieces(), () => between(done), around);
    },

    /** A set that changed nothing has `changeSetId` 0; `leftAlone` tells the first thousand cards. */
    bulkEdit(cardIds: readonly number[], action: BulkAction): ChangeSet {
      return log.record(labelOf(action), (changes) => run(changes, pick(changes, cardIds), action));
    },
  };
}

function cardsAPiece({ kind }: BulkAction): number {
  return kind === 'move' || kind === 'suspend' || kind === 'flag' || kind === 'status' || kind === 'delete'
    ? ALIKE_A_PIECE
    : ONES_A_PIECE;
}

/** Whether it takes so long that it is better done elsewhere, in pieces. */
export function isLargeEdit(cards: number, action: BulkAction): boolean {
  return cards > 4 * cardsAPiece(action);
}

function byNote(rows: readonly PickedRow[]): Map<number, Set<number>> {
  const groups = new Map<number, Set<number>>();
  for (const { id, noteId } of rows) {
    let group = groups.get(noteId);
    if (!group) groups.set(noteId, (group = new Set()));
    group.add(id);
  }
  return groups;
}

function gapsOf(texts: readonly string[]): string {
  return texts.map((text) => gapNumbers(text).join()).join('|');
}

/** Replaces literally. In HTML only what a reader sees: tags stay, and entities are no text. */
function replacer(
  { find, with: by, matchCase }: Extract<BulkAction, { kind: 'replace' }>,
  isHtml: boolean,
): (text: string) => string {
  const encode = (text: string) =>
    isHtml ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') : text;
  const wanted = encode(find.normalize('NFC'));
  const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), matchCase ? 'gu' : 'giu');
  const made = encode(by.normalize('NFC'));
  const replace = (text: string) => text.replace(pattern, () => made);
  if (!isHtml) return replace;
  const kept = wanted.includes('&') ? /(<[^<>]*>)/ : /(<[^<>]*>|&#?\w{1,10};)/;
  return (text) =>
    text
      .split(kept)
      .map((piece, i) => (i % 2 === 0 ? replace(piece) : piece))
      .join('');
}

function labelOf(action: BulkAction): Label {
  const cards = ({ cards: count }: Counts) => countOf(count, 'card');
  const notes = ({ notes: count }: Counts) => countOf(count, 'note');
  switch (action.kind) {
    case 'addTags':
      return (counts) => `Tagged ${notes(counts)}: ${cleanTags(action.tags).join(' ')}`;
    case 'removeTags':
      return (counts) => `Removed tags from ${notes(counts)}: ${cleanTags(action.tags).join(' ')}`;
    case 'move':
      return (counts) => `Moved ${cards(counts)} to ${action.deck}`;
    case 'suspend':
      return (counts) => `${action.suspended ? 'Suspended' : 'Unsuspended'} ${cards(counts)}`;
    case 'flag':
      return (counts) => `${action.flag === 0 ? 'Unflagged' : 'Flagged'} ${cards(counts)}`;
    case 'status':
      return (counts) =>
        `${{ accepted: 'Accepted', rejected: 'Rejected', proposed: 'Sent back to review' }[action.status]} ${cards(counts)}`;
    case 'replace':
      return (counts) => `Replaced text in ${notes(counts)}`;
    case 'delete':
      return (counts) => `Deleted ${cards(counts)}`;
    case 'forget':
      return (counts) => `Forgot the schedule of ${cards(counts)}`;
  }
}
