/** Names, keys and origins under numbers: in SQLite, and in memory as far as they have been met. */
import type { Origin } from '../../shared/span.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { Strings } from './blockTypes.ts';
import { OWN_SERVICE, UNKNOWN_SERVICE } from './recordOrigins.ts';

const MAX_HELD = 200_000;
const LOST = '(lost)';
const LOST_ORIGIN: Origin = { resource: {}, scope: { name: '', version: null } };

export interface TextTable extends Strings {
  /** Adds what is new: needs a transaction. */
  number(text: string): number;
  /** The same. `undefined`: the program itself; `null`: the program, nobody knows which version of it. */
  originNumber(origin: Origin | null | undefined): number;
  /** `undefined` for this program itself as it runs now, and where nobody said. */
  originOf(id: number): Origin | undefined;
  /** Forgets what a transaction that was rolled back had added. */
  reload(): void;
  /** Looks whether texts have been taken out; to be called at the begin of each transaction. */
  refresh(): void;
}

type Known = {
  readonly record: Origin | null;
  readonly origin: Origin | undefined;
  readonly service: string;
  readonly version: string | null;
};

/** @param own - of spans that come without an origin; `null`: not known */
export function openTextTable(db: Db, own: Origin | null): TextTable {
  const sql = {
    findText: db.prepare<[string], { id: number }>('SELECT id FROM text WHERE value = ?'),
    text: db.prepare<[number], { value: string }>('SELECT value FROM text WHERE id = ?'),
    addText: db.prepare<[string], { id: number }>('INSERT INTO text (value) VALUES (?) RETURNING id'),
    findOrigin: db.prepare<[string | null], { id: number }>('SELECT id FROM origin WHERE value IS ?'),
    origin: db.prepare<[number], { value: string | null }>('SELECT value FROM origin WHERE id = ?'),
    addOrigin: db.prepare<[string | null], { id: number }>(
      'INSERT INTO origin (value) VALUES (?) RETURNING id',
    ),
    epoch: db.prepare<[], { value: number }>("SELECT value FROM fact WHERE name = 'text_epoch'"),
    lastOrigin: db.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM origin'),
  };
  const ownText = own === null ? null : textOf(own);
  let numbers = new Map<string, number>();
  let texts = new Map<number, string>();
  let originNumbers = new Map<string | null, number>();
  let byObject = new WeakMap<Origin, number>();
  let origins = new Map<number, Known>();
  let epoch = sql.epoch.get()?.value ?? 0;

  function hold(id: number, text: string): number {
    if (numbers.size >= MAX_HELD) {
      numbers = new Map();
      texts = new Map();
    }
    numbers.set(text, id);
    texts.set(id, text);
    return id;
  }
  function find(text: string): number | null {
    const held = numbers.get(text);
    if (held !== undefined) return held;
    const row = sql.findText.get(text);
    return row === undefined ? null : hold(row.id, text);
  }
  function numberOfOrigin(value: string | null): number {
    let id = originNumbers.get(value);
    if (id === undefined) {
      id = (sql.findOrigin.get(value) ?? sql.addOrigin.get(value)!).id;
      originNumbers.set(value, id);
    }
    return id;
  }
  function known(id: number): Known {
    let found = origins.get(id);
    if (found === undefined) {
      const row = sql.origin.get(id);
      const origin =
        row === undefined ? LOST_ORIGIN : row.value === null ? undefined : (JSON.parse(row.value) as Origin);
      const service =
        (origin ?? own)?.resource['service.name'] ?? (origin === undefined ? OWN_SERVICE : null);
      const version = origin?.resource['service.version'];
      found = {
        record: origin ?? null,
        origin: row?.value === ownText ? undefined : origin,
        service: typeof service === 'string' && service !== '' ? service : UNKNOWN_SERVICE,
        version: version === undefined ? null : String(version),
      };
      // One that is not there may come yet.
      if (row !== undefined) origins.set(id, found);
    }
    return found;
  }

  return {
    text(id) {
      const held = texts.get(id);
      if (held !== undefined) return held;
      const row = sql.text.get(id);
      // Lost with a damaged page: the span is still worth being seen.
      if (row === undefined) return LOST;
      hold(id, row.value);
      return row.value;
    },
    find,
    number: (text) => find(text) ?? hold(sql.addText.get(text)!.id, text),
    originNumber(origin) {
      if (origin === undefined) return numberOfOrigin(ownText);
      if (origin === null) return numberOfOrigin(null);
      let id = byObject.get(origin);
      if (id === undefined) byObject.set(origin, (id = numberOfOrigin(textOf(origin))));
      return id;
    },
    origin: known,
    originRecord: (id) => known(id).record,
    originOf: (id) => known(id).origin,
    get originCount() {
      return (sql.lastOrigin.get()!.id ?? 0) + 1;
    },
    refresh() {
      const now = sql.epoch.get()?.value ?? 0;
      if (now === epoch) return;
      epoch = now;
      numbers = new Map();
      texts = new Map();
      originNumbers = new Map();
      byObject = new WeakMap();
      origins = new Map();
    },
    reload() {
      numbers = new Map();
      texts = new Map();
      originNumbers = new Map();
      byObject = new WeakMap();
      origins = new Map();
    },
  };
}

/** The same text for the same origin in whatever order. */
function textOf({ resource, scope }: Origin): string {
  const sorted = Object.fromEntries(Object.entries(resource).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({ resource: sorted, scope: { name: scope.name, version: scope.version } });
}
