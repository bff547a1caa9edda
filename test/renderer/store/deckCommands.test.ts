import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangeSet } from '../../../shared/deck.ts';
import type { Api } from '../../../shared/ipc.ts';
import { undoChange, undoOf } from '../../../renderer/store/deckCommands.ts';
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

  it('of one change leaves another one alone that came after it', async () => {
    const tagged = change(2, 'Tagged', soon());
    const left = openWindow([change(3, 'Moved', soon()), tagged]);
    undoOf(tagged).run();
    await expect.poll(() => getState().toasts.length).toBe(1);
    expect(left()).toEqual(['Moved', 'Tagged']);
    expect(lastMessage().text).toContain('Moved');
  });
});
