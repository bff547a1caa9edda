/** Fields as they are written, and what each can be asked. */
import type { Comparison, Field, Scope, Signal } from './ast.ts';
import { LOG_FIELDS, SPAN_FIELDS } from './intrinsics.ts';
import type { Intrinsic, IntrinsicType, LogIntrinsic, SpanIntrinsic } from './intrinsics.ts';

export type FieldType = IntrinsicType | 'attribute';

export const INTRINSICS: { readonly [S in Signal]: readonly Intrinsic[] } = {
  spans: SPAN_FIELDS,
  logs: LOG_FIELDS,
};
const BY_NAME = {
  spans: new Map<string, Intrinsic>(SPAN_FIELDS.map((field) => [field.name, field])),
  logs: new Map<string, Intrinsic>(LOG_FIELDS.map((field) => [field.name, field])),
} as const;

export function intrinsic(signal: Signal, name: string): Intrinsic | undefined {
  return BY_NAME[signal].get(name);
}

/** What can stand before a key; `scope.` has nothing but a name and a version. */
export const PREFIXES: { readonly [S in Signal]: readonly Exclude<Scope, 'any'>[] } = {
  spans: ['span', 'resource', 'event', 'link'],
  logs: ['resource'],
};

/**
 * A field as it is written: `duration`, `http.route`, `resource.host.name`, or with backquotes anything. A dot before a
 * key is that of TraceQL: an attribute for certain, wherever it stands.
 */
export function readField(signal: Signal, written: string): Field {
  const quoted = /^(?:([a-z]+)\.)?`((?:[^`]|``)*)`$/.exec(written);
  if (quoted !== null) {
    const scope = (quoted[1] as Scope | undefined) ?? 'any';
    return { type: 'attribute', scope, key: quoted[2]!.replaceAll('``', '`') };
  }
  if (/^\.[^.]/.test(written)) return { type: 'attribute', scope: 'any', key: written.slice(1) };
  const known = intrinsic(signal, written);
  if (known !== undefined) return { type: 'intrinsic', name: known.name as SpanIntrinsic | LogIntrinsic };
  const prefix = PREFIXES[signal].find(
    (each) => written.startsWith(`${each}.`) && written.length > each.length + 1,
  );
  if (prefix === undefined) return { type: 'attribute', scope: 'any', key: written };
  return { type: 'attribute', scope: prefix, key: written.slice(prefix.length + 1) };
}

export function fieldType(signal: Signal, field: Field): FieldType {
  return field.type === 'attribute' ? 'attribute' : (intrinsic(signal, field.name)?.type ?? 'text');
}

const EQUAL = ['=', '!='] as const;
const ORDER = ['>', '>=', '<', '<='] as const;
const TEXT = ['=~', '!~', 'contains'] as const;
/** What a field of a type can be asked. */
export const OPERATORS: { readonly [T in FieldType]: readonly Comparison[] } = {
  text: [...EQUAL, ...TEXT],
  choice: [...EQUAL, ...TEXT],
  level: [...EQUAL, ...ORDER],
  number: [...EQUAL, ...ORDER],
  duration: [...EQUAL, ...ORDER],
  time: [...EQUAL, ...ORDER],
  boolean: [...EQUAL],
  attribute: [...EQUAL, ...ORDER, ...TEXT],
};
