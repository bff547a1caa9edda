import { describe, expect, it } from 'vitest';
import { outdated } from '../../../electron/backup/retention.ts';
import type { BackupEntry } from '../../../shared/deck.ts';

const entry = (atMs: number, reason: BackupEntry['reason'], notes = 10, verified = true): BackupEntry => ({
  name: `${atMs}-${reason}`,
  atMs,
  reason,
  bytes: 1,
  notes,
  cards: notes,
  verified,
});
const days = (reason: BackupEntry['reason'], count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => entry(from + at, reason));

describe('what goes of the backups', () => {
  it('is all but the newest daily and manual ones, each by itself', () => {
    const entries = [...days('daily', 5), ...days('manual', 4, 100), entry(900, 'manual', 11)];
    expect(outdated(entries, 2, [])).toEqual([
      '102-manual',
      '101-manual',
      '100-manual',
      '2-daily',
      '1-daily',
      '0-daily',
    ]);
  });

  it('is never the last three before a migration, an import or a restore, however old', () => {
    const old = (['migration', 'import', 'restore'] as const).flatMap((reason) => days(reason, 4));
    expect(outdated([...old, ...days('daily', 3, 500)], 3, []).toSorted()).toEqual([
      '0-import',
      '0-migration',
      '0-restore',
    ]);
  });

  it('is never the fullest one: a deck that lost its notes pushes out nothing', () => {
    const entries = [entry(1, 'daily', 5000), ...days('daily', 30, 100)];
    expect(outdated(entries, 2, [])).not.toContain('1-daily');
    expect(outdated(entries, 2, [])).toHaveLength(28);
  });

  it('is never one that was just made, whatever the clock says', () => {
    const entries = [entry(1, 'daily', 1), ...days('daily', 3, 100)];
    expect(outdated(entries, 1, ['1-daily'])).not.toContain('1-daily');
  });

  it('is never one that nothing is known of, nor does such a one count', () => {
    const entries = [entry(200, 'daily', 0, false), entry(100, 'daily')];
    expect(outdated(entries, 1, [])).toEqual([]);
  });

  it('leaves one where nothing is to be kept', () => {
    expect(outdated([entry(1, 'daily', 3), entry(2, 'daily', 3)], 0, [])).toEqual(['1-daily']);
  });
});
