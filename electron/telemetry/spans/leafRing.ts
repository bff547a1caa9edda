/**
 * The last rows of the process: operations too short for a span of their own, 32 bytes each in columns that are
 * there from the start. A row is a span in everything but form; whoever reads rows gets them packed
 * (`shared/leafCodec.ts`) and makes spans of them away from the main thread.
 *
 *   rows     numbered from 0 on for as long as the process lives; row n lies in slot n % capacity
 *   ids      a row's span id is a random 64-bit number, drawn once, plus the row's number
 *   parents  a table of (trace id, span id); rows hold the entry's number, and an entry is given back when the
 *            last row that refers to it has been overwritten, so there are never more entries than rows
 */
import { randomFillSync } from 'node:crypto';
import { packLeaves, ROW_COLUMNS } from '../../../shared/leafCodec.ts';
import type { LeafColumns, LeafErrorType, LeafOperation, LeafTables } from '../../../shared/leafCodec.ts';
import type { AttributeValue } from '../../../shared/span.ts';
import { hexWord, wordHex } from '../../../shared/spanCodec.ts';
import type { LeafParent } from '../operations/leafParent.ts';

export type LeafRingOptions = {
  /** Rows held at most. */
  readonly capacity?: number;
  /** Epoch milliseconds of a reading of `performance.now()`. */
  readonly epochMs: (performanceMs: number) => number;
  /** Sees every string of an operation and every error type before it is kept. */
  readonly redactText?: (text: string) => string;
  readonly isSecretKey?: (key: string) => boolean;
  /** A listener threw. */
  readonly onFault?: () => void;
};

export type LeafReader = {
  /** Moves on to the rows that follow, `maxRows` at most; `null` when there are none. */
  advance(maxRows: number): { readonly from: number; readonly to: number } | null;
  /** Rows that were overwritten before it came to them. */
  readonly lost: number;
};

/** Kinds of operations are never forgotten, so there is an end to them; what comes later goes by another name. */
const MAX_OPERATIONS = 16_384;
const MAX_ERROR_TYPES = 4096;
const OTHER_OPERATION: LeafOperation = { name: 'other', kind: 'internal', attributes: {}, facts: [] };
/** What OpenTelemetry has for an error type that is none of the expected ones. */
const OTHER_ERROR = '_OTHER';

/** `uses`, `generations` and six words of ids. */
const PARENT_BYTES = 32;

export class LeafRing {
  readonly capacity: number;
  readonly #epochMs: (performanceMs: number) => number;
  readonly #redactText: (text: string) => string;
  readonly #isSecretKey: (key: string) => boolean;
  readonly #onFault: () => void;

  // The system hands out zeroed pages when they are first written: an idle ring takes next to nothing.
  readonly #columns: LeafColumns;
  readonly #startMs: Float64Array;
  readonly #durationMs: Float32Array;
  readonly #operation: Uint16Array;
  readonly #error: Uint16Array;
  readonly #parent: Uint32Array;
  readonly #first: Float64Array;
  readonly #second: Float32Array;
  #rows = 0;
  #slot = 0;

  // Entry 0 stands for none: its generation is one that no parent ever has.
  #uses = new Uint32Array(64);
  #generations = new Uint32Array(64).fill(1, 0, 1);
  #ids = new Uint32Array(64 * 6);
  #parentLimit = 1;
  #freeParents: number[] = [];

  #latestTraceId = '';
  #latestTrace: readonly [number, number, number, number] = [0, 0, 0, 0];

  readonly #operations: LeafOperation[] = [];
  readonly #operationNos = new Map<string, number>();
  readonly #errors: LeafErrorType[] = [{ type: '', expected: false }];
  readonly #errorNos = new Map<string, number>();
  readonly #idBase: readonly [number, number];
  readonly #listeners = new Set<() => void>();
  #isTelling = false;

  constructor(options: LeafRingOptions) {
    const capacity = Math.max(1, options.capacity ?? 262_144);
    this.capacity = capacity;
    this.#epochMs = options.epochMs;
    this.#redactText = options.redactText ?? ((text) => text);
    this.#isSecretKey = options.isSecretKey ?? (() => false);
    this.#onFault = options.onFault ?? (() => undefined);
    this.#startMs = new Float64Array(capacity);
    this.#durationMs = new Float32Array(capacity);
    this.#operation = new Uint16Array(capacity);
    this.#error = new Uint16Array(capacity);
    this.#parent = new Uint32Array(capacity);
    this.#first = new Float64Array(capacity);
    this.#second = new Float32Array(capacity);
    this.#columns = {
      startMs: this.#startMs,
      durationMs: this.#durationMs,
      operation: this.#operation,
      error: this.#error,
      parent: this.#parent,
      first: this.#first,
      second: this.#second,
    };
    const [high, low] = randomFillSync(new Uint32Array(2)) as unknown as [number, number];
    // Between 1 and 2^31: no row number that can be reached makes an id of zeros.
    this.#idBase = [(high >>> 1) | 1, low];
  }

  /** Rows recorded so far; the number of the next one. */
  get rows(): number {
    return this.#rows;
  }
  /** Number of the oldest row held. */
  get oldest(): number {
    return this.#rows > this.capacity ? this.#rows - this.capacity : 0;
  }
  /** Parents that rows refer to. */
  get parents(): number {
    return this.#parentLimit - 1 - this.#freeParents.length;
  }
  /** Memory of columns and parents. */
  get bytes(): number {
    return this.capacity * ROW_COLUMNS.bytes + this.#uses.length * PARENT_BYTES;
  }

  /** The number of a kind of operation; the same for the same description. */
  operationNo(operation: LeafOperation): number {
    const key = JSON.stringify([
      operation.name,
      operation.kind,
      operation.facts,
      Object.entries(operation.attributes),
    ]);
    const known = this.#operationNos.get(key);
    if (known !== undefined) return known;
    if (this.#operations.length >= MAX_OPERATIONS) return this.operationNo(OTHER_OPERATION);
    const no = this.#operations.push(this.#redacted(operation)) - 1;
    // Room for the last resort is always there: it is the one description beyond the limit.
    this.#operationNos.set(key, no);
    if (no === MAX_OPERATIONS - 2) this.operationNo(OTHER_OPERATION);
    return no;
  }

  /** The number of an error type; `expected` ones are stated on the span without marking it as failed. */
  errorNo(type: string, expected: boolean): number {
    const key = expected ? `expected ${type}` : `failed ${type}`;
    const known = this.#errorNos.get(key);
    if (known !== undefined) return known;
    if (this.#errors.length >= MAX_ERROR_TYPES && type !== OTHER_ERROR) {
      return this.errorNo(OTHER_ERROR, expected);
    }
    const no = this.#errors.push({ type: this.#redactText(type), expected }) - 1;
    this.#errorNos.set(key, no);
    return no;
  }

  /**
   * Records a row. @param startMs - reading of `performance.now()` @param errorNo - 0 for none
   * @param first - the first fact, `NaN` for none
   */
  add(
    parent: LeafParent,
    operationNo: number,
    startMs: number,
    durationMs: number,
    errorNo: number,
    first: number,
    second: number,
  ): void {
    let entry = parent.leafNo;
    if (this.#generations[entry] !== parent.leafGeneration) entry = this.#enter(parent);
    const slot = this.#slot;
    // First what may throw, where a fact is no number after all.
    this.#first[slot] = first;
    this.#second[slot] = second;
    const uses = this.#uses;
    uses[entry]! += 1;
    if (this.#rows >= this.capacity) {
      const before = this.#parent[slot]!;
      const left = uses[before]! - 1;
      uses[before] = left;
      if (left === 0) this.#leave(before);
    }
    this.#startMs[slot] = this.#epochMs(startMs);
    this.#durationMs[slot] = durationMs;
    this.#operation[slot] = operationNo;
    this.#error[slot] = errorNo;
    this.#parent[slot] = entry;
    this.#slot = slot + 1 === this.capacity ? 0 : slot + 1;
    this.#rows += 1;
    if (!this.#isTelling) this.#tellSoon();
  }

  /** The rows `[from, to)`, all of them held, packed. */
  pack(from: number, to: number): Uint8Array {
    return packLeaves(this.#columns, this.#tables(), from, to - from, null);
  }

  /** Single rows, all of them held, in ascending order, packed. */
  packRows(rows: readonly number[]): Uint8Array {
    return packLeaves(this.#columns, this.#tables(), rows[0] ?? 0, rows.length, rows);
  }

  /** Number of a held row's parent: rows that have it in common are of one trace. */
  parentOf(row: number): number {
    return this.#parent[row % this.capacity]!;
  }
  traceIdOf(parentNo: number): string {
    const at = parentNo * 6;
    const ids = this.#ids;
    return wordHex(ids[at]!) + wordHex(ids[at + 1]!) + wordHex(ids[at + 2]!) + wordHex(ids[at + 3]!);
  }

  /** @param fromNow - leaves out what is held already */
  reader(fromNow = false): LeafReader {
    let place = fromNow ? this.#rows : this.oldest;
    let lost = 0;
    const skip = () => {
      if (place >= this.oldest) return;
      lost += this.oldest - place;
      place = this.oldest;
    };
    return {
      advance: (maxRows) => {
        skip();
        if (place === this.#rows) return null;
        const from = place;
        place = Math.min(this.#rows, from + Math.max(1, maxRows));
        return { from, to: place };
      },
      get lost() {
        skip();
        return lost;
      },
    };
  }

  /** Called once for each turn of the event loop that recorded rows, at its end. Returns the end of it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tables(): LeafTables {
    return {
      idBase: this.#idBase,
      operations: this.#operations,
      errors: this.#errors,
      parentIds: this.#ids,
      parentLimit: this.#parentLimit,
    };
  }

  #enter(parent: LeafParent): number {
    // Read first: an id that is no id must not cost an entry.
    const { traceId, spanId } = parent;
    const spanHigh = hexWord(spanId, 0);
    const spanLow = hexWord(spanId, 8);
    const [a, b, c, d] = this.#traceWords(traceId);
    const entry = this.#freeParents.pop() ?? this.#parentLimit;
    if (entry === this.#parentLimit) {
      if (entry === this.#uses.length) this.#growParents();
      this.#parentLimit += 1;
    }
    const ids = this.#ids;
    const at = entry * 6;
    ids[at] = a;
    ids[at + 1] = b;
    ids[at + 2] = c;
    ids[at + 3] = d;
    ids[at + 4] = spanHigh;
    ids[at + 5] = spanLow;
    parent.leafNo = entry;
    parent.leafGeneration = this.#generations[entry]!;
    return entry;
  }

  /** Parents come in runs of the same trace. */
  #traceWords(traceId: string): readonly [number, number, number, number] {
    if (traceId !== this.#latestTraceId) {
      const [a, b, c, d] = [0, 8, 16, 24].map((digit) => hexWord(traceId, digit));
      this.#latestTrace = [a!, b!, c!, d!];
      this.#latestTraceId = traceId;
    }
    return this.#latestTrace;
  }

  #leave(entry: number): void {
    // Parents that still remember the number see by the generation that it is no longer theirs.
    this.#generations[entry]! += 1;
    this.#freeParents.push(entry);
  }

  #growParents(): void {
    const grow = (old: Uint32Array<ArrayBuffer>) => {
      const next = new Uint32Array(old.length * 2);
      next.set(old);
      return next;
    };
    this.#uses = grow(this.#uses);
    this.#generations = grow(this.#generations);
    this.#ids = grow(this.#ids);
  }

  #redacted({ name, kind, attributes, facts }: LeafOperation): LeafOperation {
    const kept: [string, AttributeValue][] = [];
    for (const [key, value] of Object.entries(attributes)) {
      if (this.#isSecretKey(key)) kept.push([key, '[redacted]']);
      else if (Array.isArray(value)) {
        const parts = (value as readonly unknown[]).filter(
          (part) => typeof part === typeof value[0] && isScalar(part),
        );
        kept.push([key, parts.map((part) => this.#clean(part)) as AttributeValue]);
      } else if (isScalar(value)) kept.push([key, this.#clean(value) as AttributeValue]);
    }
    return {
      name: this.#redactText(name),
      kind,
      attributes: Object.fromEntries(kept),
      facts: facts.slice(0, 2),
    };
  }
  #clean(value: unknown): unknown {
    return typeof value === 'string' ? this.#redactText(value) : value;
  }

  #tellSoon(): void {
    if (this.#listeners.size === 0) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) {
        try {
          listener();
        } catch {
          this.#onFault();
        }
      }
    });
  }
}

/** What JSON, in which blocks name their operations, can say. */
function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
