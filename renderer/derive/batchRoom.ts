/**
 * Memory for the batch of a whole trace. A worker that waits for the trace gets it and writes to it meanwhile, as pages of
 * memory that were never written to are half of what filling them takes.
 */

/** A node takes so many bytes in a batch; of these its name, which stays where the picture is drawn. */
export const BATCH_BYTES = 28;
const NAME_BYTES = 4;

export type BatchRoom = {
  /** Of all columns but the names. */
  readonly columns: ArrayBuffer;
  readonly names: ArrayBuffer;
};

let lent: BatchRoom | null = null;

export function newRoom(spans: number): BatchRoom {
  return {
    columns: new ArrayBuffer(spans * (BATCH_BYTES - NAME_BYTES)),
    names: new ArrayBuffer(spans * NAME_BYTES),
  };
}

/** The same, its memory written to. */
export function writtenRoom(spans: number): BatchRoom {
  const room = newRoom(spans);
  for (const buffer of [room.columns, room.names]) new Uint8Array(buffer).fill(0);
  return room;
}

/** Keeps room for the next batch that has just its size; `null`: the trace will not come. */
export function lendRoom(room: BatchRoom | null): void {
  lent = room;
}

/** Room that was lent for so many spans, else new one. */
export function takeRoom(spans: number): BatchRoom {
  if (lent === null || lent.names.byteLength !== spans * NAME_BYTES) return newRoom(spans);
  const room = lent;
  lent = null;
  return room;
}
