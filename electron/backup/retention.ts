/** Which backups go. */
import type { BackupEntry } from '../../shared/deck.ts';

/** Of those made before a migration, an import or a restore: a mistake is often noticed after the next step. */
const KEEP_OTHERS = 3;

/**
 * Names of the backups that are not kept. Kept are the newest `keep` daily and `keep` manual ones, the last three of
 * each other reason, the fullest of all (a deck that lost its notes must not push out the one that had them), those in
 * `spared`, and all that say nothing of themselves.
 */
export function outdated(
  entries: readonly BackupEntry[],
  keep: number,
  spared: readonly string[],
): readonly string[] {
  const ours = entries.filter(({ verified }) => verified).toSorted((a, b) => b.atMs - a.atMs);
  const kept = new Set(spared);
  const fullest = ours.reduce<BackupEntry | null>(
    (most, entry) => (most === null || entry.notes > most.notes ? entry : most),
    null,
  );
  if (fullest !== null) kept.add(fullest.name);
  const seen = new Map<string, number>();
  for (const { name, reason } of ours) {
    const count = (seen.get(reason) ?? 0) + 1;
    seen.set(reason, count);
    const most = reason === 'daily' || reason === 'manual' ? Math.max(1, keep) : KEEP_OTHERS;
    if (count <= most) kept.add(name);
  }
  return ours.map(({ name }) => name).filter((name) => !kept.has(name));
}
