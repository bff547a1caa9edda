/** The rows that a table of nested items shows: brothers and sisters sorted, closed ones without what is below. */
export type TableItems = {
  /** Of -1: the outermost. */
  readonly childrenOf: (item: number) => ArrayLike<number>;
  readonly parentOf: (item: number) => number;
};

export type TableRows = {
  readonly count: number;
  readonly item: Int32Array;
  /** From 0. */
  readonly level: Uint16Array;
  /** 0 without children, 1 closed, 2 open. */
  readonly state: Uint8Array;
};

export type TableOrder = {
  readonly keyOf: (item: number) => number | string;
  readonly isRising: boolean;
  readonly isOpen: (item: number, level: number) => boolean;
};

export function tableRows(items: TableItems, { keyOf, isRising, isOpen }: TableOrder): TableRows {
  const item: number[] = [];
  const level: number[] = [];
  const state: number[] = [];
  const waiting: (readonly [item: number, level: number])[] = [];
  const open = (parent: number, below: number) => {
    const sorted = Array.from(items.childrenOf(parent), (child) => ({ child, value: keyOf(child) }));
    sorted.sort((a, b) => {
      const order =
        typeof a.value === 'number' && typeof b.value === 'number'
          ? a.value - b.value
          : String(a.value).localeCompare(String(b.value));
      return (isRising ? order : -order) || a.child - b.child;
    });
    for (let i = sorted.length - 1; i >= 0; i -= 1) waiting.push([sorted[i]!.child, below]);
  };
  open(-1, 0);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [at, depth] = next;
    const isClosed = !isOpen(at, depth);
    item.push(at);
    level.push(depth);
    state.push(items.childrenOf(at).length === 0 ? 0 : isClosed ? 1 : 2);
    if (!isClosed) open(at, depth + 1);
  }
  return {
    count: item.length,
    item: Int32Array.from(item),
    level: Uint16Array.from(level),
    state: Uint8Array.from(state),
  };
}
