/**
 * The driver's own calls with the values that a watched one was given. To hand a rest parameter on as it is takes
 * longer than to count the statement; with the values written out it is never made. Nearly all have four at most.
 */
import type { SqliteStatement } from './sqliteTypes.ts';

type Params = readonly unknown[];

export function runNative(native: SqliteStatement, params: Params): { readonly changes: number } {
  switch (params.length) {
    case 0:
      return native.run();
    case 1:
      return native.run(params[0]);
    case 2:
      return native.run(params[0], params[1]);
    case 3:
      return native.run(params[0], params[1], params[2]);
    case 4:
      return native.run(params[0], params[1], params[2], params[3]);
    default:
      return native.run(...params);
  }
}

export function getNative(native: SqliteStatement, params: Params): unknown {
  switch (params.length) {
    case 0:
      return native.get();
    case 1:
      return native.get(params[0]);
    case 2:
      return native.get(params[0], params[1]);
    case 3:
      return native.get(params[0], params[1], params[2]);
    default:
      return native.get(...params);
  }
}
