/**
 * Where every span is drawn. A track is one row of the picture; a span's children go to tracks below its own,
 * the first of them that is free at that time, so concurrent siblings stack and nothing is drawn over anything:
 *
 *     run                    track 0
 *       item 1 | item 3      track 1   (lane 0 of the run)
 *         stage | stage      track 2
 *       item 2               track 3   (lane 1 of the run: it overlapped item 1)
 *         stage              track 4
 *
 * A track is found from the parent's track alone, so adding a span moves no other span, at most a whole track
 * down. Memory: 22 B a span, in chunks sorted by start.
 */
import type { Lanes } from './findLanes.ts';
import type { PlacingOrder } from './placingOrder.ts';

export const ENTRY_ERROR = 1;
export const ENTRY_OPEN = 2;
/** Some of what the entry stands for failed: marked, but not in the colour of errors. */
export const ENTRY_SOME_ERRORS = 32;
/** Of two things that are compared, only the second or only the first has it: hatched. */
export const ENTRY_ADDED = 64;
export const ENTRY_REMOVED = 128;

/** Spans that were added to a tree, one entry a node from `from` on. Times in ms after the tree's origin. */
export type SpanBatch = {
  readonly from: number;
  readonly startMs: Float64Array;
  /** Infinity while open; never before the start. */
  readonly endMs: Float64Array;
  /** Node of the parent, which may come later in the same batch; -1 for none, `NOT_SHOWN` for a span without a row. */
  readonly parent: Int32Array;
  readonly depth: Uint16Array;
  /** `ENTRY_ERROR`, `ENTRY_OPEN`. */
  readonly flags: Uint8Array;
  /** Place in the palette. */
  readonly colour: Uint8Array;
  /** Name number. */
  readonly name: Int32Array;
};
export const NOT_SHOWN = -2;
/** The track of a span without a row. */
export const NO_TRACK = 0xffff;

/** Part of a track: entries sorted by start, none overlapping another. Times in ms after the columns' origin. */
export type TrackChunk = {
  count: number;
  start: Float64Array;
  /** Infinity while open. */
  end: Float64Array;
  /** What is drawn: a node of the trace, or a call path. */
  item: Int32Array;
  flags: Uint8Array;
  /** Place in the palette: here, since looking it up for every pixel of a frame costs more than drawing it. */
  colour: Uint8Array;
};

/** One row of the picture. */
export type FlameRow = { readonly chunks: readonly TrackChunk[] };

export type Track = {
  readonly id: number;
  /** Tracks below this one, one a lane. */
  readonly lanes: Track[];
  readonly chunks: TrackChunk[];
  lastStart: number;
  lastEnd: number;
};

const CHUNK_ENTRIES = 4096;
/** Rows beyond which a picture tells nothing; what is left goes to one last row of marks. */
export const MAX_TRACKS = 4096;
export const MAX_LANES = 1024;
/** Lanes searched for a gap when a span arrives after later ones. */
const MAX_GAP_SEARCH = 64;

const COLUMNS = ['start', 'end', 'item', 'flags', 'colour'] as const;

function newTrack(id: number): Track {
  return { id, lanes: [], chunks: [], lastStart: -Infinity, lastEnd: -Infinity };
}

function newChunk(capacity: number): TrackChunk {
  return {
    count: 0,
    start: new Float64Array(capacity),
    end: new Float64Array(capacity),
    item: new Int32Array(capacity),
    flags: new Uint8Array(capacity),
    colour: new Uint8Array(capacity),
  };
}

/** Part of a longer one, whose memory it shares until it grows. */
function partOf({ start, end, item, flags, colour }: TrackChunk, from: number, to: number): TrackChunk {
  return {
    count: to - from,
    start: start.subarray(from, to),
    end: end.subarray(from, to),
    item: item.subarray(from, to),
    flags: flags.subarray(from, to),
    colour: colour.subarray(from, to),
  };
}

function widen(chunk: TrackChunk): void {
  const { start, end, item, flags, colour } = chunk;
  const larger = newChunk(Math.min(CHUNK_ENTRIES, start.length * 2));
  larger.start.set(start);
  larger.end.set(end);
  larger.item.set(item);
  larger.flags.set(flags);
  larger.colour.set(colour);
  Object.assign(chunk, larger, { count: chunk.count });
}

/** First chunk whose last start is above `startMs`; the last one where there is none. */
function chunkAfter(chunks: readonly TrackChunk[], startMs: number): number {
  let lowIndex = 0;
  let highIndex = chunks.length - 1;
  while (lowIndex < highIndex) {
    const middle = (lowIndex + highIndex) >> 1;
    const chunk = chunks[middle]!;
    if (chunk.start[chunk.count - 1]! > startMs) highIndex = middle;
    else lowIndex = middle + 1;
  }
  return lowIndex;
}

/** Entries of the chunk that start at or before `startMs`. */
function entriesUpTo(chunk: TrackChunk, startMs: number): number {
  let lowIndex = 0;
  let highIndex = chunk.count;
  while (lowIndex < highIndex) {
    const middle = (lowIndex + highIndex) >> 1;
    if (chunk.start[middle]! <= startMs) lowIndex = middle + 1;
    else highIndex = middle;
  }
  return lowIndex;
}

export class TrackSet {
  readonly #root = newTrack(-1);
  readonly #tracks: Track[] = [];
  /** Marks for what found no row: entries of no width, in order of time. */
  #overflow: Track | null = null;
  #order: FlameRow[] | null = null;
  #rowOfTrack = new Int32Array(0);
  /** Spans that are marks in the last row because 4,096 rows were not enough. */
  overflowCount = 0;

  /** Entries that a whole batch may be put into, their memory written to: getting memory is half of what filling it takes. */
  #room: TrackChunk | null = null;

  /** Rows from top to bottom. A new array when a track was added, else the same. */
  get rows(): readonly FlameRow[] {
    return (this.#order ??= this.#arrange());
  }

  /** Row of a track, counted from the top. */
  rowOf(trackId: number): number {
    this.#order ??= this.#arrange();
    return this.#rowOfTrack[trackId] ?? -1;
  }

  get hasOverflow(): boolean {
    return this.#overflow !== null;
  }

  clear(): void {
    this.#root.lanes.length = 0;
    this.#tracks.length = 0;
    this.#overflow = null;
    this.#order = null;
    this.overflowCount = 0;
  }

  /**
   * Finds a row for a span and puts it there. `parentTrack` is -1 for a root. Fastest when spans of one depth
   * come in order of start. Returns the track's id.
   */
  place(
    parentTrack: number,
    startMs: number,
    endMs: number,
    item: number,
    flags: number,
    colour: number,
  ): number {
    const parent = parentTrack < 0 ? this.#root : this.#tracks[parentTrack]!;
    const track = parent === this.#overflow ? null : this.#freeLane(parent, startMs, endMs);
    if (track === null) {
      this.#overflow ??= this.#addTrack(null);
      this.overflowCount += 1;
      this.#insert(this.#overflow, startMs, startMs, item, flags & ~ENTRY_OPEN, colour);
      return this.#overflow.id;
    }
    this.#insert(track, startMs, endMs, item, flags, colour);
    return track.id;
  }

  /** Gets the memory for so many spans ahead of a batch that is on its way; for 0, gives it back. */
  reserve(spans: number): void {
    this.#room = spans === 0 ? null : newChunk(spans);
    for (const key of COLUMNS) this.#room?.[key].fill(0);
  }

  /** Puts a whole batch into the tracks that were found for it, in the order in which they were. Only while nothing else is placed. */
  fill({ above, sizes, trackOf }: Lanes, order: PlacingOrder, batch: SpanBatch): void {
    const firsts = new Uint32Array(above.length);
    let sum = 0;
    for (const [id, up] of above.entries()) {
      this.#addTrack(up < 0 ? this.#root : this.#tracks[up]!);
      firsts[id] = sum;
      sum += sizes[id]!;
    }
    const next = firsts.slice();
    const all = this.#room?.start.length === sum ? this.#room : newChunk(sum);
    this.#room = null;
    const { start, end, item, flags, colour } = all;
    const { from, startMs, endMs, flags: flagsOf, colour: colourOf } = batch;
    for (let i = 0; i < trackOf.length; i += 1) {
      const place = order === null ? i : order[i]!;
      const id = trackOf[place]!;
      if (id === NO_TRACK) continue;
      const at = next[id]!++;
      start[at] = startMs[place]!;
      end[at] = endMs[place]!;
      item[at] = from + place;
      flags[at] = flagsOf[place]!;
      colour[at] = colourOf[place]!;
    }
    for (const track of this.#tracks) {
      const to = firsts[track.id]! + sizes[track.id]!;
      for (let at = firsts[track.id]!; at < to; at += CHUNK_ENTRIES)
        track.chunks.push(partOf(all, at, Math.min(to, at + CHUNK_ENTRIES)));
      track.lastStart = start[to - 1]!;
      track.lastEnd = end[to - 1]!;
    }
  }

  /** Ends an open span, or changes its flags. Marks in the last row stay as they came. */
  settle(trackId: number, startMs: number, endMs: number, item: number, flags: number, colour: number): void {
    const track = this.#tracks[trackId]!;
    if (track === this.#overflow) return;
    const { chunks } = track;
    // Entries of one start may lie across chunks, all at or before the first chunk with a later start.
    for (let c = chunkAfter(chunks, startMs); c >= 0; c -= 1) {
      const chunk = chunks[c]!;
      for (let i = entriesUpTo(chunk, startMs) - 1; i >= 0 && chunk.start[i] === startMs; i -= 1) {
        if (chunk.item[i] !== item) continue;
        chunk.flags[i] = flags;
        chunk.colour[i] = colour;
        chunk.end[i] = endMs;
        if (c === chunks.length - 1 && i === chunk.count - 1) track.lastEnd = endMs;
        return;
      }
      if (chunk.count > 0 && chunk.start[0]! < startMs) return;
    }
  }

  bytes(): number {
    let bytes = 0;
    for (const track of this.#tracks) for (const chunk of track.chunks) bytes += chunk.start.length * 22;
    return bytes;
  }

  #freeLane(parent: Track, startMs: number, endMs: number): Track | null {
    const { lanes } = parent;
    let late = false;
    for (const lane of lanes) {
      if (lane.lastEnd <= startMs) return lane;
      if (lane.lastStart > startMs) late = true;
    }
    if (late) {
      for (let i = 0; i < lanes.length && i < MAX_GAP_SEARCH; i += 1) {
        if (this.#fits(lanes[i]!, startMs, endMs)) return lanes[i]!;
      }
    }
    if (lanes.length >= MAX_LANES || this.#tracks.length >= MAX_TRACKS) return null;
    return this.#addTrack(parent);
  }

  #fits(track: Track, startMs: number, endMs: number): boolean {
    const c = chunkAfter(track.chunks, startMs);
    const chunk = track.chunks[c]!;
    const next = entriesUpTo(chunk, startMs);
    const before = next > 0 ? chunk : track.chunks[c - 1];
    const beforeEnd = before?.end[(next > 0 ? next : before.count) - 1] ?? -Infinity;
    const after = next < chunk.count ? chunk.start[next]! : (track.chunks[c + 1]?.start[0] ?? Infinity);
    return beforeEnd <= startMs && endMs <= after;
  }

  #addTrack(parent: Track | null): Track {
    const track = newTrack(this.#tracks.length);
    this.#tracks.push(track);
    parent?.lanes.push(track);
    this.#order = null;
    return track;
  }

  #insert(track: Track, startMs: number, endMs: number, item: number, flags: number, colour: number): void {
    const { chunks } = track;
    let chunk = chunks[chunks.length - 1];
    let at = chunk?.count ?? 0;
    if (startMs < track.lastStart) {
      const c = chunkAfter(chunks, startMs);
      chunk = chunks[c]!;
      at = entriesUpTo(chunk, startMs);
      if (chunk.count === CHUNK_ENTRIES) {
        const half = CHUNK_ENTRIES / 2;
        const right = newChunk(CHUNK_ENTRIES);
        for (const key of COLUMNS) right[key].set(chunk[key].subarray(half));
        right.count = CHUNK_ENTRIES - half;
        chunk.count = half;
        chunks.splice(c + 1, 0, right);
        if (at > half) {
          chunk = right;
          at -= half;
        }
      }
    } else if (chunk === undefined || chunk.count === CHUNK_ENTRIES) {
      chunk = newChunk(chunk === undefined ? 8 : CHUNK_ENTRIES);
      chunks.push(chunk);
      at = 0;
    }
    if (chunk!.count === chunk!.start.length) widen(chunk!);
    const into = chunk!;
    if (at < into.count) {
      for (const key of COLUMNS) into[key].copyWithin(at + 1, at, into.count);
    }
    into.start[at] = startMs;
    into.end[at] = endMs;
    into.item[at] = item;
    into.flags[at] = flags;
    into.colour[at] = colour;
    into.count += 1;
    if (startMs >= track.lastStart) {
      track.lastStart = startMs;
      track.lastEnd = endMs;
    }
  }

  /** Every track above its lanes; without recursion, since a trace may be thousands of calls deep. */
  #arrange(): FlameRow[] {
    const rows: FlameRow[] = [];
    this.#rowOfTrack = new Int32Array(this.#tracks.length).fill(-1);
    const stack: Track[] = [...this.#root.lanes].reverse();
    for (let track = stack.pop(); track !== undefined; track = stack.pop()) {
      this.#rowOfTrack[track.id] = rows.length;
      rows.push(track);
      for (let i = track.lanes.length - 1; i >= 0; i -= 1) stack.push(track.lanes[i]!);
    }
    if (this.#overflow !== null) {
      this.#rowOfTrack[this.#overflow.id] = rows.length;
      rows.push(this.#overflow);
    }
    return rows;
  }
}
