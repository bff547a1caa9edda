/** The collection inside a package: a database of Anki's schema 11, which every version reads. */
import Database from 'better-sqlite3';
import type { AnkiCard, AnkiNote, AnkiNotetype, AnkiReview } from './ankiTypes.ts';
import { checksum, joinTags, sortText } from './ankiIds.ts';
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

/** Anki reads a deck's options through this; ours are its defaults. */
const OPTIONS = {
  id: 1,
  mod: 0,
  name: 'Default',
  usn: 0,
  maxTaken: 60,
  autoplay: true,
  timer: 0,
  replayq: true,
  new: { bury: false, delays: [1, 10], initialFactor: 2500, ints: [1, 4, 0], order: 1, perDay: 20 },
  rev: { bury: false, ease4: 1.3, ivlFct: 1, maxIvl: 36500, perDay: 200, hardFactor: 1.2 },
  lapse: { delays: [10], leechAction: 1, leechFails: 8, minInt: 1, mult: 0 },
  dyn: false,
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
    /** Writes what belongs to all, and closes the file. */
    finish(notetypes: readonly AnkiNotetype[]): void {
      const seconds = Math.floor(nowMs / 1000);
      const deckJson = (id: number, name: string) => ({
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
        desc: '',
        dyn: 0,
        conf: 1,
        extendNew: 0,
        extendRev: 0,
      });
      const allDecks = new Map([['Default', 1], ...decks]);
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
        JSON.stringify(Object.fromEntries([...allDecks].map(([name, id]) => [id, deckJson(id, name)]))),
        JSON.stringify({ 1: OPTIONS }),
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
