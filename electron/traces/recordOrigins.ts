/** Origins of logs and metric points by number, so that each is stored once. */
import type { Origin } from '../../shared/span.ts';
import type { Db } from '../sqlite/openDatabase.ts';

/** This program's, where nobody gave it another name. */
export const OWN_SERVICE = 'tracedeck';
/** What stands for an origin that names no service. */
export const UNKNOWN_SERVICE = 'unknown_service';

export type RecordOrigins = {
  /** `null` for this program itself. */
  number(origin: Origin | undefined): number | null;
  /** The text as it is stored; `undefined` for `null`. */
  parse(text: string | null): Origin | undefined;
  forget(): void;
};

const MAX_KNOWN = 5000;

export function createRecordOrigins(db: Db): RecordOrigins {
  const insert = db.prepare<[string]>('INSERT OR IGNORE INTO record_origin (value) VALUES (?)');
  const find = db.prepare<[string], { id: number }>('SELECT id FROM record_origin WHERE value = ?');
  // One object stands for all records of a batch: its number is found without writing it out again.
  let byObject = new WeakMap<Origin, number>();
  const byText = new Map<string, number>();
  const parsed = new Map<string, Origin>();

  return {
    number(origin) {
      if (origin === undefined) return null;
      const same = byObject.get(origin);
      if (same !== undefined) return same;
      const text = JSON.stringify({ resource: sorted(origin.resource), scope: origin.scope });
      let id = byText.get(text);
      if (id === undefined) {
        insert.run(text);
        id = find.get(text)!.id;
        if (byText.size >= MAX_KNOWN) byText.clear();
        byText.set(text, id);
      }
      byObject.set(origin, id);
      return id;
    },
    parse(text) {
      if (text === null) return undefined;
      let origin = parsed.get(text);
      if (origin === undefined) {
        origin = JSON.parse(text) as Origin;
        if (parsed.size >= MAX_KNOWN) parsed.clear();
        parsed.set(text, origin);
      }
      return origin;
    },
    forget() {
      byObject = new WeakMap();
      byText.clear();
    },
  };
}

/** @param own - this program, which stands where no origin is given */
export function serviceOf(origin: Origin | undefined, own: Origin | null = null): string {
  if (origin === undefined) return own === null ? OWN_SERVICE : serviceOf(own);
  const name = origin.resource['service.name'];
  return typeof name === 'string' && name !== '' ? name : UNKNOWN_SERVICE;
}

/** The same object for the same attributes in whatever order. */
export function sorted<T extends object>(attributes: T): T {
  const keys = Object.keys(attributes);
  for (let i = 1; i < keys.length; i += 1) {
    if (keys[i - 1]! > keys[i]!) {
      keys.sort();
      return Object.fromEntries(keys.map((key) => [key, attributes[key as keyof T]])) as T;
    }
  }
  return attributes;
}
