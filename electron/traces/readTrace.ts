/** One trace out of its blocks, packed (`shared/spanFormat.ts`), by start. */
import { SpanWriter } from '../../shared/spanWriter.ts';
import { VALUE, type AttributeColumn, type SpanExtra } from './blockTypes.ts';
import type { BlockRow, BlockTables } from './blockTables.ts';
import { listFromJson } from './blocks/extraCodec.ts';
import type { TraceRun } from './blocks/blockChunks.ts';
import type { StoredBlock } from './blocks/storedBlock.ts';
import type { TextTable } from './textTable.ts';
import type { TraceRow } from './traceTable.ts';

/** Part of a trace: the rows of one block. */
export type TracePart = { readonly block: StoredBlock; readonly run: TraceRun };

/** The blocks that have spans of a trace; `open` gets at a block's columns. */
export function partsOf(
  blocks: BlockTables,
  trace: Pick<TraceRow, 'id' | 'startUs' | 'lastUs'>,
  open: (row: BlockRow) => StoredBlock,
): TracePart[] {
  const parts: TracePart[] = [];
  for (const row of blocks.rows()) {
    if (row.minTrace > trace.id || row.maxTrace < trace.id) continue;
    if (row.lastUs < trace.startUs || row.firstUs > trace.lastUs) continue;
    const block = open(row);
    const run = block.columns.runOf(trace.id);
    if (run !== null) parts.push({ block, run });
  }
  return parts;
}

type Cursor = {
  readonly key: number;
  readonly column: AttributeColumn;
  /** Numbers of the column's texts in the packed block; -1 while not met. */
  readonly texts: Int32Array;
  at: number;
};

export function packTrace(traceId: string, parts: readonly TracePart[], texts: TextTable): Uint8Array {
  const writer = new SpanWriter();
  const trace = writer.trace(traceId);
  const names = new Map<number, number>();
  const nameOf = (id: number): number => {
    let index = names.get(id);
    if (index === undefined) names.set(id, (index = writer.intern(texts.text(id))));
    return index;
  };
  const rowOf = parts.map((part) => openRows(part, trace, writer, nameOf, texts));
  for (const { part, row } of inOrder(parts)) rowOf[part]!(row);
  return writer.finish();
}

/** Rows of all parts by start; those of a part are in order already. */
function* inOrder(parts: readonly TracePart[]): Generator<{ part: number; row: number }> {
  const next = parts.map(({ run }) => run.from);
  const starts = parts.map(({ block }) => block.startUs);
  const skipDead = (part: number): void => {
    const { block, run } = parts[part]!;
    while (next[part]! < run.to && block.dead?.[next[part]!] === 1) next[part]! += 1;
  };
  for (let part = 0; part < parts.length; part += 1) skipDead(part);
  for (;;) {
    let best = -1;
    for (let part = 0; part < parts.length; part += 1) {
      if (next[part]! >= parts[part]!.run.to) continue;
      if (best === -1 || starts[part]![next[part]!]! < starts[best]![next[best]!]!) best = part;
    }
    if (best === -1) return;
    yield { part: best, row: next[best]! };
    next[best]! += 1;
    skipDead(best);
  }
}

/** Writes rows of one part, ascending. */
function openRows(
  { block, run }: TracePart,
  trace: number,
  writer: SpanWriter,
  nameOf: (id: number) => number,
  texts: TextTable,
): (row: number) => void {
  const { startUs, durationUs, spanId, parentId, name, flags, origin } = block;
  const { startRestNs, endRestNs } = block.columns;
  const hasRests = startRestNs !== null || endRestNs !== null;
  const cursors: Cursor[] = [];
  for (const key of block.keys) {
    const column = block.attribute(key)!;
    let at = 0;
    while (at < column.rows.length && column.rows[at]! < run.from) at += 1;
    if (at === column.rows.length || column.rows[at]! >= run.to) continue;
    cursors.push({ key: nameOf(key), column, texts: new Int32Array(column.texts.length).fill(-1), at });
  }
  const found: Cursor[] = [];
  return (row) => {
    const start = startUs[row]!;
    const duration = durationUs[row]!;
    writer.beginSpan(
      trace,
      spanId[row * 2]!,
      spanId[row * 2 + 1]!,
      parentId[row * 2]!,
      parentId[row * 2 + 1]!,
      nameOf(name[row]!),
      start / 1000,
      Number.isNaN(duration) ? null : (start + duration) / 1000,
      flags[row]! & 7,
      flags[row]! >> 3,
    );
    if (hasRests) writer.rests(startRestNs?.[row] ?? 0, endRestNs?.[row] ?? 0);
    found.length = 0;
    for (const cursor of cursors) {
      const { rows } = cursor.column;
      while (rows[cursor.at]! < row) cursor.at += 1;
      if (rows[cursor.at] === row) found.push(cursor);
    }
    writer.attributeCount(found.length);
    for (const cursor of found) writeValue(writer, cursor);
    const extra: SpanExtra | null = block.extra(row);
    writer.endSpan(extra?.statusMessage ?? null, extra?.events ?? null, extra?.links ?? null);
    const from = texts.originOf(origin[row]!);
    if (from !== undefined) writer.origin(from);
    if (extra !== null && (extra.traceState !== null || extra.dropped !== null)) {
      writer.more(extra.traceState, extra.dropped);
    }
  };
}

function writeValue(writer: SpanWriter, { key, column, texts, at }: Cursor): void {
  const value = column.value[at]!;
  switch (column.type[at]) {
    case VALUE.string: {
      if (texts[value] === -1) texts[value] = writer.intern(column.texts[value]!);
      writer.stringAttribute(key, texts[value]!);
      return;
    }
    case VALUE.list:
      writer.arrayAttribute(key, listFromJson(column.texts[value]!) as readonly unknown[]);
      return;
    case VALUE.true:
    case VALUE.false:
      writer.booleanAttribute(key, value === 1);
      return;
    default:
      writer.numberAttribute(key, value);
  }
}
