import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editedDeck, importedNote, runOf, study, word } from './editedDeck.ts';
import type { EditedDeck } from './editedDeck.ts';

const DAY_MS = 86_400_000;

describe('the change log', () => {
  let deck: EditedDeck;
  beforeEach(() => (deck = editedDeck()));
  afterEach(() => void deck.db.close());
  const add = (front: string, back: string, name = 'A') =>
    deck.addNote({ deck: name, kind: 'basic', front, back, tags: [] });
  const dump = () =>
    ['notes', 'cards', 'memory', 'note_tags', 'decks'].map((table) =>
      deck.db
        .prepare<[], Record<string, unknown>>(`SELECT * FROM ${table}`)
        .all()
        .map(({ modified_ms: _changed, ...row }) => row),
    );

  it('takes any row of changes back, newest first, until all is as it was', async () => {
    await runOf(deck.db, [word('사과', 'apple'), word('배', 'pear')]);
    const { cardIds } = importedNote(deck, ['cat', 'Katze']);
    for (const { cardId } of deck.cards()) study(deck.db, cardId);
    const before = dump();
    const ids = deck.cards().map(({ cardId }) => cardId);
    const sets = [
      deck.bulkEdit(ids, { kind: 'addTags', tags: ['one two', 'three'] }),
      deck.bulkEdit(ids, { kind: 'move', deck: 'B::C' }),
      deck.bulkEdit(ids, { kind: 'suspend', suspended: true }),
      deck.bulkEdit(ids, { kind: 'flag', flag: 3 }),
      deck.bulkEdit(ids.slice(0, 2), { kind: 'status', status: 'rejected' }),
      deck.bulkEdit(ids, { kind: 'replace', find: 'A', with: 'ä', matchCase: false }),
      deck.bulkEdit(ids, { kind: 'forget' }),
      deck.bulkEdit(ids.slice(0, 1), { kind: 'delete' }),
      deck.renameDeck('B::C', 'D'),
      deck.editNote({ noteId: 'note-2', fields: ['dog', ''], tags: [], cause: 'edit' })!,
      deck.removeDeck('D'),
    ];
    expect(sets.every(({ changeSetId }) => changeSetId > 0)).toBe(true);
    expect(deck.cards()).toEqual([]);
    for (const set of sets.toReversed()) {
      const undone = deck.undoLast();
      expect(undone).toMatchObject({ changeSetId: set.changeSetId, undone: true, leftAlone: [] });
    }
    const [notes, cards, memory, tags, decks] = dump();
    expect([notes, cards, memory, tags]).toEqual(before.slice(0, 4));
    expect(decks?.filter((row) => row['removed'] === 0)).toEqual(before[4]);
    expect(cardIds).toHaveLength(2);
  });

  it('has nothing to take back in the end', () => {
    add('q', 'a');
    expect(deck.undoLast()?.label).toBe('Added a note');
    expect(deck.cards()).toEqual([]);
    expect(deck.undoLast()).toBeNull();
  });

  it('leaves alone what was studied or changed since by other means', () => {
    add('q', 'a');
    add('r', 'b');
    const [, second] = deck.cards();
    deck.bulkEdit([1, 2], { kind: 'flag', flag: 2 });
    deck.db.prepare('UPDATE cards SET flag = 5 WHERE id = 2').run();
    expect(deck.undoLast()?.leftAlone).toEqual([{ cardId: 2, reason: 'Changed since: flag.' }]);
    expect(deck.cards().map(({ flag }) => flag)).toEqual([0, 5]);
    study(deck.db, second!.cardId);
    expect(deck.undoLast()?.leftAlone).toEqual([{ cardId: 2, reason: 'Changed since: schedule.' }]);
    expect(deck.cards()).toHaveLength(2);
  });

  it('does not bring a schedule back over a newer one', () => {
    add('q', 'a');
    study(deck.db, 1, 1000);
    deck.bulkEdit([1], { kind: 'forget' });
    study(deck.db, 1, 9000);
    expect(deck.undoLast()?.leftAlone).toEqual([{ cardId: 1, reason: 'Changed since: schedule.' }]);
    expect(deck.card(1).dueMs).toBe(9000);
  });

  it('keeps no set that changed nothing, and none of a step that failed', () => {
    add('q', 'a');
    expect(deck.bulkEdit([1], { kind: 'flag', flag: 0 }).changeSetId).toBe(0);
    const broken = () =>
      deck.record('Broken', (changes) => {
        changes.card(1, { front: 'other' });
        throw new Error('no');
      });
    expect(broken).toThrow('no');
    expect(deck.changes(10).map(({ label }) => label)).toEqual(['Added a note']);
    expect(deck.card(1).front).toBe('q');
  });

  it('writes down the changed parts alone', () => {
    add('q', 'a');
    deck.bulkEdit([1], { kind: 'suspend', suspended: true });
    expect(deck.db.prepare('SELECT before, after FROM changes ORDER BY id DESC').get()).toEqual({
      before: '{"suspended":false}',
      after: '{"suspended":true}',
    });
  });

  it('tells the history of a note, newest first', () => {
    const { noteId } = add('q', 'a');
    study(deck.db, 1, Date.UTC(2026, 4, 1));
    deck.editNote({ noteId, cards: [{ cardId: 1, front: 'q', back: 'b' }], tags: ['x'], cause: 'edit' });
    deck.bulkEdit([1], { kind: 'forget' });
    deck.undoLast();
    expect(deck.history(noteId).map(({ label, undone, parts }) => ({ label, undone, parts }))).toEqual([
      {
        label: 'Forgot the schedule of 1 card',
        undone: true,
        parts: [{ part: 'card 1: schedule', before: 'due 2026-05-01, 3 reviews, 1 lapses', after: null }],
      },
      {
        label: 'Edited a note',
        undone: false,
        parts: [
          { part: 'card 1: back', before: 'a', after: 'b' },
          { part: 'tags', before: '', after: 'x' },
        ],
      },
      {
        label: 'Added a note',
        undone: false,
        parts: [
          { part: 'note', before: null, after: 'q' },
          { part: 'card 1', before: null, after: 'q' },
        ],
      },
    ]);
  });

  it('names the fields of an imported note in its history', () => {
    const { noteId } = importedNote(deck, ['cat', 'Katze']);
    deck.editNote({ noteId, fields: ['cat', 'Kater'], cause: 'edit' });
    expect(deck.history(noteId)[0]?.parts).toContainEqual({ part: 'Back', before: 'Katze', after: 'Kater' });
  });

  it('forgets old sets, and with them what only they could bring back', () => {
    add('kept', 'a');
    add('gone', 'b', 'B');
    deck.removeDeck('B');
    deck.wait(100 * DAY_MS);
    expect(deck.purge()).toEqual({ sets: 0, cards: 0, notes: 0 });
    expect(deck.purge({ keepSets: 1 })).toEqual({ sets: 2, cards: 0, notes: 0 });
    deck.bulkEdit([1], { kind: 'flag', flag: 1 });
    deck.wait(100 * DAY_MS);
    expect(deck.purge({ keepSets: 1 })).toEqual({ sets: 1, cards: 1, notes: 1 });
    expect(deck.db.prepare('SELECT name FROM decks').pluck().all()).toEqual(['A']);
    expect(deck.cards().map(({ front }) => front)).toEqual(['kept']);
    expect(deck.undoLast()?.label).toBe('Flagged 1 card');
  });

  it('keeps young sets, however many', () => {
    for (let i = 0; i < 30; i += 1) add(`q${i}`, 'a');
    expect(deck.purge({ keepSets: 5 }).sets).toBe(0);
    expect(deck.purge({ keepSets: 5, keepMs: -1 }).sets).toBe(25);
    expect(deck.purge({ keepSets: 1000, keepChanges: 1 }).sets).toBe(0);
  });
});

describe('a killed process', () => {
  it('leaves a change whole or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracedeck-changes-'));
    const path = join(folder, 'deck.db');
    const first = editedDeck(path);
    for (let i = 0; i < 300; i += 1)
      first.addNote({ deck: 'A', kind: 'basic', front: `q${i}`, back: 'a', tags: [] });
    first.db.close();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'editForever.ts'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await new Promise((resolve) => void setTimeout(resolve, 50));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const deck = editedDeck(path);
    const flags = new Set(deck.cards().map(({ flag }) => flag));
    expect(flags.size).toBe(1);
    const [flag] = flags;
    expect(deck.changes(1)[0]?.cards).toBe(300);
    deck.undoLast();
    expect(new Set(deck.cards().map((card) => card.flag))).toEqual(new Set([flag === 1 ? 2 : 1]));
    deck.db.close();
    rmSync(folder, { recursive: true });
  });
});
