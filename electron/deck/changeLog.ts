/**
 * Everything that a hand or an import changes goes through here: each set is one transaction, is written down as it is
 * made, and can be taken back as a whole. A change and its undoing are the same step with before and after swapped.
 */
import type { ChangeSet } from '../../shared/deck.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createDeckPartStore } from './deckParts.ts';
import type { CardParts, DeckParts, NoteParts } from './deckParts.ts';

export type NewCardRow = Pick<
  CardParts,
  'deck' | 'type' | 'front' | 'back' | 'cloze' | 'status' | 'warnings'
> & {
  readonly noteId: number;
  readonly ordinal: number;
  readonly quote?: string | null;
  readonly stageResultId?: number | null;
};
export type NewNoteRow = Pick<NoteParts, 'deck' | 'key' | 'term' | 'tags'> & { readonly uuid: string };

/** What one change set does. Each step is written down and done at once; one that changes nothing is neither. */
export interface Changes {
  /** Whether anything changed; `false` as well for a card that is gone. */
  card(cardId: number, parts: Partial<CardParts>): boolean;
  /** The same part of many cards at once: a tenth of the time that one by one would take. */
  cards<Part extends BulkPart>(cardIds: readonly number[], part: Part, value: CardParts[Part]): void;
  note(noteId: number, parts: Partial<NoteParts>): boolean;
  deck(deckId: number, parts: Partial<DeckParts>): boolean;
  addCard(card: NewCardRow): number;
  /** A note of our own. */
  addNote(note: NewNoteRow): number;
  /** The deck of this name, made or brought back where it is not there. */
  deckId(name: string): number;
  /** For who writes rows by other means: the note with its cards, or the card, is new. */
  added(entity: 'note' | 'card', id: number): void;
  /** Says that a card was left alone, and why; 0 where it is no single card. */
  leave(cardId: number, reason: string): void;
}

export type Counts = { readonly notes: number; readonly cards: number };
/** What a set is called; told the counts when all is done. */
export type Label = string | ((counts: Counts) => string);

type SetRow = { id: number; label: string; atMs: number; undone: 0 | 1; notes: number; cards: number };
type ChangeRow = {
  id: number;
  entity: 'note' | 'card' | 'deck';
  entityId: number;
  before: string | null;
  after: string | null;
};
type Parts = Readonly<Record<string, unknown>>;

/** Parts that many cards get at once. */
export type BulkPart = 'deck' | 'status' | 'suspended' | 'flag';
/** Each as JSON, and the column that is compared and written. */
const BULK: Readonly<Record<BulkPart, { readonly json: string; readonly column: string }>> = {
  deck: { json: '(SELECT name FROM decks WHERE id = cards.deck_id)', column: 'deck_id' },
  status: { json: 'cards.status', column: 'status' },
  suspended: { json: "json(iif(cards.suspended = 1, 'true', 'false'))", column: 'suspended' },
  flag: { json: 'cards.flag', column: 'flag' },
};
/** From so many cards on that changed alike a set is taken back at once. */
const ALIKE_MIN = 50;

/** Of cards that were left alone, so many are told. */
const LEFT_ALONE_MAX = 1000;
const UNDO_ROWS = 5000;

const SELECT_SET =
  'SELECT id, label, at_ms AS atMs, undone_ms IS NOT NULL AS undone, notes, cards FROM change_sets';

export type ChangeLog = ReturnType<typeof createChangeLog>;
export type ChangeLogOptions = {
  readonly now?: () => number;
  /** After a set is committed or taken back: row ids of the notes that it touched. */
  readonly onChanged?: (noteIds: ReadonlySet<number>) => void;
};

/** The log over an open deck. `now` is in epoch milliseconds. */
export function createChangeLog(db: Db, { now = Date.now, onChanged }: ChangeLogOptions = {}) {
  const store = createDeckPartStore(db);
  const insertSet = db.prepare("INSERT INTO change_sets (label, at_ms) VALUES ('', ?)");
  const finishSet = db.prepare('UPDATE change_sets SET label = ?, notes = ?, cards = ? WHERE id = ?');
  const dropSet = db.prepare('DELETE FROM change_sets WHERE id = ?');
  const insertChange = db.prepare(
    `INSERT INTO changes (change_set_id, entity, entity_id, note_uuid, before, after) VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const insertCard = db.prepare(
    `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, quote, stage_result_id, status, warnings,
       created_ms, modified_ms)
     VALUES (:noteId, :deckId, :ordinal, :type, :front, :back, :cloze, :quote, :stageResultId, :status, :warnings,
       :nowMs, :nowMs)`,
  );
  const insertNote = db.prepare(
    `INSERT INTO notes (uuid, deck_id, key, term, created_ms, modified_ms)
     VALUES (:uuid, :deckId, :key, :term, :nowMs, :nowMs)`,
  );
  const cardIdsOf = db
    .prepare<[number], number>('SELECT id FROM cards WHERE note_id = ? ORDER BY ordinal')
    .pluck();
  const newestSet = db.prepare<[], SetRow>(`${SELECT_SET} WHERE undone_ms IS NULL ORDER BY id DESC LIMIT 1`);
  const sets = db.prepare<[number], SetRow>(`${SELECT_SET} ORDER BY id DESC LIMIT ?`);
  const setUndone = db.prepare('UPDATE change_sets SET undone_ms = ? WHERE id = ?');
  const changesBefore = db.prepare<[number, number, number], ChangeRow>(
    `SELECT id, entity, entity_id AS entityId, before, after FROM changes
     WHERE change_set_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  );
  const liveCards = db
    .prepare<[number], number>("SELECT count(*) FROM cards WHERE deck_id = ? AND status <> 'deleted'")
    .pluck();

  const bulk = forEachBulkPart((part) => {
    const { json, column } = BULK[part];
    const differing = `FROM json_each(:ids) AS wanted JOIN cards ON cards.id = wanted.value WHERE cards.${column} <> :value`;
    return {
      find: db.prepare<[{ ids: string; value: string | number }], { id: number; noteId: number }>(
        `SELECT cards.id, note_id AS noteId ${differing} ORDER BY cards.id`,
      ),
      log: db.prepare(
        `INSERT INTO changes (change_set_id, entity, entity_id, note_uuid, before, after)
         SELECT :setId, 'card', cards.id, notes.uuid, json_object('${part}', ${json}), :after
         FROM json_each(:ids) AS wanted JOIN cards ON cards.id = wanted.value JOIN notes ON notes.id = note_id`,
      ),
      write: db.prepare(
        `UPDATE cards SET ${column} = :value, modified_ms = :nowMs WHERE id IN (SELECT value FROM json_each(:ids))`,
      ),
      /** Those that are no longer as they were made. */
      others: db
        .prepare<[{ ids: string; made: string | number; value: string | number }], number>(
          `SELECT wanted.value FROM json_each(:ids) AS wanted LEFT JOIN cards ON cards.id = wanted.value
         WHERE cards.${column} IS NULL OR cards.${column} NOT IN (:made, :value)`,
        )
        .pluck(),
    };
  });
  const alike = db.prepare<[number], { before: string; after: string; ids: string }>(
    `SELECT before, after, json_group_array(entity_id) AS ids FROM changes
     WHERE change_set_id = ? AND entity = 'card' AND before IS NOT NULL
     GROUP BY before, after HAVING count(*) >= ${ALIKE_MIN}`,
  );
  const isEachOnce = db
    .prepare<[number], number>(
      `SELECT count(*) = count(DISTINCT entity_id) FROM changes WHERE change_set_id = ? AND entity = 'card'`,
    )
    .pluck();
  /** As the column keeps it. */
  const stored = (part: BulkPart, value: unknown): string | number =>
    part === 'deck'
      ? (store.deckNamed(String(value))?.id ?? store.addDeck(String(value), now()))
      : typeof value === 'boolean'
        ? Number(value)
        : (value as string | number);

  /** What a group of steps touched. */
  function createTally() {
    const notes = new Set<number>();
    const cards = new Set<number>();
    /** Notes whose texts changed, by themselves or on their cards. */
    const texts = new Set<number>();
    const left = new Map<number, string>();
    return { notes, cards, texts, left, written: 0 };
  }
  type Tally = ReturnType<typeof createTally>;

  function createChanges(setId: number, atMs: number, tally: Tally): Changes {
    const write = (
      entity: ChangeRow['entity'],
      entityId: number,
      uuid: string | null,
      before: Parts | null,
      after: Parts | null,
    ) => {
      tally.written += 1;
      insertChange.run(
        setId,
        entity,
        entityId,
        uuid,
        before === null ? null : JSON.stringify(before),
        after === null ? null : JSON.stringify(after),
      );
    };

    const changes: Changes = {
      card(cardId, parts) {
        const found = store.card(cardId);
        if (!found) return false;
        const was = parts.memory === undefined ? found : { ...found, memory: store.memory(cardId) };
        const changed = differing(was as Parts, parts as Parts);
        if (!changed) return false;
        if (parts.deck !== undefined) changes.deckId(parts.deck);
        write('card', cardId, found.uuid, changed.before, changed.after);
        store.writeCard(cardId, changed.after as Partial<CardParts>, atMs);
        tally.cards.add(cardId);
        tally.notes.add(found.noteId);
        if ('front' in changed.after || 'back' in changed.after) tally.texts.add(found.noteId);
        return true;
      },
      cards(cardIds, part, value) {
        if (part === 'deck') changes.deckId(String(value));
        const { find, log, write: writeAll } = bulk[part];
        const wanted = stored(part, value);
        const rows = find.all({ ids: JSON.stringify(cardIds), value: wanted });
        if (rows.length === 0) return;
        const ids = JSON.stringify(rows.map(({ id }) => id));
        log.run({ setId, ids, after: JSON.stringify({ [part]: value }) });
        writeAll.run({ ids, value: wanted, nowMs: atMs });
        tally.written += rows.length;
        for (const { id, noteId } of rows) {
          tally.cards.add(id);
          tally.notes.add(noteId);
        }
      },
      note(noteId, parts) {
        const found = store.note(noteId, parts.tags !== undefined);
        const changed = found && differing(found as Parts, parts as Parts);
        if (!changed) return false;
        if (parts.deck !== undefined) changes.deckId(parts.deck);
        write('note', noteId, found.uuid, changed.before, changed.after);
        store.writeNote(noteId, changed.after as Partial<NoteParts>, atMs);
        tally.notes.add(noteId);
        return true;
      },
      deck(deckId, parts) {
        const found = store.deck(deckId);
        const changed = found && differing(found as Parts, parts as Parts);
        if (!changed) return false;
        write('deck', deckId, null, changed.before, changed.after);
        store.writeDeck(deckId, changed.after as Partial<DeckParts>);
        return true;
      },
      addCard({ deck, quote = null, stageResultId = null, ...card }) {
        const deckId = changes.deckId(deck);
        const id = Number(
          insertCard.run({ ...card, deckId, quote, stageResultId, nowMs: atMs }).lastInsertRowid,
        );
        changes.added('card', id);
        tally.texts.add(card.noteId);
        return id;
      },
      addNote({ deck, tags, ...note }) {
        const deckId = changes.deckId(deck);
        const id = Number(insertNote.run({ ...note, deckId, nowMs: atMs }).lastInsertRowid);
        store.writeNote(id, { tags }, atMs);
        write('note', id, note.uuid, null, { term: note.term, tags, deck });
        tally.notes.add(id);
        return id;
      },
      deckId(name) {
        const there = store.deckNamed(name);
        if (there?.removed === true) changes.deck(there.id, { removed: false });
        if (there) return there.id;
        const id = store.addDeck(name, atMs);
        write('deck', id, null, null, { name });
        return id;
      },
      added(entity, id) {
        if (entity === 'note') {
          const note = store.note(id);
          if (!note) return;
          const { uuid, term, tags, deck } = note;
          write('note', id, uuid, null, { term, tags, deck });
          tally.notes.add(id);
          for (const cardId of cardIdsOf.all(id)) changes.added('card', cardId);
          return;
        }
        const card = store.card(id);
        if (!card) return;
        const { type, front, back, cloze, deck, status } = card;
        const memory = store.memory(id);
        write('card', id, card.uuid, null, { type, front, back, cloze, deck, status, memory });
        tally.cards.add(id);
        tally.notes.add(card.noteId);
      },
      leave(cardId, reason) {
        if (tally.left.size < LEFT_ALONE_MAX) tally.left.set(cardId, reason);
      },
    };
    return changes;
  }

  /** Takes one change back as far as nobody changed the same parts since. */
  function takeBack({ entity, entityId, before, after }: ChangeRow, nowMs: number, tally: Tally): void {
    const old = before === null ? null : (JSON.parse(before) as Parts);
    const made = after === null ? null : (JSON.parse(after) as Parts);
    const leave = (cardId: number, reason: string) => {
      if (tally.left.size < LEFT_ALONE_MAX) tally.left.set(cardId, reason);
    };
    if (entity === 'card') {
      const found = store.card(entityId);
      if (!found) return leave(entityId, 'The card is gone.');
      tally.notes.add(found.noteId);
      const now: Parts = { ...found, memory: store.memory(entityId) };
      if (old === null) {
        // A card that was new: it goes, unless somebody worked with it since.
        if (found.status === 'deleted') return;
        const touched = ['front', 'back', 'memory'].filter((part) => made && !isSame(now[part], made[part]));
        if (touched.length > 0) return leave(entityId, since(touched));
        store.writeCard(entityId, { status: 'deleted' }, nowMs);
      } else {
        const { parts, left } = standing(now, old, made ?? {});
        if (left.length > 0) {
          leave(entityId, since(left));
          delete parts['warnings'];
        }
        if (Object.keys(parts).length === 0) return;
        store.writeCard(entityId, parts as Partial<CardParts>, nowMs);
        if ('front' in parts || 'back' in parts) tally.texts.add(found.noteId);
      }
      tally.cards.add(entityId);
    } else if (entity === 'note') {
      const found = store.note(entityId);
      if (!found || old === null) return;
      const { parts, left } = standing(found as Parts, old, made ?? {});
      if (left.length > 0) leave(cardIdsOf.get(entityId) ?? 0, since(left));
      if (Object.keys(parts).length === 0) return;
      store.writeNote(entityId, parts as Partial<NoteParts>, nowMs);
      tally.notes.add(entityId);
    } else {
      const found = store.deck(entityId);
      if (!found) return;
      if (old === null) {
        if (liveCards.get(entityId) === 0) store.writeDeck(entityId, { removed: true });
        return;
      }
      const { parts, left } = standing(found as Parts, old, made ?? {});
      const { name } = parts as Partial<DeckParts>;
      if (name !== undefined && (store.deckNamed(name)?.id ?? entityId) !== entityId)
        return leave(0, `There is another deck named ${name} by now.`);
      if (left.length > 0) leave(0, `The deck ${found.name} was renamed since.`);
      store.writeDeck(entityId, parts as Partial<DeckParts>);
    }
  }

  /** Takes back what many cards of a set had in common; answers which cards are done with. */
  function takeAlikeBack(setId: number, nowMs: number, tally: Tally): ReadonlySet<number> {
    const done = new Set<number>();
    // Steps on one card are taken back in their order, one by one.
    if (isEachOnce.get(setId) !== 1) return done;
    for (const { before, after, ids } of alike.all(setId)) {
      const old = JSON.parse(before) as Parts;
      const made = JSON.parse(after) as Parts;
      const [part, ...more] = Object.keys(old);
      if (part === undefined || more.length > 0 || !isBulkPart(part)) continue;
      const value = stored(part, old[part]);
      const cardIds = new Set(JSON.parse(ids) as number[]);
      for (const cardId of cardIds) done.add(cardId);
      for (const cardId of bulk[part].others.all({ ids, made: stored(part, made[part]), value })) {
        cardIds.delete(cardId);
        if (tally.left.size < LEFT_ALONE_MAX) tally.left.set(cardId, since([part]));
      }
      const rows = bulk[part].find.all({ ids: JSON.stringify([...cardIds]), value });
      bulk[part].write.run({ ids: JSON.stringify(rows.map(({ id }) => id)), value, nowMs });
      for (const { id, noteId } of rows) {
        tally.cards.add(id);
        tally.notes.add(noteId);
      }
    }
    return done;
  }

  const told = ({ left }: Tally): ChangeSet['leftAlone'] =>
    [...left].map(([cardId, reason]) => ({ cardId, reason }));

  return {
    /**
     * Does `work` as one change set: all of it or, where it throws, nothing. A set that changed nothing is not kept:
     * its `changeSetId` is 0.
     */
    record(label: Label, work: (changes: Changes) => void): ChangeSet {
      const atMs = now();
      const tally = createTally();
      const result = db
        .transaction((): ChangeSet => {
          store.begin();
          const setId = Number(insertSet.run(atMs).lastInsertRowid);
          work(createChanges(setId, atMs, tally));
          const counts = { notes: tally.notes.size, cards: tally.cards.size };
          const text = typeof label === 'string' ? label : label(counts);
          if (tally.written === 0) dropSet.run(setId);
          else finishSet.run(text, counts.notes, counts.cards, setId);
          for (const noteId of tally.texts) store.touchNote(noteId, atMs);
          const changeSetId = tally.written === 0 ? 0 : setId;
          return { changeSetId, label: text, atMs, ...counts, undone: false, leftAlone: told(tally) };
        })
        .immediate();
      if (result.changeSetId !== 0) onChanged?.(tally.notes);
      return result;
    },

    /**
     * Takes the newest set back that still stands; `null` where there is none. Parts that were changed since by other
     * means stay as they are, and `leftAlone` says so.
     */
    undoLast(): ChangeSet | null {
      const nowMs = now();
      const tally = createTally();
      const result = db
        .transaction((): ChangeSet | null => {
          store.begin();
          const set = newestSet.get();
          if (!set) return null;
          const done = takeAlikeBack(set.id, nowMs, tally);
          let lastId = Number.MAX_SAFE_INTEGER;
          for (;;) {
            const rows = changesBefore.all(set.id, lastId, UNDO_ROWS);
            for (const row of rows) {
              if (row.entity !== 'card' || !done.has(row.entityId)) takeBack(row, nowMs, tally);
            }
            if (rows.length < UNDO_ROWS) break;
            lastId = rows.at(-1)!.id;
          }
          for (const noteId of tally.texts) store.touchNote(noteId, nowMs);
          setUndone.run(nowMs, set.id);
          return { ...toChangeSet(set), undone: true, leftAlone: told(tally) };
        })
        .immediate();
      if (result) onChanged?.(tally.notes);
      return result;
    },

    /** Newest first, those that were taken back included. What was left alone is told once, when it happens. */
    list: (limit: number): readonly ChangeSet[] => sets.all(limit).map(toChangeSet),
  };
}

function isBulkPart(part: string): part is BulkPart {
  return part in BULK;
}

function forEachBulkPart<T>(make: (part: BulkPart) => T): Record<BulkPart, T> {
  return { deck: make('deck'), status: make('status'), suspended: make('suspended'), flag: make('flag') };
}

function toChangeSet({ id, undone, ...set }: SetRow): ChangeSet {
  return { changeSetId: id, ...set, undone: undone === 1, leftAlone: [] };
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}

/** The parts of `wanted` that are not so yet, as they are and as they will be; `null` for none. */
function differing(now: Parts, wanted: Parts): { before: Parts; after: Parts } | null {
  const before: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  let any = false;
  for (const [part, value] of Object.entries(wanted)) {
    if (value === undefined || isSame(now[part], value)) continue;
    before[part] = now[part];
    after[part] = value;
    any = true;
  }
  return any ? { before, after } : null;
}

/** What of `old` can be put back: the parts that are still as they were `made`; the others are named. */
function standing(now: Parts, old: Parts, made: Parts): { parts: Record<string, unknown>; left: string[] } {
  const parts: Record<string, unknown> = {};
  const left: string[] = [];
  for (const [part, value] of Object.entries(old)) {
    if (isSame(now[part], value)) continue;
    // Warnings follow from the texts, whoever wrote them last.
    if (part === 'warnings' || isSame(now[part], made[part])) parts[part] = value;
    else left.push(part);
  }
  return { parts, left };
}

const NAMES: Readonly<Record<string, string>> = {
  memory: 'schedule',
  fields: 'text',
  front: 'text',
  back: 'text',
};

function since(parts: readonly string[]): string {
  return `Changed since: ${[...new Set(parts.map((part) => NAMES[part] ?? part))].join(', ')}.`;
}
