/**
 * Where a package's decks go.
 *
 * Into deck D: where all are below one, that one becomes D and those below it stay below; otherwise each goes below D.
 * `Default` holds what was in no deck, and becomes D itself.
 *
 * @param decks names of the decks that have cards
 */
export function createDeckPlacer(decks: readonly string[], into: string | null): (name: string) => string {
  const target = into === null ? null : into.normalize('NFC');
  if (target === null) return (name) => name;
  const named = decks.filter((name) => name !== 'Default');
  const root = commonRoot(named);
  return (name) => {
    if (name === 'Default' || name === root) return target;
    return root !== null && name.startsWith(`${root}::`)
      ? `${target}::${name.slice(root.length + 2)}`
      : `${target}::${name}`;
  };
}

/** The deck that all names are in or below; `null` where there is none. */
function commonRoot(names: readonly string[]): string | null {
  const [first, ...others] = names.map((name) => name.split('::'));
  if (first === undefined) return null;
  let length = first.length;
  for (const parts of others) {
    let same = 0;
    while (same < length && parts[same] === first[same]) same += 1;
    length = same;
  }
  return length === 0 ? null : first.slice(0, length).join('::');
}
