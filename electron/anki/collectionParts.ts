/** What a collection says once for all its notes: notetypes, decks, options of decks, and where its days begin. */
import type Database from 'better-sqlite3';
import type { AnkiDeck, AnkiNotetype, AnkiOptions } from './ankiTypes.ts';
import { parseExactJson } from './exactJson.ts';
import { deckName, notetypeOfJson, notetypeOfRows } from './notetypeForms.ts';
import { deckOfJson, deckOfKind, optionsOfProtobuf } from './optionForms.ts';
import { damagedPackage, invalidPackage, oversizedPackage } from './packageLimits.ts';
import type { PackageLimits } from './packageLimits.ts';
import { calendarOf } from './schedule.ts';
import type { Calendar } from './schedule.ts';

/** Characters of the JSON that holds all notetypes, all decks, or all options. */
const MAX_JSON = 2 ** 25;
const MAX_DECKS = 100_000;
const MAX_OPTIONS = 10_000;

export type CollectionParts = {
  readonly notetypes: ReadonlyMap<number, AnkiNotetype>;
  readonly decks: ReadonlyMap<number, AnkiDeck>;
  /** By their ids, which decks name. */
  readonly options: ReadonlyMap<number, AnkiOptions>;
  readonly calendar: Calendar;
};

/**
 * In JSON up to schema 11, in tables from 15 on.
 * @param tables names of those that may be read
 * @throws TracedeckError `package_damaged`, `package_invalid`, `package_too_large`
 */
export function readParts(
  db: Database.Database,
  tables: ReadonlySet<string>,
  limits: PackageLimits,
): CollectionParts {
  return {
    notetypes: tables.has('notetypes') ? notetypesOfTables(db, limits) : notetypesOfJson(db, limits),
    decks: tables.has('decks') ? decksOfTable(db) : decksOfJson(db),
    options: tables.has('deck_config') ? optionsOfTable(db) : optionsOfJson(db),
    calendar: calendar(db),
  };
}

function column(db: Database.Database, name: 'models' | 'decks' | 'dconf' | 'conf'): string {
  const row = db
    .prepare<[], { length: number; text: string | null }>(
      `SELECT length(${name}) AS length, CASE WHEN length(${name}) <= ${MAX_JSON} THEN CAST(${name} AS TEXT) END AS text
       FROM col LIMIT 1`,
    )
    .get();
  if (row === undefined) throw invalidPackage('its collection is empty');
  if (row.text === null) throw oversizedPackage(`its ${name} have ${row.length} characters`);
  return row.text;
}

function jsonObject(text: string, what: string): readonly (readonly [string, unknown])[] {
  try {
    const value = parseExactJson(text === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  } catch {
    // Said below.
  }
  throw damagedPackage(`its ${what} cannot be read`);
}

function notetypesOfJson(db: Database.Database, limits: PackageLimits): ReadonlyMap<number, AnkiNotetype> {
  const models = jsonObject(column(db, 'models'), 'notetypes');
  if (models.length > limits.notetypes) throw oversizedPackage(`it has ${models.length} notetypes`);
  return new Map(
    models.map(([key, model]) => {
      const notetype = notetypeOfJson(model);
      const id = Number(key);
      return [id, { ...notetype, id }];
    }),
  );
}

type ConfigRow = { ntid: number; ord: number; name: string; config: Buffer; mod: number };

function notetypesOfTables(db: Database.Database, limits: PackageLimits): ReadonlyMap<number, AnkiNotetype> {
  const rows = (table: 'fields' | 'templates'): ReadonlyMap<number, ConfigRow[]> => {
    const byNotetype = new Map<number, ConfigRow[]>();
    const all = db.prepare<[number], ConfigRow>(
      `SELECT ntid, ord, CAST(name AS TEXT) AS name, CAST(config AS BLOB) AS config FROM ${table} LIMIT ?`,
    );
    for (const row of all.all(limits.notetypes * 100)) {
      const of = byNotetype.get(row.ntid);
      if (of === undefined) byNotetype.set(row.ntid, [row]);
      else of.push(row);
    }
    for (const of of byNotetype.values()) of.sort((a, b) => a.ord - b.ord);
    return byNotetype;
  };
  const fields = rows('fields');
  const templates = rows('templates');
  const notetypes = db
    .prepare<[number], ConfigRow & { id: number }>(
      `SELECT id, CAST(name AS TEXT) AS name, mtime_secs AS mod, CAST(config AS BLOB) AS config FROM notetypes NOT INDEXED
       LIMIT ?`,
    )
    .all(limits.notetypes + 1);
  if (notetypes.length > limits.notetypes) throw oversizedPackage('it has too many notetypes');
  return new Map(
    notetypes.map((row) => [
      int(row.id),
      notetypeOfRows(
        { ...row, id: int(row.id), mod: int(row.mod) },
        fields.get(row.id) ?? [],
        templates.get(row.id) ?? [],
      ),
    ]),
  );
}

function decksOfJson(db: Database.Database): ReadonlyMap<number, AnkiDeck> {
  return new Map(
    jsonObject(column(db, 'decks'), 'decks').map(([id, deck]) => [Number(id), deckOfJson(deck)]),
  );
}

function decksOfTable(db: Database.Database): ReadonlyMap<number, AnkiDeck> {
  const rows = db
    .prepare<[], { id: number; name: string; kind: Buffer | null }>(
      `SELECT id, substr(CAST(name AS TEXT), 1, 500) AS name,
         CASE WHEN length(kind) <= ${MAX_JSON} THEN CAST(kind AS BLOB) END AS kind
       FROM decks NOT INDEXED LIMIT ${MAX_DECKS}`,
    )
    .all();
  return new Map(
    rows.map(({ id, name, kind }) => [id, { ...deckOfKind(kind ?? Buffer.alloc(0)), name: deckName(name) }]),
  );
}

/** Options are no reason to refuse a package: what cannot be read of them is as if it were not there. */
function optionsOfJson(db: Database.Database): ReadonlyMap<number, AnkiOptions> {
  return new Map(
    jsonObject(column(db, 'dconf'), 'options of decks')
      .slice(0, MAX_OPTIONS)
      .flatMap(([id, values]) => {
        if (typeof values !== 'object' || values === null) return [];
        const { name } = values as { name?: unknown };
        const options = {
          name: String(name ?? '')
            .normalize('NFC')
            .slice(0, 200),
          values: values as AnkiOptions['values'],
        };
        return [[Number(id), options] as const];
      }),
  );
}

function optionsOfTable(db: Database.Database): ReadonlyMap<number, AnkiOptions> {
  const rows = db
    .prepare<[], { id: number; name: string; config: Buffer }>(
      `SELECT id, substr(CAST(name AS TEXT), 1, 200) AS name, CAST(config AS BLOB) AS config
       FROM deck_config NOT INDEXED WHERE length(config) <= 100000 LIMIT ${MAX_OPTIONS}`,
    )
    .all();
  return new Map(
    rows.map(({ id, name, config }) => [
      id,
      { name: name.normalize('NFC'), values: optionsOfProtobuf(config) },
    ]),
  );
}

/** Where its days begin: the day it was made, in the zone it was made in. */
function calendar(db: Database.Database): Calendar {
  const crt = int(db.prepare('SELECT crt FROM col LIMIT 1').pluck().get());
  let offset: unknown;
  try {
    const conf = column(db, 'conf');
    if (conf !== '') offset = (JSON.parse(conf) as { creationOffset?: unknown } | null)?.creationOffset;
    else {
      const value = db
        .prepare("SELECT CAST(val AS TEXT) FROM config WHERE KEY = 'creationOffset'")
        .pluck()
        .get();
      offset = JSON.parse(String(value));
    }
  } catch {
    // Not said: our own zone.
  }
  const minutesWest = typeof offset === 'number' && Math.abs(offset) <= 24 * 60 ? offset : null;
  return calendarOf(Math.min(Math.max(crt, 0), 4e10), minutesWest);
}

/** A whole number that JavaScript can hold; 0 for anything else. */
export function int(value: unknown): number {
  const number = Math.trunc(Number(value));
  return Number.isSafeInteger(number) ? number : 0;
}
