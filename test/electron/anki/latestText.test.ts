import { describe, expect, it } from 'vitest';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { createNoteStore } from '../../../electron/deck/noteStore.ts';
import { createTestDeck } from './fixtures.ts';
import { createCollection, readPackage } from './independentReader.ts';
import { writePackage } from './rewritePackage.ts';

const START_MS = Date.UTC(2025, 10, 20, 9);

/** A sequence of numbers from 0 to below `below`, the same for the same seed. */
function chance(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state >>> 3) % below;
  };
}

function sampleDeck() {
  const deck = createTestDeck();
  for (const term of ['ebb', 'flow']) {
    deck.add({
      term,
      tags: ['sea'],
      createdMs: START_MS - 60_000,
      modifiedMs: START_MS - 60_000,
      cards: [
        { type: 'recognition', front: term, back: 'a tide' },
        { type: 'cloze', front: `The {{c1::${term}}} comes.`, back: '', cloze: 1 },
        { type: 'usage', front: `How does one say ${term}?`, back: 'so' },
        { type: 'usage', front: `When does one say ${term}?`, back: 'then' },
      ],
    });
  }
  return deck;
}

describe('what Anki has after the last import of a package', () => {
  it('is the latest text, after two edits and their undoing within one second', async () => {
    const deck = sampleDeck();
    const anki = createCollection();
    const log = createChangeLog(deck.db, { now: () => START_MS + 999 });
    const back = async () => {
      anki.import((await deck.export('out.apkg', { now: () => START_MS })).path);
      return [...anki.notes.values()].flatMap(({ flds }) => /edit \d/.exec(flds)?.[0] ?? []);
    };
    await back();
    log.record('', (changes) => changes.card(1, { back: 'edit 1' }));
    expect(await back()).toEqual(['edit 1']);
    log.record('', (changes) => changes.card(1, { back: 'edit 2' }));
    expect(await back()).toEqual(['edit 2']);
    log.undoLast();
    expect(await back()).toEqual(['edit 1']);
    log.undoLast();
    expect(await back()).toEqual([]);
  });

  it('is the latest text where the clock was set back between two edits', async () => {
    const deck = sampleDeck();
    const anki = createCollection();
    for (const [text, atMs] of [
      ['edit 1', START_MS],
      ['edit 2', START_MS - 3_600_000],
    ] as const) {
      createChangeLog(deck.db, { now: () => atMs }).record('', (c) => c.card(1, { back: text }));
      anki.import((await deck.export('out.apkg', { now: () => START_MS })).path);
      expect([...anki.notes.values()].some(({ flds }) => flds.includes(text))).toBe(true);
    }
  });

  it('is of one time for one change, however many steps it has', () => {
    const deck = sampleDeck();
    const log = createChangeLog(deck.db, { now: () => START_MS });
    const noteId = deck.db.prepare("SELECT id FROM notes WHERE term = 'ebb'").pluck().get() as number;
    const changedMs = () => deck.db.prepare('SELECT modified_ms FROM notes WHERE id = ?').pluck().get(noteId);
    const change = (text: string) =>
      log.record('', (changes) => {
        changes.card(1, { back: text });
        changes.card(2, { back: text });
        changes.note(noteId, { tags: [text] });
        changes.note(noteId, { term: text });
      });
    change('one');
    expect(changedMs()).toBe(START_MS);
    change('two');
    expect(changedMs()).toBe(START_MS + 1000);
    log.undoLast();
    expect(changedMs()).toBe(START_MS + 2000);
    const made = log.record('', (changes) => {
      changes.addNote({ uuid: 'made-now-1', deck: 'Sea', key: 'surf', term: 'surf', tags: ['a'] });
    });
    expect(made.notes).toBe(1);
    expect(deck.db.prepare("SELECT modified_ms FROM notes WHERE term = 'surf'").pluck().get()).toBe(START_MS);
    expect(createNoteStore(deck.db).find(1, 'nothing')).toBeNull();
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is the latest text after any edits, undoings, exports and imports (%i)',
    async (seed) => {
      const next = chance(seed);
      const deck = sampleDeck();
      const anki = createCollection();
      let nowMs = START_MS;
      let text = 0;
      let files = 0;
      const log = createChangeLog(deck.db, { now: () => nowMs });
      const cardCount = deck.db.prepare<[], number>('SELECT max(id) FROM cards').pluck();
      const statusOf = deck.db.prepare<[number], string>('SELECT status FROM cards WHERE id = ?').pluck();
      const packages: string[] = [];
      const out = async () => {
        const { path } = await deck.export(`out${(files += 1)}.apkg`, { now: () => START_MS });
        packages.push(path);
        anki.import(path);
        return path;
      };
      const someCard = () => 1 + next(cardCount.get() ?? 1);
      const steps: (() => unknown)[] = [
        () => log.record('', (changes) => changes.card(someCard(), { back: `edit ${(text += 1)}` })),
        () => log.record('', (changes) => changes.card(someCard(), { quote: `edit ${(text += 1)}` })),
        () => log.record('', (changes) => changes.note(1 + next(2), { tags: [`edit-${(text += 1)}`] })),
        () => log.record('', (changes) => changes.cards([someCard(), someCard()], 'status', 'rejected')),
        () => log.record('', (changes) => changes.cards([someCard(), someCard()], 'status', 'accepted')),
        () =>
          log.record('', (changes) => {
            // A whole note goes, and may come back with a package.
            const noteId = 1 + next(2);
            const ids = deck.db.prepare('SELECT id FROM cards WHERE note_id = ?').pluck().all(noteId);
            for (const id of ids as number[]) {
              if (statusOf.get(id) === 'accepted') changes.card(id, { status: 'deleted' });
            }
          }),
        () =>
          log.recordInPieces('', [
            (changes) => changes.card(someCard(), { back: `edit ${(text += 1)}` }),
            (changes) => changes.card(someCard(), { back: `edit ${(text += 1)}` }),
          ]),
        () => log.undoLast(),
        () => log.undoLast(),
        out,
        out,
        async () => {
          const old = packages[next(packages.length)];
          if (old !== undefined) await deck.import(old);
        },
        async () => {
          // Somebody writes into it in Anki, and brings it here.
          const edited = writePackage(await out(), (db) => {
            db.prepare("UPDATE notes SET flds = replace(flds, 'edit', 'word'), mod = mod + ?").run(
              1 + next(3),
            );
          });
          anki.import(edited);
          await deck.import(edited);
        },
      ];
      for (let done = 0; done < 40; done += 1) {
        await steps[next(steps.length)]!();
        if (next(3) === 0) nowMs += next(1500) - 300;
      }
      const last = readPackage(await out());
      const said = (notes: Iterable<{ guid: string; flds: string; tags: string }>) =>
        new Map([...notes].map(({ guid, flds, tags }) => [guid, `${tags}|${flds}`]));
      const there = said(anki.notes.values());
      for (const [guid, words] of said(last.notes)) expect(there.get(guid)).toBe(words);
      expect(text).toBeGreaterThan(5);
    },
  );
});
