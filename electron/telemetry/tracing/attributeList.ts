/**
 * Attributes of a span that is open: each key once, its value at the same place. Lists are used again, span after
 * span: what is allocated for every span costs more than all that is done with it.
 */
import type { Attributes, AttributeValue } from '../../../shared/span.ts';

/** Lists that wait for their next span; beyond that they are left to the garbage collector. */
const MAX_FREE = 256;
/** So are those that have grown beyond this. */
const MAX_LENGTH = 16;
const free: AttributeList[] = [];

export class AttributeList {
  readonly keys: string[] = [];
  readonly values: AttributeValue[] = [];
  /** What lies behind it in the arrays is of an earlier span. */
  count = 0;

  /** `false` where the key is new and there are `maxCount` already: it is left out. */
  put(key: string, value: AttributeValue, maxCount: number): boolean {
    const { keys, count } = this;
    for (let i = 0; i < count; i += 1) {
      if (keys[i] === key) {
        this.values[i] = value;
        return true;
      }
    }
    if (typeof key !== 'string' || key === '') return true;
    if (count >= maxCount) return false;
    keys[count] = key;
    this.values[count] = value;
    this.count = count + 1;
    return true;
  }
  toAttributes(): Attributes {
    const { keys, values, count } = this;
    return Object.fromEntries(keys.slice(0, count).map((key, at) => [key, values[at]!]));
  }
}

export function takeAttributeList(): AttributeList {
  return free.pop() ?? new AttributeList();
}

/** Of a span that has ended and was read for the last time. */
export function giveBack(list: AttributeList): void {
  if (free.length >= MAX_FREE || list.keys.length > MAX_LENGTH) return;
  // A long text or an array would stay for as long as nobody writes over it.
  for (let i = 0; i < list.count; i += 1) {
    const value = list.values[i];
    if (typeof value !== 'number') list.values[i] = 0;
  }
  list.count = 0;
  free.push(list);
}
