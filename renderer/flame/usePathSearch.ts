import { useMemo } from 'react';

export type PathMatches = { readonly matches: Uint8Array; readonly found: readonly number[] };

/** Items whose name has the text, in any case; `null` for no text. */
export function usePathSearch(
  count: number,
  nameOf: (item: number) => string,
  identity: unknown,
  query: string,
): PathMatches | null {
  const wanted = query.trim().toLowerCase();
  return useMemo(() => {
    if (wanted === '') return null;
    const matches = new Uint8Array(count);
    const found: number[] = [];
    const known = new Map<string, boolean>();
    for (let item = 0; item < count; item += 1) {
      const name = nameOf(item);
      let isHit = known.get(name);
      if (isHit === undefined) known.set(name, (isHit = name.toLowerCase().includes(wanted)));
      if (!isHit) continue;
      matches[item] = 1;
      found.push(item);
    }
    return { matches, found };
    // Names belong to the identity.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [count, identity, wanted]);
}
