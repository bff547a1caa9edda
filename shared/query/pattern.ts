/**
 * Matches text against a pattern in time that grows with the text alone, whatever the pattern: the set of states that
 * a nondeterministic automaton can be in is followed one code unit at a time, and each such set is kept as a state of
 * a deterministic automaton the first time it is met (K. Thompson, Regular Expression Search Algorithm, CACM 11(6),
 * 1968; R. Cox, Regular Expression Matching Can Be Simple And Fast, 2007). No pattern can make the store hang, as
 * backtracking can.
 */
import { has, parsePattern, PatternError, WORD_UNITS } from './patternSyntax.ts';
import type { PatternNode, UnitSet } from './patternSyntax.ts';

/** Whether the pattern occurs in a text. */
export type Pattern = (text: string) => boolean;

const MAX_STATES = 4000;
/** Deterministic states that are kept; more are forgotten and made anew. */
const MAX_KEPT = 2000;

/** Steps of the nondeterministic automaton. */
type Step =
  | { readonly type: 'units'; readonly set: UnitSet; next: number }
  | { readonly type: 'split'; readonly nexts: number[] }
  | { readonly type: 'assert'; readonly at: 'start' | 'end' | 'word' | 'notWord'; next: number }
  | { readonly type: 'found' };

/** Kinds of what stands beside a place in the text. */
const EDGE = 0;
const OTHER = 1;
const WORD = 2;

class State {
  readonly steps: readonly number[];
  readonly before: number;
  /** By class of code unit; a state that has found its pattern is `FOUND`. */
  readonly next: (State | undefined)[] = [];
  atEnd: boolean | undefined = undefined;
  constructor(steps: readonly number[], before: number) {
    this.steps = steps;
    this.before = before;
  }
}
const FOUND = new State([], OTHER);

/** Throws PatternError. */
export function compilePattern(source: string): Pattern {
  const steps: Step[] = [];
  const add = (step: Step): number => {
    if (steps.length >= MAX_STATES) throw new PatternError('this pattern is too large', 0);
    return steps.push(step) - 1;
  };

  /** Builds from the back; gives the place to begin at. */
  function build(node: PatternNode, next: number): number {
    switch (node.type) {
      case 'units':
        return add({ type: 'units', set: node.set, next });
      case 'assert':
        return add({ type: 'assert', at: node.at, next });
      case 'sequence':
        return node.items.reduceRight((after, item) => build(item, after), next);
      case 'choice':
        return add({ type: 'split', nexts: node.items.map((item) => build(item, next)) });
      case 'repeat': {
        let after = next;
        if (node.max === Number.POSITIVE_INFINITY) {
          const nexts: number[] = [];
          after = add({ type: 'split', nexts });
          nexts.push(build(node.item, after), next);
        } else {
          for (let i = node.min; i < node.max; i++) {
            after = add({ type: 'split', nexts: [build(node.item, after), next] });
          }
        }
        for (let i = 0; i < node.min; i++) after = build(node.item, after);
        return after;
      }
    }
  }
  const start = build(parsePattern(source), add({ type: 'found' }));

  const { classOf, classes } = classesOf(steps);
  const kept = new Map<string, State>();

  /** All that can be reached without reading on, between two kinds; `null` once the pattern is found. */
  function reach(from: readonly number[], before: number, after: number): number[] | null {
    const seen = new Set<number>();
    const open = [...from, start];
    while (open.length > 0) {
      const at = open.pop()!;
      if (seen.has(at)) continue;
      seen.add(at);
      const step = steps[at]!;
      if (step.type === 'found') return null;
      if (step.type === 'split') open.push(...step.nexts);
      else if (step.type === 'assert' && holds(step.at, before, after)) open.push(step.next);
    }
    return [...seen];
  }

  function stateOf(from: readonly number[], before: number): State {
    const key = `${before}:${from.join()}`;
    let state = kept.get(key);
    if (state === undefined) {
      if (kept.size >= MAX_KEPT) kept.clear();
      state = new State(from, before);
      kept.set(key, state);
    }
    return state;
  }

  function advance(state: State, unitClass: number): State {
    const { sample, kind } = classes[unitClass]!;
    const reached = reach(state.steps, state.before, kind);
    if (reached === null) return FOUND;
    const nexts = new Set<number>();
    for (const at of reached) {
      const step = steps[at]!;
      if (step.type === 'units' && has(step.set, sample)) nexts.add(step.next);
    }
    return stateOf(
      [...nexts].sort((a, b) => a - b),
      kind,
    );
  }

  let first = stateOf([], EDGE);
  return (text) => {
    // The kept states may have been forgotten: the walk goes on with the objects it holds.
    let state = first;
    for (let i = 0; i < text.length; i++) {
      const unitClass = classOf[text.charCodeAt(i)]!;
      let next = state.next[unitClass];
      if (next === undefined) {
        const known = kept.size;
        next = advance(state, unitClass);
        // Forgotten: begin a new graph from here, so that the old one can go.
        if (kept.size < known) first = stateOf([], EDGE);
        else state.next[unitClass] = next;
      }
      if (next === FOUND) return true;
      state = next;
    }
    state.atEnd ??= reach(state.steps, state.before, EDGE) === null;
    return state.atEnd;
  };
}

function holds(at: 'start' | 'end' | 'word' | 'notWord', before: number, after: number): boolean {
  switch (at) {
    case 'start':
      return before === EDGE;
    case 'end':
      return after === EDGE;
    case 'word':
      return (before === WORD) !== (after === WORD);
    case 'notWord':
      return (before === WORD) === (after === WORD);
  }
}

/** Code units that no step tells apart are one class. */
function classesOf(steps: readonly Step[]) {
  const borders = new Set<number>([0]);
  for (const set of [WORD_UNITS, ...steps.flatMap((step) => (step.type === 'units' ? [step.set] : []))]) {
    for (let i = 0; i < set.length; i += 2) {
      borders.add(set[i]!);
      borders.add(set[i + 1]! + 1);
    }
  }
  borders.delete(0x10000);
  const sorted = [...borders].sort((a, b) => a - b);
  const classOf = new Uint16Array(0x10000);
  const classes = sorted.map((from, index) => {
    classOf.fill(index, from, sorted[index + 1] ?? 0x10000);
    return { sample: from, kind: has(WORD_UNITS, from) ? WORD : OTHER };
  });
  return { classOf, classes };
}

/** What is wrong with a pattern; `null` where nothing is. */
export function patternFault(source: string): { readonly message: string; readonly at: number } | null {
  try {
    compilePattern(source);
    return null;
  } catch (thrown) {
    if (thrown instanceof PatternError) return { message: thrown.message, at: thrown.at };
    throw thrown;
  }
}
