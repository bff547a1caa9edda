/**
 * Spans as the store's first version kept them, a row each: read, newest first, to be written into blocks. What has been
 * converted is taken out in the same transaction, and the tables go at the end.
 */
import { wordHex } from '../../shared/hexWords.ts';
import { encodeSpans } from '../../shared/spanCodec.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { Attributes, AttributeValue, SpanEvent, SpanLink, SpanRecord } from '../../shared/span.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { ByteReader, ChunkError } from './blocks/bytes.ts';
import { listFromJson } from './blocks/extraCodec.ts';
import { dropRowSpans } from './traceSchema.ts';

export type RowSpans = {
  /** Converts the next rows of one trace; returns whether there are more. */
  step(write: (packed: Uint8Array, writtenMs: number) => void): boolean;
  /** Spans that are still to be converted. */
  left(): number;
};

const ROWS_AT_ONCE = 1000;

type Row = {
  readonly start_us: number;
  readonly id_high: number;
  readonly id_low: number;
  readonly parent_high: number | null;
  readonly parent_low: number | null;
  readonly name: number;
  readonly flags: number;
  readonly duration_us: number | null;
  readonly detail: Uint8Array | null;
};
type Trace = {
  readonly id: number;
  readonly trace_id: string;
  readonly base_us: number;
  readonly end_us: number;
};

const hasRowSpans = (db: Db): boolean =>
  db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'row_trace'").get() !== undefined;

/** `null` for a store that has none. */
export function openRowSpans(db: Db): RowSpans | null {
  if (!hasRowSpans(db)) return null;
  const sql = {
    newest: db.prepare<[], Trace>(
      'SELECT id, lower(hex(trace_id)) AS trace_id, base_us, end_us FROM row_trace ORDER BY start_us DESC, id DESC LIMIT 1',
    ),
    rows: db.prepare<[number, number], Row>(
      `SELECT start_us, (span_id >> 32) & 4294967295 AS id_high, span_id & 4294967295 AS id_low,
         (parent >> 32) & 4294967295 AS parent_high, parent & 4294967295 AS parent_low,
         name, flags, duration_us, detail
       FROM row_span WHERE trace = ? ORDER BY start_us, span_id LIMIT ?`,
    ),
    removeRows: db.prepare<[number, number, number]>(
      `DELETE FROM row_span WHERE (trace, start_us, span_id) IN
         (SELECT trace, start_us, span_id FROM row_span WHERE trace = ? ORDER BY start_us, span_id LIMIT ?) AND trace = ?`,
    ),
    removeTrace: db.prepare<[number]>('DELETE FROM row_trace WHERE id = ?'),
    text: db.prepare<[number], { value: string }>('SELECT value FROM row_text WHERE id = ?'),
    left: db.prepare<[], { count: number }>('SELECT coalesce(sum(span_count), 0) AS count FROM row_trace'),
  };
  const texts = new Map<number, string>();
  const textOf = (id: number): string => {
    let text = texts.get(id);
    if (text === undefined) {
      const row = sql.text.get(id);
      if (row === undefined) throw new ChunkError('A text is missing.');
      texts.set(id, (text = row.value));
    }
    return text;
  };
  const recordOf = (row: Row, { trace_id: traceId, base_us: baseUs }: Trace): SpanRecord => {
    const startUs = baseUs + row.start_us;
    return {
      traceId,
      spanId: wordHex(row.id_high) + wordHex(row.id_low),
      parentSpanId: row.parent_high === null ? null : wordHex(row.parent_high) + wordHex(row.parent_low!),
      name: textOf(row.name),
      kind: SPAN_KINDS[row.flags & 7]!,
      startMs: startUs / 1000,
      endMs: row.duration_us === null ? null : (startUs + row.duration_us) / 1000,
      status: SPAN_STATUSES[row.flags >> 3]!,
      ...readDetail(row.detail, textOf),
    };
  };

  return {
    left: () => sql.left.get()!.count,
    step(write) {
      return db
        .transaction(() => {
          // Another process may have been quicker.
          if (!hasRowSpans(db)) return false;
          const trace = sql.newest.get();
          if (trace === undefined) {
            dropRowSpans(db);
            return false;
          }
          const rows = sql.rows.all(trace.id, ROWS_AT_ONCE);
          if (rows.length > 0) {
            write(encodeSpans(rows.map((row) => recordOf(row, trace))), Math.round(trace.end_us / 1000));
            sql.removeRows.run(trace.id, ROWS_AT_ONCE, trace.id);
          }
          if (rows.length < ROWS_AT_ONCE) sql.removeTrace.run(trace.id);
          return true;
        })
        .immediate();
    },
  };
}

type Detail = Pick<SpanRecord, 'attributes' | 'statusMessage' | 'events' | 'links'>;
const EMPTY: Detail = { attributes: {}, statusMessage: null, events: [], links: [] };
const TYPE = { text: 0, inline: 1, int: 2, float: 3, true: 5, json: 6 } as const;

/**
 *   varint(attributes), each: varint(key), type byte, value
 *   [ 1 + status message, varint(events), events, varint(links), links ]   only where one of them is there
 */
function readDetail(blob: Uint8Array | null, textOf: (id: number) => string): Detail {
  if (blob === null) return EMPTY;
  const from = new ByteReader(blob);
  const inline = (): string => Buffer.from(from.bytes(from.varint())).toString('utf8');
  const value = (): AttributeValue => {
    const type = from.byte();
    if (type === TYPE.text) return textOf(from.varint());
    if (type === TYPE.inline) return inline();
    if (type === TYPE.int) {
      const raw = from.varint();
      return (raw >>> 1) ^ -(raw & 1);
    }
    if (type === TYPE.float) return from.float();
    if (type === TYPE.json) return listFromJson(inline());
    return type === TYPE.true;
  };
  const attributes = (): Attributes => {
    const entries: [string, AttributeValue][] = [];
    for (let left = from.varint(); left > 0; left -= 1) entries.push([textOf(from.varint()), value()]);
    return Object.fromEntries(entries);
  };
  const all = attributes();
  if (from.done) return { ...EMPTY, attributes: all };
  const statusMessage = from.byte() === 1 ? inline() : null;
  const events: SpanEvent[] = [];
  for (let left = from.varint(); left > 0; left -= 1) {
    events.push({ name: inline(), timeMs: from.float(), attributes: attributes() });
  }
  const links: SpanLink[] = [];
  for (let left = from.varint(); left > 0; left -= 1) {
    links.push({ traceId: inline(), spanId: inline(), attributes: attributes() });
  }
  return { attributes: all, statusMessage, events, links };
}
