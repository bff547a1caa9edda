import { describe, expect, it } from 'vitest';
import { commandList, matchCommands } from '../../../renderer/shell/commandList.ts';
import { createAppStore } from '../../../renderer/store/index.ts';
import { INSIGHT_TABS, TRACES_MODES, VIEWS } from '../../../renderer/store/route.ts';
import type { Route } from '../../../renderer/store/route.ts';

const TRACE = 'ab'.repeat(16);

function storeAt(...routes: readonly Route[]) {
  const store = createAppStore();
  for (const route of routes) store.getState().navigated(route);
  return store;
}
const titles = (store: ReturnType<typeof createAppStore>, group?: string) =>
  commandList(store.getState())
    .filter((command) => group === undefined || command.group === group)
    .map(({ title }) => title);
const find = (store: ReturnType<typeof createAppStore>, title: string) =>
  commandList(store.getState()).find((command) => command.title === title)!;

describe('the command list', () => {
  it('leads to every place, mode and tab', () => {
    const store = storeAt();
    const seen = new Set<string>();
    for (const command of commandList(store.getState()).filter(({ group }) => group === 'Go to')) {
      command.run();
      const { route } = store.getState();
      seen.add(
        [
          route.view,
          'mode' in route && route.mode,
          'tab' in route && route.tab,
          'page' in route && route.page,
        ]
          .filter(Boolean)
          .join(' '),
      );
    }
    expect([...seen].sort()).toEqual(
      [
        ...VIEWS,
        'cards review',
        'study statistics',
        'generate prompts',
        ...TRACES_MODES.filter((mode) => mode !== 'list').map((mode) => `traces ${mode}`),
        ...INSIGHT_TABS.map((tab) => `insight ${tab}`),
      ].sort(),
    );
  });

  it('has a command once, whatever there is to be named', () => {
    const store = storeAt({ view: 'traces', traceId: TRACE });
    store.getState().savedQueriesLoaded([
      { name: 'slow', signal: 'traces', query: 'duration > 1s' },
      { name: 'slow', signal: 'logs', query: 'level = warn' },
    ]);
    const ids = commandList(store.getState()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has the open trace’s own commands first, and only where one is open', () => {
    expect(titles(storeAt({ view: 'logs' }), 'This trace')).toEqual([]);
    const store = storeAt({ view: 'traces', traceId: TRACE, show: 'flame', spanId: '1'.repeat(16) });
    expect(commandList(store.getState())[0]).toMatchObject({ group: 'This trace' });
    find(store, 'Show as waterfall').run();
    // The span stays marked.
    expect(store.getState().route).toEqual({
      view: 'traces',
      traceId: TRACE,
      show: 'waterfall',
      spanId: '1'.repeat(16),
    });
    find(store, 'Its logs').run();
    expect(store.getState().route).toEqual({ view: 'logs', traceId: TRACE });
  });

  it('has what can be done with the deck: study, take back, write, bring in and out', () => {
    const store = storeAt({ view: 'logs' });
    find(store, 'Study what is due').run();
    expect(store.getState().route).toEqual({ view: 'study', mode: 'due' });
    for (const [title, open] of [
      ['Write a card…', 'add'],
      ['Import a deck…', 'import'],
      ['Export cards…', 'export'],
      ['Push to Anki…', 'push'],
    ] as const) {
      find(store, title).run();
      expect(store.getState().route).toEqual({ view: 'cards', open });
    }
    expect(titles(store, 'Do')).toContain('Undo the deck’s newest change');
  });

  it('names recent places of the deck by what was looked at', () => {
    const store = storeAt(
      { view: 'cards', deck: 'A::B', query: 'is:due' },
      { view: 'study', tab: 'statistics', deck: 'A' },
      { view: 'cards', mode: 'review', runId: 'r1' },
      { view: 'generate', page: 'prompts' },
      { view: 'logs' },
    );
    expect(titles(store, 'Recent')).toEqual([
      'Generate · Prompts',
      'Cards · Review · of one run',
      'Study · Statistics · A',
      'Cards · A::B · is:due',
    ]);
  });

  it('lists recent places, the latest first, without the present one and those of the rail', () => {
    const store = storeAt(
      { view: 'traces', query: 'status = error' },
      { view: 'logs' },
      { view: 'traces', traceId: TRACE },
      { view: 'insight', tab: 'sql' },
      { view: 'traces', query: 'status = error' },
      { view: 'cards' },
      { view: 'traces', traceId: TRACE },
    );
    expect(titles(store, 'Recent')).toEqual(['Traces · status = error', 'Insight · SQL']);
  });

  it('offers saved queries of traces and of logs where they are asked', () => {
    const store = storeAt();
    store.getState().savedQueriesLoaded([
      { name: 'slow', signal: 'traces', query: 'duration > 1s' },
      { name: 'bad', signal: 'logs', query: 'level = error' },
    ]);
    store.getState().queryAsked('service = shop');
    expect(titles(store, 'Saved query')).toEqual([
      'slow: duration > 1s',
      'bad: level = error',
      'service = shop',
    ]);
    find(store, 'bad: level = error').run();
    expect(store.getState().route).toEqual({ view: 'logs', query: 'level = error' });
  });
});

describe('a question to the palette', () => {
  const all = commandList(storeAt().getState());
  const found = (question: string) => matchCommands(all, question).map(({ title }) => title);

  it('finds what has every word, in its title or in its group', () => {
    expect(found('insight map')).toEqual(['Insight: Service map']);
    expect(found('go to settings')[0]).toBe('Settings');
    expect(found('backups')).toEqual(['Settings: Backups']);
    expect(found('zzz')).toEqual([]);
  });

  it('has first what begins with it', () => {
    expect(found('t')[0]).toBe('Traces');
    expect(found('metrics')).toEqual(['Insight: Metrics']);
    expect(found('')).toEqual(all.map(({ title }) => title));
  });
});
