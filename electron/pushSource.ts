/** Notes of the deck as they are to stand in Anki, for pushing: the same pieces that a package has. */
import { splitNote } from './anki/ownNotes.ts';
import type { AnkiNotetype } from './anki/ankiTypes.ts';
import { createDeckNotes, inScope, type DeckNote, type NoteScope } from './anki/deckNotes.ts';
import type { MediaStore } from './anki/mediaStore.ts';
import { BASIC_NOTETYPE, CLOZE_NOTETYPE, OWN_NOTETYPES, TERM_NOTETYPE } from './anki/notetypes.ts';
import type { PushNote, PushNotetype, PushPiece, PushSource, WantedNotes } from './ankiConnect/pushPorts.ts';
import type { Db } from './sqlite/openDatabase.ts';

const OWN = { term: TERM_NOTETYPE, cloze: CLOZE_NOTETYPE, basic: BASIC_NOTETYPE };

export function createPushSource(db: Db, media: MediaStore): PushSource {
  const deckNotes = createDeckNotes(db);
  const cardIdsOf = db
    .prepare<[string], number>(
      "SELECT cards.id FROM cards JOIN notes ON notes.id = note_id WHERE uuid IN (SELECT value FROM json_each(?)) AND status = 'accepted'",
    )
    .pluck();
  const notetypeNamed = db.prepare<[string], number>('SELECT id FROM notetypes WHERE name = ?').pluck();

  function scopeOf(wanted: WantedNotes): NoteScope {
    if ('deck' in wanted) return { deck: wanted.deck, runId: null };
    return { deck: null, runId: null, cardIds: cardIdsOf.all(JSON.stringify(wanted.noteIds)) };
  }

  return {
    *readNotes(wanted) {
      const scope = scopeOf(wanted);
      const isWanted = inScope(scope);
      const imported = new Map<number, AnkiNotetype>();
      for (const note of deckNotes.read(deckNotes.find(scope))) {
        const accepted = note.cards.filter(isWanted);
        if (accepted.length === 0) continue;
        yield note.notetypeId === null
          ? ownNote(note, accepted)
          : importedNote(note, accepted, notetypeOf(note.notetypeId, imported));
      }
    },
    notetype(name) {
      const own = OWN_NOTETYPES.find((each) => each.name === name);
      if (own !== undefined) return toPush(own);
      const id = notetypeNamed.get(name);
      const [found] = id === undefined ? [] : deckNotes.notetypes([id]);
      return found === undefined ? null : toPush(found);
    },
    mediaPath(name) {
      const row = media.find(name);
      return row === null ? null : media.pathOf(row.sha256);
    },
  };

  function notetypeOf(id: number, known: Map<number, AnkiNotetype>): AnkiNotetype | undefined {
    const [found = known.get(id)] = known.has(id) ? [] : deckNotes.notetypes([id]);
    if (found !== undefined) known.set(id, found);
    return found;
  }
}

type Accepted = DeckNote['cards'];

function ownNote(note: DeckNote, accepted: Accepted): PushNote {
  const chosen = new Set(accepted.map(({ id }) => id));
  const pieces = splitNote({
    ...note,
    cards: note.cards.map((card) => ({ ...card, accepted: chosen.has(card.id) })),
  });
  return {
    noteId: note.uuid,
    term: note.term,
    foundBy: 'id',
    pieces: pieces.map(({ piece, kind, fields, cards }): PushPiece => {
      const { name, fields: named } = OWN[kind];
      const ordinal = cards[0]?.card.ordinal;
      const deck = accepted.find((card) => card.ordinal === ordinal)?.deck ?? accepted[0]!.deck;
      return {
        piece,
        notetype: name,
        deck,
        tags: note.tags,
        fields: Object.fromEntries(named.map((field, at) => [field.name, fields[at] ?? ''])),
      };
    }),
  };
}

function importedNote(note: DeckNote, accepted: Accepted, notetype: AnkiNotetype | undefined): PushNote {
  const fields = (notetype?.fields ?? []).map(({ name }, at) => [name, note.fields?.[at] ?? ''] as const);
  return {
    noteId: note.uuid,
    term: note.term,
    foundBy: 'first',
    pieces: [
      {
        piece: 0,
        notetype: notetype?.name ?? '',
        deck: accepted[0]!.deck,
        tags: note.tags,
        fields: Object.fromEntries(fields),
      },
    ],
  };
}

function toPush({ name, kind, fields, templates, css }: AnkiNotetype): PushNotetype {
  return {
    name,
    kind,
    css,
    fields: fields.map((field) => field.name),
    templates: templates.map(({ name: template, front, back }) => ({ name: template, front, back })),
  };
}
