/**
 * One consumer's way through full spans and rows, past those whose trace is not decided yet:
 *
 *   ring, rows ──> kept ───────────────────────────> read
 *             ├──> undecided ── by trace ──┬─ keep ─> read, or lost where overwritten meanwhile
 *             │                            └─ drop ─> tailDropped
 *             └──> dropped ──────────────────────────> tailDropped
 *
 * What is undecided stays where it is: remembered are slots and row numbers alone.
 */
import type { SpanReader } from '../api.ts';
import type { TailDecision, TailDecisions } from '../sampling/tailDecisions.ts';
import type { LeafReader, LeafRing } from './leafRing.ts';
import type { RingReader } from './ringReaders.ts';
import type { SpanRing } from './spanRing.ts';

type Waiting = { readonly slots: number[]; readonly stamps: number[]; readonly rows: number[] };

const nothing = (): Waiting => ({ slots: [], stamps: [], rows: [] });

export class SourceReader implements SpanReader {
  readonly #ring: SpanRing;
  readonly #leaves: LeafRing;
  readonly #tail: TailDecisions;
  readonly #spanReader: RingReader;
  readonly #leafReader: LeafReader;
  readonly #endDecisions: () => void;
  readonly #waiting = new Map<string, Waiting>();
  #kept = nothing();
  #undecided = 0;
  #tailDropped = 0;
  #lost = 0;
  #sweepAt: number;
  #isLeafTurn = true;

  /** @param fromNow - leaves out what was there before */
  constructor(ring: SpanRing, leaves: LeafRing, tail: TailDecisions, fromNow: boolean) {
    this.#ring = ring;
    this.#leaves = leaves;
    this.#tail = tail;
    this.#spanReader = ring.reader(fromNow);
    this.#leafReader = leaves.reader(fromNow);
    this.#endDecisions = tail.onDecided((traceId, decision) => this.#decided(traceId, decision));
    this.#sweepAt = ring.capacity + leaves.capacity;
  }

  get lost(): number {
    return this.#lost + this.#spanReader.lost + this.#leafReader.lost;
  }
  get tailDropped(): number {
    return this.#tailDropped;
  }
  get undecided(): number {
    return this.#undecided;
  }

  next(maxSpans: number): Uint8Array | null {
    const kept = this.#nextKept(maxSpans);
    if (kept !== null) return kept;
    // In turns, so that a flood of rows does not keep spans waiting.
    for (let turn = 0; turn < 2; turn += 1) {
      this.#isLeafTurn = !this.#isLeafTurn;
      const block = this.#isLeafTurn ? this.#nextRows(maxSpans) : this.#nextSpans(maxSpans);
      if (block !== null) return block;
    }
    return null;
  }

  close(): void {
    this.#endDecisions();
    this.#spanReader.close();
    this.#waiting.clear();
    this.#kept = nothing();
  }

  #nextSpans(maxSpans: number): Uint8Array | null {
    for (;;) {
      const slots = this.#spanReader.nextSlots(maxSpans);
      if (slots === null) return null;
      if (!this.#tail.active) return this.#ring.pack(slots);
      const wanted = slots.filter((slot) => this.#isWantedSpan(slot));
      this.#sweep();
      if (wanted.length > 0) return this.#ring.pack(wanted);
    }
  }

  #nextRows(maxRows: number): Uint8Array | null {
    for (;;) {
      const rows = this.#leafReader.advance(maxRows);
      if (rows === null) return null;
      if (!this.#tail.active) return this.#leaves.pack(rows.from, rows.to);
      const wanted = this.#wantedRows(rows.from, rows.to);
      this.#sweep();
      if (wanted.length === rows.to - rows.from) return this.#leaves.pack(rows.from, rows.to);
      if (wanted.length > 0) return this.#leaves.packRows(wanted);
    }
  }

  #isWantedSpan(slot: number): boolean {
    const traceId = this.#ring.traceIdOf(slot);
    const decision = this.#tail.decisionOf(traceId);
    if (decision === 'keep') return true;
    if (decision === 'drop') this.#tailDropped += 1;
    else {
      const waiting = this.#waitingOf(traceId);
      waiting.slots.push(slot);
      waiting.stamps.push(this.#ring.stampOf(slot));
      this.#undecided += 1;
    }
    return false;
  }

  #wantedRows(from: number, to: number): number[] {
    const wanted: number[] = [];
    let parent = -1;
    let decision: 'undecided' | TailDecision = 'keep';
    let waiting: Waiting | null = null;
    for (let row = from; row < to; row += 1) {
      const parentNo = this.#leaves.parentOf(row);
      // Rows come in runs of the same parent.
      if (parentNo !== parent) {
        parent = parentNo;
        const traceId = this.#leaves.traceIdOf(parent);
        decision = this.#tail.decisionOf(traceId);
        waiting = decision === 'undecided' ? this.#waitingOf(traceId) : null;
      }
      if (waiting !== null) {
        waiting.rows.push(row);
        this.#undecided += 1;
      } else if (decision === 'keep') wanted.push(row);
      else this.#tailDropped += 1;
    }
    return wanted;
  }

  #waitingOf(traceId: string): Waiting {
    let waiting = this.#waiting.get(traceId);
    if (waiting === undefined) this.#waiting.set(traceId, (waiting = nothing()));
    return waiting;
  }

  #decided(traceId: string, decision: TailDecision): void {
    const waiting = this.#waiting.get(traceId);
    if (waiting === undefined) return;
    this.#waiting.delete(traceId);
    const count = waiting.slots.length + waiting.rows.length;
    this.#undecided -= count;
    if (decision === 'drop') {
      this.#tailDropped += count;
      return;
    }
    const { slots, stamps, rows } = this.#kept;
    // Not by spreading: a trace may have more spans than a call may have arguments.
    for (let i = 0; i < waiting.slots.length; i += 1) {
      slots.push(waiting.slots[i]!);
      stamps.push(waiting.stamps[i]!);
    }
    for (const row of waiting.rows) rows.push(row);
  }

  #nextKept(maxSpans: number): Uint8Array | null {
    const { slots, stamps, rows } = this.#kept;
    while (slots.length > 0) {
      const taken = slots.splice(0, maxSpans);
      const before = stamps.splice(0, maxSpans);
      const held = taken.filter((slot, i) => this.#ring.stampOf(slot) === before[i]);
      this.#lost += taken.length - held.length;
      if (held.length > 0) return this.#ring.pack(held);
    }
    while (rows.length > 0) {
      const taken = rows.splice(0, maxSpans);
      const held = taken.filter((row) => row >= this.#leaves.oldest).sort((a, b) => a - b);
      this.#lost += taken.length - held.length;
      if (held.length > 0) return this.#leaves.packRows(held);
    }
    return null;
  }

  /** Forgets what was overwritten undecided, so that no more is remembered than the rings hold. */
  #sweep(): void {
    if (this.#undecided <= this.#sweepAt) return;
    for (const waiting of this.#waiting.values()) {
      const { slots, stamps, rows } = waiting;
      let left = 0;
      for (let i = 0; i < slots.length; i += 1) {
        if (this.#ring.stampOf(slots[i]!) !== stamps[i]) continue;
        slots[left] = slots[i]!;
        stamps[left] = stamps[i]!;
        left += 1;
      }
      const held = rows.findIndex((row) => row >= this.#leaves.oldest);
      const gone = slots.length - left + (held === -1 ? rows.length : held);
      slots.length = left;
      stamps.length = left;
      rows.splice(0, held === -1 ? rows.length : held);
      this.#undecided -= gone;
      this.#lost += gone;
    }
    this.#sweepAt = this.#undecided + (this.#ring.capacity + this.#leaves.capacity) / 2;
  }
}
