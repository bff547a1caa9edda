/** Which cell of an instrument a combination of attributes belongs to. */
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import { REDACTED } from '../../../shared/redact.ts';

/** Combinations of attributes an instrument tells apart, the overflow included; what OpenTelemetry advises. */
const CARDINALITY_LIMIT = 2000;
/** Where all further combinations are counted together. */
export const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });
const NONE: Attributes = Object.freeze({});

/** What keeps secrets out of attributes. */
export type Cleaning = {
  readonly redactText?: ((text: string) => string) | undefined;
  readonly isSecretKey?: ((key: string) => boolean) | undefined;
  readonly onFault: (thrown?: unknown) => void;
};

/**
 * The same text for the same attributes in whatever order, and for no others: names and texts are written with
 * their length. Values that are no attribute values (`null`, objects) are left out.
 */
export function attributesKey(attributes: Attributes): string {
  const names = Object.keys(attributes);
  for (let i = 1; i < names.length; i += 1) {
    if (names[i - 1]! > names[i]!) {
      names.sort();
      break;
    }
  }
  let key = '';
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i]!;
    const value: unknown = attributes[name];
    if (typeof value === 'string') key += `${name.length}:${name}s${value.length}:${value}`;
    else if (typeof value === 'number' || typeof value === 'boolean')
      key += `${name.length}:${name}${typeof value === 'number' ? 'n' : 'b'}${value};`;
    else if (Array.isArray(value)) key += `${name.length}:${name}a${JSON.stringify(value)}`;
  }
  return key;
}

/** Attributes as they may be seen: a copy without secrets and without what is no value. */
export function clean(attributes: Attributes, { redactText, isSecretKey }: Cleaning): Attributes {
  const text = (value: string) => (redactText === undefined ? value : redactText(value));
  const cleaned: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (isSecretKey?.(name) === true) cleaned[name] = REDACTED;
    else if (typeof value === 'string') cleaned[name] = text(value);
    else if (typeof value === 'number' || typeof value === 'boolean') cleaned[name] = value;
    else if (Array.isArray(value))
      cleaned[name] = value.map((one: unknown) => (typeof one === 'string' ? text(one) : one)) as never;
  }
  return Object.freeze(cleaned);
}

/** Where attributes lead, one after the other in the order in which they are given. */
type Place<Cell> = { cell: Cell | null; turn: Turn<Cell> | null };
/** What follows a place under one attribute name, by value, and the turns under other names. */
type Turn<Cell> = {
  readonly name: string;
  readonly values: Map<unknown, Place<Cell>>;
  readonly other: Turn<Cell> | null;
};
const PLAIN: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);
const MAX_PLACES = 4 * CARDINALITY_LIMIT;

/**
 * An instrument's cells: made when first asked for, found again by their attributes in any order, bounded.
 * Building a key costs half a microsecond, so a combination that was seen is found by walking its values
 * (a tenth of that); each order in which attributes are given is a path of its own to the same cell.
 */
export class AttributeCells<Cell> {
  readonly #make: (attributes: Attributes) => Cell;
  readonly #cleaning: Cleaning;
  readonly #cells = new Map<string, Cell>();
  readonly #start: Place<Cell> = { cell: null, turn: null };
  #places = 1;
  #overflow: Cell | null = null;

  constructor(make: (attributes: Attributes) => Cell, cleaning: Cleaning) {
    this.#make = make;
    this.#cleaning = cleaning;
  }

  at(given: Attributes | undefined): Cell {
    try {
      const attributes = given ?? NONE;
      return this.#walk(attributes) ?? this.#find(attributes);
    } catch {
      // Attributes that cannot be read are a fault, and counted with the overflow.
      this.#cleaning.onFault();
      return (this.#overflow ??= this.#make(OVERFLOW));
    }
  }

  #walk(attributes: Attributes): Cell | null {
    let place = this.#start;
    const names = Object.keys(attributes);
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i]!;
      let turn = place.turn;
      while (turn !== null && turn.name !== name) turn = turn.other;
      const next = turn?.values.get(attributes[name]);
      if (next === undefined) return null;
      place = next;
    }
    return place.cell;
  }

  #find(attributes: Attributes): Cell {
    const key = attributesKey(attributes);
    const known = this.#cells.get(key);
    if (known !== undefined) return this.#learn(attributes, known);
    const cleaned = clean(attributes, this.#cleaning);
    // Where something was redacted only the redacted form is kept: what leads to a cell can be a secret too.
    const cleanedKey = attributesKey(cleaned);
    const same = cleanedKey === key ? undefined : this.#cells.get(cleanedKey);
    if (same !== undefined) return same;
    if (this.#cells.size >= CARDINALITY_LIMIT - 1) return (this.#overflow ??= this.#make(OVERFLOW));
    const made = this.#make(cleaned);
    this.#cells.set(cleanedKey, made);
    return cleanedKey === key ? this.#learn(attributes, made) : made;
  }

  #learn(attributes: Attributes, cell: Cell): Cell {
    const steps = Object.entries(attributes);
    // Lists are compared by what is in them, which a path cannot.
    if (!steps.every(([, value]) => PLAIN.has(typeof value))) return cell;
    let place = this.#start;
    for (const [name, value] of steps) {
      let turn = place.turn;
      while (turn !== null && turn.name !== name) turn = turn.other;
      turn ??= place.turn = { name, values: new Map(), other: place.turn };
      let next = turn.values.get(value);
      if (next === undefined) {
        if (this.#places >= MAX_PLACES) return cell;
        this.#places += 1;
        next = { cell: null, turn: null };
        turn.values.set(value, next);
      }
      place = next;
    }
    place.cell = cell;
    return cell;
  }

  *[Symbol.iterator](): Iterator<Cell> {
    yield* this.#cells.values();
    if (this.#overflow !== null) yield this.#overflow;
  }
}
