/** What a file of cards does not hold of what was chosen for it, in the same words for every form. */
import type { DeckFormat, ExportChoice } from '../../shared/deck.ts';
import { countOf } from '../../shared/units.ts';
import type { CardCounts } from './exportPlan.ts';

const PACKAGES: ReadonlySet<DeckFormat> = new Set(['apkg', 'colpkg']);
/** Sheets are there to be read, and say themselves which pictures they lack. */
const SHEETS: ReadonlySet<DeckFormat> = new Set(['html', 'pdf']);

/** @param countMedia pictures and sounds of the chosen cards; only asked where the form holds none */
export function leftOutOf(
  { format, scheduling, media }: Pick<ExportChoice, 'format' | 'scheduling' | 'media'>,
  { waiting, studied }: CardCounts,
  countMedia: () => number,
): readonly string[] {
  const leftOut: string[] = [];
  if (waiting > 0)
    leftOut.push(`${countOf(waiting, 'card')} that ${waiting === 1 ? 'waits' : 'wait'} for review.`);
  if (SHEETS.has(format) || format === 'md') return leftOut;
  const holdsSchedule = scheduling && (PACKAGES.has(format) || format === 'json');
  if (studied > 0 && !holdsSchedule)
    leftOut.push(`The schedule of ${countOf(studied, 'studied card')}: they go as new ones.`);
  const files = PACKAGES.has(format) && media ? 0 : countMedia();
  if (files > 0) leftOut.push(`${countOf(files, 'picture or sound', 'pictures and sounds')}.`);
  return leftOut;
}
