import type { DeckFormat, ExportPlan } from '../../../../shared/deck.ts';
import { countOf } from '../../../../shared/units.ts';
import type { ExportOptions } from './exportOptions.ts';

const HOLDS_SCHEDULES: ReadonlySet<DeckFormat> = new Set(['apkg', 'colpkg', 'json']);
const HOLDS_MEDIA: ReadonlySet<DeckFormat> = new Set(['apkg', 'colpkg']);

/** What a file of this form will hold, in one line. */
export function exportHolds(
  plan: ExportPlan,
  { format, scheduling, media }: Pick<ExportOptions, 'format' | 'scheduling' | 'media'>,
): string {
  const { notes, cards, waiting, studied } = plan;
  const whole = format === 'colpkg';
  const parts = [countOf(notes, 'note'), countOf(cards, 'card')];
  if (HOLDS_MEDIA.has(format) && media && plan.media > 0) parts.push(countOf(plan.media, 'media file'));
  if (HOLDS_SCHEDULES.has(format) && (scheduling || whole) && studied > 0)
    parts.push(`${countOf(studied, 'schedule')}, with reviews`);
  const held = `The file will hold ${parts.join(', ')}.`;
  if (waiting === 0) return cards === 0 ? 'There is no card to export.' : held;
  const left = waiting === 1 ? 'One card that waits' : `${countOf(waiting, 'card')} that wait`;
  return `${cards === 0 ? 'There is no accepted card to export.' : held} ${left} for review ${waiting === 1 ? 'is' : 'are'} left out.`;
}
