import type { SpanReader } from '../blockTypes.ts';

/** Origins that are told apart only by what does not matter here, as one. */
export class OriginGroups {
  readonly #reader: SpanReader;
  readonly #withVersion: boolean;
  readonly #byOrigin: number[] = [];
  readonly #known = new Map<string, number>();
  readonly #groups: { readonly service: string; readonly version: string | null }[] = [];

  constructor(reader: SpanReader, withVersion: boolean) {
    this.#reader = reader;
    this.#withVersion = withVersion;
  }

  of(origin: number): number {
    return this.#byOrigin[origin] ?? this.#find(origin);
  }

  at(group: number): { readonly service: string; readonly version: string | null } {
    return this.#groups[group]!;
  }

  #find(origin: number): number {
    const { service, version } = this.#reader.strings.origin(origin);
    const of = { service, version: this.#withVersion ? version : null };
    const key = JSON.stringify([of.service, of.version]);
    let group = this.#known.get(key);
    if (group === undefined) this.#known.set(key, (group = this.#groups.push(of) - 1));
    this.#byOrigin[origin] = group;
    return group;
  }
}
