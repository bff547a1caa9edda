/** What the console's tables have in common: what rows are made of, and of what kind they are. */
import { SQL_TABLES } from '../../shared/sqlTables.ts';
import type { SqlTableName } from '../../shared/sqlTables.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { SpanReader } from './blockTypes.ts';

/** What the rows are made of: the spans, and a connection to the tables of records. */
export type SqlSource = { readonly spans: SpanReader; readonly records: Db };
export type Cell = string | number | null;

/** Names of the columns that are wanted. */
export type Wanted = ReadonlySet<string>;
export type Parameter = unknown;
export type RowsOf = (source: SqlSource, wanted: Wanted, ...parameters: Parameter[]) => Generator<Cell[]>;

export const columnsOf = (name: SqlTableName): string[] =>
  Object.keys(SQL_TABLES.find((table) => table.name === name)!.columns);

export const parametersOf = (name: SqlTableName): string[] =>
  Object.keys(SQL_TABLES.find((table) => table.name === name)!.parameters);

export function toUs(ms: Parameter, otherwise: number): number {
  const number = ms === undefined ? otherwise : Number(ms) * 1000;
  return Number.isNaN(number) ? otherwise : number;
}
