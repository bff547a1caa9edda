import { describe, expect, it } from 'vitest';
import { createAnkiSource } from '../../../electron/anki/ankiSource.ts';
import type { PushSource } from '../../../electron/ankiConnect/pushPorts.ts';
import type { RowTools } from '../../../electron/exchange/ankiRows.ts';
import { createTestDeck, writeForeign } from './fixtures.ts';
import { sampleContent } from './foreignPackages.ts';
import { addSamples } from './samples.ts';

describe('notes for other ways into Anki', () => {
  it('come with the pieces, names and ids that a package has', async () => {
    const deck = createTestDeck();
    addSamples(deck);
    await deck.import(writeForeign(sampleContent(), 'anki21b'));
    const source = createAnkiSource(deck.db, deck.mediaDir) satisfies PushSource & RowTools;
    const korean = [...source.readNotes({ deck: 'Korean' })];
    const uuid = '11111111-1111-4111-8111-111111111111';
    expect(korean).toMatchObject([
      {
        noteId: uuid,
        term: '먹다',
        foundBy: 'id',
        pieces: [
          {
            piece: 0,
            notetype: 'Tracedeck term',
            deck: 'Korean::Verbs',
            tags: ['level::1', 'verb'],
            fields: { Term: '먹다', Id: `${uuid}:0` },
          },
          { piece: 3, notetype: 'Tracedeck cloze', fields: { Id: `${uuid}:3` } },
          {
            piece: 7,
            notetype: 'Tracedeck basic',
            deck: 'Korean::Extra',
            fields: { Front: 'to take in', Id: `${uuid}:7` },
          },
        ],
      },
    ]);
    const [first] = [...source.readNotes({ deck: 'Japanese::Core' })];
    expect(first).toMatchObject({
      foundBy: 'first',
      pieces: [{ piece: 0, notetype: 'Vocabulary', fields: { Expression: '今日' } }],
    });
    expect(
      [...source.readNotes({ noteIds: [first!.noteId, 'gone', uuid] })].map(({ noteId }) => noteId),
    ).toEqual([first!.noteId, uuid]);
    expect([...source.readNotes({ deck: null })]).toHaveLength(5);

    expect(source.notetype('Tracedeck cloze')).toMatchObject({
      kind: 'cloze',
      fields: ['Text', 'Back', 'Term', 'Quote', 'Source', 'Id', 'Data'],
    });
    expect(source.notetype('Vocabulary')).toMatchObject({
      kind: 'standard',
      fields: ['Expression', 'Meaning', 'Reading'],
      templates: [{ name: 'Recognise' }, {}],
    });
    expect(source.notetype('Nobody')).toBeNull();
    expect(source.importedNote(first!.noteId)).toMatchObject({
      guid: 'aB3$xyz',
      notetype: 'Vocabulary',
      fields: [{ name: 'Expression', value: '今日' }, {}, {}],
    });
    expect(source.importedNote(uuid)).toBeNull();
    expect(source.mediaPath('sun.png')).toBe(deck.media.pathOf(deck.media.find('sun.png')!.sha256));
    expect(source.mediaPath('none.png')).toBeNull();
  });

  it('end where a note has no accepted card', () => {
    const deck = createTestDeck();
    deck.add({ term: 'x', cards: [{ type: 'basic', front: 'a', back: 'b', status: 'proposed' }] });
    const uuid = deck.db.prepare('SELECT uuid FROM notes').pluck().get() as string;
    const source = createAnkiSource(deck.db, deck.mediaDir);
    expect([...source.readNotes({ deck: null }), ...source.readNotes({ noteIds: [uuid] })]).toEqual([]);
  });
});
