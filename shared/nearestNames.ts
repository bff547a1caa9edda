/** What somebody may have meant who typed a name that there is not. */

const MAX_NEAR = 3;

/** Three names at most, the nearest first: other letter case, a part of the name, a slip of the hand. */
export function nearestNames(name: string, known: readonly string[]): readonly string[] {
  const wanted = folded(name);
  return known
    .map((one) => ({ one, distance: distanceOf(wanted, folded(one)) }))
    .filter(({ distance }) => distance !== null)
    .sort((a, b) => a.distance! - b.distance! || a.one.length - b.one.length)
    .slice(0, MAX_NEAR)
    .map(({ one }) => one);
}

/** To be put behind a sentence; empty where nothing is near. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}

function folded(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

/** `null` for names that have nothing in common. */
function distanceOf(wanted: string, name: string): number | null {
  if (wanted === name) return 0;
  const parts = name.split('::');
  const most = wanted.length <= 3 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  const slips = Math.min(...[name, ...parts].map((part) => editDistance(wanted, part)));
  if (slips <= most) return slips;
  const isPart = wanted.length > 1 && (name.includes(wanted) || (name.length > 2 && wanted.includes(name)));
  return isPart ? most + 1 : null;
}

/** Letters that are put in, taken out or replaced (Levenshtein, 1966). */
function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let at = 1; at <= b.length; at += 1) {
      const replaced = before[at - 1]! + Number(a[row - 1] !== b[at - 1]);
      next.push(Math.min(before[at]! + 1, next[at - 1]! + 1, replaced));
    }
    before = next;
  }
  return before[b.length]!;
}
