/** The collection inside a package: a database of Anki's schema 11, which every version reads. */
import Database from 'better-sqlite3';
import type { AnkiCard, AnkiNote, AnkiNotetype, AnkiOptions, AnkiReview } from './ankiTypes.ts';
import { checksum, contentId, joinTags, sortText } from './ankiIds.ts';
import { USUAL_OPTIONS } from './deckOptions.ts';
import { toExactJson } from './exactJson.ts';
import { notetypeToJson } from './notetypeForms.ts';
import { dayStartMs } from './schedule.ts';

const SCHEMA = `
  CREATE TABLE col (
    id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL, ver integer NOT NULL,
    dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL, models text NOT NULL,
    decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL
  );
  CREATE TABLE notes (
    id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL, usn integer NOT NULL,
    tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL, flags integer NOT NULL,
    data text NOT NULL
  );
  CREATE TABLE cards (
    id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL, mod integer NOT NULL,
    usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL, ivl integer NOT NULL,
    factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL, left integer NOT NULL,
    odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL
  );
  CREATE TABLE revlog (
    id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL, ivl integer NOT NULL,
    lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL, type integer NOT NULL
  );
  CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);`;
/** Made last: filling a table is cheaper without them. */
const INDEXES = `
  CREATE INDEX ix_notes_usn ON notes (usn);
  CREATE INDEX ix_cards_usn ON cards (usn);
  CREATE INDEX ix_revlog_usn ON revlog (usn);
  CREATE INDEX ix_cards_nid ON cards (nid);
  CREATE INDEX ix_cards_sched ON cards (did, queue, due);
  CREATE INDEX ix_revlog_cid ON revlog (cid);
  CREATE INDEX ix_notes_csum ON notes (csum);`;

/** What a deck is to have in Anki. */
export type WrittenDeck = {
  readonly description: string;
  readonly isMarkdown: boolean;
  /** `null` for those that a collection has for all decks. */
  readonly options: AnkiOptions | null;
};

export type CollectionWriter = ReturnType<typeof createCollectionWriter>;

/**
 * Begins a collection in a new file.
 * @param firstDay day 0, in days since 1970
 */
export function createCollectionWriter(path: string, firstDay: number, nowMs: number) {
  const db = new Database(path);
  // Nobody sees the file before it is whole.
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('page_size = 4096');
  db.exec(SCHEMA);
  db.exec('BEGIN');
  const insertNote = db.prepare('INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, ?)');
  const insertCard = db.prepare(
    'INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?)',
  );
  const insertReview = db.prepare('INSERT INTO revlog VALUES (?, ?, -1, ?, ?, ?, ?, ?, ?)');
  const decks = new Map<string, number>();

  /** Id of the deck of this name within the package: Anki knows decks by their names. */
  function deckId(name: string): number {
    const known = decks.get(name);
    if (known !== undefined) return known;
    // Those above it are decks as well.
    const parent = name.lastIndexOf('::');
    if (parent > 0) deckId(name.slice(0, parent));
    const id = name === 'Default' ? 1 : nowMs + decks.size;
    decks.set(name, id);
    return id;
  }

  return {
    note(note: AnkiNote, notetype: AnkiNotetype): void {
      const first = sortText(note.fields[0] ?? '');
      const sortField = Number(notetype.extra['sortf'] ?? 0);
      const sorted = sortField === 0 ? first : sortText(note.fields[sortField] ?? '');
      const fields = note.fields.join('\u001f');
      const { id, guid, notetypeId, mod, tags } = note;
      insertNote.run(id, guid, notetypeId, mod, joinTags(tags), fields, sorted, checksum(first), '');
    },
    card(card: AnkiCard): void {
      const { id, noteId, deckId, ordinal, mod, flag, type, queue, due, ivl, factor, reps, lapses, left } =
        card;
      const columns = [id, noteId, deckId, ordinal, mod, type, queue, due, ivl, factor, reps, lapses, left];
      insertCard.run(...columns, flag, card.data);
    },
    review({ id, cardId, ease, ivl, lastIvl, factor, timeMs, type }: AnkiReview): void {
      insertReview.run(id, cardId, ease, ivl, lastIvl, factor, timeMs, type);
    },
    deckId,
    /** Writes what belongs to all, and closes the file. @param deckNamed what Anki is to have of a deck */
    finish(notetypes: readonly AnkiNotetype[], deckNamed: (name: string) => WrittenDeck): void {
      const seconds = Math.floor(nowMs / 1000);
      const dconf = new Map<number, object>([
        [1, optionsJson(1, { name: 'Default', values: USUAL_OPTIONS }, 0)],
      ]);
      /** Decks with the same options share them, as they do in Anki. */
      const optionsId = (options: AnkiOptions | null): number => {
        if (options === null) return 1;
        const id = contentId(toExactJson(options.values));
        if (!dconf.has(id)) dconf.set(id, optionsJson(id, options, seconds));
        return id;
      };
      const deckJson = (id: number, name: string, { description, isMarkdown, options }: WrittenDeck) => ({
        id,
        name,
        mod: seconds,
        usn: -1,
        lrnToday: [0, 0],
        revToday: [0, 0],
        newToday: [0, 0],
        timeToday: [0, 0],
        collapsed: false,
        browserCollapsed: false,
        desc: description,
        ...(isMarkdown ? { md: true } : {}),
        dyn: 0,
        conf: optionsId(options),
        extendNew: 0,
        extendRev: 0,
      });
      const allDecks = new Map([['Default', 1], ...decks]);
      const decksJson = [...allDecks].map(([name, id]) => [id, deckJson(id, name, deckNamed(name))]);
      const crtMs = dayStartMs(firstDay);
      const conf = {
        activeDecks: [1],
        curDeck: 1,
        newSpread: 0,
        collapseTime: 1200,
        timeLim: 0,
        estTimes: true,
        dueCounts: true,
        curModel: notetypes[0]?.id ?? null,
        nextPos: 1,
        sortType: 'noteFld',
        sortBackwards: false,
        addToCur: true,
        dayLearnFirst: false,
        schedVer: 2,
        sched2021: true,
        creationOffset: new Date(crtMs).getTimezoneOffset(),
      };
      db.prepare('INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, ?)').run(
        Math.floor(crtMs / 1000),
        nowMs,
        nowMs,
        JSON.stringify(conf),
        toExactJson(Object.fromEntries(notetypes.map((notetype) => [notetype.id, notetypeToJson(notetype)]))),
        JSON.stringify(Object.fromEntries(decksJson)),
        toExactJson(Object.fromEntries(dconf)),
        '{}',
      );
      db.exec(INDEXES);
      db.exec('COMMIT');
      db.close();
    },
    /** Closes the file as it is. */
    abandon(): void {
      db.close();
    },
  };
}

/** @param mod seconds */
function optionsJson(id: number, { name, values }: AnkiOptions, mod: number): object {
  return { ...values, id, mod, name, usn: -1 };
}
