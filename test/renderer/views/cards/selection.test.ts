import { describe, expect, it } from 'vitest';
import {
  NOTHING_SELECTED,
  selectAll,
  selectOnly,
  selectTo,
  toggleRow,
} from '../../../../renderer/views/cards/browse/selection.ts';

const list = Uint32Array.of(50, 40, 30, 20, 10);
const ids = (selection: { ids: ReadonlySet<number> }) => [...selection.ids].sort((a, b) => a - b);

describe('marked rows', () => {
  it('are one, until a stretch is marked from it in either direction', () => {
    const one = selectOnly(list, 2);
    expect(ids(one)).toEqual([30]);
    expect(ids(selectTo(list, one, 4))).toEqual([10, 20, 30]);
    // The anchor stays where it was.
    expect(ids(selectTo(list, selectTo(list, one, 4), 1))).toEqual([30, 40]);
  });

  it('are added and taken off one by one', () => {
    const two = toggleRow(list, selectOnly(list, 0), 3);
    expect(ids(two)).toEqual([20, 50]);
    expect(ids(toggleRow(list, two, 0))).toEqual([20]);
  });

  it('are all of them, and none beyond the end', () => {
    expect(selectAll(list, NOTHING_SELECTED).ids.size).toBe(5);
    expect(selectOnly(list, 9)).toBe(NOTHING_SELECTED);
  });
});
