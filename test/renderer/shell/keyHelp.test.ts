import { describe, expect, it } from 'vitest';
import { keyCommand } from '../../../renderer/flame/viewport.ts';
import { waterfallCommand } from '../../../renderer/waterfall/waterfallKeys.ts';
import { KEY_GROUPS } from '../../../renderer/shell/keyHelp.ts';

const NAMES: Readonly<Record<string, string>> = {
  '↑': 'ArrowUp',
  '↓': 'ArrowDown',
  '←': 'ArrowLeft',
  '→': 'ArrowRight',
  PgUp: 'PageUp',
  PgDn: 'PageDown',
  Space: ' ',
  Esc: 'Escape',
};
const PRINTED = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
const NAMED = ['Enter', 'Home', 'End', 'Tab', 'Delete', 'Backspace', 'F2', ...Object.values(NAMES)];

/** Keys as events have them, `Shift ` before those that are pressed with it. */
function documented(title: string): ReadonlySet<string> {
  const group = KEY_GROUPS.find((each) => each.title === title)!;
  const told = group.keys
    .flatMap(([keys]) => keys.split(' '))
    .map((keys) => {
      const isShifted = keys.startsWith('Shift+');
      const key = keys.replace('Shift+', '');
      const name = NAMES[key] ?? key;
      if (name.length > 1) return isShifted ? `Shift ${name}` : name;
      return isShifted ? name.toUpperCase() : name.toLowerCase();
    });
  return new Set(told);
}

describe('the keyboard help', () => {
  it('names each key once a group', () => {
    for (const { keys } of KEY_GROUPS) {
      const all = keys.map(([each]) => each);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  it('has every key of the waterfall, and no other', () => {
    const taken = [...PRINTED, ...NAMED].filter(
      (key) => waterfallCommand(key, /[A-Z]/.test(key) && key.length === 1) !== null,
    );
    for (const key of ['ArrowLeft', 'ArrowRight']) {
      if (waterfallCommand(key, true)?.kind === 'pan') taken.push(`Shift ${key}`);
    }
    // `=` is `+` without Shift.
    expect([...documented('Waterfall')].sort()).toEqual(
      [...new Set(taken)].filter((key) => key !== '=').sort(),
    );
  });

  it('has every key of the flame graph, and no other', () => {
    const taken = [...PRINTED, ...NAMED].filter(
      (key) => keyCommand(key, false) !== null && !/[A-Z]/.test(key.length === 1 ? key : ''),
    );
    for (const key of ['ArrowLeft', 'ArrowRight']) {
      if (keyCommand(key, true)?.kind === 'pan') taken.push(`Shift ${key}`);
    }
    // The unshifted and the shifted twin of `+` and `-`.
    const same = new Set(['=', '_']);
    expect([...documented('Flame graph')].sort()).toEqual(
      [...new Set(taken)].filter((key) => !same.has(key)).sort(),
    );
  });
});
