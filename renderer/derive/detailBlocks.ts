/**
 * What hangs on the spans of a table — attributes, status message, events, links — as it came, packed: a row knows its
 * block and its place in it, and nothing is made of it before somebody looks. A block is let go with its last row. One
 * of which most rows are gone is what a few long-lived spans leave behind of many batches; where such take too much, the
 * rows that are left move into a block of their own, some of them at every change.
 */
import type { AttributeSink, Extras } from '../../shared/detailReader.ts';
import { NO_EXTRAS } from '../../shared/detailReader.ts';
import { openSpans } from '../../shared/packedSpans.ts';
import type { PackedSpans } from '../../shared/packedSpans.ts';
import type { Attributes } from '../../shared/span.ts';
import type { SpanDetails } from '../../shared/spanDetails.ts';
import { SpanWriter } from '../../shared/spanWriter.ts';
import { I32Column, U32Column } from './chunkedColumn.ts';

type Block = {
  readonly details: SpanDetails;
  /** Rows that it was taken for, and those of them that still refer to it. */
  rows: number;
  live: number;
  /** More rows of it are to come. */
  isOpen: boolean;
};

/** A block without a row takes about so many bytes. */
const BLOCK_OVERHEAD = 400;
const NONE = -1;
const NO_ATTRIBUTES: Attributes = {};
/** What may be held for nobody: whatever is smaller is not worth the work. */
const SPARE_BYTES = 4_000_000;
/** A step of tidying takes about a millisecond. */
const STEP_SCANNED = 16_384;
const STEP_MOVED = 512;
/** Rows whose attributes are kept as objects: what is on the screen is asked for with every frame. */
const REMEMBERED = 256;

export class DetailBlocks {
  readonly #block = new I32Column();
  /** Where in the block a row's detail begins, times 2; plus 1 where it has extras. */
  readonly #place = new U32Column();
  readonly #blocks: (Block | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #remembered = new Map<number, Attributes>();
  #heldBytes = 0;
  /** Of the bytes held, those of rows that are gone. */
  #wasteBytes = 0;
  #writer: SpanWriter | null = null;
  #tidyAt = 0;

  /** Blocks held. */
  get count(): number {
    return this.#blocks.length - this.#free.length;
  }

  /** Room for rows; a new row has nothing until `set`. */
  reserve(rows: number): void {
    const from = this.#block.length;
    this.#block.reserve(rows);
    this.#place.reserve(rows);
    for (let row = from; row < rows; row += 1) this.#block.set(row, NONE);
  }

  /** Takes a block's details over; rows may be set to it until `close`. */
  open(packed: PackedSpans): number {
    const block: Block = { details: packed.keepDetails(), rows: 0, live: 0, isOpen: true };
    const free = this.#free.pop();
    const no = free ?? this.#blocks.length;
    this.#blocks[no] = block;
    this.#heldBytes += bytesOf(block);
    return no;
  }

  close(no: number): void {
    const block = this.#blocks[no]!;
    block.isOpen = false;
    this.#wasteBytes += wasteOf(block);
    if (block.live === 0) this.#drop(no, block);
  }

  /** `at` as from `PackedSpans.detailAt`; what the row had before must be released. */
  set(row: number, no: number, at: number, hasExtras: boolean): void {
    const block = this.#blocks[no]!;
    block.rows += 1;
    block.live += 1;
    this.#block.set(row, no);
    this.#place.set(row, at * 2 + (hasExtras ? 1 : 0));
  }

  release(row: number): void {
    const no = this.#block.get(row);
    if (no === NONE) return;
    this.#block.set(row, NONE);
    if (this.#remembered.size > 0) this.#remembered.delete(row);
    const block = this.#blocks[no]!;
    block.live -= 1;
    if (block.isOpen) return;
    this.#wasteBytes += bytesOf(block) / block.rows;
    if (block.live === 0) this.#drop(no, block);
  }

  /** The same object as long as nothing else was looked at meanwhile; do not change it. */
  attributes(row: number): Attributes {
    const no = this.#block.get(row);
    if (no === NONE) return NO_ATTRIBUTES;
    let attributes = this.#remembered.get(row);
    if (attributes === undefined) {
      attributes = this.#blocks[no]!.details.attributes(this.#place.get(row) >>> 1);
      if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
      this.#remembered.set(row, attributes);
    }
    return attributes;
  }

  extras(row: number): Extras {
    const place = this.#place.get(row);
    if ((place & 1) === 0 || this.#block.get(row) === NONE) return NO_EXTRAS;
    return this.#blocks[this.#block.get(row)]!.details.extras(place >>> 1);
  }

  /** The row's block; `null` where the row has nothing. */
  detailsOf(row: number): SpanDetails | null {
    const no = this.#block.get(row);
    return no === NONE ? null : this.#blocks[no]!.details;
  }

  /** Shows a row's attributes as they stand in `detailsOf(row)`, without making anything of them. */
  visit(row: number, sink: AttributeSink): void {
    const no = this.#block.get(row);
    if (no !== NONE) this.#blocks[no]!.details.visit(this.#place.get(row) >>> 1, sink);
  }

  bytes(): { readonly columns: number; readonly details: number } {
    return { columns: this.#block.bytes() + this.#place.bytes(), details: this.#heldBytes };
  }

  /** Does a part of what is to be done, if anything is. `rows` are all rows there are. */
  tidy(rows: number): void {
    if (this.#wasteBytes < SPARE_BYTES || this.#wasteBytes * 2 < this.#heldBytes) return;
    const moved: number[] = [];
    for (let i = Math.min(STEP_SCANNED, rows); i > 0 && moved.length < STEP_MOVED; i -= 1) {
      const row = this.#tidyAt % rows;
      this.#tidyAt = row + 1;
      const no = this.#block.get(row);
      if (no === NONE) continue;
      const { live, rows: of, isOpen } = this.#blocks[no]!;
      if (!isOpen && live * 2 < of) moved.push(row);
    }
    if (moved.length > 0) this.#move(moved);
  }

  #move(rows: readonly number[]): void {
    const writer = (this.#writer ??= new SpanWriter());
    const trace = writer.trace('0'.repeat(32));
    const name = writer.intern('');
    for (const row of rows) {
      const { details } = this.#blocks[this.#block.get(row)]!;
      const { statusMessage, events, links } = this.extras(row);
      writer.beginSpan(trace, 0, 0, 0, 0, name, 0, 0, 0, 0);
      writer.attributes(details.attributes(this.#place.get(row) >>> 1));
      writer.endSpan(statusMessage, events, links);
    }
    const packed = openSpans(writer.finish());
    const no = this.open(packed);
    for (const [at, row] of rows.entries()) {
      this.release(row);
      this.set(row, no, packed.detailAt(at), packed.hasExtras(at));
    }
    this.close(no);
  }

  #drop(no: number, block: Block): void {
    this.#wasteBytes -= wasteOf(block);
    this.#heldBytes -= bytesOf(block);
    this.#blocks[no] = undefined;
    this.#free.push(no);
    // No error of rounding is left behind.
    if (this.count === 0) this.#wasteBytes = 0;
  }
}

function bytesOf({ details }: Block): number {
  return details.bytes + BLOCK_OVERHEAD;
}
function wasteOf(block: Block): number {
  return block.isOpen || block.rows === 0 ? 0 : (bytesOf(block) * (block.rows - block.live)) / block.rows;
}
