/**
 * What the user opened and closed, as rules and the exceptions to them: a rule for everything is the same small
 * object whether it closes ten spans or a million.
 */
import { hasKids } from './waterfallIndex.ts';
import type { TraceIndex } from './waterfallIndex.ts';

export type FoldState = {
  /** At first everything but transactions is open; then what the user asked for all. */
  readonly base: 'natural' | 'open' | 'closed';
  /** Levels of spans that are shown; `null`: all. */
  readonly levels: number | null;
  /** Operations and services whose spans are closed. */
  readonly names: ReadonlySet<string>;
  readonly services: ReadonlySet<number>;
  /** Nodes that are not as the rules say. */
  readonly toggled: ReadonlySet<number>;
  readonly groupsOpen: boolean;
  readonly toggledGroups: ReadonlySet<string>;
  readonly errorsFirst: boolean;
  readonly foldRepeats: boolean;
};

export const NOTHING_FOLDED: FoldState = {
  base: 'natural',
  levels: null,
  names: new Set(),
  services: new Set(),
  toggled: new Set(),
  groupsOpen: false,
  toggledGroups: new Set(),
  errorsFirst: false,
  foldRepeats: true,
};

type NameOf = (nameId: number) => string;

/** Whether a node's children are hidden. */
export function isClosed(index: TraceIndex, folds: FoldState, node: number, nameOf: NameOf): boolean {
  return isClosedByRule(index, folds, node, nameOf) !== folds.toggled.has(node);
}

function isClosedByRule(index: TraceIndex, folds: FoldState, node: number, nameOf: NameOf): boolean {
  if (folds.base === 'closed') return true;
  if (folds.levels !== null && index.depth[node]! + 1 >= folds.levels) return true;
  if (folds.services.size > 0 && folds.services.has(index.service[node]!)) return true;
  if (folds.base === 'open' && folds.names.size === 0) return false;
  const name = nameOf(index.name[node]!);
  return folds.names.has(name) || (folds.base === 'natural' && name.startsWith('transaction '));
}

export function isGroupOpen(folds: FoldState, key: string): boolean {
  return folds.groupsOpen !== folds.toggledGroups.has(key);
}

export function withNode(
  index: TraceIndex,
  folds: FoldState,
  node: number,
  isOpen: boolean,
  nameOf: NameOf,
): FoldState {
  if (isClosed(index, folds, node, nameOf) !== isOpen) return folds;
  return { ...folds, toggled: flipped(folds.toggled, node) };
}

export function withGroup(folds: FoldState, key: string, isOpen: boolean): FoldState {
  if (isGroupOpen(folds, key) === isOpen) return folds;
  return { ...folds, toggledGroups: flipped(folds.toggledGroups, key) };
}

export const ALL_EXPANDED: FoldState = { ...NOTHING_FOLDED, base: 'open', groupsOpen: true };
export const ALL_COLLAPSED: FoldState = { ...NOTHING_FOLDED, base: 'closed' };

/** Shows so many levels; what was opened or closed by itself is forgotten. */
export function withLevels(folds: FoldState, levels: number | null): FoldState {
  return { ...folds, base: folds.base === 'closed' ? 'natural' : folds.base, levels, toggled: new Set() };
}

/** The next number of levels down (-1) or up (1), from the deepest of the trace on. */
export function nextLevels(folds: FoldState, index: TraceIndex, step: 1 | -1): number | null {
  const deepest = deepestLevel(index);
  const now = folds.base === 'closed' ? 1 : (folds.levels ?? deepest);
  const next = Math.max(1, now + step);
  return next >= deepest ? null : next;
}

export function deepestLevel({ depth }: TraceIndex): number {
  let most = 0;
  for (const each of depth) if (each > most) most = each;
  return most + 1;
}

/** Closes (or, where it is closed, opens) all spans of an operation or of a service. */
export function withName(folds: FoldState, index: TraceIndex, name: string, nameOf: NameOf): FoldState {
  return {
    ...folds,
    names: flipped(folds.names, name),
    toggled: without(folds.toggled, (node) => nameOf(index.name[node]!) === name),
  };
}
export function withService(folds: FoldState, index: TraceIndex, service: number): FoldState {
  return {
    ...folds,
    services: flipped(folds.services, service),
    toggled: without(folds.toggled, (node) => index.service[node] === service),
  };
}

/** The folds with everything open that hides a node; the same object where nothing does. */
export function unfolded(
  index: TraceIndex,
  folds: FoldState,
  node: number,
  nameOf: NameOf,
  foldOf: (node: number) => string | null,
): FoldState {
  let found = folds;
  for (let at = node; at >= 0 && at < index.count; at = index.parent[at]!) {
    const key = found.foldRepeats ? foldOf(at) : null;
    if (key !== null) found = withGroup(found, key, true);
    const parent = index.parent[at]!;
    if (parent >= 0 && hasKids(index, parent)) found = withNode(index, found, parent, true, nameOf);
  }
  return found;
}

function flipped<T>(set: ReadonlySet<T>, member: T): ReadonlySet<T> {
  const changed = new Set(set);
  if (!changed.delete(member)) changed.add(member);
  return changed;
}

function without<T>(set: ReadonlySet<T>, isOut: (member: T) => boolean): ReadonlySet<T> {
  const left = new Set<T>();
  for (const member of set) if (!isOut(member)) left.add(member);
  return left;
}
