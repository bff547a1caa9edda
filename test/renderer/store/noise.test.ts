import { beforeEach, describe, expect, it, vi } from 'vitest';
import { withLive } from '../../../renderer/derive/foundTraces.ts';
import { getState, useStore } from '../../../renderer/store/index.ts';
import {
  changeRules,
  loadNoiseTest,
  ruleForSpan,
  ruleForTrace,
  ruleRoom,
  selectSpanRules,
  selectTraceRules,
} from '../../../renderer/store/noiseCommands.ts';
import { loadFoundTraces, searchOf } from '../../../renderer/store/traceCommands.ts';
import { ruleFaults } from '../../../renderer/views/settings/useRuleFaults.ts';
import type { Api } from '../../../shared/ipc.ts';
import { readRule } from '../../../shared/query/noise.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import type { TraceSummary } from '../../../shared/span.ts';
import { createFakeApi } from '../fakeApi.ts';

const beginning = useStore.getInitialState();
function openWindow(patch: Partial<Api> = {}): Api {
  const api = { ...createFakeApi({ rowMs: 0 }), ...patch };
  vi.stubGlobal('window', { api });
  return api;
}
const SETTINGS = settingsSchema.parse({});
const CLICKS = SETTINGS.traces.noise[0]!.query;
const summary = (id: string, patch: Partial<TraceSummary> = {}): TraceSummary => ({
  traceId: id.repeat(32).slice(0, 32),
  name: 'GET /items',
  startMs: 1000,
  durationMs: 10,
  spanCount: 5,
  errorCount: 0,
  runId: null,
  service: 'shop',
  version: null,
  pinned: false,
  ...patch,
});
const ids = () => getState().foundTraces.map(({ traceId }) => traceId[0]);

beforeEach(() => {
  useStore.setState({ ...beginning, settings: SETTINGS }, true);
  openWindow();
});

describe('noise in the list of traces', () => {
  it('is left out by the store, and told', async () => {
    await loadFoundTraces({ ...searchOf({}), hide: ['service = shop and trace.errors = 0'] });
    const { foundTraces, searchFigures } = getState();
    expect(foundTraces.filter(({ service, errorCount }) => service === 'shop' && errorCount === 0)).toEqual(
      [],
    );
    expect(searchFigures?.hidden?.traces).toBeGreaterThan(100);
  });

  it('does not join while it is live, and has the store count it', async () => {
    const hide = [CLICKS];
    await loadFoundTraces({ ...searchOf({}), hide });
    await loadNoiseTest(hide);
    const found = getState().foundTraces.length;
    const { tracesPushed } = getState();
    tracesPushed([
      summary('a', { startMs: Date.now() }),
      summary('b', { name: 'ui Fit', startMs: Date.now() }),
    ]);
    expect(ids()).toContain('a');
    expect(getState().foundTraces).toHaveLength(found + 1);
    expect(getState().tracePushes).toBe(1);
    // The click turns out to have begun a run.
    tracesPushed([summary('b', { name: 'run', runId: 'r', startMs: Date.now() })]);
    expect(ids()).toContain('b');
    expect(getState().tracePushes).toBe(1);
  });

  it('is left to the store where that takes spans, or the language is not loaded yet', async () => {
    const hide = ['name = health'];
    await loadFoundTraces({ ...searchOf({}), hide });
    const found = getState().foundTraces.length;
    getState().tracesPushed([summary('a', { startMs: Date.now() })]);
    await loadNoiseTest(hide);
    getState().tracesPushed([summary('b', { startMs: Date.now() })]);
    expect(getState().foundTraces).toHaveLength(found);
    expect(getState().tracePushes).toBe(2);
  });

  it('is no live trace of the list either', () => {
    const live = [summary('a'), summary('b', { name: 'ui Fit' }), summary('c')];
    const isNoise = ({ name, traceId }: TraceSummary) => (traceId[0] === 'c' ? null : name === 'ui Fit');
    const shown = withLive([], live, searchOf({}), 'newest', isNoise);
    expect(shown.map(({ traceId }) => traceId[0])).toEqual(['a']);
    expect(withLive([], live, searchOf({}), 'newest')).toHaveLength(3);
  });
});

describe('rules', () => {
  it('are those of their kind that are switched on, the same array until they change', () => {
    const rule = (name: string, hides: 'traces' | 'spans', enabled: boolean) => ({
      name,
      query: 'name = x',
      hides,
      enabled,
    });
    const noise = [rule('a', 'traces', true), rule('b', 'spans', true), rule('c', 'traces', false)];
    const state = { settings: { ...SETTINGS, traces: { ...SETTINGS.traces, noise } } };
    expect(selectTraceRules(state).map(({ name }) => name)).toEqual(['a']);
    expect(selectSpanRules(state).map(({ name }) => name)).toEqual(['b']);
    expect(selectTraceRules({ settings: { ...state.settings } })).toBe(selectTraceRules(state));
    expect(selectTraceRules({ settings: null })).toEqual([]);
  });

  it('are proposed for what is pointed at, quotes and all, and except what failed', () => {
    const trace = ruleForTrace(summary('a', { name: 'say "hi"' }));
    expect(trace.query).toBe(String.raw`trace.name = "say \"hi\"" and not has(run) and trace.errors = 0`);
    const span = ruleForSpan('cache get', 'shop');
    expect(span.query).toBe('service = "shop" and name = "cache get" and not error');
    for (const rule of [trace, span]) expect(readRule(rule.query, rule.hides).ok).toBe(true);
    expect(ruleForTrace(summary('a', { runId: 'r' })).query).not.toContain('has(run)');
  });

  it('are saved, and do not undo what the Settings view holds unsaved', async () => {
    const draft = { ...SETTINGS, deck: 'Other' };
    useStore.setState({ settingsDraft: draft });
    expect(await changeRules((rules) => [...rules, ruleForSpan('a', 'b')])).toBeNull();
    expect(getState().settings?.traces.noise).toHaveLength(2);
    expect(getState().settings?.deck).toBe(SETTINGS.deck);
    expect(getState().settingsDraft).toMatchObject({ deck: 'Other' });
    expect(getState().settingsDraft?.traces.noise).toHaveLength(2);
  });

  it('have a limit', () => {
    expect(ruleRoom()).toBeNull();
    const noise = Array.from({ length: 20 }, () => ruleForSpan('a', 'b'));
    useStore.setState({ settings: { ...SETTINGS, traces: { ...SETTINGS.traces, noise } } });
    expect(ruleRoom()).toMatch(/20 rules/);
  });

  it('are told what is wrong with them, by their place', () => {
    const rules = [ruleForSpan('a', 'b'), { ...ruleForSpan('a', 'b'), query: 'name =' }];
    expect(Object.keys(ruleFaults(rules, readRule))).toEqual(['traces.noise.1.query']);
    expect(ruleFaults([{ ...rules[0]!, query: 'has(run)' }], readRule)).toEqual({
      'traces.noise.0.query': expect.stringMatching(/^Run is the same/),
    });
  });
});
