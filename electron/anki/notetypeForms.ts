/** Notetypes and decks in the two ways that packages write them: JSON (schema 11) and protobuf (schema 18). */
import type { AnkiField, AnkiNotetype, AnkiTemplate, Extra } from './ankiTypes.ts';
import { exactInt } from './exactJson.ts';
import { protobufFields, signed } from './protobuf.ts';

type Json = Record<string, unknown>;

const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const asObjects = (value: unknown): Json[] => (Array.isArray(value) ? value.map(asObject) : []);
const asInt = (value: unknown): number => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : 0;
};

/** Without the keys that have a place of their own. */
function rest(object: Json, ...known: readonly string[]): Extra {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !known.includes(key)));
}

/** In the order that `ord` says. */
function ordered(objects: readonly Json[]): Json[] {
  return objects
    .map((object, index) => ({ object, ord: object['ord'] === undefined ? index : asInt(object['ord']) }))
    .sort((a, b) => a.ord - b.ord)
    .map(({ object }) => object);
}

export function notetypeOfJson(value: unknown): AnkiNotetype {
  const model = asObject(value);
  return {
    id: asInt(model['id']),
    name: asText(model['name']).normalize('NFC'),
    kind: asInt(model['type']) === 1 ? 'cloze' : 'standard',
    mod: asInt(model['mod']),
    fields: ordered(asObjects(model['flds'])).map((field) => ({
      name: asText(field['name']).normalize('NFC'),
      rtl: field['rtl'] === true,
      extra: rest(field, 'name', 'rtl', 'ord'),
    })),
    templates: ordered(asObjects(model['tmpls'])).map((template) => ({
      name: asText(template['name']).normalize('NFC'),
      front: asText(template['qfmt']),
      back: asText(template['afmt']),
      extra: rest(template, 'name', 'qfmt', 'afmt', 'ord'),
    })),
    css: asText(model['css']),
    extra: rest(model, 'id', 'name', 'type', 'mod', 'flds', 'tmpls', 'css', 'usn'),
  };
}

/** With all that Anki expects of one, and whatever it came with. */
export function notetypeToJson(notetype: AnkiNotetype): Json {
  return {
    sortf: 0,
    did: null,
    latexPre: '',
    latexPost: '',
    latexsvg: false,
    req: notetype.templates.map((_, index) => [index, 'any', [0]]),
    ...notetype.extra,
    id: notetype.id,
    name: notetype.name,
    type: notetype.kind === 'cloze' ? 1 : 0,
    mod: notetype.mod,
    usn: -1,
    flds: notetype.fields.map(({ name, rtl, extra }, ord) => ({
      sticky: false,
      font: 'Arial',
      size: 20,
      ...extra,
      name,
      ord,
      rtl,
    })),
    tmpls: notetype.templates.map(({ name, front, back, extra }, ord) => ({
      bqfmt: '',
      bafmt: '',
      did: null,
      bfont: '',
      bsize: 0,
      ...extra,
      name,
      ord,
      qfmt: front,
      afmt: back,
    })),
    css: notetype.css,
  };
}

/** A row of schema 18's `notetypes`, `fields` or `templates`. */
export type ConfigRow = { readonly name: string; readonly config: Uint8Array };

export function notetypeOfRows(
  row: ConfigRow & { readonly id: number; readonly mod: number },
  fields: readonly ConfigRow[],
  templates: readonly ConfigRow[],
): AnkiNotetype {
  let kind: AnkiNotetype['kind'] = 'standard';
  let css = '';
  const extra: Json = { sortf: 0, did: null, latexPre: '', latexPost: '', latexsvg: false };
  const required: unknown[] = [];
  for (const { number, value, bytes } of protobufFields(row.config)) {
    if (number === 1) kind = value === 1n ? 'cloze' : 'standard';
    else if (number === 2) extra['sortf'] = Number(value);
    else if (number === 3) css = bytes.toString('utf8');
    else if (number === 5) extra['latexPre'] = bytes.toString('utf8');
    else if (number === 6) extra['latexPost'] = bytes.toString('utf8');
    else if (number === 7) extra['latexsvg'] = value === 1n;
    else if (number === 8) required.push(requirement(bytes));
    else if (number === 9) extra['originalStockKind'] = Number(value);
    else if (number === 10) extra['originalId'] = exactInt(signed(value));
    else if (number === 255) Object.assign(extra, others(bytes));
  }
  return {
    id: row.id,
    name: row.name.normalize('NFC'),
    kind,
    mod: row.mod,
    fields: fields.map(fieldOfRow),
    templates: templates.map(templateOfRow),
    css,
    extra: { ...extra, req: required },
  };
}

function requirement(message: Uint8Array): unknown {
  let ord = 0;
  let kind = 0;
  const fieldOrds: number[] = [];
  for (const { number, value, bytes } of protobufFields(message)) {
    if (number === 1) ord = Number(value);
    else if (number === 2) kind = Number(value);
    // Packed: one byte each below 128, which is more fields than any notetype has.
    else if (number === 3) fieldOrds.push(...(bytes.length === 0 ? [Number(value)] : bytes));
  }
  return [ord, ['none', 'any', 'all'][kind] ?? 'none', fieldOrds];
}

function fieldOfRow({ name, config }: ConfigRow): AnkiField {
  let rtl = false;
  const extra: Json = {
    sticky: false,
    font: 'Arial',
    size: 20,
    description: '',
    plainText: false,
    collapsed: false,
    excludeFromSearch: false,
    id: null,
    tag: null,
    preventDeletion: false,
  };
  for (const { number, value, bytes } of protobufFields(config)) {
    if (number === 1) extra['sticky'] = value === 1n;
    else if (number === 2) rtl = value === 1n;
    else if (number === 3) extra['font'] = bytes.toString('utf8');
    else if (number === 4) extra['size'] = Number(value);
    else if (number === 5) extra['description'] = bytes.toString('utf8');
    else if (number === 6) extra['plainText'] = value === 1n;
    else if (number === 7) extra['collapsed'] = value === 1n;
    else if (number === 8) extra['excludeFromSearch'] = value === 1n;
    else if (number === 9) extra['id'] = exactInt(signed(value));
    else if (number === 10) extra['tag'] = Number(value);
    else if (number === 11) extra['preventDeletion'] = value === 1n;
    else if (number === 255) Object.assign(extra, others(bytes));
  }
  return { name: name.normalize('NFC'), rtl, extra };
}

function templateOfRow({ name, config }: ConfigRow): AnkiTemplate {
  let front = '';
  let back = '';
  const extra: Json = { bqfmt: '', bafmt: '', did: null, bfont: '', bsize: 0, id: null };
  for (const { number, value, bytes } of protobufFields(config)) {
    if (number === 1) front = bytes.toString('utf8');
    else if (number === 2) back = bytes.toString('utf8');
    else if (number === 3) extra['bqfmt'] = bytes.toString('utf8');
    else if (number === 4) extra['bafmt'] = bytes.toString('utf8');
    else if (number === 5) extra['did'] = value === 0n ? null : exactInt(signed(value));
    else if (number === 6) extra['bfont'] = bytes.toString('utf8');
    else if (number === 7) extra['bsize'] = Number(value);
    else if (number === 8) extra['id'] = exactInt(signed(value));
    else if (number === 255) Object.assign(extra, others(bytes));
  }
  return { name: name.normalize('NFC'), front, back, extra };
}

/** What add-ons left: JSON, which Anki lays beside its own keys. */
function others(bytes: Buffer): Json {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')));
  } catch {
    return {};
  }
}

/** Name of a deck in either form: `A::B`. */
export function deckName(stored: string): string {
  const parts = stored.normalize('NFC').replaceAll('\u001f', '::').split('::');
  return parts.map((part) => part.replace(/[\u0000-\u001f\u007f]/g, '').trim() || 'blank').join('::');
}
