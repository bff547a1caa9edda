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
  readonly types: readonly CellType[];
  readonly next: Map<string, Shape>[];
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

export function createShapeTable(): ShapeTable {
  const shapes: Shape[] = [];
  const add = (keys: readonly string[], types: readonly CellType[]): Shape => {
    const shape = { id: shapes.length, keys, types, next: [new Map(), new Map(), new Map(), new Map()] };
    shapes.push(shape);
    return shape;
  };
  const root = add([], []);
  return {
    root,
    get count() {
      return shapes.length;
    },
    byId: (id) => shapes[id]!,
    extend(shape, key, type) {
      const known = shape.next[type]!.get(key);
      if (known !== undefined) return known;
      if (shapes.length >= MAX_SHAPES) return null;
      const next = add([...shape.keys, key], [...shape.types, type]);
      shape.next[type]!.set(key, next);
      return next;
    },
  };
}
