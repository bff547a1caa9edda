import { useEffect, useMemo, useState } from 'react';
import type { NoiseRule } from '../../shared/settings.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { getState, useStore } from '../store/index.ts';
import { selectSpanRules } from '../store/noiseCommands.ts';
import { selectNoiseShown } from '../store/selectors.ts';
import { continueNoise, isWhole, NOTHING_HIDDEN } from './spanNoise.ts';
import type { FoundNoise, SpanTest } from './spanNoise.ts';

const SLICE_MS = 8;

export type SpanNoise = {
  /** 1 for every node that is hidden; `null` where none is. */
  readonly hidden: Uint8Array | null;
  /** Nodes that rules are about, hidden or shown. */
  readonly count: number;
  /** Nodes that the rules were asked about so far. */
  readonly searched: number;
  readonly isShown: boolean;
  readonly onShow: (isShown: boolean) => void;
  /** Of rules that hide nothing, as they cannot be read. */
  readonly faults: readonly string[];
};

type Tests = { readonly tests: readonly SpanTest[]; readonly faults: readonly string[] };
const NO_TESTS: Tests = { tests: [], faults: [] };

/** What the rules about spans hide of a trace, as it grows. */
export function useSpanNoise(tree: TraceTree, revision: number): SpanNoise {
  const { tests, faults } = useTests(useStore(selectSpanRules));
  const isShown = useStore(selectNoiseShown);
  const [kept, setKept] = useState<{ readonly of: object; readonly found: FoundNoise } | null>(null);
  // What was found belongs to these tests and to these nodes.
  // oxlint-disable-next-line react/exhaustive-deps
  const of = useMemo(() => ({}), [tests, tree, tree.rebuilds]);
  const found = kept?.of === of ? kept.found : null;
  useEffect(() => {
    if (tests.length === 0) return undefined;
    let now = found ?? NOTHING_HIDDEN;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const step = () => {
      if (isWhole(tree, now)) return;
      now = continueNoise(tree, tests, now, SLICE_MS);
      setKept({ of, found: now });
      if (!isWhole(tree, now)) timer = setTimeout(step, 0);
    };
    step();
    return () => {
      if (timer !== null) clearTimeout(timer);
    };
    // It goes on from what it found itself.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [of, tests, tree, revision]);
  const count = found?.count ?? 0;
  return {
    hidden: isShown || count === 0 ? null : found!.hidden,
    count,
    searched: found?.searched ?? 0,
    isShown,
    onShow: getState().noiseShownChanged,
    faults,
  };
}

/** The language is loaded where there is a rule. */
function useTests(rules: readonly NoiseRule[]): Tests {
  const [read, setRead] = useState<{ readonly of: readonly NoiseRule[]; readonly tests: Tests } | null>(null);
  useEffect(() => {
    if (rules.length === 0) return undefined;
    let isWanted = true;
    void import('../../shared/query/index.ts').then(({ readRule, spanNoise }) => {
      const tests: SpanTest[] = [];
      const faults: string[] = [];
      for (const { name, query } of rules) {
        const rule = readRule(query, 'spans');
        const test = rule.ok ? spanNoise(rule.ast, Date.now()) : null;
        if (test !== null) tests.push(test);
        if (!rule.ok) faults.push(`The noise rule “${name}” hides nothing: ${rule.error.message}`);
      }
      if (isWanted) setRead({ of: rules, tests: { tests, faults } });
    });
    return () => {
      isWanted = false;
    };
  }, [rules]);
  return read?.of === rules ? read.tests : NO_TESTS;
}
