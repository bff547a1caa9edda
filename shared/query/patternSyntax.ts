/**
 * Regular expressions as queries may use them: JavaScript's, without what cannot be matched in one pass (look-around,
 * back-references). A leading `(?i)` takes capitals and small letters for the same.
 */

/** Code units, as sorted, separate ranges: [first, last, first, last, …]. */
export type UnitSet = readonly number[];

export type PatternNode =
  | { readonly type: 'units'; readonly set: UnitSet }
  | { readonly type: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly items: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number }
  | { readonly type: 'assert'; readonly at: 'start' | 'end' | 'word' | 'notWord' };

/** Thrown for a pattern that cannot be used; `at` is the place in it. */
export class PatternError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const LAST = 0xffff;
const MAX_LENGTH = 1000;
const MAX_REPEAT = 1000;
const MAX_DEPTH = 100;

const DIGIT: UnitSet = [0x30, 0x39];
export const WORD_UNITS: UnitSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const SPACE: UnitSet = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
const LINE_END: UnitSet = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];
const CLASSES: Readonly<Record<string, UnitSet>> = {
  d: DIGIT,
  D: complement(DIGIT),
  w: WORD_UNITS,
  W: complement(WORD_UNITS),
  s: SPACE,
  S: complement(SPACE),
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0 };

export function normalize(ranges: readonly (readonly [number, number])[]): UnitSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const set: number[] = [];
  for (const [first, last] of sorted) {
    const end = set.length - 1;
    if (end > 0 && first <= set[end]! + 1) set[end] = Math.max(set[end]!, last);
    else set.push(first, last);
  }
  return set;
}

export function complement(set: UnitSet): UnitSet {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i]! > next) out.push(next, set[i]! - 1);
    next = set[i + 1]! + 1;
  }
  if (next <= LAST) out.push(next, LAST);
  return out;
}

function union(sets: readonly UnitSet[]): UnitSet {
  const ranges: [number, number][] = [];
  for (const set of sets) for (let i = 0; i < set.length; i += 2) ranges.push([set[i]!, set[i + 1]!]);
  return normalize(ranges);
}

/** Partners of each code unit that differ from it in case alone; made when a pattern first asks for them. */
let partners: ReadonlyMap<number, readonly number[]> | null = null;
function casePartners(): ReadonlyMap<number, readonly number[]> {
  if (partners !== null) return partners;
  const groups = new Map<number, number[]>();
  for (let unit = 0; unit <= LAST; unit++) {
    const char = String.fromCharCode(unit);
    const upper = char.toUpperCase();
    // As in JavaScript: what becomes several characters, or ASCII from beyond it, stays itself.
    const folded =
      upper.length !== 1 || (unit >= 128 && upper.charCodeAt(0) < 128) ? unit : upper.charCodeAt(0);
    const group = groups.get(folded);
    if (group === undefined) groups.set(folded, [unit]);
    else group.push(unit);
  }
  const found = new Map<number, readonly number[]>();
  for (const group of groups.values()) if (group.length > 1) for (const unit of group) found.set(unit, group);
  partners = found;
  return found;
}

function anyCase(set: UnitSet): UnitSet {
  const ranges: [number, number][] = [];
  for (let i = 0; i < set.length; i += 2) ranges.push([set[i]!, set[i + 1]!]);
  for (const [unit, group] of casePartners()) {
    if (has(set, unit)) for (const other of group) ranges.push([other, other]);
  }
  return normalize(ranges);
}

export function has(set: UnitSet, unit: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (unit >= set[i]! && unit <= set[i + 1]!) return true;
  return false;
}

/** Throws PatternError. */
export function parsePattern(source: string): PatternNode {
  if (source.length > MAX_LENGTH) throw new PatternError(`a pattern has at most ${MAX_LENGTH} characters`, 0);
  const ignoreCase = source.startsWith('(?i)');
  let at = ignoreCase ? 4 : 0;
  let depth = 0;

  const fail = (message: string, where = at): never => {
    throw new PatternError(message, where);
  };
  const units = (set: UnitSet): PatternNode => ({ type: 'units', set: ignoreCase ? anyCase(set) : set });

  function choice(): PatternNode {
    const items = [sequence()];
    while (source[at] === '|') {
      at++;
      items.push(sequence());
    }
    return items.length === 1 ? items[0]! : { type: 'choice', items };
  }

  function sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') items.push(repeated());
    return items.length === 1 ? items[0]! : { type: 'sequence', items };
  }

  function repeated(): PatternNode {
    const start = at;
    const item = atom();
    const count = quantifier();
    if (count === null) return item;
    if (item.type === 'assert' && source[start] !== '(') fail('nothing to repeat', start);
    if (source[at] === '?') at++; // Lazy or greedy is the same where only a match is asked for.
    if (quantifier() !== null) fail('nothing to repeat', at - 1);
    return { type: 'repeat', item, ...count };
  }

  function quantifier(): { min: number; max: number } | null {
    const char = source[at];
    if (char === '*' || char === '+' || char === '?') {
      at++;
      return { min: char === '+' ? 1 : 0, max: char === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    if (char !== '{') return null;
    const counts = /^\{(\d+)(,(\d*))?\}/.exec(source.slice(at));
    if (counts === null) return null;
    const min = Number(counts[1]);
    const max =
      counts[2] === undefined ? min : counts[3] === '' ? Number.POSITIVE_INFINITY : Number(counts[3]);
    if (min > max) fail('the numbers of {…} are in the wrong order');
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT)) {
      fail(`at most ${MAX_REPEAT} repetitions can be counted`);
    }
    at += counts[0].length;
    return { min, max };
  }

  function atom(): PatternNode {
    const char = source[at]!;
    if (char === '(') return group();
    if (char === '[') return units(charClass());
    if (char === '*' || char === '+' || char === '?') fail('nothing to repeat');
    at++;
    if (char === '.') return units(complement(LINE_END));
    if (char === '^') return { type: 'assert', at: 'start' };
    if (char === '$') return { type: 'assert', at: 'end' };
    if (char !== '\\') return units([char.charCodeAt(0), char.charCodeAt(0)]);
    if (source[at] === 'b' || source[at] === 'B') {
      return { type: 'assert', at: source[at++] === 'b' ? 'word' : 'notWord' };
    }
    return units(escape(false));
  }

  function group(): PatternNode {
    const start = at++;
    if (++depth > MAX_DEPTH) fail('too many parentheses', start);
    if (source[at] === '?') {
      if (source[at + 1] === ':') at += 2;
      else if (/^\?<[A-Za-z_]\w*>/.test(source.slice(at))) at = source.indexOf('>', at) + 1;
      else if (/^\?<?[=!]/.test(source.slice(at)))
        fail('look-ahead and look-behind cannot be used here', start);
      else fail('this kind of group is not known', start);
    }
    const inner = choice();
    if (source[at] !== ')') fail('a ( is not closed', start);
    at++;
    depth--;
    return inner;
  }

  /** After the backslash. */
  function escape(inClass: boolean): UnitSet {
    const char = source[at];
    if (char === undefined) fail('a pattern cannot end in a backslash', at - 1);
    const start = at++;
    const known = CLASSES[char!];
    if (known !== undefined) return known;
    const one = (unit: number): UnitSet => [unit, unit];
    if (char === '0' && !/[0-9]/.test(source[at] ?? '')) return one(0);
    if (/[0-9]/.test(char!) || char === 'k') fail('back-references cannot be used here', start - 1);
    if (char === 'p' || char === 'P') fail('\\p{…} cannot be used here', start - 1);
    if (char === 'b' && inClass) return one(8);
    if (char === 'x' || char === 'u') {
      const digits = char === 'x' ? 2 : 4;
      const hex = source.slice(at, at + digits);
      if (hex.length === digits && /^[0-9a-f]+$/i.test(hex)) {
        at += digits;
        return one(Number.parseInt(hex, 16));
      }
    }
    return one(CONTROLS[char!] ?? char!.charCodeAt(0));
  }

  function charClass(): UnitSet {
    const start = at++;
    const negated = source[at] === '^';
    if (negated) at++;
    const sets: UnitSet[] = [];
    const member = (): UnitSet => {
      const char = source[at++]!;
      if (char === '\\') return escape(true);
      const unit = char.charCodeAt(0);
      if (unit >= 0xd800 && unit <= 0xdfff) fail('this character cannot stand in […]', at - 1);
      return [unit, unit];
    };
    while (source[at] !== ']') {
      if (at >= source.length) fail('a [ is not closed', start);
      const first = member();
      const single = first.length === 2 && first[0] === first[1];
      if (source[at] !== '-' || source[at + 1] === ']' || source[at + 1] === undefined) {
        sets.push(first);
        continue;
      }
      const dash = at++;
      const last = member();
      if (!single || last.length !== 2 || last[0] !== last[1]) {
        sets.push(first, [0x2d, 0x2d], last);
        continue;
      }
      if (last[0]! < first[0]!) fail('a range in […] is in the wrong order', dash);
      sets.push([first[0]!, last[0]!]);
    }
    at++;
    const set = union(sets);
    return negated ? complement(ignoreCase ? anyCase(set) : set) : set;
  }

  const node = choice();
  if (at < source.length) fail('a ) has no (');
  return node;
}
