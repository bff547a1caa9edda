/** Notes of the deck as Anki is to have them, for whoever brings them there by other ways than a package. */
import type { PushNote, PushNotetype, WantedNotes } from '../ankiConnect/pushPorts.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { guidOf } from './ankiIds.ts';
import type { AnkiNotetype } from './ankiTypes.ts';
import { createDeckNotes, toNotetype } from './deckNotes.ts';
import type { DeckNote, NotetypeRow } from './deckNotes.ts';
import { mediaReferences } from './mediaNames.ts';
import { createMediaStore } from './mediaStore.ts';
import { BASIC_NOTETYPE, CLOZE_NOTETYPE, OWN_NOTETYPES, TERM_NOTETYPE } from './notetypes.ts';
import { splitNote } from './ownNotes.ts';

const OWN = { term: TERM_NOTETYPE, cloze: CLOZE_NOTETYPE, basic: BASIC_NOTETYPE };
const NOTES_AT_ONCE = 200;

export function createAnkiSource(db: Db, mediaDir: string) {
  const notes = createDeckNotes(db);
  const media = createMediaStore(db, mediaDir);
  const rowId = db.prepare<[string], number>('SELECT id FROM notes WHERE uuid = ?').pluck();
  const byName = db.prepare<[string], NotetypeRow>(
    'SELECT * FROM notetypes WHERE name = ? ORDER BY id LIMIT 1',
  );
  const imported = db.prepare<
    [string],
    { uuid: string; guid: string | null; name: string; fields: string; notetypeFields: string }
  >(`SELECT uuid, guid, notetypes.name, notes.fields, notetypes.fields AS notetypeFields
     FROM notes JOIN notetypes ON notetypes.id = notes.notetype_id WHERE uuid = ?`);

  function toPushNote(note: DeckNote, notetypes: ReadonlyMap<number, AnkiNotetype>): PushNote | null {
    const { uuid: noteId, term, tags } = note;
    if (note.notetypeId !== null && note.fields !== null) {
      const notetype = notetypes.get(note.notetypeId);
      const card = note.cards.find(({ status }) => status === 'accepted');
      if (notetype === undefined || card === undefined) return null;
      const fields = named(notetype, note.fields);
      const piece = { piece: 0, notetype: notetype.name, deck: card.deck, tags, fields };
      return { noteId, term, foundBy: 'first', pieces: [piece] };
    }
    const decks = new Map(note.cards.map(({ id, deck }) => [id, deck]));
    const cards = note.cards.map((card) => ({ ...card, accepted: card.status === 'accepted' }));
    const pieces = splitNote({ ...note, cards }).map(({ piece, kind, fields, cards: of }) => ({
      piece,
      notetype: OWN[kind].name,
      deck: decks.get(of[0]!.card.id)!,
      tags,
      fields: named(OWN[kind], fields),
    }));
    return pieces.length === 0 ? null : { noteId, term, foundBy: 'id', pieces };
  }

  return {
    guidOf,

    /**
     * Notes with accepted cards, with these alone, of a deck and those below it, or by their UUIDs. No statement is open
     * between two of them.
     */
    *readNotes(wanted: WantedNotes): Generator<PushNote> {
      const ids =
        'noteIds' in wanted
          ? wanted.noteIds.flatMap((uuid) => rowId.get(uuid) ?? [])
          : notes.find({ deck: wanted.deck, runId: null });
      for (let at = 0; at < ids.length; at += NOTES_AT_ONCE) {
        const batch = [...notes.read(ids.slice(at, at + NOTES_AT_ONCE))];
        const used = new Set(batch.flatMap(({ notetypeId }) => notetypeId ?? []));
        const notetypes = new Map(notes.notetypes(used).map((notetype) => [notetype.id, notetype]));
        for (const note of batch) {
          const source = toPushNote(note, notetypes);
          if (source !== null) yield source;
        }
      }
    },

    /** One of ours, or one that notes were imported with; `null` for a name that is nobody's. */
    notetype(name: string): PushNotetype | null {
      const row = byName.get(name);
      const own = OWN_NOTETYPES.find((notetype) => notetype.name === name);
      const found = own ?? (row === undefined ? null : toNotetype(row));
      if (found === null) return null;
      const { kind, templates, css } = found;
      return { name, kind, fields: found.fields.map((field) => field.name), templates, css };
    },

    /** `null` for a note of our own, and for one that is not there. */
    importedNote(noteId: string): {
      readonly guid: string;
      readonly notetype: string;
      readonly fields: readonly { readonly name: string; readonly value: string }[];
    } | null {
      const row = imported.get(noteId);
      if (row === undefined) return null;
      const names = JSON.parse(row.notetypeFields) as { name: string }[];
      const values = JSON.parse(row.fields) as string[];
      const fields = names.map(({ name }, index) => ({ name, value: values[index] ?? '' }));
      return { guid: row.guid ?? guidOf(row.uuid, 0), notetype: row.name, fields };
    },

    mediaNames: mediaReferences,

    /** Absolute path of a media file of the deck; `null` where there is none. */
    mediaPath(name: string): string | null {
      const row = media.find(name);
      return row === null ? null : media.pathOf(row.sha256);
    },
  };
}

function named({ fields }: AnkiNotetype, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ name }, index) => [name, values[index] ?? '']));
}
