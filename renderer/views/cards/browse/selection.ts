/** Which rows of a long list are marked: a set of card ids, with the row that a stretch is marked from. */
export type Selection = {
  readonly ids: ReadonlySet<number>;
  /** Where the keyboard is; a row of the list, `-1` for none. */
  readonly at: number;
  readonly anchor: number;
};

export const NOTHING_SELECTED: Selection = { ids: new Set(), at: -1, anchor: -1 };

/** One row alone. */
export function selectOnly(list: Uint32Array, at: number): Selection {
  const id = list[at];
  return id === undefined ? NOTHING_SELECTED : { ids: new Set([id]), at, anchor: at };
}

/** One row more, or one less. */
export function toggleRow(list: Uint32Array, before: Selection, at: number): Selection {
  const id = list[at];
  if (id === undefined) return before;
  const ids = new Set(before.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, at, anchor: at };
}

/** All rows from the anchor to this one. */
export function selectTo(list: Uint32Array, before: Selection, at: number): Selection {
  const anchor = before.anchor < 0 ? at : before.anchor;
  const [from, to] = anchor < at ? [anchor, at] : [at, anchor];
  return { ids: new Set(list.subarray(from, to + 1)), at, anchor };
}

export function selectAll(list: Uint32Array, before: Selection): Selection {
  return { ids: new Set(list), at: Math.max(0, before.at), anchor: before.anchor };
}
