/** A block of spans on its way into a table. */
import type { PackedSpans } from '../../shared/packedSpans.ts';
import type { SpanRecord } from '../../shared/span.ts';
import type { NamePool } from './namePool.ts';
import type { OriginPool } from './originPool.ts';

/** What few spans have, and no column is worth. */
export type More = { readonly traceState: string | null; readonly dropped: SpanRecord['dropped'] | null };

export type SpanLoad = {
  readonly packed: PackedSpans;
  readonly traceIds: readonly string[];
  /** The records that were packed for it, where there were any; and which of them it does not hold whole. */
  readonly records: readonly SpanRecord[] | null;
  readonly odd: ReadonlySet<number> | null;
  /** Of its strings, as far as they are names of spans; -1 while not met. Each is in use until the load ends. */
  readonly nameIds: Int32Array;
  readonly taken: number[];
  /** Of its origins. */
  readonly origins: readonly number[];
  /** Of its details in the table; -1 while no row needed them. */
  block: number;
};

export function newLoad(
  { packed, traceIds, records, odd }: Pick<SpanLoad, 'packed' | 'traceIds' | 'records' | 'odd'>,
  pool: OriginPool,
): SpanLoad {
  return {
    packed,
    traceIds,
    records,
    odd,
    nameIds: new Int32Array(packed.stringCount).fill(-1),
    taken: [],
    origins: packed.origins.map((origin) => pool.numberOf(origin)),
    block: -1,
  };
}

/** The number of a name that is met for the first time; `text` is its number in the block. */
export function takeName({ packed, nameIds, taken }: SpanLoad, text: number, pool: NamePool): number {
  const name = pool.take(packed.text(text));
  nameIds[text] = name;
  taken.push(name);
  return name;
}

export function originAt({ packed, records, origins }: SpanLoad, place: number, pool: OriginPool): number {
  if (records !== null) return pool.numberOf(records[place]!.origin);
  const origin = packed.origin === null ? 0 : packed.origin[place]!;
  return origin === 0 ? 0 : origins[origin - 1]!;
}

export function moreAt({ packed, records }: SpanLoad, place: number): More | undefined {
  if (records === null) return packed.more.size === 0 ? undefined : packed.more.get(place);
  const { traceState, dropped } = records[place]!;
  if (traceState === undefined && dropped === undefined) return undefined;
  return { traceState: traceState ?? null, dropped: dropped ?? null };
}
