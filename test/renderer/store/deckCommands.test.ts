import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CardDraft } from '../../../shared/card.ts';
import type { ChangeSet } from '../../../shared/deck.ts';
import type { Api } from '../../../shared/ipc.ts';
import { undoChange, undoOf } from '../../../renderer/store/deckCommands.ts';
import { acceptAll, takeAnew } from '../../../renderer/store/reviewCommands.ts';
import { followUndo } from '../../../renderer/store/undoOffers.ts';
import { getState, useStore } from '../../../renderer/store/index.ts';
import { createFakeApi } from '../fakeApi.ts';

const HOUR_MS = 3_600_000;
const beginning = useStore.getInitialState();
beforeEach(() => useStore.setState(beginning, true));

const change = (changeSetId: number, label: string, atMs: number): ChangeSet => ({
  changeSetId,
  label,
  atMs,
  notes: 1,
  cards: 2,
  undone: false,
  leftAlone: [],
});

/** A window over a deck with these changes, newest first; answers the labels of those that are not taken back. */
function openWindow(done: readonly ChangeSet[]): () => readonly string[] {
  let changes = done;
  const api: Api = {
    ...createFakeApi({ rowMs: 0, rows: 10 }),
    changes: async () => changes,
    undoChange: async () => {
      const newest = changes.find(({ undone }) => !undone) ?? null;
      changes = changes.map((each) => (each === newest ? { ...each, undone: true } : each));
      return newest;
    },
  };
  vi.stubGlobal('window', { api });
  return () => changes.filter(({ undone }) => !undone).map(({ label }) => label);
}
const lastMessage = () => getState().toasts.at(-1)!;
const soon = () => Date.now() + HOUR_MS;

describe('undo', () => {
  it('takes back what was done since the window was opened, one by one', async () => {
    const left = openWindow([change(3, 'Tagged', soon()), change(2, 'Edited', soon())]);
    await undoChange();
    expect(lastMessage().text).toBe('Taken back: Tagged.');
    await undoChange();
    expect(left()).toEqual([]);
    await undoChange();
    expect(lastMessage().text).toBe('There is nothing to take back.');
  });

  it('names an older change and asks, instead of silently removing what was imported yesterday', async () => {
    const left = openWindow([
      change(3, 'Tagged', soon()),
      change(1, 'Imported a.apkg', Date.now() - HOUR_MS),
    ]);
    await undoChange();
    await undoChange();
    expect(left()).toEqual(['Imported a.apkg']);
    expect(lastMessage().text).toContain('Imported a.apkg');
    lastMessage().action!.run();
    await expect.poll(left).toEqual([]);
    expect(lastMessage().text).toBe('Taken back: Imported a.apkg.');
  });

  it('ends the message that offered it, and no other', async () => {
    const [tagged, moved] = [change(2, 'Tagged', soon()), change(3, 'Moved', soon())];
    openWindow([moved, tagged]);
    for (const each of [tagged, moved])
      getState().toastAdded({ tone: 'good', text: `${each.label}.`, hint: null, action: undoOf(each) });
    await undoChange();
    expect(getState().toasts.map(({ text }) => text)).toEqual(['Tagged.', 'Taken back: Moved.']);
    getState().toasts[0]!.action!.run();
    await expect
      .poll(() => getState().toasts.map(({ text }) => text))
      .toEqual(['Taken back: Moved.', 'Taken back: Tagged.']);
  });

  it('that another window did ends the message as well, once that is told', async () => {
    const [kept, taken, gone] = [
      change(5, 'Kept', soon()),
      change(4, 'Taken', soon()),
      change(2, 'Gone', soon()),
    ];
    let isUndone = false;
    let tell: (nothing: null) => void = () => undefined;
    const api: Api = {
      ...createFakeApi({ rowMs: 0, rows: 10 }),
      changes: async () => [kept, { ...taken, undone: isUndone }, change(3, 'Other', soon())],
      onDeckChanged: (listener) => {
        tell = listener;
        return () => undefined;
      },
    };
    vi.stubGlobal('window', { api });
    followUndo();
    for (const each of [kept, taken])
      getState().toastAdded({ tone: 'good', text: `${each.label}.`, hint: null, action: undoOf(each) });
    tell(null);
    getState().toastAdded({ tone: 'good', text: 'Gone.', hint: null, action: undoOf(gone) });
    isUndone = true;
    tell(null);
    await expect.poll(() => getState().toasts.map(({ text }) => text)).toEqual(['Kept.']);
  });

  it('of one change leaves another one alone that came after it', async () => {
    const tagged = change(2, 'Tagged', soon());
    const left = openWindow([change(3, 'Moved', soon()), tagged]);
    undoOf(tagged).run();
    await expect.poll(() => getState().toasts.length).toBe(1);
    expect(left()).toEqual(['Moved', 'Tagged']);
    expect(lastMessage().text).toContain('Moved');
  });
});

describe('accepting all that wait', () => {
  it('offers its way back, and none where nothing waited', async () => {
    const answer = (done: ChangeSet) =>
      vi.stubGlobal('window', {
        api: { ...createFakeApi({ rowMs: 0, rows: 10 }), acceptAll: async () => done },
      });
    answer({ ...change(7, 'Accepted', soon()), cards: 62 });
    await acceptAll(null, false);
    expect(lastMessage()).toMatchObject({ text: '62 cards accepted.', action: { label: 'Undo', undoes: 7 } });
    answer({ ...change(0, 'Accepted', soon()), cards: 0 });
    await acceptAll(null, false);
    expect(lastMessage()).toMatchObject({ text: '0 cards accepted.' });
    expect(lastMessage().action).toBeUndefined();
  });
});

it('a card written anew takes over its quote where there is one, and no other quote is lost', async () => {
  const editNote = vi.fn<Api['editNote']>(async () => change(1, 'Regenerated text', soon()));
  vi.stubGlobal('window', { api: { ...createFakeApi({ rowMs: 0, rows: 10 }), editNote } });
  const card = { noteId: 'n', cardId: 7, front: 'What?', back: 'That.' };
  const was = { front: 'What?', back: 'That.' };
  const anew = { type: 'basic', front: 'Where?', back: 'There.', tags: [] } satisfies CardDraft;
  const traceId = 'a'.repeat(32);
  expect(await takeAnew(card, { card: { ...anew, quote: 'It is there.' }, traceId })).toBe(true);
  expect(await takeAnew(card, { card: anew, traceId })).toBe(true);
  expect(editNote.mock.calls.map(([{ cards, cause }]) => [cards, cause])).toEqual([
    [[{ cardId: 7, front: 'Where?', back: 'There.', was, quote: 'It is there.' }], 'regenerate'],
    [[{ cardId: 7, front: 'Where?', back: 'There.', was }], 'regenerate'],
  ]);
  expect(editNote.mock.calls.every(([edit]) => edit.traceId === traceId)).toBe(true);
});
