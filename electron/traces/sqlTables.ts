/**
 * The console's tables: rows made while SQLite asks for them, from blocks of columns and from the tables of records.
 * Only columns that a statement reads are worked out.
 */
import type { SqlTableName } from '../../shared/sqlTables.ts';
import { exemplarRows, logRows, pointRows } from './sqlRecordTables.ts';
import type { RowsOf } from './sqlRows.ts';
import { attributeRows, eventRows, linkRows, spanRows, traceRows } from './sqlSpanTables.ts';

/** Rows of each table; they are the same array over and over, so take from it what you need before you go on. */
export const ROWS_OF: Readonly<Record<SqlTableName, RowsOf>> = {
  spans: spanRows,
  span_attributes: attributeRows,
  span_events: eventRows,
  span_links: linkRows,
  traces: traceRows,
  logs: logRows,
  metric_points: pointRows,
  metric_exemplars: exemplarRows,
};
