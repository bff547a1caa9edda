/** A deck in memory with all that edits it, and quick ways to fill it. */
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { createDeckEditor } from '../../../electron/deck/deckEditor.ts';
import type { DeckEditor } from '../../../electron/deck/deckEditor.ts';
import type { NoteRenderer } from '../../../electron/deck/editNotes.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { createRunStore } from '../../../electron/deck/runStore.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import type { Card, CardDraft } from '../../../shared/card.ts';
import type { RunSettings } from '../../../shared/run.ts';
import { NO_TOKENS } from '../../../shared/run.ts';
import { gapNumbers } from '../../../shared/cloze.ts';
import { anAnalysis, anItem, someSettings, TEST_IDENTITY } from '../../fixtures/items.ts';

export type EditedDeck = DeckEditor & {
  readonly db: Db;
  readonly cards: () => Card[];
  readonly card: (cardId: number) => Card;
  /** Moves the clock on, in milliseconds. */
  readonly wait: (ms: number) => void;
};

/** Puts fields into `{{Name}}`; a template whose front stays empty gives no card. Enough of Anki for these tests. */
export const simpleRenderer: NoteRenderer = {
  renderCards(notetype, fields, tags, deck) {
    const fill = (template: string) =>
      template.replace(/\{\{(\w+)\}\}/g, (_, name: string) =>
        name === 'Tags'
          ? tags.join(' ')
          : name === 'Deck'
            ? deck
            : (fields[notetype.fields.findIndex((field) => field.name === name)] ?? ''),
      );
    if (notetype.kind === 'cloze') {
      return gapNumbers(fields[0] ?? '').map((cloze) => ({
        ordinal: cloze - 1,
        front: fields[0] ?? '',
        back: fields[1] ?? '',
        cloze,
      }));
    }
    return notetype.templates.flatMap(({ front, back }, ordinal) =>
      fill(front) === '' ? [] : [{ ordinal, front: fill(front), back: fill(back), cloze: null }],
    );
  },
  fieldTitle: (html) => html.replace(/<[^>]*>/g, '').trim(),
};

export function editedDeck(path = ':memory:'): EditedDeck {
  const db = openDeck(path);
  const store = createCardStore(db);
  let nowMs = Date.UTC(2026, 0, 1);
  const readCards = (ids: readonly number[]) => store.byIds(ids);
  const editor = createDeckEditor(db, { readCards, renderer: simpleRenderer, now: () => (nowMs += 1) });
  const all = db.prepare<[], number>("SELECT id FROM cards WHERE status <> 'deleted' ORDER BY id").pluck();
  return {
    ...editor,
    db,
    cards: () => [...readCards(all.all())],
    card: (cardId) => readCards([cardId])[0]!,
    wait: (ms) => void (nowMs += ms),
  };
}

/** A run that makes these cards of each term. */
export async function runOf(
  db: Db,
  notes: readonly { readonly term: string; readonly cards: readonly CardDraft[] }[],
  settings: Partial<RunSettings> = {},
): Promise<string> {
  const runs = createRunStore(db);
  const rows = notes.map(({ term }, i) => ({
    item: anItem(term, { row: i + 2 }),
    noteKey: term.toLowerCase(),
  }));
  const runId = await runs.create(someSettings(settings), 'list.csv', [rows]);
  runs.take(runId, 'a'.repeat(32));
  const items = await runs.claim(runId, 0, notes.length);
  const result = { ...TEST_IDENTITY, cached: false, usage: NO_TOKENS };
  const settled = items.map((queued) => ({
    queued,
    outcome: {
      state: 'done' as const,
      analysis: anAnalysis(queued.item.term),
      cards: notes.find(({ term }) => term === queued.item.term)!.cards,
      stages: [
        { ...result, stage: 'analyse' as const },
        { ...result, stage: 'write' as const },
      ],
    },
  }));
  await runs.settle(runId, settled, []);
  return runId;
}

export const draft = (
  type: CardDraft['type'],
  front: string,
  back: string,
  tags: string[] = ['test'],
): CardDraft => ({
  type,
  front,
  back,
  tags,
});

/** A vocabulary note of a run. */
export const word = (term: string, meaning: string) => ({
  term,
  cards: [draft('recognition', term, meaning), draft('production', meaning, term)],
});

/** An imported note of two templates, `Front` to `Back` and the other way round; its cards' ids. */
export function importedNote(
  { db, record }: EditedDeck,
  fields: readonly [string, string],
  {
    tags = [] as string[],
    deck = 'Imported',
    templates = TWO_WAYS,
    kind = 'standard' as 'standard' | 'cloze',
  } = {},
): { noteId: string; cardIds: number[] } {
  const noteId = `note-${String(db.prepare('SELECT count(*) FROM notes').pluck().get())}`;
  const notetype = {
    fields: JSON.stringify([{ name: 'Front' }, { name: 'Back' }]),
    templates: JSON.stringify(templates),
  };
  const notetypeId = Number(
    db
      .prepare(
        "INSERT INTO notetypes (name, kind, fields, templates, css, extra) VALUES ('T', ?, ?, ?, '', '{}')",
      )
      .run(kind, notetype.fields, notetype.templates).lastInsertRowid,
  );
  const cardIds: number[] = [];
  record('Imported', (changes) => {
    const deckId = changes.deckId(deck);
    const rowId = Number(
      db
        .prepare(
          `INSERT INTO notes (uuid, deck_id, key, term, notetype_id, fields, created_ms, modified_ms)
           VALUES (?, ?, ?, ?, ?, ?, 1, 1)`,
        )
        .run(noteId, deckId, fields[0], fields[0], notetypeId, JSON.stringify(fields)).lastInsertRowid,
    );
    for (const tag of tags) {
      db.prepare('INSERT OR IGNORE INTO tags (name) VALUES (?)').run(tag);
      db.prepare('INSERT INTO note_tags SELECT ?, id FROM tags WHERE name = ?').run(rowId, tag);
    }
    const rendered = simpleRenderer.renderCards(
      {
        id: 1,
        name: 'T',
        css: '',
        kind,
        fields: [{ name: 'Front' }, { name: 'Back' }],
        templates,
        extra: {},
      },
      fields,
      tags,
      deck,
    );
    for (const { ordinal, front, back, cloze } of rendered) {
      const id = db
        .prepare(
          `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, created_ms, modified_ms)
           VALUES (?, ?, ?, 'basic', ?, ?, ?, 1, 1)`,
        )
        .run(rowId, deckId, ordinal, front, back, cloze).lastInsertRowid;
      cardIds.push(Number(id));
    }
    changes.added('note', rowId);
  });
  return { noteId, cardIds };
}

const TWO_WAYS = [
  { name: 'A', front: '{{Front}}', back: '{{Back}}' },
  { name: 'B', front: '{{Back}}', back: '{{Front}}' },
];

/** As if a card had been studied. */
export function study(db: Db, cardId: number, dueMs = 1000): void {
  db.prepare(
    `INSERT OR REPLACE INTO memory (card_id, state, due_ms, stability, difficulty, reps, lapses, learning_step, scheduled_days)
     VALUES (?, 2, ?, 12.5, 5, 3, 1, 0, 12)`,
  ).run(cardId, dueMs);
}
