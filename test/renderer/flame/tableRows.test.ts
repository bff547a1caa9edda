import { describe, expect, it } from 'vitest';
import { tableRows } from '../../../renderer/flame/tableRows.ts';

const NAMES = ['run', 'item', 'wait', 'chat', 'cache'];
const PARENT = [-1, 0, 0, 1, 1];
const SIZE = [100, 90, 10, 30, 60];
const items = {
  childrenOf: (item: number) => NAMES.flatMap((_, child) => (PARENT[child] === item ? [child] : [])),
  parentOf: (item: number) => PARENT[item]!,
};

function shown(order: Partial<Parameters<typeof tableRows>[1]> = {}): string[] {
  const rows = tableRows(items, {
    keyOf: (item) => SIZE[item]!,
    isRising: false,
    isOpen: () => true,
    ...order,
  });
  return Array.from({ length: rows.count }, (_, i) =>
    `${'-'.repeat(rows.level[i]!)}${NAMES[rows.item[i]!]} ${' +v'[rows.state[i]!]}`.trim(),
  );
}

describe('tableRows', () => {
  it('sorts brothers and sisters, never across their parents', () => {
    expect(shown()).toEqual(['run v', '-item v', '--cache', '--chat', '-wait']);
    expect(shown({ isRising: true })).toEqual(['run v', '-wait', '-item v', '--chat', '--cache']);
    expect(shown({ keyOf: (item) => NAMES[item]!, isRising: true })).toEqual([
      'run v',
      '-item v',
      '--cache',
      '--chat',
      '-wait',
    ]);
  });

  it('leaves out what is below closed rows, and says that they are closed', () => {
    expect(shown({ isOpen: (item) => item !== 1 })).toEqual(['run v', '-item +', '-wait']);
    expect(shown({ isOpen: () => false })).toEqual(['run +']);
  });
});
