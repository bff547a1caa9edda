/**
 * Names and origins that no stored span has any more are taken out: programs that put ids into span names would fill the
 * store with them, and each start of a foreign program is an origin of its own. Rarely needed, and done in one transaction; other processes learn from `text_epoch` that numbers have gone.
 */
import type { Db } from '../sqlite/openDatabase.ts';
import type { BlockTables } from './blockTables.ts';

/** New texts since the last sweep that make the next one worth it. */
const SWEEP_AFTER = 50_000;
const SWEEP_ORIGINS_AFTER = 2000;

export type TextSweep = {
  /** Returns whether it swept. */
  step(): boolean;
};

export function createTextSweep(db: Db, blocks: BlockTables, sweepAfter = SWEEP_AFTER): TextSweep {
  const sql = {
    last: db.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM text'),
    fact: db.prepare<[string], { value: number }>('SELECT value FROM fact WHERE name = ?'),
    setFact: db.prepare<[string, number]>(
      'INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ),
    ids: db.prepare<[], { id: number }>('SELECT id FROM text'),
    named: db.prepare<[], { name: number }>('SELECT name FROM trace UNION SELECT name FROM link'),
    remove: db.prepare<[number]>('DELETE FROM text WHERE id = ?'),
    lastOrigin: db.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM origin'),
    origins: db.prepare<[], { id: number }>('SELECT id FROM origin'),
    originsOf: db.prepare<[], { origin: number }>('SELECT origin FROM trace UNION SELECT origin FROM link'),
    removeOrigin: db.prepare<[number]>('DELETE FROM origin WHERE id = ?'),
  };
  const factOf = (name: string): number => sql.fact.get(name)?.value ?? 0;

  const sweep = db.transaction((last: number, lastOrigin: number) => {
    blocks.refresh();
    const used = new Set<number>();
    const origins = new Set<number>();
    for (const { origin } of sql.originsOf.iterate()) origins.add(origin);
    for (const { name } of sql.named.iterate()) used.add(name);
    for (const row of blocks.rows()) {
      const block = blocks.passingBlock(row);
      for (const name of block.name) used.add(name);
      for (const key of block.keys) used.add(key);
      for (const origin of block.origin) origins.add(origin);
    }
    const gone = sql.ids.all().filter(({ id }) => !used.has(id));
    // The highest number stays, so that none is ever given to another text.
    for (const { id } of gone) if (id !== last) sql.remove.run(id);
    for (const { id } of sql.origins.all())
      if (id !== lastOrigin && !origins.has(id)) sql.removeOrigin.run(id);
    sql.setFact.run('text_swept', last);
    sql.setFact.run('origin_swept', lastOrigin);
    sql.setFact.run('text_epoch', factOf('text_epoch') + 1);
  });

  return {
    step() {
      const last = sql.last.get()!.id ?? 0;
      const lastOrigin = sql.lastOrigin.get()!.id ?? 0;
      const originsAfter = Math.min(sweepAfter, SWEEP_ORIGINS_AFTER);
      if (last - factOf('text_swept') < sweepAfter && lastOrigin - factOf('origin_swept') < originsAfter) {
        return false;
      }
      sweep.immediate(last, lastOrigin);
      return true;
    },
  };
}
