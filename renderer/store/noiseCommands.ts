/** Rules that hide noise: made, kept, and asked of what the window sees live. */
import { formatText } from '../../shared/query/literals.ts';
import { MAX_NOISE_RULES } from '../../shared/limits.ts';
import type { NoiseRule } from '../../shared/settings.ts';
import type { CallError } from '../../shared/ipc.ts';
import type { TraceSummary } from '../../shared/span.ts';
import { saveSettings } from './commands.ts';
import { getState } from './index.ts';
import type { AppState } from './index.ts';

const NONE: readonly NoiseRule[] = [];
/** Those of a kind that are switched on, whether they hold now or not. */
export const rulesOf = (hides: NoiseRule['hides']) => {
  let last: { readonly from: readonly NoiseRule[]; readonly rules: readonly NoiseRule[] } | null = null;
  return ({ settings }: Pick<AppState, 'settings'>): readonly NoiseRule[] => {
    const from = settings?.traces.noise ?? NONE;
    if (last?.from !== from)
      last = { from, rules: from.filter((rule) => rule.enabled && rule.hides === hides) };
    return last.rules;
  };
};
export const selectTraceRules = rulesOf('traces');
export const selectSpanRules = rulesOf('spans');

/** Loads the language, and with it what rules say of traces that the store was not asked about. */
export async function loadNoiseTest(hide: readonly string[]): Promise<void> {
  if (hide.length === 0 || getState().noiseTest?.of === hide) return;
  const { readRule, traceNoise } = await import('../../shared/query/index.ts');
  const tests = hide.flatMap((query) => {
    const read = readRule(query, 'traces');
    return read.ok ? [traceNoise(read.ast, Date.now())] : [];
  });
  getState().noiseTestLoaded(hide, (trace) => {
    if (tests.some((test) => test?.(trace) === true)) return true;
    return tests.includes(null) ? null : false;
  });
}

/** A rule for traces of this name, failed ones excepted. */
export function ruleForTrace({ name, runId }: Pick<TraceSummary, 'name' | 'runId'>): NoiseRule {
  const conditions = [`trace.name = ${formatText(name)}`, ...(runId === null ? ['not has(run)'] : [])];
  return {
    name: name.slice(0, 100),
    query: [...conditions, 'trace.errors = 0'].join(' and '),
    hides: 'traces',
    enabled: true,
  };
}

/** A rule for spans of this operation, failed ones excepted. */
export function ruleForSpan(name: string, service: string): NoiseRule {
  return {
    name: name.slice(0, 100),
    query: `service = ${formatText(service)} and name = ${formatText(name)} and not error`,
    hides: 'spans',
    enabled: true,
  };
}

/** Why there can be no further rule; `null` where there can. */
export function ruleRoom(): string | null {
  const count = getState().settings?.traces.noise.length ?? 0;
  return count < MAX_NOISE_RULES
    ? null
    : `There are ${MAX_NOISE_RULES} rules already, the most that are kept.`;
}

/** Keeps the rules as they are now changed, also in what the Settings view holds unsaved. */
export async function changeRules(
  change: (rules: readonly NoiseRule[]) => readonly NoiseRule[],
): Promise<CallError | null> {
  const { settings, settingsDraft, settingsDrafted } = getState();
  if (settings === null)
    return { code: 'no_settings', message: 'The settings are not read yet.', hint: null };
  const noise = [...change(settings.traces.noise)];
  const fault = await saveSettings({ ...settings, traces: { ...settings.traces, noise } });
  if (fault === null && settingsDraft !== null) {
    const { traces } = settingsDraft;
    settingsDrafted({ ...settingsDraft, traces: { ...traces, noise: [...change(traces.noise)] } });
  }
  return fault;
}
