/** The numbers of names and of repeating values, kept in memory as well: there are few. */
import type { Db } from '../sqlite/openDatabase.ts';
import type { TextNumbers } from './attributePacking.ts';

const NAME_KIND = 0;
/** Different values of one key that get a number; run ids and the like would only fill the table. */
const MAX_VALUES_PER_KEY = 256;

export type TextTable = TextNumbers & {
  /** Forgets what a transaction that was rolled back had added. */
  reload(): void;
};

export function createTextTable(db: Db): TextTable {
  const insert = db.prepare<[number, string]>('INSERT OR IGNORE INTO text (kind, value) VALUES (?, ?)');
  const find = db.prepare<[number, string], { id: number }>(
    'SELECT id FROM text WHERE kind = ? AND value = ?',
  );
  const byId = db.prepare<[number], { value: string }>('SELECT value FROM text WHERE id = ?');
  const all = db.prepare<[], { id: number; kind: number; value: string }>('SELECT id, kind, value FROM text');
  let byKind = new Map<number, Map<string, number>>();
  let values: string[] = [];

  function reload(): void {
    byKind = new Map();
    values = [];
    for (const { id, kind, value } of all.iterate()) {
      ofKind(kind).set(value, id);
      values[id] = value;
    }
  }
  function ofKind(kind: number): Map<string, number> {
    let known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, (known = new Map()));
    return known;
  }
  /** Another process may have added the same text in between: the table decides. */
  function add(kind: number, known: Map<string, number>, text: string): number {
    insert.run(kind, text);
    const { id } = find.get(kind, text)!;
    known.set(text, id);
    values[id] = text;
    return id;
  }
  reload();

  return {
    name(text) {
      const known = ofKind(NAME_KIND);
      return known.get(text) ?? add(NAME_KIND, known, text);
    },
    value(key, text) {
      const known = ofKind(key);
      const id = known.get(text);
      if (id !== undefined) return id;
      return known.size < MAX_VALUES_PER_KEY ? add(key, known, text) : null;
    },
    text(id) {
      const known = values[id];
      if (known !== undefined) return known;
      const row = byId.get(id);
      if (row === undefined) throw new RangeError(`Text ${id} is missing.`);
      values[id] = row.value;
      return row.value;
    },
    reload,
  };
}
