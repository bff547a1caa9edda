import type {
  AttributeColumn,
  BlockMemo,
  NamedParents,
  SpanBlock,
  SpanExtra,
  SpanFacts,
  UsageSums,
} from '../blockTypes.ts';
import type { BlockColumns } from './blockColumns.ts';
import { parentRows } from './parents.ts';

export type BlockMeta = {
  readonly id: number;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
};

/** A block as the questions see it: its columns, and which of its rows still count. */
export class StoredBlock implements SpanBlock {
  readonly id: number;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly dead: Uint8Array | null;
  readonly columns: BlockColumns;
  readonly memo: BlockMemo;
  #parent: Int32Array | undefined;
  #namedParents: NamedParents | undefined;

  constructor(
    { id, count, firstUs, lastUs }: BlockMeta,
    dead: Uint8Array | null,
    columns: BlockColumns,
    memo: BlockMemo = NO_MEMO,
  ) {
    this.id = id;
    this.count = count;
    this.firstUs = firstUs;
    this.lastUs = lastUs;
    this.dead = dead;
    this.columns = columns;
    this.memo = memo;
  }

  get trace(): Uint32Array {
    return this.columns.trace;
  }
  get startUs(): Float64Array {
    return this.columns.startUs;
  }
  get durationUs(): Float64Array {
    return this.columns.durationUs;
  }
  get name(): Uint32Array {
    return this.columns.name;
  }
  get origin(): Uint32Array {
    return this.columns.origin;
  }
  get flags(): Uint8Array {
    return this.columns.flags;
  }
  get spanId(): Uint32Array {
    return this.columns.spanId;
  }
  get parentId(): Uint32Array {
    return this.columns.parentId;
  }
  /** A parent that no longer counts has a later state: here, or elsewhere. */
  get parent(): Int32Array {
    const { dead } = this;
    if (dead === null) return this.columns.parent;
    if (this.#parent === undefined) {
      const { parent } = this.columns;
      let isAbove = false;
      for (let row = 0; row < this.count && !isAbove; row += 1) {
        isAbove = parent[row]! >= 0 && dead[parent[row]!] === 1 && dead[row] === 0;
      }
      this.#parent = isAbove ? parentRows(this, dead).parent : parent;
    }
    return this.#parent;
  }
  get namedParents(): NamedParents {
    const { parent } = this;
    if (parent === this.columns.parent) return this.columns.namedParents;
    return (this.#namedParents ??= namedIn(parent, this.parentId));
  }
  // A parent's id is the same whichever of its states counts.
  spansAt(rows: Uint32Array): SpanFacts {
    return this.columns.spansAt(rows);
  }
  get keys(): Uint32Array {
    return this.columns.keys;
  }
  attribute(key: number): AttributeColumn | null {
    return this.columns.attribute(key);
  }
  attributeOf(key: number, rows: Uint32Array): AttributeColumn | null {
    return this.columns.attributeOf(key, rows);
  }
  textsOf(key: number): readonly string[] {
    return this.columns.textsOf(key);
  }
  get usageSums(): UsageSums | null {
    return this.dead === null ? this.columns.usageSums : null;
  }
  get extraRows(): Uint32Array {
    return this.columns.extraRows;
  }
  extra(row: number): SpanExtra | null {
    return this.columns.extra(row);
  }
}

const NO_MEMO: BlockMemo = { get: () => undefined, set: () => undefined };

function namedIn(parent: Int32Array, parentId: Uint32Array): NamedParents {
  const rows: number[] = [];
  const ids: number[] = [];
  for (let row = 0; row < parent.length; row += 1) {
    if (parent[row]! >= 0 || (parentId[row * 2]! | parentId[row * 2 + 1]!) === 0) continue;
    rows.push(row);
    ids.push(parentId[row * 2]!, parentId[row * 2 + 1]!);
  }
  return { rows: Uint32Array.from(rows), ids: Uint32Array.from(ids) };
}
