/** Which spans of a trace a set expression finds: structure between sets, and sets of the same trace. */
import type { Relation, SetExpression } from '../../../shared/query/ast.ts';
import { placeOf } from './rows.ts';
import { MISSING } from './traceView.ts';
import type { TraceView } from './traceView.ts';

/** A set of spans of a trace, by place: 1 for those that are in it. */
export type SpanSet = Uint8Array;

/** `null`: it does not hold for the trace. `'trace'`: it holds, and does not say for which spans. */
export type SetResult = SpanSet | 'trace' | null;

/** The sets that conditions choose, in the order in which they are met. */
export function leavesOf(set: SetExpression): Extract<SetExpression, { type: 'spans' }>[] {
  switch (set.type) {
    case 'spans':
      return [set];
    case 'structure':
      return [...leavesOf(set.left), ...leavesOf(set.right)];
    case 'all':
    case 'any':
      return set.sets.flatMap(leavesOf);
    case 'without':
      return leavesOf(set.set);
  }
}

/** Whether it can hold for a trace in which only some of the leaves have a span: asked before anything is put together. */
export function canHold(set: SetExpression, isMet: (leaf: SetExpression) => boolean): boolean {
  switch (set.type) {
    case 'spans':
      return isMet(set);
    case 'structure':
      return canHold(set.left, isMet) && canHold(set.right, isMet);
    case 'all':
      return set.sets.every((each) => canHold(each, isMet));
    case 'any':
      return set.sets.some((each) => canHold(each, isMet));
    case 'without':
      return true;
  }
}

export function findSpans(
  set: SetExpression,
  view: TraceView,
  leaf: (leaf: SetExpression) => SpanSet,
): SetResult {
  switch (set.type) {
    case 'spans':
      return orNull(leaf(set));
    case 'structure': {
      const left = findSpans(set.left, view, leaf);
      if (left === null) return null;
      const right = findSpans(set.right, view, leaf);
      // The parser lets no set through that does not say which spans it finds.
      if (right === null || left === 'trace' || right === 'trace') return null;
      return orNull(related(set.relation, left, right, view));
    }
    case 'all': {
      let found: SetResult = 'trace';
      for (const each of set.sets) {
        const result = findSpans(each, view, leaf);
        if (result === null) return null;
        found = union(found, result);
      }
      return found;
    }
    case 'any': {
      let found: SetResult = null;
      for (const each of set.sets) {
        const result = findSpans(each, view, leaf);
        if (result !== null) found = found === null ? result : union(found, result);
      }
      return found;
    }
    case 'without':
      return findSpans(set.set, view, leaf) === null ? 'trace' : null;
  }
}

const orNull = (set: SpanSet): SpanSet | null => (set.includes(1) ? set : null);

function union(a: SpanSet | 'trace', b: SpanSet | 'trace'): SpanSet | 'trace' {
  if (a === 'trace') return b;
  if (b === 'trace') return a;
  return a.map((is, place) => is | b[place]!);
}

/** Spans of `right` that stand so to a span of `left`. */
function related(relation: Relation, left: SpanSet, right: SpanSet, view: TraceView): SpanSet {
  const { parent } = view;
  const count = parent.length;
  const found = new Uint8Array(count);
  switch (relation) {
    case 'child':
      for (let place = 0; place < count; place++) {
        if (right[place] === 1 && parent[place]! >= 0) found[place] = left[parent[place]!]!;
      }
      return found;
    case 'descendant': {
      const below = isBelow(left, parent);
      for (let place = 0; place < count; place++) found[place] = right[place]! & below[place]!;
      return found;
    }
    case 'parent':
      for (let place = 0; place < count; place++) {
        const above = parent[place]!;
        if (left[place] === 1 && above >= 0) found[above] = right[above]!;
      }
      return found;
    case 'ancestor': {
      const seen = new Uint8Array(count);
      for (let place = 0; place < count; place++) {
        if (left[place] === 0) continue;
        for (let above = parent[place]!; above >= 0 && seen[above] === 0; above = parent[above]!) {
          seen[above] = 1;
          found[above] = right[above]!;
        }
      }
      return found;
    }
    case 'sibling': {
      const family = familyOf(view);
      const members = new Map<number, number>();
      for (let place = 0; place < count; place++) {
        if (left[place] === 1 && family[place]! >= 0) {
          members.set(family[place]!, (members.get(family[place]!) ?? 0) + 1);
        }
      }
      for (let place = 0; place < count; place++) {
        if (right[place] === 0 || family[place]! < 0) continue;
        // Its own brother it is not.
        if ((members.get(family[place]!) ?? 0) > left[place]!) found[place] = 1;
      }
      return found;
    }
  }
}

/** Spans that have one of the set somewhere above them. */
function isBelow(set: SpanSet, parent: Int32Array): Uint8Array {
  const UNKNOWN = 2;
  const below = new Uint8Array(parent.length).fill(UNKNOWN);
  const path: number[] = [];
  for (let from = 0; from < parent.length; from++) {
    let place = from;
    while (place >= 0 && below[place] === UNKNOWN) {
      path.push(place);
      place = parent[place]!;
    }
    while (path.length > 0) {
      const child = path.pop()!;
      const above = parent[child]!;
      below[child] = above >= 0 ? set[above]! | below[above]! : 0;
    }
  }
  return below;
}

/** One number for all children of a parent, whether the trace has it or not; -1 for roots. */
function familyOf(view: TraceView): Int32Array {
  const family = Int32Array.from(view.parent);
  if (!family.includes(MISSING)) return family;
  const missing = new Map<string, number>();
  for (const { block, from, to, offset } of view.parts) {
    const { rows, ids } = block.namedParents;
    for (let at = placeOf(rows, from); at < rows.length && rows[at]! < to; at++) {
      const place = offset + rows[at]! - from;
      if (family[place] !== MISSING) continue;
      const id = `${ids[at * 2]!}:${ids[at * 2 + 1]!}`;
      let number = missing.get(id);
      if (number === undefined) missing.set(id, (number = view.count + missing.size));
      family[place] = number;
    }
  }
  return family;
}
