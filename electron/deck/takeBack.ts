/** Takes changes back, as far as nobody changed the same parts since. */
import type { Db } from '../sqlite/openDatabase.ts';
import { isBulkPart } from './bulkParts.ts';
import type { BulkPart, BulkParts } from './bulkParts.ts';
import { isSaid, isSame, since, standing } from './changeParts.ts';
import type { Parts } from './changeParts.ts';
import type { CardParts, DeckPartStore, DeckParts, NoteParts } from './deckParts.ts';

export type ChangeRow = {
  readonly id: number;
  readonly entity: 'note' | 'card' | 'deck';
  readonly entityId: number;
  readonly before: string | null;
  readonly after: string | null;
};

/** What a group of steps touched. */
export function createTally() {
  const notes = new Set<number>();
  const cards = new Set<number>();
  /** Notes that say something else now: texts of cards changed, or which cards count. */
  const texts = new Set<number>();
  const left = new Map<number, string>();
  return { notes, cards, texts, left, written: 0 };
}
export type Tally = ReturnType<typeof createTally>;

/** From so many cards on that changed alike they are taken back together. */
const ALIKE_MIN = 50;
/** So many of them in one step, and so many changes in one that are looked at one by one: some 10 to 20 ms each. */
const ALIKE_A_STEP = 500;
const CHANGES_A_STEP = 300;

/** Of cards that were left alone, so many are told. */
export const LEFT_ALONE_MAX = 1000;

/** A part of taking a set back. What it finds as it was before is left alone: it can be done twice. */
export type StepBack = (nowMs: number, tally: Tally) => void;

/** Over an open deck; transactions are the caller's. */
export function createTakeBack(
  db: Db,
  { store, bulk: { parts: bulk, stored } }: { readonly store: DeckPartStore; readonly bulk: BulkParts },
) {
  const cardIdsOf = db
    .prepare<[number], number>('SELECT id FROM cards WHERE note_id = ? ORDER BY ordinal')
    .pluck();
  const changesBefore = db.prepare<[number, number, number], ChangeRow>(
    `SELECT id, entity, entity_id AS entityId, before, after FROM changes
     WHERE change_set_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  );
  const liveCards = db
    .prepare<[number], number>("SELECT count(*) FROM cards WHERE deck_id = ? AND status <> 'deleted'")
    .pluck();
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
        tally.texts.add(found.noteId);
      } else {
        const { parts, left } = standing(now, old, made ?? {});
        if (left.length > 0) {
          leave(entityId, since(left));
          delete parts['warnings'];
        }
        if (Object.keys(parts).length === 0) return;
        store.writeCard(entityId, parts as Partial<CardParts>, nowMs);
        if (isSaid(parts)) tally.texts.add(found.noteId);
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

  /** Takes back what some cards of a set had in common. */
  function takeAlikeBack(part: BulkPart, old: unknown, made: unknown, ids: readonly number[]): StepBack {
    return (nowMs, tally) => {
      const value = stored(part, old);
      const cardIds = new Set(ids);
      for (const cardId of bulk[part].others.all({
        ids: JSON.stringify(ids),
        made: stored(part, made),
        value,
      })) {
        cardIds.delete(cardId);
        if (tally.left.size < LEFT_ALONE_MAX) tally.left.set(cardId, since([part]));
      }
      const rows = bulk[part].find.all({ ids: JSON.stringify([...cardIds]), value });
      bulk[part].write.run({ ids: JSON.stringify(rows.map(({ id }) => id)), value, nowMs });
      for (const { id, noteId } of rows) {
        tally.cards.add(id);
        tally.notes.add(noteId);
        if (part === 'status') tally.texts.add(noteId);
      }
    };
  }

  function* steps(setId: number): Generator<StepBack> {
    const done = new Set<number>();
    // Steps on one card are taken back in their order, one by one.
    for (const { before, after, ids } of isEachOnce.get(setId) === 1 ? alike.all(setId) : []) {
      const old = JSON.parse(before) as Parts;
      const made = JSON.parse(after) as Parts;
      const [part, ...more] = Object.keys(old);
      if (part === undefined || more.length > 0 || !isBulkPart(part)) continue;
      const cardIds = JSON.parse(ids) as number[];
      for (const cardId of cardIds) done.add(cardId);
      for (let at = 0; at < cardIds.length; at += ALIKE_A_STEP)
        yield takeAlikeBack(part, old[part], made[part], cardIds.slice(at, at + ALIKE_A_STEP));
    }
    let lastId = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const rows = changesBefore.all(setId, lastId, CHANGES_A_STEP);
      const others = rows.filter(({ entity, entityId }) => entity !== 'card' || !done.has(entityId));
      if (others.length > 0) {
        yield (nowMs, tally) => {
          for (const row of others) takeBack(row, nowMs, tally);
        };
      }
      if (rows.length < CHANGES_A_STEP) return;
      lastId = rows.at(-1)!.id;
    }
  }

  /** All of a set, the newest change first. */
  return function* stepsBack(setId: number): Generator<StepBack> {
    for (const step of steps(setId)) {
      yield (nowMs, tally) => {
        tally.texts.clear();
        step(nowMs, tally);
        for (const noteId of tally.texts) store.touchNote(noteId, nowMs);
      };
    }
  };
}
