/**
 * Reads the collection out of a package, of schema 11 or 18. The file is somebody else's: it is opened for reading
 * alone, nothing of its schema is run (views, triggers, generated columns and virtual tables are refused), and
 * every value is checked for its kind and length before it is looked at.
 */
import Database from 'better-sqlite3';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { AnkiCard, AnkiNote, AnkiReview } from './ankiTypes.ts';
import { splitTags } from './ankiIds.ts';
import { int, readParts } from './collectionParts.ts';
import { damagedPackage, invalidPackage } from './packageLimits.ts';
import type { PackageLimits } from './packageLimits.ts';

const READ = [
  'col',
  'notes',
  'cards',
  'revlog',
  'notetypes',
  'fields',
  'templates',
  'decks',
  'deck_config',
  'config',
];

type NoteRow = {
  id: number;
  guid: string;
  mid: number;
  mod: number;
  tags: string;
  flds: string | null;
  length: number;
};

export type CollectionCounts = { readonly notes: number; readonly cards: number; readonly reviews: number };
export type CollectionReader = ReturnType<typeof openCollection>;

/**
 * Reads all of it once, so that a damaged file is found before anything is taken over.
 * @throws TracedeckError `package_damaged`, `package_invalid`, `package_too_large`
 */
export function openCollection(path: string, limits: PackageLimits) {
  reading(() => withoutUnicase(path));
  const db = reading(() => new Database(path, { readonly: true, fileMustExist: true }));
  try {
    return reading(() => read(db, limits));
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/**
 * Schema 18 orders names by a collation of Anki's own, without which SQLite does not open those tables. The file is our
 * copy: it is taken out of the schema. Indexes by it are out of order then, and nothing looks anything up by them.
 */
function withoutUnicase(path: string): void {
  const db = new Database(path, { fileMustExist: true });
  try {
    db.pragma('trusted_schema = OFF');
    const named = db.prepare("SELECT count(*) FROM sqlite_master WHERE sql LIKE '%unicase%'").pluck().get();
    if (named === 0) return;
    db.pragma('journal_mode = MEMORY');
    db.unsafeMode(true);
    db.pragma('writable_schema = ON');
    db.exec("UPDATE sqlite_master SET sql = replace(sql, 'COLLATE unicase', '') WHERE sql LIKE '%unicase%'");
  } finally {
    db.close();
  }
}

function read(db: Database.Database, limits: PackageLimits) {
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
  db.pragma('query_only = ON');
  db.pragma('mmap_size = 0');
  const tables = checkTables(db);
  for (const table of ['col', 'notes', 'cards']) {
    if (!tables.has(table)) throw invalidPackage(`its collection has no table ${table}`);
  }
  const parts = readParts(db, tables, limits);
  const hasReviews = tables.has('revlog');
  const counts: CollectionCounts = {
    notes: scan(
      db,
      'SELECT count(*), total(length(flds) + length(tags) + length(guid)) FROM notes NOT INDEXED',
    ),
    cards: scan(db, 'SELECT count(*), total(nid + did + length(data)) FROM cards NOT INDEXED'),
    reviews: hasReviews ? scan(db, 'SELECT count(*), total(cid + ease + time) FROM revlog NOT INDEXED') : 0,
  };

  const NOTE = `id, substr(CAST(guid AS TEXT), 1, 200) AS guid, mid, mod,
    substr(CAST(tags AS TEXT), 1, 20000) AS tags, length(flds) AS length,
    CASE WHEN length(flds) <= ${limits.noteLength} THEN CAST(flds AS TEXT) END AS flds`;
  const CARD = `id, nid AS noteId, did, odid, ord AS ordinal, mod, type, queue, due, odue, ivl, factor, reps, lapses,
    left, flags, substr(CAST(data AS TEXT), 1, 10000) AS data`;
  const noteOf = db.prepare<[number], NoteRow>(`SELECT ${NOTE} FROM notes WHERE id = ?`);
  const cardsOf = db.prepare<[string, number], Record<string, unknown>>(
    `SELECT ${CARD} FROM cards WHERE nid IN (SELECT value FROM json_each(?)) LIMIT ?`,
  );
  const reviewsOf = hasReviews
    ? db.prepare<[string], Record<string, unknown>>(
        `SELECT id, cid AS cardId, ease, ivl, lastIvl, factor, time AS timeMs, type FROM revlog
         WHERE cid IN (SELECT value FROM json_each(?)) ORDER BY cid, id`,
      )
    : null;
  // Without an index of its own, every lookup would read the whole table.
  const isIndexed = (table: string, column: string) =>
    (db.pragma(`index_list(${table})`) as { name: string }[]).some(
      ({ name }) =>
        (
          db.prepare('SELECT name FROM pragma_index_info(?) ORDER BY seqno LIMIT 1').get(name) as
            { name: string } | undefined
        )?.name === column,
    );

  return {
    ...parts,
    counts,
    /** Whether cards and reviews of a few notes can be found without reading all of them. */
    isIndexed: isIndexed('cards', 'nid') && (!hasReviews || isIndexed('revlog', 'cid')),

    /** Ids of all notes: new ones in the order in which they would be learned, as decks are made to be. */
    noteIds: (): number[] =>
      reading(() =>
        db
          .prepare<[], number>(
            `SELECT notes.id FROM notes LEFT JOIN
               (SELECT nid, min(CASE WHEN type = 0 THEN due END) AS place FROM cards GROUP BY nid) AS learned
               ON learned.nid = notes.id
             ORDER BY learned.place, notes.id`,
          )
          .pluck()
          .all(),
      ).filter(Number.isSafeInteger),

    /** `refused` says why a note is not taken in. */
    note(id: number): AnkiNote | { readonly refused: string } {
      const row = reading(() => noteOf.get(id));
      if (row === undefined) return { refused: 'it is gone' };
      if (row.flds === null) return { refused: `its fields have ${row.length} characters` };
      const fields = String(row.flds).normalize('NFC').split('\u001f');
      const longest = fields.reduce((most, field) => Math.max(most, field.length), 0);
      if (longest > limits.fieldLength) return { refused: `a field has ${longest} characters` };
      return {
        id,
        guid: String(row.guid ?? ''),
        notetypeId: int(row.mid),
        mod: Math.max(0, int(row.mod)),
        tags: splitTags(String(row.tags ?? '')),
        fields,
      };
    },
    /** Names of the decks and notetypes that its notes and cards are of. */
    used(): { readonly decks: readonly string[]; readonly notetypes: readonly string[] } {
      const of = (sql: string): number[] => reading(() => db.prepare<[], number>(sql).pluck().all());
      const deckIds = of('SELECT DISTINCT CASE WHEN odid <> 0 THEN odid ELSE did END FROM cards');
      const named = (names: readonly string[]) => [...new Set(names)].sort();
      return {
        decks: named(deckIds.flatMap((id) => parts.decks.get(id)?.name ?? [])),
        notetypes: named(
          of('SELECT DISTINCT mid FROM notes').flatMap((id) => parts.notetypes.get(id)?.name ?? []),
        ),
      };
    },
    /** By note, in the order of their ordinals. */
    cards(noteIds: readonly number[]): ReadonlyMap<number, readonly AnkiCard[]> {
      const most = noteIds.length * limits.cardsOfNote;
      const cards = new Map<number, AnkiCard[]>();
      for (const row of reading(() => cardsOf.all(JSON.stringify(noteIds), most))) {
        const card = toCard(row);
        const of = cards.get(card.noteId);
        if (of === undefined) cards.set(card.noteId, [card]);
        else if (of.length < limits.cardsOfNote) of.push(card);
      }
      for (const of of cards.values()) of.sort((a, b) => a.ordinal - b.ordinal);
      return cards;
    },
    reviews(cardIds: readonly number[]): ReadonlyMap<number, readonly AnkiReview[]> {
      const reviews = new Map<number, AnkiReview[]>();
      for (const row of reading(() => reviewsOf?.all(JSON.stringify(cardIds)) ?? [])) {
        const review = toReview(row);
        const of = reviews.get(review.cardId);
        if (of === undefined) reviews.set(review.cardId, [review]);
        else of.push(review);
      }
      return reviews;
    },
    close: (): void => void db.close(),
  };
}

/** Names of the tables that are plain ones. */
function checkTables(db: Database.Database): ReadonlySet<string> {
  const tables = new Set<string>();
  const rows = db
    .prepare<[], { type: string; name: string; sql: string | null }>(
      `SELECT type, name, substr(sql, 1, 20000) AS sql FROM sqlite_master
       WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (${READ.map((name) => `'${name}'`).join(', ')})`,
    )
    .all();
  for (const { type, name, sql } of rows) {
    if (type !== 'table' || /^\s*create\s+virtual/i.test(sql ?? '')) {
      throw invalidPackage(`${name} is no table in its collection`);
    }
    const columns = db.pragma(`table_xinfo('${name.replaceAll("'", "''")}')`) as { hidden: number }[];
    if (columns.some(({ hidden }) => hidden !== 0)) {
      throw invalidPackage(`the table ${name} in its collection has columns that are computed`);
    }
    tables.add(name.toLowerCase());
  }
  return tables;
}

function scan(db: Database.Database, sql: string): number {
  return Number((db.prepare(sql).raw().get() as [number, number])[0]);
}

function toCard(row: Record<string, unknown>): AnkiCard {
  const isFiltered = int(row['odid']) !== 0;
  return {
    id: int(row['id']),
    noteId: int(row['noteId']),
    // From a filtered deck a card goes home, and is due when it was there.
    deckId: int(isFiltered ? row['odid'] : row['did']),
    ordinal: int(row['ordinal']),
    mod: Math.max(0, int(row['mod'])),
    flag: int(row['flags']) & 7,
    type: int(row['type']),
    queue: int(row['queue']),
    due: int(isFiltered && int(row['odue']) !== 0 ? row['odue'] : row['due']),
    ivl: int(row['ivl']),
    factor: int(row['factor']),
    reps: int(row['reps']),
    lapses: int(row['lapses']),
    left: int(row['left']),
    data: String(row['data'] ?? ''),
  };
}

function toReview(row: Record<string, unknown>): AnkiReview {
  return {
    id: int(row['id']),
    cardId: int(row['cardId']),
    ease: int(row['ease']),
    ivl: int(row['ivl']),
    lastIvl: int(row['lastIvl']),
    factor: int(row['factor']),
    timeMs: int(row['timeMs']),
    type: int(row['type']),
  };
}

/** What SQLite says of a broken file, in our words. */
function reading<T>(action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof TracedeckError) throw thrown;
    throw damagedPackage('its collection cannot be read', thrown);
  }
}
