import { useEffect, useMemo, useState } from 'react';
import type * as language from '../../../shared/query/index.ts';
import type { Goal } from '../../../shared/goals.ts';
import type { NoiseRule } from '../../../shared/settings.ts';
import type { FieldErrors } from './validation.ts';

type Language = typeof language;
const NO_FAULTS: FieldErrors = {};

/** What is wrong with the rules' queries, by path; the language is loaded where there is a rule. */
export function useRuleFaults(rules: readonly NoiseRule[]): FieldErrors {
  const loaded = useLanguage(rules.length > 0);
  return useMemo(() => (loaded === null ? NO_FAULTS : ruleFaults(rules, loaded.readRule)), [rules, loaded]);
}

/** The same of goals, which may ask for anything. */
export function useGoalFaults(goals: readonly Goal[]): FieldErrors {
  const loaded = useLanguage(goals.length > 0);
  return useMemo(() => {
    if (loaded === null) return NO_FAULTS;
    const faults: Record<string, string> = {};
    for (const [at, { query }] of goals.entries()) {
      const parsed = loaded.parseQuery(query);
      if (!parsed.ok)
        faults[`goals.${at}.query`] = `${sentence(parsed.errors[0]?.message ?? 'it cannot be read')}.`;
    }
    return faults;
  }, [goals, loaded]);
}

/** `null` until it is there. */
function useLanguage(isNeeded: boolean): Language | null {
  const [loaded, setLoaded] = useState<Language | null>(null);
  useEffect(() => {
    if (!isNeeded) return;
    // Without it the store still refuses what it cannot read.
    import('../../../shared/query/index.ts').then(setLoaded, () => undefined);
  }, [isNeeded]);
  return loaded;
}

export function ruleFaults(rules: readonly NoiseRule[], readRule: Language['readRule']): FieldErrors {
  const faults: Record<string, string> = {};
  for (const [at, { query, hides }] of rules.entries()) {
    const read = query.trim() === '' ? null : readRule(query, hides);
    if (read !== null && !read.ok) faults[`traces.noise.${at}.query`] = `${sentence(read.error.message)}.`;
  }
  return faults;
}

const sentence = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
