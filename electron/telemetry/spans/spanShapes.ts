/**
 * The shape of a span's attributes: which keys, in which order, of which type. Spans of one name nearly always
 * share one, so the ring keeps a number in place of the keys and a row of cells in place of the values.
 */
export const CELL_NUMBER = 0;
export const CELL_BOOLEAN = 1;
/** An interned string. */
export const CELL_STRING = 2;
/** An interned array. */
export const CELL_ARRAY = 3;
export type CellType = 0 | 1 | 2 | 3;

export type Shape = {
  readonly id: number;
  readonly keys: readonly string[];
  /** A string where the key is a secret's: what stands in its place. */
  readonly types: readonly CellType[];
  /** The last key is a secret's. */
  readonly isSecret: boolean;
  readonly next: Map<string, Shape>[];
  /** What it was extended by the last time: nearly always what it is extended by the next time. */
  lastKey: string;
  lastType: number;
  last: Shape | null;
  /** Whether the last key's strings are nearly all different: sharing them would cost more than it saves. */
  isVaried: boolean;
  /** Strings of the last key, and those among them that were new, since that was looked at. */
  texts: number;
  newTexts: number;
};

/** Shapes are never forgotten, so there is an end to them: attribute keys made up at run time do not fill memory. */
const MAX_SHAPES = 4096;

export type ShapeTable = {
  readonly root: Shape;
  readonly count: number;
  byId(id: number): Shape;
  /** The shape with one more attribute; `null` once there are too many shapes. */
  extend(shape: Shape, key: string, type: CellType): Shape | null;
};

export function createShapeTable(isSecretKey: (key: string) => boolean = () => false): ShapeTable {
  const shapes: Shape[] = [];
  const add = (keys: readonly string[], types: readonly CellType[], isSecret: boolean): Shape => {
    const next = [new Map(), new Map(), new Map(), new Map()];
    const shape = {
      id: shapes.length,
      keys,
      types,
      isSecret,
      next,
      lastKey: '',
      lastType: -1,
      last: null,
      isVaried: false,
      texts: 0,
      newTexts: 0,
    };
    shapes.push(shape);
    return shape;
  };
  const root = add([], [], false);

  function extendNewly(shape: Shape, key: string, type: CellType): Shape | null {
    let next = shape.next[type]!.get(key);
    if (next === undefined) {
      if (shapes.length >= MAX_SHAPES) return null;
      const isSecret = isSecretKey(key);
      next = add([...shape.keys, key], [...shape.types, isSecret ? CELL_STRING : type], isSecret);
      shape.next[type]!.set(key, next);
    }
    shape.lastKey = key;
    shape.lastType = type;
    shape.last = next;
    return next;
  }

  return {
    root,
    get count() {
      return shapes.length;
    },
    byId: (id) => shapes[id]!,
    extend: (shape, key, type) =>
      shape.lastType === type && shape.lastKey === key ? shape.last : extendNewly(shape, key, type),
  };
}
