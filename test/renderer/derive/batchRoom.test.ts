import { afterEach, describe, expect, it } from 'vitest';
import { BATCH_BYTES, lendRoom, newRoom, writtenRoom } from '../../../renderer/derive/batchRoom.ts';
import { newBatch } from '../../../renderer/derive/newNodes.ts';

afterEach(() => lendRoom(null));

describe('the memory of a batch', () => {
  it('is what was lent for just so many spans, once', () => {
    const room = writtenRoom(5);
    expect(room.columns.byteLength + room.names.byteLength).toBe(5 * BATCH_BYTES);
    lendRoom(room);
    const other = newBatch(0, 4);
    expect(other.startMs.buffer).not.toBe(room.columns);
    const batch = newBatch(0, 5);
    expect(batch.colour.buffer).toBe(room.columns);
    expect(batch.startMs.buffer).toBe(room.columns);
    expect(batch.name.buffer).toBe(room.names);
    expect(newBatch(0, 5).startMs.buffer).not.toBe(room.columns);
  });

  it('is new again when the trace that it was lent for will not come', () => {
    const room = newRoom(5);
    lendRoom(room);
    lendRoom(null);
    expect(newBatch(0, 5).startMs.buffer).not.toBe(room.columns);
  });
});
